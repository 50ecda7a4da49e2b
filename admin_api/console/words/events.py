"""What is said of the journal's lines that are no decisions."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Said, Words
from edge.core.event import EventKind
from edge.core.model import ClockQuality
from edge.core.nuisance import Cause

EVENT_CODES: dict[str, Said] = {
    "door_unknown": Said(N_("Door state unknown"), N_("The door has no contact, or it says nothing.")),
    "door_offline": Said(N_("Door offline"), N_("The line to the door is down; it cannot be opened from here.")),
    "door_locked": Said(N_("Door shut"), N_("The door is shut and locked.")),
    "door_unlocked": Said(N_("Door released"), N_("The door is released and may be opened.")),
    "door_opened": Said(N_("Door open"), N_("The door stands open.")),
    "door_forced": Said(N_("Door forced"), N_("The door was opened without having been released.")),
    "door_held": Said(N_("Door open too long"), N_("The door has stood open for longer than it may.")),
    "door_pre_alarm": Said(
        N_("Door still open"), N_("The door has stood open for a while; its buzzer sounds, and soon it is an alarm.")
    ),
    "door_nuisance": Said(
        N_("Same door alarm again"),
        N_("The same alarm came again and again; it was counted instead of written each time. The note says how often."),
    ),
    "exit_button": Said(N_("Exit button"), N_("Somebody inside pressed the exit button, and the door was released.")),
    "hold_open": Said(N_("Door held open"), N_("Somebody on duty holds the door open.")),
    "hold_over": Said(N_("Hold over"), N_("The door is no longer held open by hand.")),
    "emergency_on": Said(
        N_("Emergency"), N_("The emergency input went on: the doors declared for it were opened and are held open.")
    ),
    "emergency_off": Said(N_("Emergency over"), N_("The emergency input went off: the doors follow the rules again.")),
    "webhook_dropped": Said(
        N_("Webhook gave up"), N_("A webhook took nothing for three days; the note says which and what it missed.")
    ),
    "alert_raised": Said(N_("Alert raised"), N_("Something waits for a person: see the alerts.")),
    "alert_acknowledged": Said(N_("Alert acknowledged"), N_("Somebody has seen an alert and said what is done about it.")),
    "alert_cleared": Said(N_("Alert over"), N_("What had raised an alert is over.")),
    "door_not_opened": Said(N_("Door did not open"), N_("The opening was decided and written down, but the door did not take it.")),
    "edge_started": Said(N_("System started"), N_("The access controller came up.")),
    "edge_stopped": Said(N_("System stopped"), N_("The access controller was stopped.")),
    "clock_adjusted": Said(N_("Clock adjusted"), N_("The clock was set; times before and after may not line up.")),
    "payment_taken": Said(N_("Payment taken"), N_("Money was taken for a visit; the way out goes by it.")),
    "payment_pending": Said(N_("Payment pending"), N_("A payment was begun; it counts when it is confirmed.")),
    "payment_confirmed": Said(N_("Payment confirmed"), N_("A pending payment has arrived.")),
    "payment_refunded": Said(N_("Payment refunded"), N_("Money was given back; what is then due is asked for at the way out.")),
    "payment_voided": Said(N_("Payment voided"), N_("A payment was taken back as if it had never been.")),
    "work_failed": Said(N_("Internal fault"), N_("A piece of work failed and was undone; the rest went on.")),
    "access_review_finished": Said(
        N_("Access review finished"), N_("Everybody's access was confirmed or taken away; the note has the hash of the result.")
    ),
    "events_erased": Said(
        N_("Names taken out"),
        N_("What earlier events said of an erased person was taken out; this line names each with its new hash."),
    ),
    "customer_erased": Said(N_("Person erased"), N_("Somebody took out of everything who this customer was.")),
    "event_refused": Said(
        N_("Event refused by central"), N_("The central server did not take an event; the note says which and why. Here it stays.")
    ),
    "event_resent": Said(N_("Event sent again"), N_("An event that the central server had refused was sent to it once more.")),
    "log_forked": Said(N_("Journal restored"), N_("The journal was restored from a backup and goes on under a new id.")),
}
EVENT_KINDS: Words[EventKind] = Words(
    {
        EventKind.DECISION: N_("Decision"),
        EventKind.DOOR: N_("Door"),
        EventKind.ALARM: N_("Alarm"),
        EventKind.OPERATOR: N_("By hand"),
        EventKind.PAYMENT: N_("Payment"),
        EventKind.SYSTEM: N_("System"),
        EventKind.FAULT: N_("Fault"),
    }
)
CLOCKS: Words[ClockQuality] = Words(
    {
        ClockQuality.NTP: N_("set by the network"),
        ClockQuality.RTC: N_("by the clock chip"),
        ClockQuality.RESTORED: N_("as last known"),
        ClockQuality.UNKNOWN: N_("not trusted"),
    }
)
"""How sure the time of an event was."""
CAUSES: Words[Cause] = Words(
    {
        Cause.BOUNCED: N_("likely the door bounces, or its contact is set too near"),
        Cause.CONTACT_LOOSE: N_("likely a loose contact"),
        Cause.CLOSER_WEAK: N_("likely a weak door closer"),
        Cause.LINE_LOOSE: N_("likely a loose line"),
    }
)


def likely(detail: str) -> str:
    """A detail with the causes in it in words."""
    for cause, says in CAUSES.items():
        detail = detail.replace(f"likely: {cause.value}", says)
    return detail
