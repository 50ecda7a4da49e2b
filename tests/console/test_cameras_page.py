"""Cameras on the console: a real vision child behind a simulated camera, seen in the grid, and the picture of a reading on its page."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from hw_sim import draw
from hw_sim.camera import CameraServer

from tests.admin_api.desk_facility import desk_over, make_users
from tests.support.facility import Facility, until


class WithCamera(Facility):
    """The facility with a camera at its way in."""

    def __init__(self, folder: Path, source: str) -> None:
        super().__init__(folder)
        self._source = source

    def settings(self) -> str:
        return f"""{super().settings()}
[[reader]]
driver = "camera"
name = "camera-in"
access_point = "North in"
source = "{self._source}"
reads = ["qr"]
"""


def pixels(jpeg: bytes) -> tuple[int, ...]:
    found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return found.shape


@pytest.mark.feature("X-17")
async def test_the_grid_shows_what_a_camera_sees_and_an_event_keeps_what_it_saw(tmp_path: Path) -> None:
    async with CameraServer(("gate",), fps=10) as cameras:
        house = WithCamera(tmp_path / "site", cameras.url("gate"))
        try:
            async with house.running():
                await make_users(house)
                await until(lambda: house.part("reader", "camera-in") == "up", "the camera to be up", 40)
                _, _, code = await house.customer_with_card("Ada")
                async with desk_over(house) as site:
                    async with site.browser("Guard") as http:
                        page = (await http.get("/cameras")).text
                        address = re.search(r'data-camera="(/api/v1/cameras/camera-in/picture)"', page)
                        assert address and "North in" in page
                        seen = await http.get(address[1])
                        assert seen.headers["content-type"] == "image/jpeg" and seen.headers["cache-control"] == "no-store"
                        assert max(pixels(seen.content)[:2]) <= 640
                        assert (await http.get("/api/v1/cameras/scanner-in/picture")).status_code == 404

                        cameras.show("gate", draw.phone(code, 1))
                        event = await until(lambda: _read(house), "the phone to be read", 30)
                        why = (await http.get(f"/events/{event}")).text
                        assert f'src="/api/v1/events/{event}/picture"' in why and "What the camera saw" in why
                        kept = await http.get(f"/api/v1/events/{event}/picture")
                        assert kept.headers["content-type"] == "image/jpeg" and pixels(kept.content)
                        assert f'src="/api/v1/events/{event}/picture"' in (await http.get("/")).text
                        assert (await http.get("/api/v1/events/1/picture")).status_code == 404
                    async with site.api() as api:
                        (camera,) = (await api.get("/cameras")).json()
                        assert (camera["name"], camera["access_point_name"], camera["state"]) == ("camera-in", "North in", "up")
                    async with site.client() as stranger:
                        assert (await stranger.get("/api/v1/cameras/camera-in/picture")).status_code == 401
        finally:
            await house.close()


async def _read(house: Facility) -> int:
    """The first decision on what a camera saw."""
    return next((event.seq for event in await house.events() if event.evidence), 0)
