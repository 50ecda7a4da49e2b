"""Words for people: every code of the house in English, short and as a sentence. Codes never reach a page without passing here."""

from __future__ import annotations

from dataclasses import dataclass

from edge.core.alerts import AlertKind
from edge.core.door import DoorState, Hold
from edge.core.event import EventKind
from edge.core.judgement import Reason, Remedy
from edge.core.model import CardStatus, CredentialKind, Permission, Status
from edge.core.nuisance import Cause
from edge.core.payment import PaymentMethod
from edge.core.place import Antipassback, Mode

R = Reason


@dataclass(frozen=True)
class Said:
    """A code in words: what stands in a line, and the sentence behind it."""

    short: str
    long: str


REASONS: dict[Reason, Said] = {
    R.GRANTED: Said("Let in", "Every rule was satisfied."),
    R.GRANTED_SOFT_PASSBACK: Said(
        "Let in, position unclear", "They seem to have come or gone before without being seen; the zone only marks that."
    ),
    R.GRANTED_FREE_PASSAGE: Said("Let in, free passage", "The gate is in free passage and lets everybody through."),
    R.GRANTED_BY_OPERATOR: Said("Opened by hand", "Somebody on duty opened the gate and said why."),
    R.GRANTED_DURESS: Said(
        "Let in under threat",
        "The PIN of duress was typed: the gate opened as for any other. Get help to them; an alarm was raised.",
    ),
    R.GRANTED_EMERGENCY: Said("Open: emergency", "The emergency input is on: the gate lets everybody through."),
    R.OUT_OF_SERVICE: Said(
        "Gate out of service", "The access point is out of service, or its door reports a fault that makes opening unsafe."
    ),
    R.LOCKED_DOWN: Said("Lock-down", "The gate or zone is locked down and nobody without an override passes."),
    R.READER_INSECURE: Said(
        "Reader not secure",
        "The reader was opened by somebody, or its line is not secured though this access point asks for it. An alarm was raised.",
    ),
    R.MALFORMED: Said("Code unreadable", "What the reader saw is not a code it can make sense of."),
    R.UNSUPPORTED_KIND: Said("Not accepted here", "This access point does not accept this kind of credential."),
    R.BAD_SIGNATURE: Said("Not genuine", "The code was not made by this site or its central server. An alarm was raised."),
    R.CODE_EXPIRED: Said(
        "Code out of date",
        "The rotating code is of another minute, or the pass is over: a screenshot, or a phone whose clock is wrong.",
    ),
    R.CODE_REPLAYED: Said("Code used before", "This very code was taken here already; each is good once."),
    R.PASS_REVOKED: Said("Pass revoked", "The pass was taken back."),
    R.UNKNOWN_CREDENTIAL: Said("Not registered", "No card or vehicle is registered with what was shown."),
    R.PLATE_UNSURE: Said("Plate unsure", "More than one registered plate could be the one that was read."),
    R.CARD_INACTIVE: Said("Card inactive", "The card or vehicle is set inactive."),
    R.CARD_SUSPENDED: Said("Card suspended", "The card or vehicle is suspended."),
    R.CARD_LOST: Said("Card reported lost", "The card was reported lost."),
    R.CARD_STOLEN: Said("Card reported stolen", "The card or vehicle was reported stolen. An alarm was raised."),
    R.CARD_NOT_YET_VALID: Said("Not valid yet", "The card or vehicle is valid from a later time on."),
    R.CARD_EXPIRED: Said("Expired", "The card or vehicle is no longer valid."),
    R.CUSTOMER_INACTIVE: Said("Customer not active", "Only active customers may enter, and this one is not active."),
    R.CUSTOMER_DELETED: Said("Customer deleted", "The customer was deleted, or the card belongs to nobody."),
    R.COMPANY_INACTIVE: Said("Company not active", "The company they belong to is not active."),
    R.BLOCKLISTED: Said("Blocklisted", "The customer is on the block list. An alarm was raised."),
    R.PIN_REQUIRED: Said(
        "PIN missing", "This access point asks for a PIN after the card, and none was typed, or the card has none."
    ),
    R.PIN_WRONG: Said("Wrong PIN", "The PIN does not go with this card."),
    R.PIN_LOCKED: Said("PIN locked", "Too many wrong PINs were typed in a row. An alarm was raised."),
    R.VEHICLE_NOT_REGISTERED: Said(
        "Vehicle not known", "Card and plate are asked for together, and no registered plate was seen beside the card."
    ),
    R.VEHICLE_MISMATCH: Said(
        "Somebody else's vehicle", "The plate beside the card is registered to another customer. An alarm was raised."
    ),
    R.ZONE_NOT_ALLOWED: Said("No right to this zone", "No access profile of card, customer, group or company covers this zone."),
    R.OUTSIDE_SCHEDULE: Said("Outside hours", "There is a right to this zone, but not at this hour."),
    R.HOLIDAY: Said("Closed: holiday", "A holiday of the schedule keeps this zone closed now."),
    R.NO_BOOKING_NOW: Said("No booking now", "There is no booking of this zone that is on at this moment."),
    R.HOST_ABSENT: Said("Host not inside", "Guests may be here only while their host is, and by the records the host is not."),
    R.ESCORT_REQUIRED: Said(
        "Needs an escort", "Guests come in here with their host or an escort, shown at the same reader within seconds."
    ),
    R.SECOND_PERSON_REQUIRED: Said(
        "Needs a second person", "Nobody enters here alone: a second person shows their card within seconds."
    ),
    R.GUARDIAN_REQUIRED: Said(
        "Needs the guardian", "Somebody this young enters with their guardian or, where none is named, with an adult."
    ),
    R.NO_USES_LEFT: Said("No uses left", "Every entry the card was good for is spent."),
    R.DAILY_LIMIT: Said("Daily limit reached", "Today's entries are used up."),
    R.TOO_SOON: Said("Too soon", "The pause between two entries is not over yet."),
    R.ALREADY_INSIDE: Said(
        "Already inside", "By the records they are inside already, and the zone does not allow a second way in."
    ),
    R.NOT_INSIDE: Said("Not inside", "By the records they never came in, and the zone does not let them out without."),
    R.INTERLOCK: Said("Other door open", "A door that must be shut first is open, or nobody knows whether it is shut."),
    R.ZONE_FULL: Said("Zone full", "The zone has no room left; places may be kept for those who have reserved ones."),
    R.PAYMENT_DUE: Said("Payment due", "The visit is not paid yet, or the time to leave after paying is over."),
    R.ACCOUNT_OVERDUE: Said(
        "Account overdue", "The account of the customer or company has been overdue for longer than the site waits."
    ),
    R.DATA_TOO_OLD: Said(
        "Data too old",
        "The central server has not been heard for longer than this access point accepts for cards that come from there.",
    ),
    R.CLOCK_UNTRUSTED: Said("Clock not trusted", "The clock is not trusted and this right depends on the time."),
    R.INTERNAL_ERROR: Said("Fault of the system", "A rule failed while deciding, so the gate stayed shut. An alarm was raised."),
}

REMEDIES: dict[Remedy, str] = {
    Remedy.LET_IN_ONCE: "Open the gate once from the live page, with a reason",
    Remedy.PUT_IN_SERVICE: "Put the access point back in service, or see to the door's fault",
    Remedy.END_LOCKDOWN: "End the lock-down of the access point or zone",
    Remedy.ACCEPT_KIND: "Let this access point accept this kind of credential",
    Remedy.SHOW_AGAIN: "Have it shown again: clean, flat, and closer",
    Remedy.REGISTER_CREDENTIAL: "Register the card or vehicle with its customer",
    Remedy.CORRECT_PLATE: "Correct the plates that look alike",
    Remedy.ACTIVATE_CARD: "Set the card or vehicle active",
    Remedy.REPLACE_CARD: "Give out a new card",
    Remedy.CHANGE_VALIDITY: "Change how long it is valid",
    Remedy.ACTIVATE_CUSTOMER: "Set the customer active",
    Remedy.RESTORE_CUSTOMER: "Restore the customer",
    Remedy.ACTIVATE_COMPANY: "Set the company active",
    Remedy.CLEAR_BLOCK: "Take the customer off the block list",
    Remedy.GIVE_PROFILE: "Give an access profile that covers this zone",
    Remedy.CHANGE_SCHEDULE: "Change the hours of the profile's schedule",
    Remedy.ADD_USES: "Grant more uses",
    Remedy.MARK_OUTSIDE: "Mark them as outside",
    Remedy.MARK_INSIDE: "Mark them as inside",
    Remedy.CHECK_READER: "See to the reader and its line",
    Remedy.SHOW_FRESH_CODE: "Have the code shown fresh on the phone, not as a picture",
    Remedy.NEW_PASS: "Give out a new pass",
    Remedy.SET_PIN: "Set a PIN for this card",
    Remedy.TYPE_PIN_AGAIN: "Have the card shown and the PIN typed again",
    Remedy.UNLOCK_PIN: "Let PINs be typed again now",
    Remedy.REGISTER_VEHICLE: "Register the vehicle with this customer",
    Remedy.BOOK: "Book the zone for now",
    Remedy.ASK_HOST: "Ask the host",
    Remedy.BRING_COMPANION: "Have the second person show their card right after",
    Remedy.WAIT_FOR_DOOR: "Shut the other door first",
    Remedy.RAISE_CAPACITY: "Raise the capacity of the zone",
    Remedy.CORRECT_COUNT: "Correct the count of the zone",
    Remedy.TAKE_PAYMENT: "Take the payment",
    Remedy.CLEAR_OVERDUE: "Clear the overdue account",
    Remedy.CHECK_SYNC: "See to the line to the central server",
    Remedy.CHECK_CLOCK: "Set the clock, or connect it to a time server",
    Remedy.CALL_SUPPORT: "Call support: the journal has a fault event beside this one",
}

EVENT_CODES: dict[str, Said] = {
    "door_unknown": Said("Door state unknown", "The door has no contact, or it says nothing."),
    "door_offline": Said("Door offline", "The line to the door is down; it cannot be opened from here."),
    "door_locked": Said("Door shut", "The door is shut and locked."),
    "door_unlocked": Said("Door released", "The door is released and may be opened."),
    "door_opened": Said("Door open", "The door stands open."),
    "door_forced": Said("Door forced", "The door was opened without having been released."),
    "door_held": Said("Door open too long", "The door has stood open for longer than it may."),
    "door_pre_alarm": Said("Door still open", "The door has stood open for a while; its buzzer sounds, and soon it is an alarm."),
    "door_nuisance": Said(
        "Same door alarm again",
        "The same alarm came again and again; it was counted instead of written each time. The note says how often.",
    ),
    "exit_button": Said("Exit button", "Somebody inside pressed the exit button, and the door was released."),
    "hold_open": Said("Door held open", "Somebody on duty holds the door open."),
    "hold_over": Said("Hold over", "The door is no longer held open by hand."),
    "emergency_on": Said("Emergency", "The emergency input went on: the doors declared for it were opened and are held open."),
    "emergency_off": Said("Emergency over", "The emergency input went off: the doors follow the rules again."),
    "webhook_dropped": Said("Webhook gave up", "A webhook took nothing for three days; the note says which and what it missed."),
    "alert_raised": Said("Alert raised", "Something waits for a person: see the alerts."),
    "alert_acknowledged": Said("Alert acknowledged", "Somebody has seen an alert and said what is done about it."),
    "alert_cleared": Said("Alert over", "What had raised an alert is over."),
    "door_not_opened": Said("Door did not open", "The opening was decided and written down, but the door did not take it."),
    "edge_started": Said("System started", "The access controller came up."),
    "edge_stopped": Said("System stopped", "The access controller was stopped."),
    "clock_adjusted": Said("Clock adjusted", "The clock was set; times before and after may not line up."),
    "payment_taken": Said("Payment taken", "Money was taken for a visit; the way out goes by it."),
    "payment_pending": Said("Payment pending", "A payment was begun; it counts when it is confirmed."),
    "payment_confirmed": Said("Payment confirmed", "A pending payment has arrived."),
    "payment_refunded": Said("Payment refunded", "Money was given back; what is then due is asked for at the way out."),
    "payment_voided": Said("Payment voided", "A payment was taken back as if it had never been."),
    "work_failed": Said("Internal fault", "A piece of work failed and was undone; the rest went on."),
    "access_review_finished": Said(
        "Access review finished", "Everybody's access was confirmed or taken away; the note has the hash of the result."
    ),
    "events_erased": Said(
        "Names taken out", "What earlier events said of an erased person was taken out; this line names each with its new hash."
    ),
    "customer_erased": Said("Person erased", "Somebody took out of everything who this customer was."),
    "log_forked": Said("Journal restored", "The journal was restored from a backup and goes on under a new id."),
}

KINDS: dict[CredentialKind, str] = {
    CredentialKind.QR: "QR code",
    CredentialKind.BARCODE: "Barcode",
    CredentialKind.UID: "Card or tag",
    CredentialKind.PLATE: "Number plate",
    CredentialKind.PIN: "PIN",
    CredentialKind.ROTATING_QR: "Rotating QR code",
    CredentialKind.SIGNED_PASS: "Signed pass",
}
EVENT_KINDS: dict[EventKind, str] = {
    EventKind.DECISION: "Decision",
    EventKind.DOOR: "Door",
    EventKind.ALARM: "Alarm",
    EventKind.OPERATOR: "By hand",
    EventKind.PAYMENT: "Payment",
    EventKind.SYSTEM: "System",
    EventKind.FAULT: "Fault",
}
STATUS: dict[Status, str] = {
    Status.ACTIVE: "Active",
    Status.INACTIVE: "Inactive",
    Status.SUSPENDED: "Suspended",
    Status.INVITED: "Invited",
}
CARD_STATUS: dict[CardStatus, str] = {
    CardStatus.ACTIVE: "Active",
    CardStatus.INACTIVE: "Inactive",
    CardStatus.SUSPENDED: "Suspended",
    CardStatus.LOST: "Lost",
    CardStatus.STOLEN: "Stolen",
}
MODES: dict[Mode, str] = {
    Mode.NORMAL: "Normal",
    Mode.LOCKED_DOWN: "Locked down",
    Mode.FREE_PASSAGE: "Free passage",
    Mode.CARD_ONLY: "Cards only",
}
ANTIPASSBACK: dict[Antipassback, str] = {
    Antipassback.OFF: "Off",
    Antipassback.SOFT: "Soft: mark it",
    Antipassback.HARD: "Hard: refuse it",
    Antipassback.TIMED: "Timed: refuse it for a while",
}
ALERTS: dict[AlertKind, Said] = {
    AlertKind.DOOR_FORCED: Said("Door forced", "It was opened without having been released. Look who is there."),
    AlertKind.DOOR_HELD: Said("Door open too long", "It stands open. Shut it, or see what holds it."),
    AlertKind.DOOR_OFFLINE: Said(
        "Door offline", "Nothing is known of it, and it cannot be opened from here. See to its power and line."
    ),
    AlertKind.EMERGENCY: Said("Emergency", "The emergency input is on: the doors declared for it stand released."),
    AlertKind.EMERGENCY_INPUT: Said("Emergency input not heard", "It would open nothing now. See to its line first."),
    AlertKind.READER_OFFLINE: Said("Reader offline", "It reads nothing. See to its power and cable."),
    AlertKind.CAMERA_BLIND: Said("Camera blind", "It is covered, dark, out of focus, or hangs."),
    AlertKind.DENIALS: Said("Many refusals", "Somebody keeps trying, or a card, a reader or the rules are wrong."),
    AlertKind.CAPACITY: Said("Zone full", "So many are inside as the alert rule says, by the records."),
    AlertKind.DISK: Said("Disk nearly full", "Make room: what happens must be written down."),
    AlertKind.DATABASE: Said("Trouble with a database", "What happens may not be written down. See health."),
    AlertKind.CLOCK: Said("Clock not set", "Hours and validity go by an unconfirmed clock."),
    AlertKind.SYNC_BEHIND: Said("Central server behind", "It has not got what happened here for a while. See to the line."),
    AlertKind.ALARM: Said("Alarm", "See the events of that time."),
}
ALERT_OF: dict[str, str] = {
    "refusals": "refusals",
    "percent": "percent of the capacity",
    "MB free": "MB free",
    "events": "events waiting",
}
"""What the threshold of an alert rule counts."""
DOOR_STATES: dict[DoorState, Said] = {
    DoorState.UNKNOWN: Said("Unknown", "Nothing is known of the door: it has no contact, or nothing was heard yet."),
    DoorState.OFFLINE: Said("Offline", "The line to the door is down."),
    DoorState.LOCKED: Said("Shut", "Shut and locked."),
    DoorState.UNLOCKED: Said("Released", "Released: it may be opened now."),
    DoorState.OPENED: Said("Open", "It stands open."),
    DoorState.HELD: Said("Open too long", "It has stood open for longer than it may."),
    DoorState.FORCED: Said("Forced", "It was opened without having been released."),
}
HOLDS: dict[Hold, str] = {
    Hold.OPERATOR: "Held open by hand.",
    Hold.EMERGENCY: "Held open by the emergency input.",
}
DOOR_TONES: dict[DoorState, str] = {
    DoorState.UNKNOWN: "dim",
    DoorState.OFFLINE: "warn",
    DoorState.LOCKED: "plain",
    DoorState.UNLOCKED: "ok",
    DoorState.OPENED: "ok",
    DoorState.HELD: "warn",
    DoorState.FORCED: "no",
}
METHODS: dict[PaymentMethod, str] = {
    PaymentMethod.CASH: "Cash",
    PaymentMethod.CARD: "Card",
    PaymentMethod.TRANSFER: "Bank transfer",
    PaymentMethod.VOUCHER: "Voucher",
    PaymentMethod.ACCOUNT: "Account",
}
PAYMENT_STATES: dict[str, tuple[str, str]] = {
    "none": ("", "dim"),
    "unpaid": ("Unpaid", "warn"),
    "pending": ("Pending", "info"),
    "paid": ("Paid", "ok"),
    "refunded": ("Refunded", "dim"),
    "voided": ("Void", "dim"),
}
"""A visit's or payment's state: word and tone."""
PERMISSIONS: dict[Permission, str] = {
    Permission.CUSTOMERS_VIEW: "See customers",
    Permission.CUSTOMERS_ADD: "Add customers",
    Permission.CUSTOMERS_EDIT: "Edit customers, groups and lists",
    Permission.CUSTOMERS_DELETE: "Delete and restore customers",
    Permission.CUSTOMERS_REVEAL: "See numbers of identity documents (every look is written down)",
    Permission.CUSTOMERS_ERASE: "Erase persons for good",
    Permission.COMPANIES_VIEW: "See companies",
    Permission.COMPANIES_MANAGE: "Add, edit and delete companies",
    Permission.CARDS_VIEW: "See access cards",
    Permission.CARDS_MANAGE: "Add, edit and delete access cards",
    Permission.BOOKINGS_VIEW: "See bookings",
    Permission.BOOKINGS_MANAGE: "Make and cancel bookings and timed grants",
    Permission.CARDS_REVEAL: "Print access cards again, which shows their codes",
    Permission.VEHICLES_VIEW: "See vehicles",
    Permission.VEHICLES_MANAGE: "Add, edit and delete vehicles",
    Permission.PAYMENTS_VIEW: "See payments and what is due",
    Permission.PAYMENTS_TAKE: "Take payments",
    Permission.PAYMENTS_REFUND: "Refund and void payments",
    Permission.EVENTS_VIEW: "See events and entries",
    Permission.DOORS_VIEW: "See doors and health",
    Permission.DOORS_OPEN: "Open doors by hand",
    Permission.DOORS_MODE: "Change how doors behave",
    Permission.PRESENCE_VIEW: "See who is inside",
    Permission.PRESENCE_CORRECT: "Correct who is inside, and counts",
    Permission.SITE_VIEW: "See zones, profiles, schedules and access points",
    Permission.SITE_MANAGE: "Change zones, profiles, schedules and access points",
    Permission.USERS_VIEW: "See users and roles",
    Permission.USERS_MANAGE: "Change users and roles",
    Permission.KEYS_MANAGE: "Make and revoke API keys of one's own",
    Permission.ALERTS_VIEW: "See alerts",
    Permission.ALERTS_MANAGE: "Acknowledge alerts",
    Permission.AUDIT_VIEW: "See who changed what",
    Permission.CUSTOMERS_EXPORT: "Export customers",
    Permission.COMPANIES_EXPORT: "Export companies",
    Permission.CARDS_EXPORT: "Export access cards",
    Permission.VEHICLES_EXPORT: "Export vehicles",
    Permission.BOOKINGS_EXPORT: "Export bookings",
    Permission.ENTRIES_EXPORT: "Export entries",
    Permission.EVENTS_EXPORT: "Export events",
    Permission.PAYMENTS_EXPORT: "Export payments",
    Permission.EXPORTS_SCHEDULE: "Have exports made by the calendar",
    Permission.REVIEWS_MANAGE: "Hold access reviews: confirm who has access, or take it away",
    Permission.REVIEWS_EXPORT: "Export access reviews",
    Permission.IMPORTS_MANAGE: "Import customers, cards and vehicles from a file, and take an import back",
}
COMMANDS: dict[str, str] = {
    "add": "added",
    "edit": "changed",
    "delete": "deleted",
    "restore": "restored",
    "snapshot": "came with the whole list",
    "delta": "changed at the central server",
}

NOTICES: dict[str, str] = {
    "saved": "Saved.",
    "added": "Added.",
    "deleted": "Deleted.",
    "removed": "Removed.",
    "restored": "Restored.",
    "erased": "Erased. The journal and the history are gone through now, which may take a while.",
    "activated": "Active now: the next reading opens.",
    "deactivated": "Inactive now: the next reading stays out.",
    "opened": "Opened. The journal has a line with your reason.",
    "remedied": "Corrected, judged again, and opened.",
    "remedied-not-opened": "Corrected and granted, but the door did not take it. See the health of the door.",
    "still-refused": "Corrected, but something else refuses now: see below.",
    "not-opened": "Written down, but the door did not take it. See the health of the door.",
    "acknowledged": "Acknowledged. The journal has your name and the note.",
    "paid": "Payment taken. The way out goes by it from now on.",
    "signed-out": "You are signed out.",
    "session-ended": "Signed out there.",
}
"""What a page says after a change, by the word in `?done=`."""


def reason(code: str) -> Said:
    """The words for a reason or event code; one that is not known here is shown as it is."""
    if code in REASONS:
        return REASONS[Reason(code)]
    return EVENT_CODES.get(code) or Said(code.replace("_", " ").capitalize(), "")


CODES = frozenset(EVENT_CODES) | {r.value for r in REASONS}
"""Every code that has words here."""
CAUSES: dict[Cause, str] = {
    Cause.BOUNCED: "likely the door bounces, or its contact is set too near",
    Cause.CONTACT_LOOSE: "likely a loose contact",
    Cause.CLOSER_WEAK: "likely a weak door closer",
    Cause.LINE_LOOSE: "likely a loose line",
}


def likely(detail: str) -> str:
    """A detail with the causes in it in words."""
    for cause, says in CAUSES.items():
        detail = detail.replace(f"likely: {cause.value}", says)
    return detail


def note(code: str, said: str) -> str:
    """The note of an event, with the codes that the house writes into it in words."""
    said = likely(said)
    first, _, rest = said.partition(" ")
    if code.startswith("alert_") and first.rstrip(":") in tuple(AlertKind):
        return f"{ALERTS[AlertKind(first.rstrip(':'))].short}{':' if first.endswith(':') else ''} {rest}".strip()
    if code == "door_nuisance" and first in EVENT_CODES:
        return f"{EVENT_CODES[first].short} {rest}"
    return said


def part(kind: str, name: str) -> str:
    """A part of the edge: "Door north", "Database journal"; the clock there is only one of."""
    alone = {"clock": "Clock", "settings": "Settings", "sync": "Central server", "journal": "Writing the journal"}
    return alone.get(kind) or f"{kind.capitalize()} {name}"


def remedy(found: Remedy) -> str:
    return REMEDIES[found]


def change(command: str) -> str:
    """ "customers.edit" -> "changed"."""
    return COMMANDS.get(command.rpartition(".")[2], command)
