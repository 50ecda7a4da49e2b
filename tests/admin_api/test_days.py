"""A customer at a glance, a day hour by hour, and the list of devices: what happened at the gate is in them."""

from __future__ import annotations

import pytest

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility, desk_over, desk_settings
from tests.support.facility import until


@pytest.mark.feature("S000-7", "S003-22")
async def test_a_customer_at_a_glance_follows_what_happens(site: DeskFacility) -> None:
    tariff = await site.add("/tariffs", name="Hourly", currency="CHF", steps=[{"unit": 60, "price": 400}])
    async with site.api() as http:
        await http.patch(f"/zones/{site.house.ids['zone']}", json={"tariff": tariff["id"]})
    customer, code = await site.customer_with_card("Ada")
    path, now = f"/customers/{customer['id']}", site.desk.parts.now()
    assert customer["created_at"] <= now
    before = await site.get(f"{path}/summary")
    assert before["cards"] == 1 and not before.get("inside") and before.get("seen_at") is None
    await site.add("/vehicles", customer=customer["id"], plate="AB 1", valid_to=now - 1)
    await site.add("/bookings", customer=customer["id"], zone=site.house.ids["zone"], from_at=now + 1000, to_at=now + 2000_000)
    assert await site.show(code) is Reason.GRANTED
    inside = await site.get(f"{path}/summary")
    assert [z["name"] for z in inside["inside"]] == ["Garage"] and inside["seen_at"] >= now
    assert (
        inside["last"]["outcome"] == "granted"
        and inside.get("vehicles", 0) == 0
        and inside["next_booking"]["from_at"] == now + 1000
    )
    assert await site.show(code, at="North out") is Reason.GRANTED
    after = await site.get(f"{path}/summary")
    assert not after.get("inside") and after["due"] == {"CHF": 400}
    async with site.browser() as page:
        assert " ago<" in (await page.get(path)).text, "the page says so too"
    async with site.api("Technician") as http:
        assert (await http.get(f"{path}/summary")).status_code == 403
    role = await site.add("/roles", name="Names-only", rights=["customers.view"])
    await site.add("/users", login="names-only", role=role["id"], password="correct horse")
    async with site.api("Names-only") as http:
        little = (await http.get(f"{path}/summary")).json()
        assert not any(little.get(what) for what in ("last", "seen_at", "cards", "due", "next_booking")), (
            "what the role may not see"
        )


@pytest.mark.feature("X-30")
async def test_a_day_is_told_hour_by_hour_beside_the_week_before(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    _, other = await site.customer_with_card("Bob")
    for shown, at in ((code, "North in"), (code, "North out"), (other, "North in"), ("NOBODY", "North in")):
        await site.show(shown, at=at)
    found = await site.get("/traffic")
    hours = found["day"]["hours"]
    assert [sum(h.get(what, 0) for h in hours) for what in ("entered", "left", "refused")] == [2, 1, 1]
    now = site.desk.parts.now()
    this = next(h for h in hours if h["at"] <= now < h["at"] + 3_600_000)
    assert this["inside"] == 1 and all(h.get("inside") is None for h in hours if h["at"] > now)
    assert found["reasons"] == {"unknown_credential": 1}
    assert [(p["name"], p["granted"], p["refused"]) for p in found["access_points"]] == [("North in", 2, 1), ("North out", 1, 0)]
    assert len(found["week_before"]["hours"]) in (23, 24, 25) and not any(h.get("entered") for h in found["week_before"]["hours"])
    out = await site.get(f"/traffic?access_point={site.house.ids['North out']}")
    assert [sum(h.get(what, 0) for h in out["day"]["hours"]) for what in ("entered", "left", "refused")] == [0, 1, 0]
    assert len((await site.get("/traffic?day=2026-10-25"))["day"]["hours"]) == 25, "Warsaw's clocks go back"
    async with site.api() as http:
        for bad in ("yesterday", "9999-12-31", "2026-02-30"):
            assert (await http.get("/traffic", params={"day": bad})).json()["field"] == "day"


@pytest.mark.feature("X-19")
async def test_devices_say_where_they_are_how_they_are_and_when_last_heard_of(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    site.house.scanner.scan(code)
    await until(lambda: site.house.part("reader", "scanner-in") == "up", "the scanner to be up")
    devices = {one["name"]: one for one in await site.get("/devices")}
    assert set(devices) == {"north", "scanner-in", "scanner-out"}
    assert devices["north"]["kind"] == "door" and devices["north"]["access_points"] == ["North in", "North out"]
    assert devices["scanner-in"]["connection"] == str(site.house.scanner.path) and devices["scanner-in"]["state"] == "up"
    site.house.scanner.unplug()
    await until(lambda: site.house.part("reader", "scanner-in") != "up", "the scanner to be missed")
    async with desk_over(site.house) as fresh:  # (one that has not asked within the last second)
        assert {d["name"]: d["state"] for d in await fresh.get("/devices")}["scanner-in"] in ("down", "trouble")


async def test_a_device_s_place_and_serial_number_are_the_settings_own_and_its_password_is_not_said(site: DeskFacility) -> None:
    camera = '[[reader]]\ndriver = "camera"\nname = "eye"\naccess_point = "North in"\nplace = "mast 2"\nserial_number = "C-77"\nsource = "rtsp://u:secret@cam.local/s"\n'
    assert desk_settings(site.house, more=camera).reader[2].place == "mast 2"
    async with desk_over(site.house, more=camera) as desk:
        eye = {one["name"]: one for one in await desk.get("/devices")}["eye"]
    assert (eye["kind"], eye["place"], eye["serial_number"]) == ("camera", "mast 2", "C-77")
    assert eye["connection"] == "rtsp://cam.local/s" and eye.get("state", "unknown") == "unknown"
