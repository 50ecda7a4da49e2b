"""Live page, events, why, the plain lists, words: what a guard and an administrator see."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import httpx
import msgspec
import pytest

from admin_api.console import hours, words
from admin_api.console.page import env
from admin_api.console.times import Times
from edge.core.alerts import AlertKind
from edge.core.door import DoorState, Hold
from edge.core.errors import Invalid
from edge.core.event import EventKind
from edge.core.judgement import Reason, Remedy
from edge.core.model import CardStatus, CredentialKind, Permission, Status
from edge.core.nuisance import Cause
from edge.core.place import Antipassback, Mode
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_sign_in import csrf_of
from tests.console.test_customers_pages import text_of, values_of
from tests.support.facility import until


def test_every_code_has_words() -> None:
    for codes, said in (
        (Reason, words.REASONS), (Remedy, words.REMEDIES), (Permission, words.PERMISSIONS), (CredentialKind, words.KINDS),
        (EventKind, words.EVENT_KINDS), (Status, words.STATUS), (CardStatus, words.CARD_STATUS), (Mode, words.MODES),
        (Antipassback, words.ANTIPASSBACK), (DoorState, words.DOOR_STATES), (DoorState, words.DOOR_TONES), (Hold, words.HOLDS), (AlertKind, words.ALERTS), (Cause, words.CAUSES),
    ):  # fmt: skip
        assert set(said) == set(codes), codes
    assert {f"door_{s.value}" for s in DoorState} <= set(words.EVENT_CODES)
    assert words.reason("something_new").short == "Something new"


@pytest.mark.parametrize(
    ("code", "said", "shown"),
    [
        ("alert_raised", "door_forced north: likely: bounced", "Door forced north: likely the door bounces, or its contact is set too near"),
        ("alert_cleared", "disk: 400 MB free", "Disk nearly full: 400 MB free"),
        ("alert_raised", "of another version", "of another version"),
        ("door_nuisance", "door_forced 5 more times, 6 in all; now locked", "Door forced 5 more times, 6 in all; now locked"),
        ("granted", "disk", "disk"),
    ],
)  # fmt: skip
def test_the_codes_in_a_note_are_said_in_words(code: str, said: str, shown: str) -> None:
    assert words.note(code, said) == shown


def test_no_template_has_a_script_or_style_of_its_own() -> None:
    for name in env.list_templates():
        text = Path("admin_api/console/templates", name).read_text("utf-8")
        assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=|\|\s*safe", text), name


async def test_the_live_page_shows_doors_decisions_and_who_is_inside(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    await site.show(code)
    await site.show("nobody's-code", at="North out")
    async with site.browser("Guard") as http:
        page = text_of((await http.get("/")).text)
        assert re.search(r"North in Outside → Garage (Shut|Released|Open) Ada Let in", page), page[:600]
        assert "North out Garage → outside" in page and "Not registered" in page
        assert re.search(r"Inside now Garage 1", page)


async def test_a_line_reaches_the_live_page_within_a_second_of_its_commit_and_only_once(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    async with site.browser("Guard") as http:
        start = int(re.search(r'data-seq="(\d+)"', (await http.get("/")).text)[1])  # type: ignore[index]
        lines: dict[int, float] = {}
        fragments: dict[str, str] = {}

        async def read(response: httpx.Response) -> None:
            event = id = ""
            async for line in response.aiter_lines():
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("id: "):
                    id = line[4:]
                elif line.startswith("data: ") and event == "fragment":
                    piece = msgspec.json.decode(line[6:])
                    fragments[piece["id"]] = piece["html"]
                elif line == "" and event == "line":
                    assert int(id) not in lines
                    lines[int(id)] = time.time()
                if line == "":
                    event = id = ""

        async with http.stream("GET", "/live/stream", params={"after": start}) as response:
            task = asyncio.create_task(read(response))
            await until(lambda: site.desk.parts.hub.listeners, "the page to listen")
            lags = []
            for _ in range(5):
                await site.show(code)
                committed, seq = time.time(), await site.desk.parts.journal.head()
                await until(lambda seq=seq: any(s >= seq - 1 for s in lines), "the line")
                lags.append(time.time() - committed)
            last = f"last-{site.house.ids['North in']}"
            await until(lambda: "Ada" in fragments.get(last, ""), "the last decision on its card")
            await until(lambda: ">1<" in fragments.get("inside", ""), "the count")
            task.cancel()
        assert max(lags) < 1.0, lags
        assert sorted(lines) == list(range(start + 1, max(lines) + 1))


async def test_open_once_from_the_live_page_with_and_without_a_script(site: DeskFacility) -> None:
    point = site.house.ids["North in"]
    async with site.browser("Guard") as http:
        proof = csrf_of((await http.get("/")).text)
        piece = await http.post(
            f"/access-points/{point}/act", data={"reason": "Delivery"}, headers={"HX-Request": "true", "X-CSRF-Token": proof}
        )
        assert "Opened; written down as event" in piece.text and "<html" not in piece.text
        empty = await http.post(f"/access-points/{point}/act", data={"reason": " ", "csrf": proof})
        assert empty.status_code == 400 and "Say why" in empty.text
        done = await http.post(f"/access-points/{point}/act", data={"reason": "Ambulance", "csrf": proof})
        assert done.headers["location"] == "/?done=opened"
        live = text_of((await http.get("/")).text)
        assert "Ambulance" in live and "Opened by hand" in live
    assert len(site.house.board.moves) == 2


async def test_why_page_says_what_each_rule_saw_and_what_would_help(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        await api.patch(f"/customers/{customer['id']}", json={"status": "inactive"})
    await site.show(code)
    async with site.browser("Operator") as http:
        page = (await http.get("/events?outcome=denied")).text
        seq = re.search(r'href="/events/(\d+)"', page)
        assert seq
        why = (await http.get(f"/events/{seq[1]}")).text
        text = text_of(why)
        assert "Only active customers may enter" in text and "decided it" in text and "Ada, inactive" in text
        assert f'href="/customers/{customer["id"]}"' in why and "Set the customer active" in text
        assert "All hours (always)" in text
        assert (await http.get("/events/999999")).status_code == 404
        assert "Nothing matches" in (await http.get("/events?reason=holiday")).text
        assert "such as 2026" in (await http.get("/events?since=yesterday")).text


@pytest.mark.parametrize(
    ("path", "fields", "shown"),
    [
        ("/companies", {"name": "Baltic Charter", "status": "active"}, "Baltic Charter"),
        ("/groups", {"name": "Season"}, "Season"),
        ("/site/zones", {"name": "Sauna", "mode": "normal", "antipassback": "soft", "antipassback_minutes": "0"}, "Soft"),
        ("/site/schedules", {"name": "Office", "windows": "Mon-Fri 07:00-19:00\nSat 9:00-13:00", "holidays": "2026-12-25 Christmas"}, "Mon-Fri 07:00-19:00; Sat 09:00-13:00"),
        ("/site/access-points", {"name": "Back", "door": "north", "kinds": "qr", "mode": "normal", "strike_ms": "500", "in_service": "yes"}, "QR code"),
        ("/users/roles", {"name": "Doorman", "rights": "doors.view"}, "See doors and health"),
    ],
)  # fmt: skip
async def test_plain_records_are_added_changed_and_deleted(
    site: DeskFacility, path: str, fields: dict[str, str], shown: str
) -> None:
    async with site.browser() as http:
        hidden = values_of((await http.get(f"{path}/new")).text)
        bad = await http.post(f"{path}/new", data={**hidden, **fields, "name": " "})
        assert bad.status_code == 400 and 'id="error-name"' in bad.text
        assert (await http.post(f"{path}/new", data={**hidden, **fields})).headers["location"] == f"{path}?done=added"
        page = (await http.get(path)).text
        assert shown in text_of(page)
        edit = next(h for h, name in re.findall(rf'<a href="({path}/[^"]+)">([^<]+)</a>', page) if name == fields["name"])
        form = (await http.get(edit)).text
        hidden = values_of(form)
        assert (await http.post(edit, data={**hidden, **fields, "name": "Renamed"})).headers["location"] == f"{path}?done=saved"
        assert (await http.post(edit, data={**hidden, **fields, "name": "Again"})).status_code == 409, (
            "it was changed in the meantime"
        )
        assert (await http.post(f"{edit}/delete", data={"csrf": hidden["csrf"]})).status_code == 303
        assert "Renamed" not in (await http.get(path)).text


async def test_users_and_profiles_have_their_forms(site: DeskFacility) -> None:
    async with site.browser() as http:
        hidden = values_of((await http.get("/site/profiles/new")).text)
        zone = site.house.ids["zone"]
        assert (await http.post("/site/profiles/new", data={**hidden, "name": "Days", "zones": f"{zone}|"})).status_code == 303
        assert "Garage (always)" in (await http.get("/site/profiles")).text
        page = (await http.get("/users/new")).text
        role = re.search(r'<option value="([^"]+)"[^>]*>Viewer<', page)
        assert role
        user = {**values_of(page), "login": "new.user", "name": "New", "role": role[1], "active": "yes", "password": "short"}
        short = await http.post("/users/new", data=user)
        assert (
            short.status_code == 400
            and 'id="error-password"' in short.text
            and "short" not in re.findall(r'value="([^"]*)"', short.text)
        )
        assert (await http.post("/users/new", data={**user, "password": "long enough"})).status_code == 303
        assert "new.user" in (await http.get("/users")).text
    async with site.client() as http:
        assert (await http.post("/sign-in", data={"login": "new.user", "password": "long enough"})).status_code == 303


async def test_theme_is_remembered_and_errors_are_pages(site: DeskFacility) -> None:
    async with site.browser("Viewer") as http:
        assert 'data-theme="auto"' in (await http.get("/customers")).text
        await http.post("/theme", data={"theme": "dark", "back": "/customers"})
        assert 'data-theme="dark"' in (await http.get("/customers")).text
        missing = await http.get("/customers/nobody")
        assert missing.status_code == 404 and "There is no such thing" in missing.text and "<nav" in missing.text
        refused = await http.get("/users", headers={"HX-Request": "true"})
        assert refused.status_code == 403 and refused.headers["hx-retarget"] == "#toast" and "<html" not in refused.text


def test_hours_are_read_as_they_are_written() -> None:
    text = "Mon-Fri 07:00-19:00\nSat,Sun 22:00-06:00\nDaily 00:00-24:00"
    windows = hours.read_windows(text, "windows")
    assert hours.read_windows(hours.write_windows(windows), "windows") == windows
    assert windows[1].days == (5, 6) and (windows[1].start, windows[1].end) == (1320, 360)
    days = hours.read_holidays("2026-12-25 Christmas\n2026-12-24 Christmas Eve 08:00-12:00", "holidays")
    assert days[0].windows == () and days[1].name == "Christmas Eve" and days[1].windows == ((480, 720),)
    assert hours.read_holidays(hours.write_holidays(days), "holidays") == days
    for wrong in ("Mon-Fri", "Someday 07:00-08:00", "Mon 07:99-08:00"):
        with pytest.raises(Invalid, match="line 1"):
            hours.read_windows(wrong, "windows")


def test_times_are_the_sites_own() -> None:
    times = Times("Europe/Warsaw", 1_782_000_000_000)
    assert times.short(1_782_000_000_000 - 60_000) == times.at(1_782_000_000_000 - 60_000).strftime("%H:%M")
    assert times.parse(times.field(1_782_000_000_000), "since") == 1_782_000_000_000
    assert times.ago(1_782_000_000_000 - 7_200_000) == "2 h ago"
