"""What is said of a decision: why, and what would help."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Said, Words
from edge.core.judgement import Reason, Remedy

R = Reason

REASONS: dict[Reason, Said] = {
    R.GRANTED: Said(N_("Let in"), N_("Every rule was satisfied.")),
    R.GRANTED_SOFT_PASSBACK: Said(
        N_("Let in, position unclear"), N_("They seem to have come or gone before without being seen; the zone only marks that.")
    ),
    R.GRANTED_FREE_PASSAGE: Said(N_("Let in, free passage"), N_("The gate is in free passage and lets everybody through.")),
    R.GRANTED_BY_OPERATOR: Said(N_("Opened by hand"), N_("Somebody on duty opened the gate and said why.")),
    R.GRANTED_DURESS: Said(
        N_("Let in under threat"),
        N_("The PIN of duress was typed: the gate opened as for any other. Get help to them; an alarm was raised."),
    ),
    R.GRANTED_EMERGENCY: Said(N_("Open: emergency"), N_("The emergency input is on: the gate lets everybody through.")),
    R.OUT_OF_SERVICE: Said(
        N_("Gate out of service"), N_("The access point is out of service, or its door reports a fault that makes opening unsafe.")
    ),
    R.LOCKED_DOWN: Said(N_("Lock-down"), N_("The gate or zone is locked down and nobody without an override passes.")),
    R.READER_INSECURE: Said(
        N_("Reader not secure"),
        N_(
            "The reader was opened by somebody, or its line is not secured though this access point asks for it. An alarm was raised."
        ),
    ),
    R.MALFORMED: Said(N_("Code unreadable"), N_("What the reader saw is not a code it can make sense of.")),
    R.UNSUPPORTED_KIND: Said(N_("Not accepted here"), N_("This access point does not accept this kind of credential.")),
    R.BAD_SIGNATURE: Said(N_("Not genuine"), N_("The code was not made by this site or its central server. An alarm was raised.")),
    R.CODE_EXPIRED: Said(
        N_("Code out of date"),
        N_("The rotating code is of another minute, or the pass is over: a screenshot, or a phone whose clock is wrong."),
    ),
    R.CODE_REPLAYED: Said(N_("Code used before"), N_("This very code was taken here already; each is good once.")),
    R.PASS_REVOKED: Said(N_("Pass revoked"), N_("The pass was taken back.")),
    R.UNKNOWN_CREDENTIAL: Said(N_("Not registered"), N_("No card or vehicle is registered with what was shown.")),
    R.PLATE_UNSURE: Said(N_("Plate unsure"), N_("More than one registered plate could be the one that was read.")),
    R.CARD_INACTIVE: Said(N_("Card inactive"), N_("The card or vehicle is set inactive.")),
    R.CARD_SUSPENDED: Said(N_("Card suspended"), N_("The card or vehicle is suspended.")),
    R.CARD_LOST: Said(N_("Card reported lost"), N_("The card was reported lost.")),
    R.CARD_STOLEN: Said(N_("Card reported stolen"), N_("The card or vehicle was reported stolen. An alarm was raised.")),
    R.CARD_NOT_YET_VALID: Said(N_("Not valid yet"), N_("The card or vehicle is valid from a later time on.")),
    R.CARD_EXPIRED: Said(N_("Expired"), N_("The card or vehicle is no longer valid.")),
    R.CUSTOMER_INACTIVE: Said(N_("Customer not active"), N_("Only active customers may enter, and this one is not active.")),
    R.CUSTOMER_DELETED: Said(N_("Customer deleted"), N_("The customer was deleted, or the card belongs to nobody.")),
    R.COMPANY_INACTIVE: Said(N_("Company not active"), N_("The company they belong to is not active.")),
    R.BLOCKLISTED: Said(N_("Blocklisted"), N_("The customer is on the block list. An alarm was raised.")),
    R.PIN_REQUIRED: Said(
        N_("PIN missing"), N_("This access point asks for a PIN after the card, and none was typed, or the card has none.")
    ),
    R.PIN_WRONG: Said(N_("Wrong PIN"), N_("The PIN does not go with this card.")),
    R.PIN_LOCKED: Said(N_("PIN locked"), N_("Too many wrong PINs were typed in a row. An alarm was raised.")),
    R.VEHICLE_NOT_REGISTERED: Said(
        N_("Vehicle not known"), N_("Card and plate are asked for together, and no registered plate was seen beside the card.")
    ),
    R.VEHICLE_MISMATCH: Said(
        N_("Somebody else's vehicle"), N_("The plate beside the card is registered to another customer. An alarm was raised.")
    ),
    R.ZONE_NOT_ALLOWED: Said(
        N_("No right to this zone"), N_("No access profile of card, customer, group or company covers this zone.")
    ),
    R.OUTSIDE_SCHEDULE: Said(N_("Outside hours"), N_("There is a right to this zone, but not at this hour.")),
    R.HOLIDAY: Said(N_("Closed: holiday"), N_("A holiday of the schedule keeps this zone closed now.")),
    R.NO_BOOKING_NOW: Said(N_("No booking now"), N_("There is no booking of this zone that is on at this moment.")),
    R.HOST_ABSENT: Said(
        N_("Host not inside"), N_("Guests may be here only while their host is, and by the records the host is not.")
    ),
    R.ESCORT_REQUIRED: Said(
        N_("Needs an escort"), N_("Guests come in here with their host or an escort, shown at the same reader within seconds.")
    ),
    R.SECOND_PERSON_REQUIRED: Said(
        N_("Needs a second person"), N_("Nobody enters here alone: a second person shows their card within seconds.")
    ),
    R.GUARDIAN_REQUIRED: Said(
        N_("Needs the guardian"), N_("Somebody this young enters with their guardian or, where none is named, with an adult.")
    ),
    R.NO_USES_LEFT: Said(N_("No uses left"), N_("Every entry the card was good for is spent.")),
    R.DAILY_LIMIT: Said(N_("Daily limit reached"), N_("Today's entries are used up.")),
    R.TOO_SOON: Said(N_("Too soon"), N_("The pause between two entries is not over yet.")),
    R.ALREADY_INSIDE: Said(
        N_("Already inside"), N_("By the records they are inside already, and the zone does not allow a second way in.")
    ),
    R.NOT_INSIDE: Said(N_("Not inside"), N_("By the records they never came in, and the zone does not let them out without.")),
    R.INTERLOCK: Said(N_("Other door open"), N_("A door that must be shut first is open, or nobody knows whether it is shut.")),
    R.ZONE_FULL: Said(N_("Zone full"), N_("The zone has no room left; places may be kept for those who have reserved ones.")),
    R.PAYMENT_DUE: Said(N_("Payment due"), N_("The visit is not paid yet, or the time to leave after paying is over.")),
    R.ACCOUNT_OVERDUE: Said(
        N_("Account overdue"), N_("The account of the customer or company has been overdue for longer than the site waits.")
    ),
    R.DATA_TOO_OLD: Said(
        N_("Data too old"),
        N_("The central server has not been heard for longer than this access point accepts for cards that come from there."),
    ),
    R.CLOCK_UNTRUSTED: Said(N_("Clock not trusted"), N_("The clock is not trusted and this right depends on the time.")),
    R.INTERNAL_ERROR: Said(
        N_("Fault of the system"), N_("A rule failed while deciding, so the gate stayed shut. An alarm was raised.")
    ),
}
REMEDIES: Words[Remedy] = Words(
    {
        Remedy.LET_IN_ONCE: N_("Open the gate once from the live page, with a reason"),
        Remedy.PUT_IN_SERVICE: N_("Put the access point back in service, or see to the door's fault"),
        Remedy.END_LOCKDOWN: N_("End the lock-down of the access point or zone"),
        Remedy.ACCEPT_KIND: N_("Let this access point accept this kind of credential"),
        Remedy.SHOW_AGAIN: N_("Have it shown again: clean, flat, and closer"),
        Remedy.REGISTER_CREDENTIAL: N_("Register the card or vehicle with its customer"),
        Remedy.CORRECT_PLATE: N_("Correct the plates that look alike"),
        Remedy.ACTIVATE_CARD: N_("Set the card or vehicle active"),
        Remedy.REPLACE_CARD: N_("Give out a new card"),
        Remedy.CHANGE_VALIDITY: N_("Change how long it is valid"),
        Remedy.ACTIVATE_CUSTOMER: N_("Set the customer active"),
        Remedy.RESTORE_CUSTOMER: N_("Restore the customer"),
        Remedy.ACTIVATE_COMPANY: N_("Set the company active"),
        Remedy.CLEAR_BLOCK: N_("Take the customer off the block list"),
        Remedy.GIVE_PROFILE: N_("Give an access profile that covers this zone"),
        Remedy.CHANGE_SCHEDULE: N_("Change the hours of the profile's schedule"),
        Remedy.ADD_USES: N_("Grant more uses"),
        Remedy.MARK_OUTSIDE: N_("Mark them as outside"),
        Remedy.MARK_INSIDE: N_("Mark them as inside"),
        Remedy.CHECK_READER: N_("See to the reader and its line"),
        Remedy.SHOW_FRESH_CODE: N_("Have the code shown fresh on the phone, not as a picture"),
        Remedy.NEW_PASS: N_("Give out a new pass"),
        Remedy.SET_PIN: N_("Set a PIN for this card"),
        Remedy.TYPE_PIN_AGAIN: N_("Have the card shown and the PIN typed again"),
        Remedy.UNLOCK_PIN: N_("Let PINs be typed again now"),
        Remedy.REGISTER_VEHICLE: N_("Register the vehicle with this customer"),
        Remedy.BOOK: N_("Book the zone for now"),
        Remedy.ASK_HOST: N_("Ask the host"),
        Remedy.BRING_COMPANION: N_("Have the second person show their card right after"),
        Remedy.WAIT_FOR_DOOR: N_("Shut the other door first"),
        Remedy.RAISE_CAPACITY: N_("Raise the capacity of the zone"),
        Remedy.CORRECT_COUNT: N_("Correct the count of the zone"),
        Remedy.TAKE_PAYMENT: N_("Take the payment"),
        Remedy.CLEAR_OVERDUE: N_("Clear the overdue account"),
        Remedy.CHECK_SYNC: N_("See to the line to the central server"),
        Remedy.CHECK_CLOCK: N_("Set the clock, or connect it to a time server"),
        Remedy.CALL_SUPPORT: N_("Call support: the journal has a fault event beside this one"),
    }
)


def remedy(found: Remedy) -> str:
    return REMEDIES[found]
