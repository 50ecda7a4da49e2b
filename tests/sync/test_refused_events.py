"""Events that central refuses, over a real broker: the others go on, each is told of once, and arrives when it is sent again."""

from __future__ import annotations

import msgspec

from edge.commands.dead_letters import ResendEvent
from edge.core.event import Event
from edge.core.judgement import Reason
from tests.support.central import Site
from tests.support.facility import until


async def test_a_refused_event_is_sent_again_and_central_has_it_under_its_own_number(site: Site) -> None:
    _, _, code = await site.customer_with_card("Ada")
    site.central.faults.refused_codes = frozenset({"granted"})
    assert await site.scan(code) is Reason.GRANTED
    seq = (await site.events())[-1].seq

    async def told() -> bool:
        return [e.about for e in await site.events("fault") if e.code == "event_refused"] == [seq]

    await until(told, "the refusal to be written down", 20)
    assert site.central.store.dead_letters() == 1
    site.central.faults.refused_codes = frozenset()
    sent = msgspec.convert(await site.do(ResendEvent(event=seq)), Event)

    async def arrived() -> bool:
        return site.central.store.dead_letters() == 0

    await until(arrived, "central to have it", 20)
    position, body = await site.edge.journal.write(lambda tx: (tx.position(), tx.body(seq)))
    (carrier,) = [e for e in site.central.store.events_of(position.log_id) if e["seq"] == sent.seq]
    assert (carrier["about"], carrier["again"]) == (seq, body)
    assert await told(), "and it is not told of again"
