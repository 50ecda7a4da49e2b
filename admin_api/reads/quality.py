"""What is amiss in the customers' records, as a table: each finding is a filter of their list, and counted in one report."""

from __future__ import annotations

from enum import StrEnum


class Finding(StrEnum):
    """One kind of thing to put right."""

    NO_COMPANY = "no_company"
    NO_EMAIL = "no_email"
    NO_PHONE = "no_phone"
    NO_ADDRESS = "no_address"
    NO_CARD_OR_VEHICLE = "no_card_or_vehicle"
    NO_PROFILE = "no_profile"
    SAME_EMAIL = "same_email"
    SAME_MOBILE = "same_mobile"
    SAME_NAME = "same_name"
    SHOUTED_NAME = "shouted_name"
    SHORT_PHONE = "short_phone"
    NEVER_REVIEWED = "never_reviewed"
    ACTIVE_NEVER_SEEN = "active_never_seen"


_HELD = "EXISTS (SELECT 1 FROM roster.card WHERE customer = t.id) OR EXISTS (SELECT 1 FROM roster.vehicle WHERE customer = t.id)"
_SEEN = (
    "EXISTS (SELECT 1 FROM roster.card k JOIN presence w ON w.holder = k.id WHERE k.customer = t.id)"
    " OR EXISTS (SELECT 1 FROM roster.vehicle v JOIN presence w ON w.holder = v.id WHERE v.customer = t.id)"
)


def _twice(column: str, other: str) -> str:
    return (
        f"t.{column} <> '' AND EXISTS (SELECT 1 FROM roster.customer o WHERE o.{column} = t.{column}{other} AND o.id <> t.id"
        " AND o.deleted_at IS NULL)"
    )


TERMS: dict[Finding, str] = {
    Finding.NO_COMPANY: "t.company IS NULL",
    Finding.NO_EMAIL: "t.email = ''",
    Finding.NO_PHONE: "t.mobile = '' AND t.phone = ''",
    Finding.NO_ADDRESS: "t.addresses = '[]'",
    Finding.NO_CARD_OR_VEHICLE: f"NOT ({_HELD})",
    Finding.NO_PROFILE: "t.held = '' AND t.member_of = '' AND t.company IS NULL",
    Finding.SAME_EMAIL: _twice("email", ""),
    Finding.SAME_MOBILE: _twice("mobile_key", ""),
    Finding.SAME_NAME: "EXISTS (SELECT 1 FROM roster.customer o WHERE o.name = t.name COLLATE NOCASE AND o.id <> t.id AND o.deleted_at IS NULL)",
    Finding.SHOUTED_NAME: "length(t.name) > 3 AND (t.name = upper(t.name) OR t.name = lower(t.name)) AND upper(t.name) <> lower(t.name)",
    Finding.SHORT_PHONE: "t.mobile_key <> '' AND length(t.mobile_key) < 7",
    Finding.NEVER_REVIEWED: "t.reviewed_at IS NULL",
    Finding.ACTIVE_NEVER_SEEN: f"t.status = 'active' AND NOT ({_SEEN})",
}
"""Finding -> its condition on a customer t."""
