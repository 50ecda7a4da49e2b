"""Alerts at the desk: what waits, somebody's word on it, and who may say it."""

from __future__ import annotations

import asyncio

import pytest

from edge import alerting
from edge.core.door import DoorState
from edge.core.event import EventKind
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_sign_in import csrf_of
from tests.console.test_customers_pages import text_of
from tests.support.facility import until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks several times a second."""
    monkeypatch.setattr(alerting, "EVERY_S", 0.1)
    monkeypatch.setattr(alerting, "REST_S", 0.02)


async def an_alert(site: DeskFacility) -> int:
    """The id of the alert of a door forced at this site."""
    door = site.house.edge.doors["north"]
    await until(lambda: door.state is DoorState.LOCKED, "the door to be shut")
    site.house.board.contact(closed=False)
    await until(lambda: door.state is DoorState.FORCED, "the door to be forced")
    site.house.board.contact(closed=True)

    async def found() -> int:
        return next((a.id for a in await site.desk.parts.alerts.waiting() if a.kind == "door_forced" and a.acked_at is None), 0)

    return int(await until(found, "the alert"))


@pytest.mark.feature("X-18")
async def test_alerts_over_rest_with_a_note_and_once(site: DeskFacility) -> None:
    id = await an_alert(site)
    async with site.api("Guard") as http:
        (alert,) = [a for a in (await http.get("/alerts")).json()["items"] if a["id"] == id]
        assert (alert["kind"], alert["name"], "acked_by" in alert) == ("door_forced", "north", False)
        empty = await http.post(f"/alerts/{id}/acknowledge", json={"note": " "})
        assert (empty.status_code, empty.json()["field"]) == (400, "note")
        key = {"Idempotency-Key": f"seen-{id}"}
        first = await http.post(f"/alerts/{id}/acknowledge", json={"note": "wind"}, headers=key)
        assert (first.status_code, first.json()["acked_by"], first.json()["note"]) == (200, "guard", "wind")
        assert (await http.post(f"/alerts/{id}/acknowledge", json={"note": "wind"}, headers=key)).json() == first.json()
        assert (await http.post(f"/alerts/{id}/acknowledge", json={"note": "me too"})).status_code == 409
        assert (await http.post("/alerts/999999/acknowledge", json={"note": "x"})).status_code == 404

        async def done() -> list[int]:
            return [a["id"] for a in (await http.get("/alerts?done=true")).json()["items"]]

        await until(lambda: _has(done(), id), "the alert to be over")
        assert (await http.get("/alerts?done=true&after=x")).status_code == 400
    async with site.api("Viewer") as http:
        assert (await http.get("/alerts")).status_code == 200
        assert (await http.post(f"/alerts/{id}/acknowledge", json={"note": "x"})).status_code == 403


async def _has(found: asyncio.Future[list[int]], id: int) -> bool:
    return id in await found


@pytest.mark.feature("X-18")
async def test_alerts_in_the_console_strip_page_note_and_over(site: DeskFacility) -> None:
    id = await an_alert(site)
    async with site.browser("Guard") as http:
        await until(lambda: _shows(http, "/", "Door forced: north"), "the strip on the live page")
        page = (await http.get("/alerts")).text
        assert f'id="alert-{id}"' in page and "Look who is there" in text_of(page)
        form = {"csrf": csrf_of(page), "request": f"request-of-alert-{id}", "note": " "}
        bad = await http.post(f"/alerts/{id}/acknowledge", data=form)
        assert bad.status_code == 400 and "cannot be empty" in bad.text
        answer = await http.post(f"/alerts/{id}/acknowledge", data={**form, "note": "wind, looked"})
        assert answer.headers["location"] == "/alerts?done=acknowledged"
        await until(lambda: _shows(http, "/alerts", "Over and acknowledged"), "the alert to be over")
        page = text_of((await http.get("/alerts")).text)
        assert "guard, " in page and "wind, looked" in page
        assert (await http.get("/alerts?after=1")).status_code == 200
    async with site.browser("Viewer") as http:
        assert "Acknowledge</button>" not in (await http.get("/alerts")).text
    lines = [e for e in await site.house.events(EventKind.OPERATOR) if e.code == "alert_acknowledged"]
    assert any("wind, looked" in e.note and e.actor == "guard" for e in lines)


async def _shows(http: object, path: str, text: str) -> bool:
    return text in text_of((await http.get(path)).text)  # type: ignore[attr-defined]


async def test_alert_rules_are_records_of_the_site(site: DeskFacility) -> None:
    rule = await site.add("/alert-rules", kind="capacity", threshold=80)
    async with site.browser() as http:
        assert "80 percent of the capacity" in text_of((await http.get("/site/alert-rules")).text)
        assert "Zone full" in (await http.get(f"/site/alert-rules/{rule['id']}")).text
    async with site.api() as http:
        assert (await http.post("/alert-rules", json={"kind": "capacity", "threshold": 90})).status_code == 409
        assert (await http.delete(f"/alert-rules/{rule['id']}")).status_code == 204
