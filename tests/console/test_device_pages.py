"""Devices and settings on the console: set up, changed, taken out; what is plugged in; what the site is called."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from hw_sim.serial_line import SerialScanner

from edge.core.device import MASK
from tests.admin_api.desk_facility import DeskFacility
from tests.support.facility import until


async def send(http: httpx.AsyncClient, path: str, to: str = "", **fields: Any) -> httpx.Response:
    """The form of a page, sent with these fields over what it shows."""
    page = (await http.get(path)).text
    shown = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', page))
    for name, options in re.findall(r'<select id="f-(\w+)".*?>(.*?)</select>', page):
        chosen = re.findall(r'<option value="([^"]*)" selected>', options) or re.findall(r'<option value="([^"]*)"', options)
        shown[name] = chosen[0] if chosen else ""
    checked = re.findall(r'type="checkbox" name="(\w+)" value="(\w+)"( checked)?', page)
    for name in {name for name, _value, _on in checked}:
        shown.pop(name, None)
        shown |= {name: [value for n, value, on in checked if n == name and on]}
    given = {k: v for k, v in (shown | fields).items() if v is not None}
    return await http.post(to or path, data=given, headers={"Origin": str(http.base_url).rstrip("/")})


@pytest.mark.feature("X-19")
async def test_a_scanner_is_set_up_changed_and_taken_out_on_the_console(site: DeskFacility) -> None:
    scanner = SerialScanner(site.house.folder / "tty-side")
    scanner.plug_in()
    async with site.browser() as http:
        assert "tty-side" in (await http.get("/site/devices/new")).text
        new = f"/site/devices/new?driver=serial&port={scanner.path}"
        wrong = await send(http, new, name="side", baud="fast")
        assert wrong.status_code == 400 and "A whole number" in wrong.text and 'value="side"' in wrong.text
        assert '<details class="group" open' in wrong.text, "the part of the form with the mistake in it is open"
        made = await send(http, new, name="side", access_point=site.house.ids["North in"], terminator=r"\r")
        assert (made.status_code, made.headers["location"]) == (303, "/site/devices?done=set-up")
        await until(lambda: site.house.part("reader", "side") == "up", "the scanner to be open")
        _, code = await site.customer_with_card("Ada")
        scanner.send(code.encode() + b"\r")
        await until(lambda: site.house.board.moves, "the door to move")

        page = (await http.get("/site/devices")).text
        (link,) = re.findall(r'<a href="(/site/devices/[0-9a-f-]{36})">side</a>', page)
        again = await send(http, link, place="left of the gate", ver="99")
        assert again.status_code == 409 and "Somebody else changed this" in again.text
        assert (await send(http, link, place="left of the gate")).status_code == 303
        page = (await http.get(link)).text
        assert r'value="\r"' in page and "left of the gate" in page
        assert (await send(http, link, f"{link}/delete")).headers["location"] == "/site/devices?done=taken-out"
        assert site.house.part("reader", "side") == ""
    scanner.unplug()


async def test_a_device_of_the_settings_file_is_changed_by_one_in_its_place(site: DeskFacility) -> None:
    async with site.browser() as http:
        page = (await http.get("/site/devices/new", params={"instead": "reader:scanner-in"})).text
        assert str(site.house.scanner.path) in page
        changed = await send(
            http, "/site/devices/new?instead=reader%3Ascanner-in", "/site/devices/new?driver=serial", place="box 3"
        )
        assert changed.status_code == 303
        assert "box 3" in (await http.get("/site/devices")).text
        await until(lambda: site.house.part("reader", "scanner-in") == "up", "it to be open again")
        _, code = await site.customer_with_card("Ada")
        assert await site.house.scan(code) == "granted"


async def test_the_password_of_a_camera_is_shown_nowhere_and_kept_when_its_form_is_saved(site: DeskFacility) -> None:
    source = "rtsp://viewer:s3cret@127.0.0.1:1/1"
    async with site.browser() as http:
        new = "/site/devices/new?driver=camera"
        assert (await send(http, new, name="lane", source=source, reads=["qr"], region="0.1, 0.1, 0.5, 0.5")).status_code == 303
        (link,) = re.findall(r'<a href="(/site/devices/[0-9a-f-]{36})">lane</a>', (await http.get("/site/devices")).text)
        page = (await http.get(link)).text
        assert MASK in page and "s3cret" not in page and "0.1, 0.1, 0.5, 0.5" in page
        assert (await send(http, link, fps="5")).status_code == 303
        (kept,) = [r for r in site.house.edge.settings.reader if r.name == "lane"]
        assert (kept.source, kept.fps) == (source, 5.0)  # type: ignore[union-attr]
        moved = await send(http, link, source=f"rtsp://viewer:{MASK}@127.0.0.1:2/1")
        assert moved.status_code == 400 and "Write the password of this address anew" in moved.text
        assert "s3cret" not in (await http.get("/audit")).text


async def test_every_driver_has_a_form_and_a_relay_of_this_machine_can_be_set_up(site: DeskFacility) -> None:
    async with site.browser() as http:
        assert (await http.post("/site/devices/new?driver=telepathy", data={})).status_code in (400, 403, 404)
        clash = await send(
            http, "/site/devices/new?driver=gpio", name="shed", chip="/dev/gpiochip9", relay_line="4", contact_line="4"
        )
        assert clash.status_code == 400 and "Line 4 is the relay already" in clash.text
        made = await send(http, "/site/devices/new?driver=gpio", name="shed", chip="/dev/gpiochip9", relay_line="4")
        assert made.status_code == 303
        await until(lambda: site.house.part("door", "shed") == "down", "the chip that is not there to be said")

        async def said() -> bool:
            return "gpiochip9" in (await http.get("/site/devices")).text

        await until(said, "the list to say so too")


@pytest.mark.feature("X-16")
async def test_the_site_gets_its_name_clock_and_colour_on_the_console(site: DeskFacility) -> None:
    async with site.browser() as http:
        wrong = await send(http, "/site/settings", accent="#ffffaa")
        assert wrong.status_code == 400 and "Too light to be read on white" in wrong.text
        wrong = await send(http, "/site/settings", time_zone="Europe/Atlantis")
        assert wrong.status_code == 400 and "There is no such zone" in wrong.text
        saved = await send(http, "/site/settings", site_name="Port Gdynia", time_zone="America/New_York", accent="#7a1f5c")
        assert saved.status_code == 303
        page = (await http.get("/")).text
        assert "Port Gdynia" in page and "/brand.css?v=" in page
        stale = await send(http, "/site/settings", ver="0", site_name="Other")
        assert stale.status_code == 409 and "Port Gdynia" in stale.text
        assert (await send(http, "/site/settings", site_name="", time_zone="", accent="")).status_code == 303
        assert "Port Gdynia" not in (await http.get("/")).text


async def test_with_the_edge_down_the_forms_say_why_they_cannot_be_saved(site: DeskFacility) -> None:
    async with site.browser() as http:
        await site.house.edge.socket.stop()
        new = (await http.get("/site/devices/new")).text
        assert "known as soon as the access controller is back" in new
        form = (await http.get("/site/devices/new?driver=line")).text
        assert "Nothing can be saved while the access controller is down" in form
        assert (await send(http, "/site/devices/new?driver=line", name="x", address="127.0.0.1:1")).status_code == 503
