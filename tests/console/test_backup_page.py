"""Backups from the desk: made by a child while the gate works, kept where the desk cannot read them, and good to be put back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from pathlib import Path

import pytest

from edge.backups import KEPT
from edge.core.judgement import Reason
from edge.identity import uuid7
from edge.store.backup import backup, restore
from edge.store.files import Files
from tests.admin_api.desk_facility import DeskFacility, desk_over, make_users
from tests.console.test_customers_pages import text_of, values_of
from tests.support.facility import Facility, until


async def kept(site: DeskFacility, count: int) -> list[dict[str, object]]:
    """Once so many are kept and none is being made."""

    async def there() -> bool:
        now = await site.get("/backups")
        assert not now.get("problem"), now
        return not now.get("making") and len(now.get("kept", [])) == count

    await until(there, f"{count} backups", 40)
    found: list[dict[str, object]] = (await site.get("/backups"))["kept"]
    return found


def kill_child(folder: Path) -> None:
    """As the kernel does where memory is short."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = process.read_bytes()
            if b"edge.store.backup_child" in line and str(folder).encode() in line:
                os.kill(int(process.parent.name), signal.SIGKILL)


async def test_a_backup_is_made_by_a_button_and_opens_the_same_doors_when_it_is_put_back(
    site: DeskFacility, tmp_path: Path
) -> None:
    _, code = await site.customer_with_card("Ada")
    assert await site.show(code) is Reason.GRANTED
    async with site.browser() as http:
        page = (await http.get("/site/backup")).text
        assert "None yet" in text_of(page) and "systemctl stop gatelatch-edge" in page
        form = values_of(page)
        assert (await http.post("/site/backup", data=form)).headers["location"] == "/site/backup"
        assert (await http.post("/site/backup", data=form)).status_code == 303, "a double click is one backup"
        assert await site.show(code) is Reason.GRANTED, "the gate goes on meanwhile"
        (one,) = await kept(site, 1)
        listed = (await http.get("/site/backup")).text
        file = site.house.folder / "state/backups" / str(one["name"])
        assert f'value="gatelatch restore {file}"' in listed and "Verified" in text_of(listed) and "every 1s" not in listed
        assert "backup" in text_of((await http.get("/audit")).text).lower()
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    other = Facility(tmp_path / "other")
    restore(file, Files(other.folder / "state"), at=2, new_log_id=uuid7())
    other.ids = site.house.ids
    async with other.running():
        assert await other.scan(code) is Reason.GRANTED
    await other.close()


async def test_only_who_manages_the_site_makes_backups_and_one_is_made_at_a_time(site: DeskFacility) -> None:
    async with site.browser("Operator") as http:
        assert (await http.get("/site/backup")).status_code == 403
    async with site.api("Operator") as http:
        assert (await http.get("/backups")).status_code == 403 and (await http.post("/backups")).status_code == 403
    async with site.api() as http:
        answers = await asyncio.gather(*(http.post("/backups") for _ in range(3)))
        assert sorted(a.status_code for a in answers) == [202, 409, 409]
        assert all("being made" in a.json()["detail"] for a in answers if a.status_code == 409)
        await kept(site, 1)


async def test_what_a_power_cut_left_half_made_is_not_listed_and_goes_at_the_next_start(tmp_path: Path) -> None:
    house = Facility(tmp_path / "site")
    async with contextlib.AsyncExitStack() as stack:
        async with house.running():
            await make_users(house)
            site = await stack.enter_async_context(desk_over(house))
            half = house.folder / "state/backups/.backup-abc"
            half.mkdir(parents=True)
            (half / "journal.db").write_bytes(b"half")
            (half.parent / "gatelatch-20200101-000000.tar").write_bytes(b"no tar at all")
            assert (await site.get("/backups")).get("kept", []) == []
        async with site.browser() as http:
            page = (await http.get("/site/backup")).text
            assert "is known when the access controller is back" in text_of(page) and "disabled" in page
            assert f"gatelatch restore {house.folder}/state/backups/FILE" in page
        async with house.running():
            await until(lambda: not half.exists(), "the half-made one to be gone")
            async with site.browser() as http:

                async def told() -> bool:
                    return "The edge was stopped while one was being made" in text_of((await http.get("/site/backup")).text)

                await until(told, "the page to say so")
    await house.close()


async def test_the_oldest_goes_when_there_are_more_than_seven(site: DeskFacility) -> None:
    folder = site.house.folder / "state/backups"
    folder.mkdir(mode=0o700)
    for day in range(1, KEPT + 2):
        backup(site.house.edge.files, folder / f"gatelatch-202601{day:02}-000000.tar", at=day, program="test")
    async with site.api() as http:
        assert (await http.post("/backups")).status_code == 202
    names = [str(b["name"]) for b in await kept(site, KEPT)]
    assert names == sorted(names, reverse=True) and "gatelatch-20260103-000000.tar" in names
    assert "gatelatch-20260102-000000.tar" not in names and not (folder / "gatelatch-20260101-000000.tar").exists()


async def test_a_backup_that_would_fill_the_disk_is_not_begun(site: DeskFacility, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.backups.SPARE", 1 << 60)
    async with site.browser() as http:
        refused = await http.post("/site/backup", data=values_of((await http.get("/site/backup")).text))
        assert refused.status_code == 409 and re.search(
            r"A backup needs \d+ MB for a while, and \d+ MB are free", text_of(refused.text)
        )
    assert (await site.get("/backups")).get("kept", []) == []


async def test_a_backup_that_cannot_be_made_says_why_and_the_next_one_may_be_asked_for(site: DeskFacility) -> None:
    folder = site.house.folder / "state/backups"
    folder.write_text("a file where the folder should be")
    async with site.browser() as http:
        await http.post("/site/backup", data=values_of((await http.get("/site/backup")).text))

        async def told() -> bool:
            return "The last one was not made" in text_of((await http.get("/site/backup", headers={"Accept": "text/html"})).text)

        await until(told, "the failure to be told")
        assert "File exists" in (await http.get("/site/backup")).text
        folder.unlink()
        await http.post("/site/backup", data=values_of((await http.get("/site/backup")).text))
        await kept(site, 1)
        assert "The last one was not made" not in (await http.get("/site/backup")).text


async def test_a_child_killed_in_the_middle_leaves_nothing_that_is_listed(site: DeskFacility) -> None:
    folder = site.house.folder / "state/backups"
    async with site.api() as http:
        await http.post("/backups")
        await until(lambda: list(folder.glob(".backup-*/*")), "the copies to be begun")
        kill_child(folder)

        async def told() -> bool:
            return "ended by itself" in (await site.get("/backups")).get("problem", "")

        await until(told, "the failure to be told")
        assert not list(folder.iterdir()), "and what it left is gone"
        await http.post("/backups")
        await until(lambda: list(folder.glob("gatelatch-*.tar")), "the next one to be there")
