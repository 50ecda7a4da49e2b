"""What a user may do, in words."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Words
from edge.core.model import Permission

PERMISSIONS: Words[Permission] = Words(
    {
        Permission.CUSTOMERS_VIEW: N_("See customers"),
        Permission.CUSTOMERS_ADD: N_("Add customers"),
        Permission.CUSTOMERS_EDIT: N_("Edit customers, groups and lists"),
        Permission.CUSTOMERS_DELETE: N_("Delete and restore customers"),
        Permission.CUSTOMERS_REVEAL: N_("See numbers of identity documents (every look is written down)"),
        Permission.CUSTOMERS_ERASE: N_("Erase persons for good"),
        Permission.COMPANIES_VIEW: N_("See companies"),
        Permission.COMPANIES_MANAGE: N_("Add, edit and delete companies"),
        Permission.CARDS_VIEW: N_("See access cards"),
        Permission.CARDS_MANAGE: N_("Add, edit and delete access cards"),
        Permission.BOOKINGS_VIEW: N_("See bookings"),
        Permission.BOOKINGS_MANAGE: N_("Make and cancel bookings and timed grants"),
        Permission.CARDS_REVEAL: N_("Print access cards again, which shows their codes"),
        Permission.VEHICLES_VIEW: N_("See vehicles"),
        Permission.VEHICLES_MANAGE: N_("Add, edit and delete vehicles"),
        Permission.PAYMENTS_VIEW: N_("See payments and what is due"),
        Permission.PAYMENTS_TAKE: N_("Take payments"),
        Permission.PAYMENTS_REFUND: N_("Refund and void payments"),
        Permission.EVENTS_VIEW: N_("See events and entries"),
        Permission.DOORS_VIEW: N_("See doors and health"),
        Permission.DOORS_OPEN: N_("Open doors by hand"),
        Permission.DOORS_MODE: N_("Change how doors behave"),
        Permission.PRESENCE_VIEW: N_("See who is inside"),
        Permission.PRESENCE_CORRECT: N_("Correct who is inside, and counts"),
        Permission.SITE_VIEW: N_("See zones, profiles, schedules and access points"),
        Permission.SITE_MANAGE: N_("Change zones, profiles, schedules and access points"),
        Permission.USERS_VIEW: N_("See users and roles"),
        Permission.USERS_MANAGE: N_("Change users and roles"),
        Permission.KEYS_MANAGE: N_("Make and revoke API keys of one's own"),
        Permission.ALERTS_VIEW: N_("See alerts"),
        Permission.ALERTS_MANAGE: N_("Acknowledge alerts"),
        Permission.AUDIT_VIEW: N_("See who changed what"),
        Permission.CUSTOMERS_EXPORT: N_("Export customers"),
        Permission.COMPANIES_EXPORT: N_("Export companies"),
        Permission.CARDS_EXPORT: N_("Export access cards"),
        Permission.VEHICLES_EXPORT: N_("Export vehicles"),
        Permission.BOOKINGS_EXPORT: N_("Export bookings"),
        Permission.ENTRIES_EXPORT: N_("Export entries"),
        Permission.EVENTS_EXPORT: N_("Export events"),
        Permission.PAYMENTS_EXPORT: N_("Export payments"),
        Permission.EXPORTS_SCHEDULE: N_("Have exports made by the calendar"),
        Permission.REVIEWS_MANAGE: N_("Hold access reviews: confirm who has access, or take it away"),
        Permission.REVIEWS_EXPORT: N_("Export access reviews"),
        Permission.IMPORTS_MANAGE: N_("Import customers, cards and vehicles from a file, and take an import back"),
    }
)
