"""Devices over REST: set up, changed, taken out; what the desk shows of them, and that no password is among it."""

from __future__ import annotations

from typing import Any

import pytest

from edge.core.device import MASK
from tests.admin_api.desk_facility import DeskFacility
from tests.support.facility import until

SOURCE = "rtsp://viewer:s3cret@192.0.2.7/1"


def camera(site: DeskFacility, **more: Any) -> dict[str, Any]:
    wired = {"driver": "camera", "name": "lane", "access_point": site.house.ids["North in"], "source": SOURCE}
    return {"wired": {**wired, **more}}


@pytest.mark.feature("X-19", "X-17")
async def test_a_camera_set_up_over_rest_is_among_the_devices_and_its_password_nowhere(site: DeskFacility) -> None:
    async with site.api() as http:
        made = await http.post("/devices", json=camera(site))
        assert made.status_code == 201, made.text
        kept = made.json()
        (shown,) = [d for d in (await http.get("/devices")).json() if d["name"] == "lane"]
        assert (shown["id"], shown["kind"], shown["access_points"]) == (kept["id"], "camera", ["North in"])

        answer = await http.patch(f"/devices/{kept['id']}", json=camera(site, source=kept["wired"]["source"], place="gate box"), headers={"If-Match": made.headers["etag"]})  # fmt: skip
        assert answer.status_code == 200, answer.text
        said = [made.text, answer.text, (await http.get(f"/devices/{kept['id']}")).text]
        said.append((await http.get("/audit", params={"entity": "device"})).text)
        assert all(MASK in text and "s3cret" not in text for text in said)

        listed = await http.get("/devices")
        assert next(d for d in listed.json() if d["name"] == "lane")["connection"] == "rtsp://192.0.2.7/1"
        assert "s3cret" not in listed.text
        assert next(r.source for r in site.house.edge.settings.reader if r.name == "lane") == SOURCE, "the edge has it as it was"  # type: ignore[union-attr]

        stale = await http.patch(f"/devices/{kept['id']}", json=camera(site), headers={"If-Match": made.headers["etag"]})
        assert stale.status_code == 412
        assert (await http.delete(f"/devices/{kept['id']}")).status_code == 204
        assert "lane" not in [d["name"] for d in (await http.get("/devices")).json()]


async def test_a_wrong_field_is_named(site: DeskFacility) -> None:
    async with site.api() as http:
        for more, field in (({"fps": 99}, "fps"), ({"access_point": "nowhere"}, "access_point"), ({"reads": []}, "reads")):
            refused = await http.post("/devices", json=camera(site, **more))
            assert (refused.status_code, refused.json()["field"]) == (404 if field == "access_point" else 400, field)
        unknown = await http.post("/devices", json=camera(site, fsp=9))
        assert unknown.status_code == 400


async def test_the_desk_goes_by_the_sites_name_and_time_zone_from_the_answer_on(site: DeskFacility) -> None:
    async with site.api() as http, site.browser() as pages:
        answer = await http.patch("/site", json={"site_name": "Marina Gdynia", "time_zone": "Asia/Tokyo", "accent": "#7a1f5c"})
        assert answer.status_code == 200, answer.text
        page = (await pages.get("/me")).text
        assert "Marina Gdynia" in page
        assert "Asia/Tokyo" in page
        assert "#7a1f5c" in (await pages.get("/brand.css")).text
        await http.patch("/site", json={"site_name": "", "time_zone": "", "accent": ""})
        assert "Marina Gdynia" not in (await pages.get("/me")).text, "empty: as the settings file says"


async def test_what_is_plugged_in_is_said_over_rest(site: DeskFacility) -> None:
    path = site.house.folder / "tty-new"
    path.symlink_to("/dev/null")
    async with site.api() as http:
        found = (await http.post("/devices/find")).json()
        assert [p["port"] for p in found["ports"]] == [str(path)]

        async def troubled() -> str:
            (port,) = (await http.post("/devices/find", params={"listen": True})).json()["ports"]
            return str(port.get("problem", ""))

        assert str(path) in await until(troubled, "what is no serial port to be said")
