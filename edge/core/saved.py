"""What is saved to be done again: exports by the calendar. Which areas and formats there are is said here, for edge and desk."""

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

    @property
    def right(self) -> Permission:
        return Permission(f"{self.value}.export")


class ExportFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    ODS = "ods"
    PDF = "pdf"
    HTML = "html"
    VCF = "vcf"


class ScheduledExport(Record, frozen=True, kw_only=True):
    """An export made by the calendar, without anybody asking.

    filters: (name, value) as the list takes them; since and until may count back from the run (-7d). cron: five fields in the site's
    time zone. folder: where the file goes, below one of the desk's `export_folders`. made_by: who set it up, under whose name it runs.
    """

    name: str
    area: ExportArea
    filters: tuple[tuple[str, str], ...] = ()
    cron: str
    format: ExportFormat = ExportFormat.XLSX
    folder: str
    active: bool = True
    made_by: str = ""
