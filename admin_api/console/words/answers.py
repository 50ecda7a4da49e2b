"""What a display says to the person at the gate: each reason in words for them, which are other than those for the desk."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.console.language import N_, _
from edge.core.judgement import Reason

R = Reason


@dataclass(frozen=True)
class Answer:
    """tone: ok, wait (they can do something about it) or no. hushed: said in the same words and the same language whatever the reason."""

    tone: str
    line: str
    sentence: str = ""
    hushed: bool = False

    @property
    def short(self) -> str:
        return _(self.line)

    @property
    def long(self) -> str:
        return _(self.sentence)


def _wait(line: str, sentence: str) -> Answer:
    return Answer("wait", line, sentence)


def _no(line: str, sentence: str) -> Answer:
    return Answer("no", line, sentence)


WELCOME = Answer("ok", N_("Welcome"), N_("Please come in."))
GOODBYE = Answer("ok", N_("Goodbye"), N_("The way is open."))
OPEN = Answer("ok", N_("The way is open"))
NOT_LET_IN = Answer("no", N_("Not let in"), N_("Please ask at the desk."), hushed=True)
"""Of what concerns who holds the card or what became of it: a finder, a thief and whoever stands behind learn nothing from it."""
OUT_OF_ORDER = _wait(N_("Out of order"), N_("Please take another way in, or ask at the desk."))
OUR_FAULT = _no(N_("That did not work"), N_("The fault is ours. Please ask at the desk."))

ANSWERS: dict[Reason, Answer] = {
    R.GRANTED: WELCOME,
    R.GRANTED_SOFT_PASSBACK: WELCOME,
    R.GRANTED_FREE_PASSAGE: WELCOME,
    R.GRANTED_DURESS: WELCOME,
    R.GRANTED_BY_OPERATOR: WELCOME,
    R.GRANTED_EMERGENCY: OPEN,
    R.OUT_OF_SERVICE: OUT_OF_ORDER,
    R.LOCKED_DOWN: _no(N_("Closed at the moment"), N_("Please ask at the desk.")),
    R.READER_INSECURE: OUT_OF_ORDER,
    R.MALFORMED: _wait(N_("That could not be read"), N_("Hold it flat and closer, and show it again.")),
    R.UNSUPPORTED_KIND: _wait(N_("Not taken here"), N_("Please show something else, or ask at the desk.")),
    R.BAD_SIGNATURE: NOT_LET_IN,
    R.CODE_EXPIRED: _wait(N_("This code is out of date"), N_("Show it fresh on the phone, not as a picture.")),
    R.CODE_REPLAYED: _wait(N_("This code was used already"), N_("Wait for the next one on the phone, then show that.")),
    R.PASS_REVOKED: NOT_LET_IN,
    R.UNKNOWN_CREDENTIAL: NOT_LET_IN,
    R.PLATE_UNSURE: _wait(N_("The plate was not read clearly"), N_("Please show your code or card.")),
    R.CARD_INACTIVE: NOT_LET_IN,
    R.CARD_SUSPENDED: NOT_LET_IN,
    R.CARD_LOST: NOT_LET_IN,
    R.CARD_STOLEN: NOT_LET_IN,
    R.CARD_NOT_YET_VALID: _no(N_("Your card is not valid yet"), N_("Please come back when it is, or ask at the desk.")),
    R.CARD_EXPIRED: _no(N_("Your card has expired"), N_("Please ask at the desk.")),
    R.CUSTOMER_INACTIVE: NOT_LET_IN,
    R.CUSTOMER_DELETED: NOT_LET_IN,
    R.COMPANY_INACTIVE: NOT_LET_IN,
    R.BLOCKLISTED: NOT_LET_IN,
    R.PIN_REQUIRED: _wait(N_("Your PIN, please"), N_("Show your card again, then type your PIN.")),
    R.PIN_WRONG: _wait(N_("That PIN is wrong"), N_("Show your card again, then type your PIN.")),
    R.PIN_LOCKED: _no(N_("Too many wrong PINs"), N_("Please wait a while, or ask at the desk.")),
    R.VEHICLE_NOT_REGISTERED: _wait(N_("This vehicle is not known"), N_("Please ask at the desk.")),
    R.VEHICLE_MISMATCH: NOT_LET_IN,
    R.ZONE_NOT_ALLOWED: _no(N_("Not valid for this place"), N_("Please take the way you were told, or ask at the desk.")),
    R.OUTSIDE_SCHEDULE: _wait(N_("Not at this hour"), N_("Please come back within your hours, or ask at the desk.")),
    R.HOLIDAY: _wait(N_("Closed today"), N_("Today is a holiday here.")),
    R.NO_BOOKING_NOW: _wait(N_("No booking for now"), N_("Please come at the time that you booked, or ask at the desk.")),
    R.HOST_ABSENT: _wait(N_("Your host is not here yet"), N_("Please wait, or ask at the desk.")),
    R.ESCORT_REQUIRED: _wait(N_("Please come with your host"), N_("Your host shows their card right after you.")),
    R.SECOND_PERSON_REQUIRED: _wait(N_("And one more person"), N_("The second person shows their card now.")),
    R.GUARDIAN_REQUIRED: _wait(N_("Please come with an adult"), N_("The adult shows their card right after you.")),
    R.NO_USES_LEFT: _no(N_("No entries left"), N_("Please ask at the desk.")),
    R.DAILY_LIMIT: _no(N_("No entries left for today"), N_("Please come back tomorrow, or ask at the desk.")),
    R.TOO_SOON: _wait(N_("A little too soon"), N_("Please wait before you come in again.")),
    R.ALREADY_INSIDE: _no(N_("This card is inside already"), N_("Please ask at the desk.")),
    R.NOT_INSIDE: _no(N_("This card never came in"), N_("Please ask at the desk.")),
    R.INTERLOCK: _wait(N_("One moment, please"), N_("The other door has to close first.")),
    R.ZONE_FULL: _wait(N_("No places left"), N_("Please wait until somebody leaves.")),
    R.PAYMENT_DUE: _wait(N_("Please pay first"), N_("Pay at the desk, then show it again.")),
    R.ACCOUNT_OVERDUE: _no(N_("Please see the desk"), N_("There is something to settle first.")),
    R.DATA_TOO_OLD: OUR_FAULT,
    R.CLOCK_UNTRUSTED: OUR_FAULT,
    R.INTERNAL_ERROR: OUR_FAULT,
}


def answer_to(reason: Reason, *, leaving: bool) -> Answer:
    """What is said at this side of the door: who leaves is not welcomed."""
    found = ANSWERS[reason]
    return GOODBYE if leaving and found is WELCOME else found
