"""The console as a table: its sections in the navigation, and the pages that stand side by side in each. A new page goes here."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.auth import Session
from admin_api.console.language import N_, _
from edge.core.model import Permission as P
from edge.core.saved import ExportArea


@dataclass(frozen=True)
class Tab:
    """A page of a section. rights: one of them at least is needed."""

    path: str
    label: str
    rights: tuple[P, ...]


@dataclass(frozen=True)
class Section:
    """mark: the name of its icon, by which pages say where they belong."""

    mark: str
    label: str
    tabs: tuple[Tab, ...]

    def open_to(self, session: Session) -> tuple[Tab, ...]:
        return tuple(tab for tab in self.tabs if any(session.may(right) for right in tab.rights))


SECTIONS: tuple[Section, ...] = (
    Section("live", N_("Live"), (
        Tab("/", N_("Live"), (P.DOORS_VIEW,)), Tab("/cameras", N_("Cameras"), (P.DOORS_VIEW,)), Tab("/muster", N_("Muster list"), (P.PRESENCE_VIEW,)),
    )),
    Section("people", N_("Customers"), (
        Tab("/customers", N_("Customers"), (P.CUSTOMERS_VIEW,)), Tab("/guests", N_("Guests"), (P.CUSTOMERS_VIEW,)),
        Tab("/cards", N_("Access cards"), (P.CARDS_VIEW,)), Tab("/vehicles", N_("Vehicles"), (P.VEHICLES_VIEW,)),
        Tab("/companies", N_("Companies"), (P.COMPANIES_VIEW,)), Tab("/groups", N_("Groups"), (P.CUSTOMERS_VIEW,)),
        Tab("/lists", N_("Lists"), (P.CUSTOMERS_VIEW,)), Tab("/reviews", N_("Access reviews"), (P.REVIEWS_MANAGE,)),
    )),
    Section("list", N_("Events"), (
        Tab("/events", N_("Events"), (P.EVENTS_VIEW,)), Tab("/entries", N_("Entries"), (P.EVENTS_VIEW,)),
        Tab("/traffic", N_("Traffic"), (P.EVENTS_VIEW,)), Tab("/payments", N_("Payments"), (P.PAYMENTS_VIEW,)), Tab("/bookings", N_("Bookings"), (P.BOOKINGS_VIEW,)),
    )),
    Section("alarm", N_("Alerts"), (Tab("/alerts", N_("Alerts"), (P.ALERTS_VIEW,)),)),
    Section("site", N_("Site"), (
        Tab("/site/access-points", N_("Access points"), (P.SITE_VIEW,)), Tab("/site/devices", N_("Devices"), (P.DOORS_VIEW,)), Tab("/site/displays", N_("Displays"), (P.SITE_MANAGE,)),
        Tab("/site/zones", N_("Zones"), (P.SITE_VIEW,)), Tab("/site/profiles", N_("Access profiles"), (P.SITE_VIEW,)), Tab("/site/schedules", N_("Schedules"), (P.SITE_VIEW,)),
        Tab("/site/tariffs", N_("Tariffs"), (P.SITE_VIEW,)), Tab("/site/alert-rules", N_("Alert rules"), (P.SITE_VIEW,)),
    )),
    Section("key", N_("Office"), (
        Tab("/users", N_("Users"), (P.USERS_VIEW,)), Tab("/users/roles", N_("Roles"), (P.USERS_VIEW,)),
        Tab("/audit", N_("Audit"), (P.AUDIT_VIEW,)), Tab("/imports", N_("Imports"), (P.IMPORTS_MANAGE,)), Tab("/exports", N_("Exports"), tuple(area.right for area in ExportArea)),
        Tab("/exports/scheduled", N_("By the calendar"), (P.EXPORTS_SCHEDULE,)),
    )),
    Section("system", N_("System"), (
        Tab("/site/settings", N_("Settings"), (P.SITE_MANAGE,)), Tab("/site/policy", N_("Site policy"), (P.SITE_MANAGE,)), Tab("/site/sync", N_("Central server"), (P.SITE_VIEW,)),
        Tab("/site/backup", N_("Backup"), (P.SITE_MANAGE,)), Tab("/office/keys", N_("API keys"), (P.KEYS_MANAGE,)), Tab("/office/webhooks", N_("Webhooks"), (P.SITE_VIEW,)),
        Tab("/site/pass-keys", N_("Pass keys"), (P.SITE_VIEW,)),
    )),
)  # fmt: skip


def tabs_of(mark: str, session: Session) -> tuple[tuple[str, str], ...]:
    """(path, label) of the pages of a section that this user may see; none where there is but one."""
    found = next((s.open_to(session) for s in SECTIONS if s.mark == mark), ())
    return tuple((tab.path, _(tab.label)) for tab in found) if len(found) > 1 else ()


def sections_of(session: Session) -> tuple[tuple[str, str, str], ...]:
    """(mark, path of its first page, label) of the sections that this user may see."""
    return tuple((s.mark, tabs[0].path, _(s.label)) for s in SECTIONS if (tabs := s.open_to(session)))
