"""Every refusal can be repaired: the remedy corrects the records, the same reading is judged again, and only then the door opens."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.commands.companies import AddCompany
from edge.commands.credentials import AddVehicle, EditCard
from edge.commands.customers import DeleteCustomer, EditCustomer
from edge.commands.doors import ExplainEvent, UnlockDoor
from edge.commands.passes import SetPin
from edge.commands.remedies import ADVICE, IN_JOURNAL, IN_ROSTER, ApplyRemedy
from edge.commands.site import AddSchedule, AddTariff, EditAccessPoint, EditProfile, EditZone, SetMode
from edge.commands.users import AddRole, AddUser, SignIn
from edge.commands.wire import Request
from edge.core.errors import Forbidden, Invalid, NotFound
from edge.core.finding import REMEDIES
from edge.core.judgement import Outcome, Reason, Remedy
from edge.core.model import CredentialKind, Permission, Reading
from edge.core.place import Mode
from tests.support.facility import Facility, until
from tests.support.stores import refused

R, M = Reason, Remedy
K = CredentialKind
ALWAYS = [{"days": [0, 1, 2, 3, 4, 5, 6], "start": 0, "end": 1440}]
DAY = 24 * 3600 * 1000


class Gate:
    """A running facility with Ada, and what happens at its gate."""

    def __init__(self, facility: Facility) -> None:
        self.f = facility
        self.customer = self.card = self.code = ""

    def reading(self, code: str = "", point: str = "North in", **more: Any) -> Reading:
        return Reading(reader="test", access_point=point, kind=more.pop("kind", K.QR), text=code or self.code, **more)

    async def point(self, **changes: Any) -> None:
        await self.f.do(EditAccessPoint(id=self.f.ids["North in"], changes=changes))

    async def zone(self, **changes: Any) -> None:
        await self.f.do(EditZone(id=self.f.ids["zone"], changes=changes))

    async def edit_card(self, **changes: Any) -> None:
        await self.f.do(EditCard(id=self.card, changes=changes))

    async def edit_customer(self, **changes: Any) -> None:
        await self.f.do(EditCustomer(id=self.customer, changes=changes))

    async def show(self, reading: Reading) -> Any:
        return await self.f.edge.gate.serve_now(reading)

    async def schedule(self, **fields: Any) -> str:
        """The profile's zone is open by a schedule of its own from now on."""
        made = await self.f.do(AddSchedule(fields={"name": "Hours", **fields}))
        await self.f.do(
            EditProfile(id=self.f.ids["profile"], changes={"zones": [{"zone": self.f.ids["zone"], "schedule": made["id"]}]})
        )
        return str(made["id"])


@pytest.fixture
async def gate(facility: Facility) -> Gate:
    found = Gate(facility)
    found.customer, found.card, found.code = await facility.customer_with_card("Ada")
    return found


Setup = Callable[[Gate], Awaitable[tuple[Reading, Remedy, dict[str, Any]]]]


async def out_of_service(g: Gate) -> Any:
    await g.point(in_service=False)
    return g.reading(), M.PUT_IN_SERVICE, {}


async def locked_down(g: Gate) -> Any:
    await g.f.do(SetMode(mode=Mode.LOCKED_DOWN, zone=g.f.ids["zone"], reason="drill"))
    return g.reading(), M.END_LOCKDOWN, {}


async def unsupported_kind(g: Gate) -> Any:
    await g.point(kinds=["uid"])
    return g.reading(), M.ACCEPT_KIND, {}


async def unknown_credential(g: Gate) -> Any:
    return g.reading("SEEN-FOR-THE-FIRST-TIME"), M.REGISTER_CREDENTIAL, {
        "code": "SEEN-FOR-THE-FIRST-TIME", "customer": g.customer, "profiles": [g.f.ids["profile"]]
    }  # fmt: skip


async def plate_unsure(g: Gate) -> Any:
    fields = {"customer": g.customer, "profiles": [g.f.ids["profile"]]}
    first = await g.f.do(AddVehicle(fields={"plate": "WXO 812", **fields}))
    await g.f.do(AddVehicle(fields={"plate": "WX0 B12", **fields}))
    return g.reading("WX0812", kind=K.PLATE), M.CORRECT_PLATE, {"vehicle": first["id"], "plate": "WX0812"}


def card_status(status: str) -> Setup:
    async def setup(g: Gate) -> Any:
        await g.edit_card(status=status)
        return g.reading(), M.ACTIVATE_CARD, {}

    return setup


async def card_stolen(g: Gate) -> Any:
    await g.edit_card(status="stolen")
    return g.reading(), M.REPLACE_CARD, {"code": "A-NEW-CARD-FOR-ADA"}


def validity(field: str, at: int) -> Setup:
    async def setup(g: Gate) -> Any:
        await g.edit_card(**{field: g.f.edge.clock.now().wall + at})
        return g.reading(), M.CHANGE_VALIDITY, {field: None}

    return setup


def customer(remedy: Remedy, **changes: Any) -> Setup:
    async def setup(g: Gate) -> Any:
        await g.edit_customer(**changes)
        return g.reading(), remedy, {}

    return setup


async def customer_deleted(g: Gate) -> Any:
    await g.f.do(DeleteCustomer(id=g.customer))
    return g.reading(), M.RESTORE_CUSTOMER, {}


async def company_inactive(g: Gate) -> Any:
    company = await g.f.do(AddCompany(fields={"name": "Acme", "status": "inactive"}))
    await g.edit_customer(company=company["id"])
    return g.reading(), M.ACTIVATE_COMPANY, {}


async def pin_required(g: Gate) -> Any:
    await g.point(pin=True)
    return g.reading(), M.SET_PIN, {"pin": "2468"}


async def pin_wrong(g: Gate) -> Any:
    await g.point(pin=True)
    await g.f.do(SetPin(id=g.card, pin="1357"))
    return g.reading(pin="2468"), M.SET_PIN, {"pin": "2468"}


async def pin_locked(g: Gate) -> Any:
    reading, *_ = await pin_wrong(g)
    for _ in range(5):
        await g.show(reading)
    return reading, M.UNLOCK_PIN, {}


async def vehicle_not_registered(g: Gate) -> Any:
    await g.point(needs_plate=True)
    return g.reading(beside=("WX1234",)), M.REGISTER_VEHICLE, {"plate": "WX 1234"}


async def vehicle_mismatch(g: Gate) -> Any:
    await g.point(needs_plate=True)
    other, _, _ = await g.f.customer_with_card("Grace")
    car = await g.f.do(AddVehicle(fields={"plate": "WX 1234", "customer": other}))
    return g.reading(beside=("WX1234",)), M.REGISTER_VEHICLE, {"vehicle": car["id"], "customer": g.customer, "plate": "WX 1234"}


async def zone_not_allowed(g: Gate) -> Any:
    await g.edit_card(profiles=[])
    return g.reading(), M.GIVE_PROFILE, {"profile": g.f.ids["profile"]}


async def outside_schedule(g: Gate) -> Any:
    await g.schedule(windows=[])
    return g.reading(), M.BOOK, {"minutes": 30}


async def holiday(g: Gate) -> Any:
    today = datetime.fromtimestamp(g.f.edge.clock.now().wall / 1000, UTC).date()
    days = [{"date": (today + timedelta(days=d)).isoformat()} for d in (-1, 0, 1)]
    made = await g.schedule(windows=ALWAYS, holidays=days)
    return g.reading(), M.CHANGE_SCHEDULE, {"schedule": made, "holidays": []}


async def no_booking_now(g: Gate) -> Any:
    await g.zone(booking=True)
    return g.reading(), M.BOOK, {}


async def no_uses_left(g: Gate) -> Any:
    await g.edit_card(uses=0)
    return g.reading(), M.ADD_USES, {}


async def daily_limit(g: Gate) -> Any:
    await g.edit_card(daily_limit=0)
    return g.reading(), M.ADD_USES, {"uses": 2}


async def already_inside(g: Gate) -> Any:
    await g.show(g.reading())
    await g.zone(antipassback="hard")
    return g.reading(), M.MARK_OUTSIDE, {}


async def not_inside(g: Gate) -> Any:
    await g.zone(antipassback="hard")
    await g.f.do(EditAccessPoint(id=g.f.ids["North out"], changes={"pedestrian": False}))
    return g.reading(point="North out"), M.MARK_INSIDE, {}


async def zone_full(g: Gate) -> Any:
    await g.zone(capacity=1)
    _, _, code = await g.f.customer_with_card("Grace")
    await g.show(g.reading(code))
    return g.reading(), M.CORRECT_COUNT, {}


async def payment_due(g: Gate) -> Any:
    await g.show(g.reading())
    tariff = await g.f.do(
        AddTariff(fields={"name": "Day", "currency": "EUR", "steps": [{"unit": 60, "price": 200}], "grace_minutes": 10})
    )
    await g.zone(tariff=tariff["id"])
    await g.f.do(EditAccessPoint(id=g.f.ids["North out"], changes={"pedestrian": False}))
    await until(lambda: g.f.board.moves, "the door to have moved")
    return g.reading(point="North out"), M.TAKE_PAYMENT, {"method": "card"}


REPAIRS: dict[Reason, Setup] = {
    R.OUT_OF_SERVICE: out_of_service,
    R.LOCKED_DOWN: locked_down,
    R.UNSUPPORTED_KIND: unsupported_kind,
    R.UNKNOWN_CREDENTIAL: unknown_credential,
    R.PLATE_UNSURE: plate_unsure,
    R.CARD_INACTIVE: card_status("inactive"),
    R.CARD_SUSPENDED: card_status("suspended"),
    R.CARD_LOST: card_status("lost"),
    R.CARD_STOLEN: card_stolen,
    R.CARD_NOT_YET_VALID: validity("valid_from", DAY),
    R.CARD_EXPIRED: validity("valid_to", -DAY),
    R.CUSTOMER_INACTIVE: customer(M.ACTIVATE_CUSTOMER, status="inactive"),
    R.CUSTOMER_DELETED: customer_deleted,
    R.COMPANY_INACTIVE: company_inactive,
    R.BLOCKLISTED: customer(M.CLEAR_BLOCK, blocklisted=True),
    R.PIN_REQUIRED: pin_required,
    R.PIN_WRONG: pin_wrong,
    R.PIN_LOCKED: pin_locked,
    R.VEHICLE_NOT_REGISTERED: vehicle_not_registered,
    R.VEHICLE_MISMATCH: vehicle_mismatch,
    R.ZONE_NOT_ALLOWED: zone_not_allowed,
    R.OUTSIDE_SCHEDULE: outside_schedule,
    R.HOLIDAY: holiday,
    R.NO_BOOKING_NOW: no_booking_now,
    R.NO_USES_LEFT: no_uses_left,
    R.DAILY_LIMIT: daily_limit,
    R.ALREADY_INSIDE: already_inside,
    R.NOT_INSIDE: not_inside,
    R.ZONE_FULL: zone_full,
    R.PAYMENT_DUE: payment_due,
    R.ACCOUNT_OVERDUE: customer(M.CLEAR_OVERDUE, overdue_since=1),
}
LET_IN = {
    R.READER_INSECURE, R.MALFORMED, R.BAD_SIGNATURE, R.CODE_EXPIRED, R.CODE_REPLAYED, R.PASS_REVOKED, R.HOST_ABSENT, R.ESCORT_REQUIRED,
    R.SECOND_PERSON_REQUIRED, R.GUARDIAN_REQUIRED, R.TOO_SOON, R.INTERLOCK, R.DATA_TOO_OLD, R.CLOCK_UNTRUSTED, R.INTERNAL_ERROR,
}  # fmt: skip
"""Nothing in the records is wrong here: what helps is at the gate, or letting in once with a reason."""


@pytest.mark.feature("S003-57", "X-29")
@pytest.mark.parametrize("reason", REPAIRS, ids=lambda r: r.value)
async def test_the_remedy_corrects_the_records_and_then_the_door_opens(gate: Gate, reason: Reason) -> None:
    reading, remedy, fields = await REPAIRS[reason](gate)
    first = await gate.show(reading)
    assert first.decision.reason is reason
    assert remedy in first.decision.remedies
    moves = len(gate.f.board.moves)
    command = ApplyRemedy(event=first.event.seq, remedy=remedy, reason="it is Ada, I know her", fields=fields)
    done = await gate.f.do(command, "one-request")
    assert (done.granted, done.opened) == (True, True), done
    await until(lambda: len(gate.f.board.moves) > moves, "the door to move")
    (last,) = [e for e in await gate.f.events() if e.seq == done.event]
    assert last.outcome is Outcome.GRANTED
    assert f"{remedy.value} for event {first.event.seq}: it is Ada, I know her" in last.note
    assert last.actor == "command line"
    lines = len(await gate.f.events())
    again = await gate.f.do(command, "one-request")
    assert again["event"] == done.event, "a retry is told the same and moves nothing"
    assert len(await gate.f.events()) == lines


def test_every_refusal_is_repaired_here_or_let_in_once() -> None:
    rest = set(REMEDIES) - REPAIRS.keys()
    assert rest == LET_IN
    assert all(M.LET_IN_ONCE in REMEDIES[reason] for reason in LET_IN)
    assert not IN_ROSTER.keys() & IN_JOURNAL.keys()
    assert M.LET_IN_ONCE in ADVICE


async def test_letting_in_once_opens_with_a_reason_and_corrects_nothing(gate: Gate) -> None:
    first = await gate.show(gate.reading("   "))
    assert first.decision.reason is R.MALFORMED
    done = await gate.f.do(UnlockDoor(access_point=gate.f.ids["North in"], reason="a parcel"))
    assert done["opened"]


async def test_a_remedy_that_does_not_suffice_says_what_still_refuses(gate: Gate) -> None:
    await gate.edit_card(status="suspended", profiles=[])
    first = await gate.show(gate.reading())
    done = await gate.f.do(ApplyRemedy(event=first.event.seq, remedy=M.ACTIVATE_CARD, reason="found it"))
    assert (done.granted, done.opened, done.reason) == (False, False, R.ZONE_NOT_ALLOWED)


async def test_a_remedy_can_correct_without_opening(gate: Gate) -> None:
    await gate.edit_card(status="suspended")
    first = await gate.show(gate.reading())
    done = await gate.f.do(ApplyRemedy(event=first.event.seq, remedy=M.ACTIVATE_CARD, reason="by phone", open=False))
    assert (done.event, done.granted) == (0, False)
    assert gate.f.board.moves == []
    assert (await gate.show(gate.reading())).decision.granted


async def test_a_remedy_needs_the_right_of_what_it_corrects_and_the_right_to_open(gate: Gate) -> None:
    await gate.edit_card(status="suspended")
    first = await gate.show(gate.reading())
    command = ApplyRemedy(event=first.event.seq, remedy=M.ACTIVATE_CARD, reason="r")
    for number, (rights, missing) in enumerate((
        ((Permission.EVENTS_VIEW, Permission.CARDS_MANAGE), "doors.open"),
        ((Permission.EVENTS_VIEW, Permission.DOORS_OPEN), "cards.manage"),
        ((Permission.DOORS_OPEN, Permission.CARDS_MANAGE), "events.view"),
    )):  # fmt: skip
        role = await gate.f.do(AddRole(fields={"name": f"Role {number}", "rights": [r.value for r in rights]}))
        await gate.f.do(AddUser(fields={"login": f"user{number}", "role": role["id"]}, password="correct horse"))
        signed = await gate.f.edge.control.do(
            Request(id=f"sign-in-{number}", command=SignIn(login=f"user{number}", password="correct horse"))
        )
        error = await refused(lambda t=signed.token: gate.f.edge.control.do(Request(id="request-x-9", token=t, command=command)))
        assert isinstance(error, Forbidden)
        assert missing in error.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"remedy": M.ASK_HOST}, "remedy"),
        ({"reason": "  "}, "reason"),
        ({"remedy": M.SET_PIN}, "fields.pin"),
        ({"remedy": M.ADD_USES, "fields": {"uses": 0}}, "uses"),
        ({"remedy": M.BOOK, "fields": {"minutes": 0}}, "minutes"),
        ({"remedy": M.ACTIVATE_COMPANY}, "remedy"),
    ],
)
async def test_a_remedy_that_makes_no_sense_is_refused_and_changes_nothing(gate: Gate, change: dict[str, Any], field: str) -> None:
    await gate.edit_card(status="suspended")
    first = await gate.show(gate.reading())
    whole = {"event": first.event.seq, "remedy": M.ACTIVATE_CARD, "reason": "r", **change}
    error = await refused(lambda: gate.f.do(ApplyRemedy(**whole)))
    assert isinstance(error, Invalid)
    assert error.field == field
    assert len(await gate.f.events()) == 1


async def test_nothing_is_repaired_that_was_not_refused(gate: Gate) -> None:
    first = await gate.show(gate.reading())
    error = await refused(lambda: gate.f.do(ApplyRemedy(event=first.event.seq, remedy=M.ADD_USES, reason="r")))
    assert isinstance(error, Invalid)
    assert isinstance(await refused(lambda: gate.f.do(ApplyRemedy(event=9999, remedy=M.ADD_USES, reason="r"))), NotFound)


async def test_an_event_explains_itself_by_the_facts_it_kept(gate: Gate) -> None:
    await gate.edit_card(status="suspended", uses=3)
    first = await gate.show(gate.reading())
    await gate.edit_card(status="active")
    explained = await gate.f.do(ExplainEvent(event=first.event.seq))
    assert explained.decision.reason is R.CARD_SUSPENDED
    assert [r.number for r in explained.rules] == list(range(1, 19))
    assert [r.number for r in explained.rules if r.decided] == [7]
    assert isinstance(await refused(lambda: gate.f.do(ExplainEvent(event=9999))), NotFound)


async def test_the_command_line_explains_a_code_and_an_event(gate: Gate) -> None:
    await gate.edit_card(status="suspended")
    first = await gate.show(gate.reading())
    settings = gate.f.folder / "gatelatch.toml"
    settings.write_text(gate.f.settings())

    async def said(*words: str) -> tuple[int, str]:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edge", "decide", *words, "--settings", str(settings), stdout=PIPE, stderr=STDOUT
        )
        out, _ = await child.communicate()
        return child.returncode or 0, out.decode()

    for words in (("North in", gate.code), ("--event", str(first.event.seq))):
        code, text = await said(*words)
        assert code == 0, text
        assert "denied: card_suspended (rule 7)" in text
        assert "what would help: activate_card, let_in_once" in text
    assert await said("North in") == (1, "Error: name an access point and a code, or --event SEQ\n")
    code, text = await said("--event", "9999")
    assert (code, "there is no event 9999" in text) == (1, True)
