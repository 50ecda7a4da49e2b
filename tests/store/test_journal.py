"""The journal: one chain, one order, uses spent once; whatever is done to the file behind its back is found."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing

import pytest

from edge.core.judgement import Outcome, Reason
from edge.core.model import Card, CardStatus
from edge.core.place import AccessPoint, Antipassback, Profile, Zone, ZoneRight
from edge.store.files import connect
from edge.store.journal import verify
from edge.store.roster import RosterTransaction
from tests.support.stores import BEGIN, Stores


def verified(stores: Stores) -> tuple[int, list[str]]:
    with closing(connect(stores.files.journal, read_only=True)) as db:
        return verify(db)


def tamper(stores: Stores, *statements: str) -> None:
    with closing(connect(stores.files.journal)) as db:
        for statement in statements:
            db.execute(statement)


async def ten_events(stores: Stores) -> None:
    code = await stores.card("ada")
    for n in range(10):
        await stores.show(code, ms=n * 1000)
    assert verified(stores) == (10, [])


async def test_a_deleted_event_is_missed(stores: Stores) -> None:
    await ten_events(stores)
    tamper(stores, "DELETE FROM event WHERE seq = 5")
    _, wrong = verified(stores)
    assert "event 5 is missing (found 6)" in wrong


async def test_a_swapped_pair_is_found(stores: Stores) -> None:
    await ten_events(stores)
    tamper(
        stores,
        "UPDATE event SET seq = 99 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 5",
        "UPDATE event SET seq = 5 WHERE seq = 99",
    )
    _, wrong = verified(stores)
    assert any("event 4: its hash" in w for w in wrong)
    assert any("event 4: its body says another number" in w for w in wrong)


async def test_a_tail_that_was_cut_off_is_missed(stores: Stores) -> None:
    await ten_events(stores)
    tamper(stores, "DELETE FROM event WHERE seq > 8")
    count, wrong = verified(stores)
    assert count == 8
    assert wrong == ["log log-1 ends at event 8, its head says 10"]


async def test_a_first_event_that_was_taken_away_is_missed(stores: Stores) -> None:
    await ten_events(stores)
    tamper(stores, "DELETE FROM event WHERE seq = 1")
    _, wrong = verified(stores)
    assert wrong[0] == "event 1 is missing (found 2)"


@pytest.mark.parametrize("body", ["{}", '{"at": 1}', "[]", '"granted"'])
async def test_a_body_that_is_no_event_any_more_is_named_and_the_rest_is_looked_at(stores: Stores, body: str) -> None:
    await ten_events(stores)
    with closing(connect(stores.files.journal)) as db:
        db.execute("UPDATE event SET body = ? WHERE seq = 3", (body,))
    tamper(stores, "UPDATE event SET body = replace(body, 'granted', 'denied') WHERE seq = 7")
    count, wrong = verified(stores)
    assert count == 10
    assert any("event 3: its body cannot be read" in w for w in wrong)
    assert any("event 7: its hash" in w for w in wrong)


async def test_events_from_another_log_do_not_follow(stores: Stores) -> None:
    await ten_events(stores)
    tamper(stores, "UPDATE head SET first_hash = zeroblob(32)")
    assert any("event 1: its hash" in w for w in verified(stores)[1])


async def test_times_never_run_backwards_even_when_a_clock_does(stores: Stores) -> None:
    code = await stores.card("ada")
    for ms in (0, 5000, 3000, -10_000_000, 6000):
        await stores.show(code, ms=ms)
    times = [at - BEGIN for (at,) in await stores.rows("SELECT at FROM event ORDER BY seq")]
    assert times == [0, 5000, 5000, 5000, 6000]
    assert await stores.rows("SELECT wall_high FROM head") == [(BEGIN + 6000,)]


async def test_a_trusted_clock_may_take_time_back_to_the_truth_and_that_is_kept(stores: Stores) -> None:
    code = await stores.card("ada")
    await stores.show(code, ms=5 * 3_600_000)
    await stores.journal.write(lambda tx: tx.clock_corrected(BEGIN))
    await stores.show(code, ms=1000)
    await stores.journal.write(lambda tx: tx.clock_corrected(BEGIN + 99_000_000))
    assert [at - BEGIN for (at,) in await stores.rows("SELECT at FROM event ORDER BY seq")] == [5 * 3_600_000, 1000]
    assert await stores.rows("SELECT wall_high FROM head") == [(BEGIN + 1000,)]


@pytest.mark.feature("S003-29")
async def test_when_many_race_for_the_last_uses_exactly_those_are_granted(stores: Stores) -> None:
    code = await stores.card("ada", uses=3)
    admissions = await asyncio.gather(*(stores.show(code, ms=n) for n in range(60)))
    granted = [a for a in admissions if a.decision.granted]
    assert len(granted) == 3
    assert {a.decision.reason for a in admissions if not a.decision.granted} == {Reason.NO_USES_LEFT}
    assert await stores.rows("SELECT spent FROM presence") == [(3,)]


async def test_two_doors_racing_for_one_last_use_open_one_of_them(stores: Stores) -> None:
    await stores.roster.write(lambda tx: tx.put(AccessPoint(id="a-2", name="side", door="e", to_zone="z")))
    for n in range(10):
        code = await stores.card(f"guest{n}", uses=1)
        both = await asyncio.gather(stores.show(code, "in", n), stores.show(code, "side", n))
        assert sorted(a.decision.outcome for a in both) == [Outcome.DENIED, Outcome.GRANTED]


async def test_hard_anti_passback_lets_one_of_many_in_at_once(stores: Stores) -> None:
    def hard(tx: RosterTransaction) -> None:
        tx.put(Zone(id="z", name="Garage", antipassback=Antipassback.HARD))

    await stores.roster.write(hard)
    code = await stores.card("ada")
    admissions = await asyncio.gather(*(stores.show(code, ms=n) for n in range(20)))
    assert [a.decision.granted for a in admissions].count(True) == 1


async def test_uses_stay_spent_when_the_card_is_changed_or_deleted_and_made_again(stores: Stores) -> None:
    code = await stores.card("ada", uses=1)
    assert (await stores.show(code)).decision.granted
    await stores.roster.write(lambda tx: tx.put(Card(id="card-ada", customer="customer-ada", profiles=("p",), uses=2), code=code))
    assert (await stores.show(code)).decision.granted
    assert (await stores.show(code)).decision.reason is Reason.NO_USES_LEFT


async def test_whatever_people_do_at_most_one_visit_is_open_in_a_zone(stores: Stores) -> None:
    def deck(tx: RosterTransaction) -> None:
        tx.put(Zone(id="y", name="Deck", parent="z"))
        tx.put(Profile(id="p", name="All hours", zones=(ZoneRight(zone="z"), ZoneRight(zone="y"))))
        tx.put(AccessPoint(id="a-up", name="up", door="u", from_zone="z", to_zone="y"))
        tx.put(AccessPoint(id="a-down", name="down", door="u", from_zone="y", to_zone="z"))

    await stores.roster.write(deck)
    chance = random.Random(20261122)
    codes = [await stores.card(f"walker{n}") for n in range(3)]
    ins = 0
    for n in range(150):
        code, point = chance.choice(codes), chance.choice(["in", "out", "up", "down"])
        admission = await stores.show(code, point, n * 1000)
        ins += admission.decision.effects.spend
        twice = await stores.rows("SELECT holder, zone FROM entry WHERE out_at IS NULL GROUP BY holder, zone HAVING count(*) > 1")
        assert twice == []
    assert await stores.rows("SELECT sum(spent) FROM presence") == [(ins,)]
    assert await stores.rows("SELECT count(*) FROM entry WHERE out_at < in_at") == [(0,)]
    lost = "SELECT count(*) FROM entry e JOIN presence p ON p.holder = e.holder WHERE e.out_at IS NULL AND p.visits = '[]'"
    assert await stores.rows(lost) == [(0,)]


async def test_an_alarm_stands_behind_the_decision_that_raised_it(stores: Stores) -> None:
    code = await stores.card("ada", status=CardStatus.STOLEN)
    admission = await stores.show(code)
    rows = await stores.rows("SELECT seq, kind, code FROM event ORDER BY seq")
    assert rows == [(1, "decision", "card_stolen"), (2, "alarm", "card_stolen")]
    assert admission.event.seq == 1


async def test_a_command_that_opened_is_remembered_for_a_day_and_then_forgotten(stores: Stores) -> None:
    day = 24 * 3600 * 1000
    await stores.journal.write(lambda tx: tx.remember_executed("first", "1", BEGIN))
    await stores.journal.write(lambda tx: tx.remember_executed("second", "2", BEGIN + day))
    assert await stores.journal.write(lambda tx: tx.executed("first")) == "1"
    await stores.journal.write(lambda tx: tx.remember_executed("third", "3", BEGIN + day + 1))
    assert await stores.journal.write(lambda tx: (tx.executed("first"), tx.executed("second"))) == (None, "2")


async def test_the_cursor_moves_only_forward_and_never_past_the_last_event(stores: Stores) -> None:
    await ten_events(stores)
    for upto, acked in ((4, 4), (2, 4), (10, 10), (11, 10)):
        await stores.journal.write(lambda tx, upto=upto: tx.acknowledge(upto))
        assert (await stores.journal.write(lambda tx: tx.position())).acked == acked
    await stores.journal.write(lambda tx: tx.resume(3))
    assert (await stores.journal.write(lambda tx: tx.position())).acked == 3


async def test_a_batch_has_its_events_in_order_within_its_bounds_and_at_least_one(stores: Stores) -> None:
    await ten_events(stores)
    before, rows = await stores.journal.write(lambda tx: tx.events_after(3, 4, 1 << 20))
    assert [seq for seq, _ in rows] == [4, 5, 6, 7]
    assert before == (await stores.rows("SELECT hash FROM event WHERE seq = 3"))[0][0]
    _, rows = await stores.journal.write(lambda tx: tx.events_after(3, 100, 1))
    assert [seq for seq, _ in rows] == [4]
    assert await stores.journal.write(lambda tx: tx.events_after(10, 100, 1000)) == (b"", [])


async def test_a_forked_log_verifies_under_its_new_name_and_is_sent_anew(stores: Stores) -> None:
    await ten_events(stores)
    await stores.journal.write(lambda tx: tx.acknowledge(10))
    await stores.journal.write(lambda tx: tx.fork("log-2", BEGIN + 20_000, "a restored card"))
    position = await stores.journal.write(lambda tx: tx.position())
    assert (position.log_id, position.last_seq, position.acked) == ("log-2", 11, 0)
    assert verified(stores) == (11, [])


async def test_a_cards_events_are_a_chain_from_its_last_to_its_first(stores: Stores) -> None:
    ada, grace = await stores.card("ada"), await stores.card("grace", status=CardStatus.STOLEN)
    for n, code in enumerate((ada, grace, ada, grace, ada)):
        await stores.show(code, ms=n)
    before = dict(await stores.rows("SELECT seq, prev FROM event"))
    for card, seqs in (("card-ada", [7, 4, 1]), ("card-grace", [6, 5, 3, 2])):
        ((seq,),) = await stores.rows("SELECT last_seq FROM presence WHERE holder = ?", card)
        found = []
        while seq:
            found.append(seq)
            seq = before[seq]
        assert found == seqs
        assert [s for (s,) in await stores.rows("SELECT seq FROM event WHERE card = ? ORDER BY seq DESC", card)] == seqs
