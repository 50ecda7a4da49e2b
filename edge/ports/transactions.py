"""What commands ask of one transaction of the journal or of the roster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from msgspec import Struct

from edge.core.alerts import Alert, AlertRule
from edge.core.erasing import Erasing
from edge.core.event import DeadLetter, Event
from edge.core.facts import Facts
from edge.core.importing import Op
from edge.core.levels import Counts
from edge.core.merge import DeskChange
from edge.core.model import Actor, ApiKey, Card, CredentialKind, Moment, Reading, Record, Scope
from edge.core.payment import Bill, Payment
from edge.core.people import Customer
from edge.core.place import AccessPoint, SitePolicy
from edge.core.presence import Effects, Moves, Whereabouts
from edge.core.review import ReviewTally
from edge.ports.central import ArrivingRows, CentralRows, DeskChanges
from edge.ports.devices import DoorsSay

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Held(Struct, frozen=True):
    """A card, vehicle or pass as a correction needs it: its names as they are now, and where it is."""

    id: str
    label: str
    customer: str | None
    customer_name: str
    where: Whereabouts


class ScopeTx(Protocol):
    """What the restriction of an actor asks of either transaction."""

    sees_journal: bool
    """Can it look at events, visits and payments too."""

    def in_scope(self, kind: str, id: str | int, scope: Scope) -> bool:
        """Is this record ("customer", "zone", "event", ...) within the scope; True where nothing restricts its kind."""


class JournalTx(ScopeTx, Protocol):
    """One transaction of the journal, with the roster readable beside it."""

    def facts(self, reading: Reading, now: Moment, doors: DoorsSay) -> Facts:
        """Everything the decision on this reading needs."""

    def waiting(self, facts: Facts, now: Moment, doors: DoorsSay) -> Facts:
        """The facts of the companion who waited for this one, judged again with this one beside them."""

    def moves(self, facts: Facts, effects: Effects, now: Moment) -> Moves:
        """What these effects come to, for the event to keep."""

    def not_before(self, at: int) -> int:
        """The time an event of now gets: never below the high-water mark."""

    def record(self, event: Event) -> Event:
        """Append an event: gives it its seq, a time not below the high-water mark, and its place in the hash chain."""

    def follow(self, facts: Facts, event: Event, *, last_seq: int, waits: bool = False, strike_ms: int = 0) -> None:
        """What an event changes for its card or vehicle: its chain of events, what its moves say (presence, uses, visits), and
        what holds for seconds: who waits for a second person, doors released (strike_ms: the door is, for so long)."""

    def event(self, seq: int) -> Event:
        """Raises NotFound."""

    def body(self, seq: int) -> str:
        """An event as it is stored and was sent. Raises NotFound."""

    def dead_letter(self, seq: int) -> DeadLetter | None:
        """What is known of an event that central refused; None: it has not."""

    def keep_dead_letter(self, letter: DeadLetter) -> None:
        """Insert or replace."""

    def facts_then(self, event: Event) -> Facts:
        """What the decision of this event knew, at its access point as it is set up now but in the mode of the time. Raises Invalid."""

    def facts_again(self, event: Event, holder: str, plate: str, now: Moment, doors: DoorsSay) -> Facts:
        """The reading of an event with the records of now. holder: whose it is; plate: seen beside it (empty: as it was).

        What was shown and typed then was found good, or somebody with the right vouches for it."""

    def settle(self, event: Event, where: Whereabouts = ...) -> None:
        """Apply the moves of an event that no reading caused. where: its card's whereabouts before it."""

    def policy(self) -> SitePolicy:
        """What holds for the whole site."""

    def held(self, holder: str) -> Held:
        """Raises NotFound for what is neither a card nor a vehicle nor has ever been seen."""

    def bill(self, entry: int) -> Bill:
        """A visit by the seq of its way in, as its price needs it. Raises NotFound."""

    def payment(self, id: int) -> Payment:
        """Raises NotFound."""

    def around(self, zone: str) -> tuple[str, ...]:
        """This zone and every one around it, inner first. Raises NotFound."""

    def within(self, zone: str) -> tuple[str, ...]:
        """Every zone inside this one."""

    def inside(self, zone: str) -> int:
        """Visits open in a zone, corrected by hand."""

    def correction(self, zone: str) -> int: ...

    def holders_in(self, zones: tuple[str, ...], limit: int) -> list[str]:
        """Whose visits are open in any of these zones."""

    def alert(self, id: int) -> Alert:
        """Raises NotFound."""

    def keep_alert(self, alert: Alert) -> None:
        """Insert or replace."""

    def waiting_alerts(self) -> list[Alert]:
        """Every alert that is not both acknowledged and over."""

    def alert_rules(self) -> list[AlertRule]:
        """What the site says of kinds of alerts in place of the table."""

    def unseen_events(self, after: int | None, limit: int) -> tuple[list[Event], int]:
        """(events that may say something to alerts, the seq up to which that is all). after None: from where the last look ended."""

    def alerts_looked(self, seq: int) -> None:
        """The alerts have looked up to here."""

    def alert_counts(self, free_mb: int | None, *, synced: bool) -> Counts:
        """What is counted now: zones with a capacity, and events that central has not got."""

    def rewrite(self, event: Event) -> str:
        """Put this in place of the event of its number, which keeps its chain hash; SHA-256 of the new body, hex."""

    def rename_visits(self, who: Erasing, after: int, upto: int) -> None:
        """What visits, payments and alerts that began between these events say of the person."""

    def executed(self, command_id: str) -> str | None:
        """The result of a door command that was executed before, or None."""

    def remember_executed(self, command_id: str, result: str, at: int) -> None: ...

    def access_point(self, id: str) -> AccessPoint:
        """Raises NotFound."""

    def actor(self, token: str, now: int) -> Actor:
        """Who this session token belongs to, with their rights. Raises NotSignedIn."""


class ImportedRow(Struct, frozen=True, kw_only=True):
    """What an import did for one row of a file. part: 0 the row's own record; below it what was made for it (a company, group, list).

    before: JSON {field: [before, after]} of a record that was changed. problem: why the row was refused.
    """

    row: int
    part: int = 0
    op: Op
    entity: str = ""
    record: str = ""
    before: str = ""
    problem: str = ""


class ImportedRows(Protocol):
    """The rows of imports, as far as they were done."""

    def last(self, id: str) -> int:
        """The number of the last row of this import that was done; 0: none."""

    def note(self, id: str, row: ImportedRow) -> None:
        """Done, in the same commit."""

    def newest_first(self, id: str, below: int, limit: int) -> list[ImportedRow]:
        """Those not taken back yet, from the row before `below` on."""

    def taken_back(self, id: str, row: ImportedRow, kept: str) -> None:
        """kept: what was left as it is, and why; empty: all is as it was."""

    def counts(self, id: str) -> dict[str, int]:
        """How many rows of each op; "kept": those that an undo left as they are."""

    def forget(self, before: int, most: int) -> None:
        """Rows of imports that ended before this time (ms), at most so many: those can no longer be taken back."""

    def made_for(self, id: str) -> frozenset[str]:
        """The companies, groups and lists that this import made."""


class RosterTx(ScopeTx, Protocol):
    """One transaction of the roster. Every put and delete writes its audit and change line in the same commit."""

    @property
    def imported(self) -> ImportedRows: ...

    @property
    def central(self) -> CentralRows: ...

    @property
    def arriving(self) -> ArrivingRows: ...

    @property
    def changes(self) -> DeskChanges: ...

    def forget_code_to_send(self, change: str) -> None:
        """Central has decided the change of this id: the code that was kept to be sent with it is erased."""

    def code_to_send(self, change: DeskChange) -> str | None:
        """The code of the card that was changed, if it is known."""

    def has_code(self, card: str, kind: CredentialKind, code: str) -> bool:
        """Is this the canonical code of that card."""

    def send_up(self, record: Record) -> None:
        """Central is to hear of this record as it is."""

    def spent_ms(self) -> float:
        """How long this commit has been worked on: who has more to do than fits stops and says how far they came."""

    def attempt(self, work: Callable[[], T]) -> T:
        """What work returns; when it raises, nothing of it is kept and the rest of the commit goes on."""

    def new_id(self) -> str: ...

    def new_code(self) -> str:
        """A card code of 100 random bits in capital letters and digits (a small QR)."""

    def get(self, kind: type[R], id: str) -> R:
        """Raises NotFound."""

    def find(self, kind: type[R], **equal: str) -> R | None:
        """The record with this unique value (login=..., name=..., email=..., plate_key=...), or None."""

    def every(self, kind: type[R], **equal: str) -> list[R]:
        """Those with this value (customer=..., host=...), or all of them, by id."""

    def names(self, kind: type[Record]) -> Mapping[str, str]:
        """name_key -> id of every record of a kind that has names and is not deleted; empty where several have the name."""

    def card_of(self, kind: CredentialKind, code: str) -> Card | None:
        """The card with this canonical code."""

    def drop(self, record: Record) -> bool:
        """Delete it if nothing refers to it; False: it is still used, and stays."""

    def same(self, customer: Customer, field: str) -> Customer | None:
        """Another customer, not deleted, with the same e-mail address or mobile number ("email", "mobile")."""

    def put(self, record: R, *, code: str | None = None, said: bool = True) -> R:
        """Insert or replace; ver grows by one. code: a card's canonical code, kept as keyed hash. said False: the audit line says no
        fields. Raises Conflict, Invalid."""

    def add(self, record: R, *, code: str | None = None) -> R:
        """Insert a record whose id was made just now (new_id). Raises Conflict."""

    def put_pin(self, card: Card, pin: str, duress: str) -> Card:
        """Store the card with the keyed hashes of its PINs (empty: none)."""

    def delete(self, record: Record, *, said: bool = True) -> None:
        """Raises Conflict when something still refers to it. said False: the audit line says no fields."""

    def forget_code(self, card: Card) -> None:
        """No code and no PIN belongs to this card any more: nothing opens by it."""

    def review_tally(self, id: str) -> ReviewTally:
        """How far an access review is, with the hash of how it stands."""

    def keep_erasing(self, who: Erasing) -> None:
        """What is looked for, until it is found everywhere."""

    def keep_document(self, customer: Customer, number: str) -> None:
        """Keep the number of an identity document, sealed; empty: forget it."""

    def document_of(self, customer: Customer) -> str | None:
        """The number of a customer's identity document, as committed; None when none is kept or it cannot be unsealed."""

    def code_of(self, card: Card) -> str | None:
        """The code of a card, where it was kept for printing; None when it was not, or is not the present one."""

    def phone_secret(self, number: str) -> str:
        """The secret of the rotating card with this number, in base 32."""

    def signing_key(self, id: str) -> bytes:
        """This house's own Ed25519 key of that id (32 bytes), made the first time it is asked for. It leaves the edge nowhere."""

    def webhook_secret(self, id: str) -> bytes:
        """What the deliveries of this webhook are signed with (32 bytes), made the first time it is asked for."""

    def say(self, entity: str, id: str, what: str, line: Struct) -> None:
        """An audit line about something that is no record: it was given out and is not kept here."""

    def note(self, record: Record, what: str) -> None:
        """An audit line about a record that nothing changes: somebody saw what is not for everybody."""

    def note_view(self, record: Record, at: int, *, once_ms: int) -> None:
        """An audit line: who asks saw this record at (ms); none when they did within so long before it."""

    def next_customer_number(self) -> int: ...

    def reserve_customer_number(self, number: int) -> None:
        """A number that came from elsewhere is not given out again."""

    def actor(self, token: str, now: int) -> Actor:
        """Who this session token belongs to, with their rights. Raises NotSignedIn."""

    def open_session(self, user: str, *, now: int, expires: int, client: str) -> str:
        """A new session; returns its token (kept as SHA-256 alone)."""

    def end_session(self, token: str) -> None: ...

    def end_sessions_of(self, user: str) -> None: ...

    def end_session_named(self, id: str, user: str | None) -> str | None:
        """End the session of this id (not its token), if it is of this user where one is named; whose it was, or None."""

    def session_seen(self, token: str, now: int) -> None:
        """A session or an API key is in use."""

    def new_key(self, key: ApiKey) -> tuple[ApiKey, str]:
        """Store a new API key; returns it with the key itself (kept as SHA-256 alone)."""
