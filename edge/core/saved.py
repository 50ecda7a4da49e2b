"""What is saved to be done again: filters of lists, exports by the calendar. Which areas and formats there are is said here, for edge and desk."""

from __future__ import annotations

from enum import StrEnum

from edge.core.model import Permission, Record


class ExportArea(StrEnum):
    """What can be exported; each has a right of its own."""

    CUSTOMERS = "customers"
    COMPANIES = "companies"
    CARDS = "cards"
    VEHICLES = "vehicles"
    BOOKINGS = "bookings"
    ENTRIES = "entries"
    EVENTS = "events"
    PAYMENTS = "payments"
    REVIEWS = "reviews"

    @property
    def right(self) -> Permission:
        return Permission(f"{self.value}.export")

    @property
    def view(self) -> Permission:
        """What its list needs."""
        others = {ExportArea.ENTRIES: Permission.EVENTS_VIEW, ExportArea.REVIEWS: Permission.REVIEWS_MANAGE}
        return others.get(self) or Permission(f"{self.value}.view")


class ExportFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    ODS = "ods"
    PDF = "pdf"
    HTML = "html"
    VCF = "vcf"


class SavedFilter(Record, frozen=True, kw_only=True):
    """Filters of a list under a name. owner: the user who made it; shared: everybody may use it.

    filters: (name, value) as the list takes them, instants also as a date or counted back from when it is used (-7d).
    """

    name: str
    area: ExportArea
    filters: tuple[tuple[str, str], ...] = ()
    shared: bool = False
    owner: str = ""


class ScheduledExport(Record, frozen=True, kw_only=True):
    """An export made by the calendar, without anybody asking.

    filters: (name, value) as the list takes them; since and until may count back from the run (-7d). cron: five fields in the site's
    time zone. folder: where the file goes, below one of the desk's `export_folders`. made_by: who set it up, under whose name it runs.
    saved: a saved filter (id) that it takes as it is by then; its own filters win.
    """

    name: str
    area: ExportArea
    filters: tuple[tuple[str, str], ...] = ()
    cron: str
    format: ExportFormat = ExportFormat.XLSX
    folder: str
    active: bool = True
    made_by: str = ""
    saved: str | None = None


def combined(saved: SavedFilter | None, given: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The filters of a saved one together with others, which win where both say something."""
    return tuple({**dict(saved.filters if saved else ()), **dict(given)}.items())
