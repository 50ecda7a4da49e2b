"""Zones, access points and profiles on the console: everything that the rules go by can be set there, and counts at the next reading."""

from __future__ import annotations

import re

import msgspec
import pytest

from admin_api.console.record_fields import access_point_fields, profile_fields, zone_fields
from edge.core.place import AccessPoint, Profile, Zone
from tests.admin_api.desk_facility import DeskFacility
from tests.console.test_device_pages import send

SET_BY_THE_HOUSE = {"id", "ver", "mode_until"}


@pytest.mark.feature("X-13", "X-21")
async def test_a_zone_that_is_full_and_one_that_is_free_by_the_hours(site: DeskFacility) -> None:
    zone = f"/site/zones/{site.house.ids['zone']}"
    always = await site.add("/schedules", name="Always", windows=[{"days": [0, 1, 2, 3, 4, 5, 6], "start": 0, "end": 1440}])
    async with site.browser() as http:
        wrong = await send(http, zone, capacity="1", reserved="2")
        assert wrong.status_code == 400 and "No more places can be kept than the capacity has" in wrong.text
        assert (await send(http, zone, capacity="1")).status_code == 303
        _, first = await site.customer_with_card("Ada")
        _, second = await site.customer_with_card("Bob")
        assert await site.show(first) == "granted"
        assert await site.show(second) == "zone_full"

        half = {"mode_hours.schedule": always["id"], "mode_hours.mode": ""}
        assert (await send(http, zone, **half)).status_code == 400, "a schedule without its mode"
        free = {"mode_hours.schedule": always["id"], "mode_hours.mode": "free_passage"}
        assert (await send(http, zone, capacity="", **free)).status_code == 303
        assert await site.show("NOBODYS-CODE-0000") == "granted_free_passage"
        page = (await http.get(zone)).text
        assert re.search(rf'<option value="{always["id"]}" selected>Always', page)
        assert re.search(r'<option value="free_passage" selected>', page)


async def test_what_an_access_point_asks_for_is_set_on_its_form(site: DeskFacility) -> None:
    point = f"/site/access-points/{site.house.ids['North in']}"
    async with site.browser() as http:
        assert (
            await send(http, point, pin="yes", tags="gate, north", plate_floor="0.75", accessible_strike_ms="9000")
        ).status_code == 303
        kept = await site.get(f"/access-points/{site.house.ids['North in']}")
        assert (kept["pin"], kept["plate_floor"], kept["accessible_strike_ms"], sorted(kept["tags"])) == (
            True,
            0.75,
            9000,
            ["gate", "north"],
        )
        refused = await send(http, point, pin_free="", interlock=["north"])
        assert refused.status_code == 400 and "A door cannot wait for itself to be shut" in refused.text


@pytest.mark.parametrize(("fields", "kind"), [(zone_fields, Zone), (access_point_fields, AccessPoint), (profile_fields, Profile)])
async def test_everything_that_is_kept_of_a_place_is_on_its_form(
    site: DeskFacility, fields: object, kind: type[msgspec.Struct]
) -> None:
    await site.add("/schedules", name="Always")
    on_form = {field.name for field in await fields(site.desk.parts, False)}  # type: ignore[operator]
    assert set(kind.__struct_fields__) - SET_BY_THE_HOUSE == on_form
