"""What is said of doors, access points and zones."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Said, Words
from edge.core.door import DoorState, Hold
from edge.core.place import Antipassback, Mode

DOOR_STATES: dict[DoorState, Said] = {
    DoorState.UNKNOWN: Said(N_("Unknown"), N_("Nothing is known of the door: it has no contact, or nothing was heard yet.")),
    DoorState.OFFLINE: Said(N_("Offline"), N_("The line to the door is down.")),
    DoorState.LOCKED: Said(N_("Shut"), N_("Shut and locked.")),
    DoorState.UNLOCKED: Said(N_("Released"), N_("Released: it may be opened now.")),
    DoorState.OPENED: Said(N_("Open"), N_("It stands open.")),
    DoorState.HELD: Said(N_("Open too long"), N_("It has stood open for longer than it may.")),
    DoorState.FORCED: Said(N_("Forced"), N_("It was opened without having been released.")),
}
HOLDS: Words[Hold] = Words(
    {
        Hold.OPERATOR: N_("Held open by hand."),
        Hold.EMERGENCY: N_("Held open by the emergency input."),
    }
)
DOOR_TONES: Words[DoorState] = Words(
    {
        DoorState.UNKNOWN: "dim",
        DoorState.OFFLINE: "warn",
        DoorState.LOCKED: "plain",
        DoorState.UNLOCKED: "ok",
        DoorState.OPENED: "ok",
        DoorState.HELD: "warn",
        DoorState.FORCED: "no",
    }
)
MODES: Words[Mode] = Words(
    {
        Mode.NORMAL: N_("Normal"),
        Mode.LOCKED_DOWN: N_("Locked down"),
        Mode.FREE_PASSAGE: N_("Free passage"),
        Mode.CARD_ONLY: N_("Cards only"),
    }
)
ANTIPASSBACK: Words[Antipassback] = Words(
    {
        Antipassback.OFF: N_("Off"),
        Antipassback.SOFT: N_("Soft: mark it"),
        Antipassback.HARD: N_("Hard: refuse it"),
        Antipassback.TIMED: N_("Timed: refuse it for a while"),
    }
)
