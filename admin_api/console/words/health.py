"""What the parts of the edge are called. What it says of them itself stays as it says it: the same line is in its log."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Words

PARTS: Words[str] = Words(
    {
        "clock": N_("Clock"),
        "settings": N_("Settings"),
        "sync": N_("Central server"),
        "journal": N_("Writing the journal"),
        "door": N_("Door %(name)s"),
        "reader": N_("Reader %(name)s"),
        "eyes": N_("Eyes %(name)s"),
        "database": N_("Database %(name)s"),
        "emergency": N_("Emergency %(name)s"),
    }
)


def part(kind: str, name: str) -> str:
    """A part of the edge: "Door north", "Database journal"; the clock there is only one of."""
    return PARTS[kind] % {"name": name} if kind in PARTS else f"{kind.capitalize()} {name}"
