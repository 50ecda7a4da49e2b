"""What is said of a change that the central server refused."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Said

REFUSALS: dict[str, Said] = {
    "changed_since": Said(N_("Changed there meanwhile"), N_("Somebody else changed the same at the central server first.")),
    "blocked": Said(N_("Blocked there"), N_("The central server has blocked this; only there can the block be taken off.")),
    "deleted": Said(N_("Deleted there"), N_("It was deleted at the central server meanwhile.")),
    "unknown_row": Said(N_("Not known there"), N_("The central server has no such record.")),
    "unknown_type": Said(N_("Not kept there"), N_("The central server keeps no records of this kind.")),
    "refused": Said(N_("Not taken"), N_("The central server did not take the change.")),
}
"""By the codes of the protocol; another code is central's own, and its reason says why."""
