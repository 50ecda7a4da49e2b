"""What the events make of presence, visits, counts and uses is the same however it is made: as they happen, or anew."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest

from edge.commands.presence import CorrectCount, CorrectPresence, ResetZone, UnlockPin, void_passage
from edge.commands.site import AddZone, EditAccessPoint, EditZone
from edge.core.errors import Invalid, NotFound
from edge.core.judgement import Reason
from edge.core.place import AccessPoint, Profile, Zone, ZoneRight
from edge.core.tariff import Tariff, TariffStep
from edge.store import passages
from edge.store.files import connect
from tests.support.stores import Stores, at, refused

MINUTE = 60_000


async def compared(stores: Stores) -> dict[str, list[tuple[Any, ...]]]:
    """The tables as they are, having been found the same as made anew."""
    with contextlib.closing(connect(stores.files.journal, read_only=True)) as db:
        there, anew = passages.present(db), passages.rebuilt(db).rows()
    assert there == anew
    return there


async def furnished(stores: Stores) -> list[str]:
    await stores.put(
        Zone(id="deck", name="Deck", parent="z"),
        Profile(id="p", name="All hours", zones=(ZoneRight(zone="z"), ZoneRight(zone="deck"))),
        AccessPoint(id="up", name="up", door="d2", from_zone="z", to_zone="deck"),
        AccessPoint(id="down", name="down", door="d2", from_zone="deck", to_zone="z"),
        Tariff(id="t", name="Day", currency="EUR", steps=(TariffStep(unit=60, price=200),), free_minutes=5),
    )
    await stores.do(EditZone(id="z", changes={"tariff": "t", "antipassback": "soft"}))
    return [await stores.card(name, uses=9, daily_limit=4) for name in ("ada", "grace", "joan", "mary")]


@pytest.mark.parametrize("seed", range(12))
async def test_rebuilding_gives_the_same_bytes_whatever_happened(stores: Stores, seed: int) -> None:
    chance = random.Random(seed)
    codes = await furnished(stores)
    await stores.do(EditAccessPoint(id="up", changes={"pin": bool(seed % 2)}))
    ms, shown = 0, []
    for _ in range(60):
        ms += chance.choice((500, 5 * MINUTE, 7 * 60 * MINUTE))
        match chance.randrange(12):
            case 0:
                holder = f"card-{chance.choice(('ada', 'grace', 'joan', 'mary'))}"
                await stores.set_right(CorrectPresence(holder=holder, zone=chance.choice((None, "z", "deck")), reason="seen"), ms)
            case 1:
                await stores.set_right(CorrectCount(zone="z", by=chance.randrange(1, 4), reason="a bus"), ms)
            case 2 if chance.random() < 0.3:
                await stores.set_right(ResetZone(zone=chance.choice(("z", "deck")), reason="closing time"), ms)
            case 3 if shown:
                cause = chance.choice(shown)
                await stores.journal.write(lambda tx, cause=cause, ms=ms: void_passage(tx, cause, at(ms)))
            case 4:
                await stores.set_right(UnlockPin(card="card-ada", reason="asked"), ms)
            case _:
                pin = chance.choice(("", "1111"))
                admission = await stores.show(chance.choice(codes), chance.choice(("in", "in", "out", "up", "down")), ms, pin=pin)
                if admission.decision.granted:
                    shown.append(admission.event)
    tables = await compared(stores)
    assert tables["presence"]
    assert tables["entry"]


async def test_a_changed_row_is_seen_and_put_right(stores: Stores) -> None:
    (code, *_) = await furnished(stores)
    await stores.show(code)
    good = await compared(stores)
    await stores.journal.stop()
    with contextlib.closing(connect(stores.files.journal)) as db:
        db.execute("UPDATE presence SET spent = 7")
        db.execute("DELETE FROM entry")
        db.execute("INSERT INTO correction VALUES ('z', 5)")
        anew = passages.rebuilt(db).rows()
        assert passages.present(db) != anew
        db.execute("BEGIN IMMEDIATE")
        passages.replace_tables(db, anew)
        db.execute("COMMIT")
        assert passages.present(db) == good
    await stores.journal.start()


async def test_a_journal_without_its_first_events_cannot_be_made_anew(stores: Stores) -> None:
    await stores.show(await stores.card("ada"))
    await stores.journal.stop()
    with contextlib.closing(connect(stores.files.journal)) as db:
        db.execute("UPDATE head SET first_seq = 2")
        with pytest.raises(Invalid, match="before 2"):
            passages.rebuilt(db)
    await stores.journal.start()


# ---------------------------------------------------------------------------------------------------- setting right


async def test_who_is_marked_outside_may_come_in_again_and_has_spent_nothing_for_it(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.do(EditZone(id="z", changes={"antipassback": "hard"}))
    await stores.show(code)
    assert (await stores.show(code)).decision.reason is Reason.ALREADY_INSIDE
    done = await stores.set_right(CorrectPresence(holder="card-ada", reason="left through the fence"))
    assert (done.ended, done.inside) == (1, None)
    assert (await stores.show(code)).decision.granted
    assert await stores.rows("SELECT spent FROM presence") == [(2,)]
    assert await stores.rows("SELECT flag FROM entry ORDER BY in_seq") == [("corrected",), ("",)]


@pytest.mark.feature("X-13")
async def test_a_count_is_corrected_with_a_reason_and_never_below_nothing(stores: Stores) -> None:
    await stores.do(EditZone(id="z", changes={"capacity": 3}))
    done = await stores.set_right(CorrectCount(zone="z", by=3, reason="a coach party"))
    assert done.inside == 3
    assert (await stores.show(await stores.card("ada"))).decision.reason is Reason.ZONE_FULL
    for by in (-4, 0, 5001):
        error = await refused(lambda by=by: stores.set_right(CorrectCount(zone="z", by=by, reason="r")))
        assert isinstance(error, Invalid)
        assert error.field == "by"
    error = await refused(lambda: stores.set_right(CorrectCount(zone="z", by=-1, reason="  ")))
    assert isinstance(error, Invalid)
    assert error.field == "reason"
    assert isinstance(await refused(lambda: stores.set_right(CorrectCount(zone="no", by=1, reason="r"))), NotFound)


async def test_a_reset_empties_a_zone_and_those_inside_it_and_leaves_the_one_around(stores: Stores) -> None:
    codes = await furnished(stores)
    await stores.do(AddZone(fields={"name": "Elsewhere"}))
    for code in codes[:3]:
        await stores.show(code)
    for code in codes[:2]:
        await stores.show(code, "up")
    await stores.set_right(CorrectCount(zone="deck", by=2, reason="r"))
    done = await stores.set_right(ResetZone(zone="deck", reason="closing time"))
    assert (done.ended, done.inside) == (2, 0)
    assert await stores.rows("SELECT zone, count(*) FROM entry WHERE out_at IS NULL GROUP BY zone") == [("z", 3)]
    done = await stores.set_right(ResetZone(zone="z", reason="closing time"))
    assert (done.ended, done.inside) == (3, 0)
    await compared(stores)


async def test_a_passage_that_did_not_happen_is_void_and_its_use_comes_back_once(stores: Stores) -> None:
    code = await stores.card("ada", uses=1)
    cause = (await stores.show(code)).event
    assert (await stores.show(code)).decision.reason is Reason.NO_USES_LEFT
    first = await stores.journal.write(lambda tx: void_passage(tx, cause, at(10)))
    again = await stores.journal.write(lambda tx: void_passage(tx, cause, at(20)))
    assert first is not None
    assert (first.code, again) == ("not_passed", None)
    assert await stores.rows("SELECT flag, out_at IS NULL FROM entry") == [("void", 0)]
    assert (await stores.show(code)).decision.granted
    await compared(stores)


async def test_a_correction_of_nobody_is_refused(stores: Stores) -> None:
    assert isinstance(await refused(lambda: stores.set_right(CorrectPresence(holder="nobody", reason="r"))), NotFound)
    await stores.card("ada")
    error = await refused(lambda: stores.set_right(CorrectPresence(holder="card-ada", zone="no", reason="r")))
    assert isinstance(error, NotFound)
    assert isinstance(await refused(lambda: stores.set_right(UnlockPin(reason="r"))), Invalid)
