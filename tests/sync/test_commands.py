"""What central commands: done once, now or never, in somebody's name; never replayed, never late, whatever the clock says."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hw_sim.central import KEY_ID
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.clock import SystemClock
from edge.core.judgement import Reason
from edge.core.model import ClockQuality, Moment
from edge.sync import wire
from edge.sync.commands import Told, untimely
from tests.support.central import Site
from tests.support.facility import until

EDGE = wire.Topics("main", "north").base


def unlock(site: Site, **more: Any) -> dict[str, Any]:
    return {"type": "doors.unlock", "access_point": site.ids["North in"], "reason": "a delivery", **more}


async def greeted(site: Site) -> None:
    """Until this connection's hello has reached central, and its answer the edge."""
    await until(lambda: "central has everything" in site.detail("sync", "central"), "central to have answered", 20)


async def result(site: Site, id: str, nth: int = 1) -> wire.CommandResult:
    await until(lambda: len(site.central.results.get(id, [])) >= nth, f"result {nth} of command {id}")
    return site.central.results[id][nth - 1]


async def openings(site: Site) -> list[tuple[str, str]]:
    """(who, why) of the operators' openings in the journal."""
    return [(e.actor, e.note) for e in await site.events("operator") if e.code == Reason.GRANTED_BY_OPERATOR]


@pytest.mark.feature("X-20")
async def test_central_opens_a_door_once_in_somebodys_name(site: Site) -> None:
    await greeted(site)
    said = await result(site, await site.central.command(EDGE, unlock(site), by="Ada"))
    assert said.code == ""
    assert msgspec.json.decode(said.result)["opened"] is True
    assert await openings(site) == [("Ada (central)", "a delivery")]
    assert site.edge.session.counts["commands"] == 1


async def test_a_command_that_comes_twice_is_done_once_and_answered_twice(site: Site) -> None:
    await greeted(site)
    id = await site.central.command(EDGE, unlock(site))
    await site.central.command(EDGE, unlock(site), id=id)
    first, second = [msgspec.json.decode((await result(site, id, nth)).result) for nth in (1, 2)]
    assert (first["opened"], first["again"]) == (True, False)
    assert (second["opened"], second["again"]) == (False, True)
    assert first["event"] == second["event"]
    assert len(await openings(site)) == 1


async def test_one_for_an_earlier_connection_is_stale_however_much_time_it_has(site: Site) -> None:
    await greeted(site)
    before = site.central.connections[EDGE]
    site.broker.kill()
    await until(lambda: site.part("sync", "central") == "down", "the loss of the broker to be seen")
    await site.broker.start()
    await until(lambda: site.central.connections[EDGE] > before, "the edge to be back", 20)
    said = await result(site, await site.central.command(EDGE, unlock(site), connection=before, within_s=3600))
    assert said.code == "stale"
    assert await openings(site) == []


async def test_one_that_the_broker_kept_while_the_edge_was_away_opens_nothing(at_rest: Site) -> None:
    async with at_rest.running():
        await greeted(at_rest)
    id = await at_rest.central.command(EDGE, unlock(at_rest), within_s=3600)
    async with at_rest.running():
        assert (await result(at_rest, id)).code == "stale"
        assert await openings(at_rest) == []


async def test_one_that_comes_too_late_opens_nothing(site: Site) -> None:
    await greeted(site)
    assert (await result(site, await site.central.command(EDGE, unlock(site), within_s=-0.5))).code == "late"
    assert await openings(site) == []


async def test_with_a_clock_at_1970_its_age_counts_from_centrals_own_time(at_rest: Site) -> None:
    at_rest.make_clock = lambda high: SystemClock(high, wall=lambda: 1000, trusted=lambda: False)
    async with at_rest.running():
        await greeted(at_rest)
        assert (await result(at_rest, await at_rest.central.command(EDGE, unlock(at_rest), within_s=-0.5))).code == "late"
        assert (await result(at_rest, await at_rest.central.command(EDGE, unlock(at_rest)))).code == ""


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"type": "users.add", "fields": {"login": "x"}}, "invalid"),
        ({"type": "doors.explode"}, "invalid"),
        ({}, "invalid"),
        ({"type": "doors.unlock", "access_point": "nowhere", "reason": "x"}, "not_found"),
        ({"type": "doors.unlock", "access_point": 7, "reason": "x"}, "invalid"),
        ({"type": "bookings.add", "fields": {"customer": "x", "zone": "z", "from_at": 1, "to_at": 1 << 70}}, "invalid"),
    ],
)
async def test_what_central_may_not_command_or_makes_no_sense_is_refused(site: Site, command: dict[str, Any], code: str) -> None:
    await greeted(site)
    said = await result(site, await site.central.command(EDGE, command))
    assert said.code == code, said
    assert said.message
    assert (await result(site, await site.central.command(EDGE, unlock(site)))).code == "", "and the next one is done"


async def test_the_house_locks_down_by_central_and_is_opened_again(site: Site) -> None:
    await greeted(site)
    _, _, code = await site.customer_with_card("Ada")
    for mode, reason in (("locked_down", Reason.LOCKED_DOWN), ("normal", Reason.GRANTED)):
        command = {"type": "modes.set", "mode": mode, "reason": "an exercise"}
        said = await result(site, await site.central.command(EDGE, command))
        assert said.code == "", said
        assert await site.scan(code) is reason


async def test_an_unsigned_or_forged_command_is_counted_and_opens_nothing(site: Site) -> None:
    await greeted(site)
    topic = wire.Topics("main", "north").down("command")
    command = wire.Command(
        id="forged-0001",
        connection=site.central.connections[EDGE],
        not_after=1 << 50,
        command=msgspec.Raw(msgspec.json.encode(unlock(site))),
    )
    body = msgspec.json.encode(command)
    await site.central.send_raw(topic, body)
    await site.central.send_raw(topic, wire.sign(topic, body, KEY_ID, Ed25519PrivateKey.generate()))
    assert (await result(site, await site.central.command(EDGE, unlock(site, reason="a real one")))).code == ""
    assert [why for _, why in await openings(site)] == ["a real one"]
    assert "forged-0001" not in site.central.results
    assert site.edge.session.counts["not_genuine"] + site.edge.session.counts["not_understood"] == 2


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.sampled_from(list(ClockQuality)),
    st.integers(0, 1 << 42),
    st.integers(0, 10**9),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)
def test_by_a_clock_that_is_not_trusted_only_centrals_time_counts(
    quality: ClockQuality, wall: int, mono: int, passed: int, valid: int
) -> None:
    at = 1_700_000_000_000
    command = wire.Command(id="12345678", connection=3, not_after=at + valid, command=msgspec.Raw(b"{}"))
    now = Moment(wall=wall, mono=mono + passed, quality=quality)
    assert untimely(command, 4, now, Told(at, mono)) == "stale"
    trusted = quality is ClockQuality.NTP
    late = wall > at + valid if trusted else passed > valid
    assert untimely(command, 3, now, Told(at, mono)) == ("late" if late else "")
    if not trusted:
        assert untimely(command, 3, now, None) == "late"
