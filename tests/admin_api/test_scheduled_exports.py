"""Exports by the calendar: saved over REST, made when they are due, a missed one made up once, what goes wrong is shown."""

from __future__ import annotations

import contextlib
import csv
import io
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from admin_api.parts import wall_ms
from admin_api.reports.calendar import due, stem
from edge.commands.exports import NoteExport, NoteScheduled
from edge.core.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from edge.core.saved import ExportArea, ExportFormat
from tests.admin_api.desk_facility import PASSWORD, DeskFacility, desk_over, make_users
from tests.support.facility import Facility, until

DAY = 86_400_000
OUT = "out"


@contextlib.asynccontextmanager
async def with_folder(house: Facility) -> AsyncIterator[DeskFacility]:
    """A desk that may put exports below one folder."""
    (house.folder / OUT / "weekly").mkdir(parents=True, exist_ok=True)
    async with desk_over(house, more=f'export_folders = ["{house.folder / OUT}"]') as site:
        yield site


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Facility]:
    made = Facility(tmp_path / "site")
    try:
        async with made.running():
            await make_users(made)
            yield made
    finally:
        await made.close()


def weekly(house: Facility, **more: Any) -> dict[str, Any]:
    return {
        "name": "Weekly guests", "area": "customers", "format": "csv", "cron": "0 6 * * *", "folder": str(house.folder / OUT / "weekly"),
        "filters": [["status", "active"]], **more,
    }  # fmt: skip


async def look(site: DeskFacility, days: float) -> list[dict[str, Any]]:
    """The calendar looked at so many days from now; every export of it that is over."""
    exports = site.desk.parts.exports
    exports.now = lambda: wall_ms() + int(days * DAY)
    await site.desk.parts.calendar.look()

    async def over() -> Any:
        jobs = [job for job in await exports.jobs() if job.schedule]
        return [True, *jobs] if all(job.state not in ("waiting", "running") for job in jobs) else None

    _, *jobs = await until(over, "the calendar's exports", 60)
    return [msgspec.to_builtins(job) for job in jobs]


def files(house: Facility) -> list[Path]:
    return sorted((house.folder / OUT).rglob("*.*"))


@pytest.mark.feature("S000-35")
async def test_runs_that_were_missed_are_made_up_once(house: Facility) -> None:
    async with with_folder(house) as site:
        await site.customer_with_card("Ada")
        saved = await site.add("/scheduled-exports", **weekly(house))
        assert saved["made_by"] == "administrator"
        assert await look(site, 0) == [], "it counts from when it was saved"
        assert len(await look(site, 1)) == 1
        assert len(await look(site, 1)) == 1, "once for a day"
    async with with_folder(house) as site:  # the desk was down for a week
        assert [job["state"] for job in await look(site, 8)] == ["done", "done"]
        assert len(await look(site, 8.01)) == 2
        async with site.api() as http:
            shown = (await http.get("/exports")).json()
            assert {job["schedule"] for job in shown} == {saved["id"]} and shown[0]["operator"].startswith(
                "administrator (by the calendar"
            )
            await http.patch(f"/scheduled-exports/{saved['id']}", json={"active": False})
            assert len(await look(site, 20)) == 2
            await http.patch(f"/scheduled-exports/{saved['id']}", json={"active": True})
            assert len(await look(site, 21)) == 2, "what was missed while it was off is not made up"
            assert len(await look(site, 22)) == 3
            await http.delete(f"/scheduled-exports/{saved['id']}")
            assert len(await look(site, 30)) == 3
    made = files(house)
    assert len(made) == 3 and all(p.name.startswith("weekly-guests-") and p.suffix == ".csv" for p in made)
    rows = list(csv.reader(io.StringIO(made[0].read_text("utf-8-sig"))))
    assert rows[2] == ["Filters", "status: active"] and rows[-1][1] == "Ada"
    db = sqlite3.connect(house.folder / "state/roster.db")
    lines = db.execute("SELECT actor, command, after FROM change WHERE entity = 'export' ORDER BY rev").fetchall()
    db.close()
    assert [(actor, command) for actor, command, _ in lines] == [("calendar", "exports.note_scheduled")] * 3
    said = msgspec.json.decode(lines[0][2])
    assert said["schedule"] == "Weekly guests" and said["rows"] == 1 and said["file"].endswith(made[0].name)


@pytest.mark.feature("S000-35")
async def test_what_goes_wrong_with_a_run_is_shown(house: Facility) -> None:
    async with with_folder(house) as site:
        (house.folder / OUT / "way-out").symlink_to(house.folder / "state")
        for number, (more, says) in enumerate(
            (
                ({"folder": str(house.folder / "state")}, "export_folders"),
                ({"folder": str(house.folder / OUT / "way-out")}, "export_folders"),
                ({"folder": str(house.folder / OUT / "nowhere")}, "no such folder"),
                ({"filters": [["colour", "red"]]}, "not filtered by colour"),
            )
        ):
            await site.add("/scheduled-exports", **weekly(house, name=f"Wrong {number}", **more))
            await look(site, 0)
            jobs = await look(site, 1)
            assert jobs[0]["state"] == "failed" and says in jobs[0]["problem"], jobs[0]
            async with site.api() as http:
                shown = (await http.get("/scheduled-exports")).json()["items"]
                await http.delete(f"/scheduled-exports/{shown[0]['id']}")
        assert files(house) == []


async def test_what_makes_no_sense_is_refused_when_it_is_saved(house: Facility) -> None:
    async with with_folder(house) as site:
        role = await site.add("/roles", name="Planner", rights=["exports.schedule", "cards.export"])
        await site.add("/users", login="planner", role=role["id"], password=PASSWORD)
        async with site.api() as http:
            for more, field in (
                ({"cron": "every monday"}, "cron"), ({"cron": "0 25 * * *"}, "cron"), ({"folder": "exports"}, "folder"),
                ({"folder": "/srv/../etc"}, "folder"), ({"area": "secrets"}, "area"), ({"area": "cards", "format": "vcf"}, "format"),
                ({"name": " "}, "name"), ({"made_by": "me"}, "made_by"), ({"filters": [["q", "x" * 301]]}, "filters[0]"),
            ):  # fmt: skip
                answer = await http.post("/scheduled-exports", json=weekly(house, **more))
                assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
        made = await site.add("/scheduled-exports", **weekly(house))
        async with site.api("Planner") as http:
            assert (await http.post("/scheduled-exports", json=weekly(house, name="x"))).status_code == 403, (
                "not of what they may not export"
            )
            assert (await http.patch(f"/scheduled-exports/{made['id']}", json={"area": "cards"})).status_code == 403
            assert (
                await http.post("/scheduled-exports", json=weekly(house, name="y", area="cards", filters=[]))
            ).status_code == 201
        async with site.api("Operator") as http:
            assert (await http.get("/scheduled-exports")).status_code == 403


async def test_the_desk_alone_can_write_no_line_but_of_what_is_saved(house: Facility) -> None:
    """The calendar's line needs no session, so it can say nothing of its own."""
    async with with_folder(house) as site:
        saved = await site.add("/scheduled-exports", **weekly(house, active=False))
        edge = site.desk.parts.edge
        with pytest.raises(NotFound):
            await edge.send(NoteScheduled(id="an-id-of-mine", schedule="nowhere", rows=1, file="x"))
        with pytest.raises(Conflict):
            await edge.send(NoteScheduled(id="an-id-of-mine", schedule=saved["id"], rows=1, file="x"))
        note = NoteExport(id="an-id-of-mine", areas=(ExportArea.CARDS,), format=ExportFormat.CSV, rows=1)
        with pytest.raises(NotSignedIn):
            await edge.send(note)
        with pytest.raises(Forbidden):
            await edge.send(note, token=await site.token("Viewer"))
        with pytest.raises(Invalid):
            await edge.send(msgspec.structs.replace(note, areas=()), token=await site.token("Viewer"))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Warsaw")).timestamp() * 1000)


@pytest.mark.parametrize(
    ("cron", "since", "now", "wanted"),
    [
        ("0 6 * * 1", "2026-11-16T06:00", "2026-11-23T05:59", False),
        ("0 6 * * 1", "2026-11-16T06:00", "2026-11-23T06:00", True),
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T03:30", True),  # in the hour that the spring leaves out
        ("0 0 30 2 *", "2026-01-01T00:00", "2027-01-01T00:00", False),
    ],
)
def test_the_calendar_goes_by_the_sites_clock(cron: str, since: str, now: str, wanted: bool) -> None:
    assert due(cron, ms(since), ms(now), "Europe/Warsaw") is wanted


def test_a_file_is_called_by_plain_letters() -> None:
    assert (stem("Weekly: Gäste / VIP!"), stem("…")) == ("weekly-g-ste-vip", "export")
