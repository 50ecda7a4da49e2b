"""What is said of alerts."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Said, Words
from edge.core.alerts import AlertKind

ALERTS: dict[AlertKind, Said] = {
    AlertKind.DOOR_FORCED: Said(N_("Door forced"), N_("It was opened without having been released. Look who is there.")),
    AlertKind.DOOR_HELD: Said(N_("Door open too long"), N_("It stands open. Shut it, or see what holds it.")),
    AlertKind.DOOR_OFFLINE: Said(
        N_("Door offline"), N_("Nothing is known of it, and it cannot be opened from here. See to its power and line.")
    ),
    AlertKind.EMERGENCY: Said(N_("Emergency"), N_("The emergency input is on: the doors declared for it stand released.")),
    AlertKind.EMERGENCY_INPUT: Said(N_("Emergency input not heard"), N_("It would open nothing now. See to its line first.")),
    AlertKind.READER_OFFLINE: Said(N_("Reader offline"), N_("It reads nothing. See to its power and cable.")),
    AlertKind.CAMERA_BLIND: Said(N_("Camera blind"), N_("It is covered, dark, out of focus, or hangs.")),
    AlertKind.DENIALS: Said(N_("Many refusals"), N_("Somebody keeps trying, or a card, a reader or the rules are wrong.")),
    AlertKind.CAPACITY: Said(N_("Zone full"), N_("So many are inside as the alert rule says, by the records.")),
    AlertKind.DISK: Said(N_("Disk nearly full"), N_("Make room: what happens must be written down.")),
    AlertKind.DATABASE: Said(N_("Trouble with a database"), N_("What happens may not be written down. See health.")),
    AlertKind.CLOCK: Said(N_("Clock not set"), N_("Hours and validity go by an unconfirmed clock.")),
    AlertKind.SYNC_BEHIND: Said(N_("Central server behind"), N_("It has not got what happened here for a while. See to the line.")),
    AlertKind.ALARM: Said(N_("Alarm"), N_("See the events of that time.")),
}
ALERT_OF: Words[str] = Words(
    {
        "refusals": N_("refusals"),
        "percent": N_("percent of the capacity"),
        "MB free": N_("MB free"),
        "events": N_("events waiting"),
    }
)
"""What the threshold of an alert rule counts."""
