"""Events: lists and filters, the stream that loses and doubles nothing, opening by hand, explaining."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx
import msgspec

from admin_api.live import QUEUE, Listener
from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility
from tests.support.facility import until


class Stream:
    """A browser's end of the event stream."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.bodies: list[dict[str, object]] = []
        self.at: list[float] = []
        self.started = asyncio.Event()

    async def read(self, response: httpx.Response) -> None:
        async for line in response.aiter_lines():
            self.started.set()
            if line.startswith("id: "):
                self.seqs.append(int(line[4:]))
                self.at.append(time.time())
            elif line.startswith("data: "):
                self.bodies.append(msgspec.json.decode(line[6:]))


@contextlib.asynccontextmanager
async def listening(site: DeskFacility, **headers: str) -> AsyncIterator[Stream]:
    heard = Stream()
    async with site.api() as http, http.stream("GET", "/events/stream", headers=headers) as response:
        assert response.status_code == 200 and response.headers["content-type"].startswith("text/event-stream")
        task = asyncio.create_task(heard.read(response))
        await heard.started.wait()
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def head(site: DeskFacility) -> int:
    return await site.desk.parts.journal.head()


async def test_a_stream_that_breaks_goes_on_where_it_was(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    async with listening(site) as first:
        await until(lambda: site.desk.parts.hub.listeners, "the stream to be joined")
        await site.show(code)
        last = await head(site)
        await until(lambda: first.seqs and first.seqs[-1] >= last, "the events so far")
    heard = list(first.seqs)
    for _ in range(20):
        await site.show("nobody's")
    async with listening(site, **{"Last-Event-ID": str(heard[-1])}) as second:
        shown = asyncio.gather(*(site.show("nobody's") for _ in range(30)))
        await shown
        last = await head(site)
        await until(lambda: second.seqs and second.seqs[-1] >= last, "everything that was missed")
    assert heard + second.seqs == list(range(heard[0], second.seqs[-1] + 1)), "each once, in order"
    assert second.bodies[0]["seq"] == second.seqs[0]


async def test_many_listeners_hear_the_same(site: DeskFacility) -> None:
    async with contextlib.AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(listening(site)) for _ in range(10)]
        await until(lambda: site.desk.parts.hub.listeners == 10, "all to have joined")
        await asyncio.gather(*(site.show("nobody's") for _ in range(20)))
        last = await head(site)
        await until(lambda: all(s.seqs and s.seqs[-1] >= last for s in streams), "all to have heard")
        assert all(s.seqs == streams[0].seqs for s in streams)
    await until(lambda: site.desk.parts.hub.listeners == 0, "the streams to be forgotten")


async def test_a_stream_is_refused_without_a_session_and_ends_with_the_desk(site: DeskFacility) -> None:
    async with site.client() as http:
        assert (await http.get("/api/v1/events/stream")).status_code == 401
        assert (await http.get("/live/stream", headers={"Accept": "text/event-stream"})).status_code == 401
    async with listening(site):
        await until(lambda: site.desk.parts.hub.listeners, "the stream to be joined")
        began = time.monotonic()
        site.desk.parts.hub.close()
        await until(lambda: site.desk.parts.hub.listeners == 0, "the stream to end")
        assert time.monotonic() - began < 2


def test_a_listener_that_does_not_read_is_let_go() -> None:
    slow = Listener(0)
    for seq in range(1, QUEUE * 3):
        slow.offer((seq, "{}"))
    assert slow.gone and slow.queue.qsize() == QUEUE + 1


async def test_events_are_filtered_and_paged(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    for _ in range(6):
        await site.show(code)
        await site.show("nobody's")
    async with site.api() as http:
        mine = (await http.get("/events", params={"customer": customer["id"], "limit": 4})).json()
        assert len(mine["items"]) == 4 and all(e["customer"] == customer["id"] for e in mine["items"])
        rest = (await http.get("/events", params={"customer": customer["id"], "limit": 4, "after": mine["next"]})).json()
        assert len(rest["items"]) == 2 and not rest.get("next")
        denied = (await http.get("/events", params={"outcome": "denied"})).json()["items"]
        assert len(denied) == 6 and {e["code"] for e in denied} == {"unknown_credential"}
        assert (
            len(
                (await http.get("/events", params={"reason": "granted", "access_point": site.house.ids["North in"]})).json()[
                    "items"
                ]
            )
            == 6
        )
        assert (await http.get("/events", params={"since": int(time.time() * 1000) + 60_000})).json()["items"] == []
        visits = (await http.get("/entries", params={"customer": customer["id"], "open": True})).json()["items"]
        assert len(visits) == 1 and visits[0]["zone"] == site.house.ids["zone"]
        assert (await http.get("/events/999999")).status_code == 404
        assert (await http.get("/events?after=x")).status_code == 400


async def test_opening_by_hand_moves_the_door_once_and_says_who_and_why(site: DeskFacility) -> None:
    point = site.house.ids["North in"]
    moves = len(site.house.board.moves)
    async with site.api("Guard") as http:
        key = {"Idempotency-Key": "bell 1"}
        done = (await http.post(f"/access-points/{point}/unlock", json={"reason": "Delivery"}, headers=key)).json()
        assert done["opened"] and len(site.house.board.moves) == moves + 1
        again = (await http.post(f"/access-points/{point}/unlock", json={"reason": "Delivery"}, headers=key)).json()
        assert again == {"event": done["event"], "opened": False, "again": True} and len(site.house.board.moves) == moves + 1
        event = (await http.get(f"/events/{done['event']}")).json()
        assert (event["kind"], event["actor"], event["note"]) == ("operator", "guard", "Delivery")
        assert (await http.post(f"/access-points/{point}/unlock", json={"reason": " "})).json()["field"] == "reason"
        assert (await http.post("/access-points/nowhere/unlock", json={"reason": "x"})).status_code == 404
    async with site.api("Viewer") as http:
        assert (await http.post(f"/access-points/{point}/unlock", json={"reason": "x"})).status_code == 403


async def test_explain_prints_the_rules_and_changes_nothing(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as http:
        await http.patch(f"/customers/{customer['id']}", json={"status": "suspended"})
        before = await head(site)
        answer = (await http.post("/explain", json={"access_point": "North in", "kind": "qr", "code": code})).json()
        assert answer["decision"]["reason"] == "customer_inactive"
        assert [r["number"] for r in answer["rules"]] == list(range(1, 19))
        assert await head(site) == before
        assert (await http.post("/explain", json={"access_point": "Nowhere", "kind": "qr", "code": code})).status_code == 404


async def test_doors_and_health_are_told_as_they_are(site: DeskFacility) -> None:
    async with site.api("Guard") as http:
        doors = (await http.get("/doors")).json()
        assert [d["name"] for d in doors] == ["north"] and doors[0]["state"] in ("locked", "unlocked", "opened")
        assert {p["name"] for p in doors[0]["access_points"]} == {"North in", "North out"}
        health = (await http.get("/health")).json()
        assert health["version"] and any(p["kind"] == "database" for p in health["parts"])
    assert await site.show("nobody's") is Reason.UNKNOWN_CREDENTIAL
