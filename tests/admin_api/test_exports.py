"""Exports over REST: what is in the file is what is in the list; asked for, made, written down, fetched, gone."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import openpyxl
import pypdfium2
import pytest
import pyzipper

from admin_api.reports import queue
from admin_api.reports.filters import known
from edge.core.model import CredentialKind, Permission
from edge.core.saved import ExportArea
from tests.admin_api.desk_facility import PASSWORD, DeskFacility, desk_over, make_users
from tests.support.facility import Facility, until

OVER = ("done", "failed", "cancelled", "interrupted", "expired")


@contextlib.asynccontextmanager
async def house_with_users(folder: Path) -> AsyncIterator[Facility]:
    """A facility over which one desk after the other can be run."""
    house = Facility(folder)
    try:
        async with house.running():
            await make_users(house)
            yield house
    finally:
        await house.close()


async def ended(http: httpx.AsyncClient, id: str) -> dict[str, Any]:
    async def over() -> Any:
        job = (await http.get(f"/exports/{id}?wait=10")).json()
        return job if job["state"] in OVER else None

    job: dict[str, Any] = await until(over, f"the export {id}", 60)
    return job


async def made(http: httpx.AsyncClient, path: str = "/exports", **order: Any) -> dict[str, Any]:
    """An export that is over: done, or why not."""
    answer = await http.post(path, json=order)
    assert answer.status_code == 202, answer.text
    return await ended(http, answer.json()["id"])


async def fetched(http: httpx.AsyncClient, path: str = "/exports", **order: Any) -> bytes:
    job = await made(http, path, **order)
    assert job["state"] == "done", job
    answer = await http.get(f"/exports/{job['id']}/file")
    assert answer.status_code == 200 and len(answer.content) == job["size"]
    assert answer.headers["content-disposition"] == f'attachment; filename="{job["file"]}"'
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


def table(data: bytes) -> list[dict[str, str]]:
    """The rows of a csv with its head, by title."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    at = rows.index([])
    return [dict(zip(rows[at + 1], row, strict=True)) for row in rows[at + 2 :]]


def audit(site: DeskFacility) -> list[tuple[str, str, dict[str, Any]]]:
    """(actor, command, line) of every export in the roster's change lines."""
    db = sqlite3.connect(site.house.folder / "state/roster.db")
    rows = db.execute("SELECT actor, command, after FROM change WHERE entity = 'export' ORDER BY rev").fetchall()
    db.close()
    return [(actor, command, msgspec.json.decode(after)) for actor, command, after in rows]


@pytest.mark.feature("S000-10", "S003-41", "S001-7")
async def test_an_export_has_exactly_the_rows_of_its_list(site: DeskFacility) -> None:
    company = await site.add("/companies", name="Acme; Söhne")
    for i in range(6):
        more = {"company": company["id"]} if i < 4 else {}
        await site.add("/customers", name=f"=Ada {i}", email=f"a{i}@example.org", status="active" if i % 2 else "inactive", **more)
    filters = {"company": company["id"], "status": "active"}
    async with site.api() as http:
        data = await fetched(http, area="customers", format="csv", filters=filters)
        listed = (await http.get("/customers", params=filters)).json()["items"]
        assert sorted(r["Name"] for r in table(data)) == sorted(f"'{c['name']}" for c in listed) and len(listed) == 2
        head = data.decode("utf-8-sig").splitlines()[:5]
        assert head[2] == "Filters,company: Acme; Söhne; status: active" and head[3] == "Made by,Administrator Test"
        assert head[0] == "Site,Test" and head[4].endswith("(Europe/Warsaw)")
        book = openpyxl.load_workbook(io.BytesIO(await fetched(http, area="customers", format="xlsx", filters=filters)))
        assert book.worksheets[0]["B3"].value == "company: Acme; Söhne; status: active"
        names = [row[1] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)]
        assert sorted(names) == sorted(c["name"] for c in listed)


@pytest.mark.feature("S003-42", "S003-40", "S000-34")
async def test_every_tab_can_be_exported_with_its_filters(site: DeskFacility) -> None:
    ada, code = await site.customer_with_card("Ada")
    _, other = await site.customer_with_card("Bob")
    await site.add("/vehicles", customer=ada["id"], plate="GD 1234A", brand="Skoda")
    await site.add("/bookings", customer=ada["id"], zone=site.house.ids["zone"], from_at=1_795_000_000_000, to_at=1_795_000_600_000)
    for shown, at in ((code, "North in"), (other, "North in"), (code, "North out")):
        await site.show(shown, at=at)
    await site.show("GD1234A", CredentialKind.PLATE)
    async with site.api() as http:

        async def rows(area: str, **filters: Any) -> list[dict[str, str]]:
            return table(await fetched(http, area=area, format="csv", filters=filters))

        assert [r["Last four"] for r in await rows("cards", customer=ada["id"])] == [code[-4:]]
        assert code not in str(await rows("cards")), "a code never leaves the house by this way"
        assert [(r["Plate"], r["Customer"]) for r in await rows("vehicles", q="skoda")] == [("GD 1234A", "Ada")]
        booked = await rows("bookings", customer=ada["id"], starts_from="2026-11-01", starts_to="2026-12-01")
        assert [(r["Customer"], r["Zone"], r["From"]) for r in booked] == [("Ada", "Garage", "2026-11-18 12:06:40")]
        assert await rows("bookings", starts_from="2026-12-01") == []
        for filters in ({}, {"customer": ada["id"]}, {"open": True, "zone": site.house.ids["zone"]}, {"open": False}):
            words = {name: str(value).lower() if value in (True, False) else value for name, value in filters.items()}
            listed = (await http.get("/entries", params=words)).json()["items"]
            visits = await rows("entries", **filters)
            assert [int(r["Number"]) for r in visits] == [visit["in_seq"] for visit in listed]
            assert [bool(r["Out"]) for r in visits] == [bool(visit.get("out_at")) for visit in listed]
            assert {r["Zone"] for r in visits} <= {"Garage"}
        events = await rows("events", customer=ada["id"], kind="decision", since="-1d")
        assert [r["Code"] for r in events] == ["granted"] * 3 and [int(r["Number"]) for r in events] == sorted(
            (int(r["Number"]) for r in events), reverse=True
        )
        assert await rows("payments") == []
        assert [r["Name"] for r in await rows("companies")] == []
        for area in ExportArea:  # every column of every area is there in every format
            for format in ("xlsx", "ods", "pdf", "html"):
                assert (await made(http, area=area.value, format=format))["state"] == "done", (area, format)
        cards = await fetched(http, area="customers", format="vcf")
        assert b"FN:Ada\r\n" in cards and cards.count(b"END:VCARD") == 2


@pytest.mark.feature("S000-34")
async def test_a_pdf_of_too_many_rows_names_xlsx(site: DeskFacility) -> None:
    db = sqlite3.connect(site.house.folder / "state/roster.db")
    row = db.execute("SELECT * FROM company LIMIT 1").fetchone()
    assert row is None
    db.executemany(
        "INSERT INTO company VALUES (?, 1, ?, ?, '', NULL, NULL, '')",
        ((f"c{i:05}", f"Company {i}", "suspended" if i % 1000 == 999 else "active") for i in range(5001)),
    )
    db.commit()
    db.close()
    async with site.api() as http:
        answer = await http.post("/exports", json={"area": "companies", "format": "pdf"})
        assert answer.status_code == 400 and answer.json()["field"] == "format" and "xlsx" in answer.json()["detail"]
        rows = table(await fetched(http, area="companies", format="csv"))
        assert [r["Id"] for r in rows] == [f"c{i:05}" for i in range(5001)], "each once, over all reads"
        some = table(await fetched(http, area="companies", format="csv", filters={"status": "suspended"}))
        assert [r["Id"] for r in some] == ["c00999", "c01999", "c02999", "c03999", "c04999"]


async def test_what_makes_no_sense_is_refused_before_anything_is_made(site: DeskFacility) -> None:
    async with site.api() as http:
        for body, field in (
            ({"area": "customers", "format": "csv", "filters": {"colour": "red"}}, "filters.colour"),
            ({"area": "customers", "format": "csv", "filters": {"inside": "perhaps"}}, "filters.inside"),
            ({"area": "events", "format": "csv", "filters": {"since": "soon"}}, "filters.since"),
            ({"area": "payments", "format": "csv", "filters": {"entry": "first"}}, "filters.entry"),
            ({"area": "cards", "format": "vcf"}, "format"),
            ({"area": "cards", "format": "doc"}, "format"),
            ({"area": "secrets", "format": "csv"}, "area"),
            ({"area": "cards", "format": "csv", "password": "short"}, "password"),
        ):
            answer = await http.post("/exports", json=body)
            assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
        for body, field in (
            ({"from": "2026-01-01", "to": "2026-02-01"}, "customer"),
            ({"from": "2026-02-01", "to": "2026-01-01", "customer": "x"}, "to"),
        ):
            answer = await http.post("/statements", json=body)
            assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
        assert (await http.post("/statements", json={"from": "2026-01-01", "to": "2026-02-01", "customer": "x"})).status_code == 404
        assert (await http.get("/exports")).json() == []


LISTS = {ExportArea.REVIEWS: "/api/v1/access-reviews/{review}/items"}


async def test_whatever_a_list_is_filtered_by_its_export_is_too(site: DeskFacility) -> None:
    async with site.client() as http:
        paths = (await http.get("/api/v1/openapi.json")).json()["paths"]
    for area in ExportArea:
        of_list = {p["name"] for p in paths[LISTS.get(area, f"/api/v1/{area.value}")]["get"]["parameters"]} - {
            "after",
            "limit",
            "sort",
            "saved",
        }
        assert of_list <= known(area), area
    saved = {"q": "ada", "created_from": "-7d", "created_to": "2099-01-01", "inside": False, "tag": "vip", "company": "none"}
    await site.add("/customers", name="Ada", email="ada@example.org", tags=["vip"])
    await site.add("/customers", name="Adam", email="adam@example.org")
    async with site.api() as http:
        data = await fetched(http, area="customers", format="csv", filters=saved)
    assert [r["Name"] for r in table(data)] == ["Ada"]
    assert "created to: 2099-01-01 00:00; inside: false; tag: vip; company: none" in data.decode()


@pytest.mark.feature("S003-45", "X-8")
async def test_every_export_is_in_the_audit_before_it_may_be_fetched(site: DeskFacility) -> None:
    await site.customer_with_card("Ada")
    async with site.api("Operator") as http:
        data = await fetched(http, area="customers", format="xlsx", filters={"q": "ada"}, password="correct horse")
    with pyzipper.AESZipFile(io.BytesIO(data)) as sealed:
        (name,) = sealed.namelist()
        assert openpyxl.load_workbook(io.BytesIO(sealed.read(name, pwd=b"correct horse"))).worksheets[1]["B2"].value == "Ada"
        with pytest.raises(RuntimeError):
            sealed.read(name)
    assert audit(site) == [
        (
            "operator",
            "exports.note",
            {"areas": ["customers"], "format": "xlsx", "filters": [["q", "ada"]], "rows": 1, "protected": True},
        )
    ]
    for path in (site.house.folder / "state/desk/exports").rglob("*"):
        assert path.is_dir() or path.stat().st_mode & 0o777 == 0o600
        assert path.suffix in ("", ".zip"), "no plain file is left beside the sealed one"
    assert b"correct horse" not in (site.house.folder / "state/desk/desk.db").read_bytes()


@pytest.mark.feature("X-8", "S003-45")
async def test_each_area_has_a_right_of_its_own(site: DeskFacility) -> None:
    role = await site.add("/roles", name="Exporter", rights=[Permission.CARDS_EXPORT.value, Permission.PAYMENTS_EXPORT.value])
    await site.add("/users", login="exporter", role=role["id"], password=PASSWORD)
    ada, _ = await site.customer_with_card("Ada")
    async with site.api("Exporter") as http:
        for area in ExportArea:
            answer = await http.post("/exports", json={"area": area.value, "format": "csv"})
            assert (answer.status_code == 202) == (area in (ExportArea.CARDS, ExportArea.PAYMENTS)), (area, answer.text)
        period = {"from": "2026-01-01", "to": "2026-12-31", "customer": ada["id"]}
        assert (await http.post("/statements", json=period)).status_code == 403, "a statement is of four areas"
        mine = await made(http, area="cards", format="csv")
    async with site.api("Operator") as other:
        assert (await other.get(f"/exports/{mine['id']}")).status_code == 404
        assert (await other.delete(f"/exports/{mine['id']}")).status_code == 404
        assert (await other.get("/exports")).json() == []
    async with site.api() as admin:
        assert mine["id"] in [job["id"] for job in (await admin.get("/exports")).json()], "audit.view sees all"
        assert (await admin.get(f"/exports/{mine['id']}/file")).status_code == 403, "and fetches none of them"
        await admin.patch(f"/roles/{role['id']}", json={"rights": [Permission.PAYMENTS_EXPORT.value]})
    async with site.api("Exporter") as http:
        assert (await http.get(f"/exports/{mine['id']}/file")).status_code == 403, "a right taken away is taken away from files too"


async def test_without_its_line_there_is_no_file(site: DeskFacility, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "NOTE_PAUSE_S", 0.01)
    async with site.api() as http:
        await site.house.edge.socket.stop()
        job = await made(http, area="customers", format="csv")
        assert job["state"] == "failed" and "written down" in job["problem"]
        assert (await http.get(f"/exports/{job['id']}/file")).status_code == 404
    assert list((site.house.folder / "state/desk/exports").iterdir()) == []


async def slow(site: DeskFacility, rows: int = 120_000) -> None:
    """Enough customers that their export takes seconds."""
    db = sqlite3.connect(site.house.folder / "state/roster.db")
    columns = [r[1] for r in db.execute("PRAGMA table_info(customer)")]
    one = dict(zip(columns, db.execute("SELECT * FROM customer LIMIT 1").fetchone(), strict=True))
    marks = ", ".join("?" * len(columns))
    db.executemany(
        f"INSERT INTO customer VALUES ({marks})",
        (tuple({**one, "id": f"z{i:07}", "number": 1000 + i, "email": "", "name": f"N{i}"}.values()) for i in range(rows)),
    )
    db.commit()
    db.close()


@pytest.mark.feature("S003-44")
async def test_a_long_export_shows_its_progress_can_be_cancelled_and_ends_with_the_desk(tmp_path: Path) -> None:
    async with house_with_users(tmp_path / "site") as house:
        async with desk_over(house) as site, site.api() as http:
            child = await _cancel_and_leave(site, http)
        assert child.returncode is not None, "a child does not outlive its desk"
        async with desk_over(house) as again, again.api() as http:
            jobs = {job["state"]: job for job in (await http.get("/exports")).json()}
            assert set(jobs) == {"interrupted", "cancelled", "done"} and "restarted" in jobs["interrupted"]["problem"]
            kept = (await http.get(f"/exports/{jobs['done']['id']}/file")).content
            assert len(table(kept)) == 120_001, "what was done is still there"
            assert len(list((house.folder / "state/desk/exports").iterdir())) == 1


async def _cancel_and_leave(site: DeskFacility, http: httpx.AsyncClient) -> asyncio.subprocess.Process:
    """One cancelled, one done, one under way."""
    await site.customer_with_card("Ada")
    await slow(site)
    first = (await http.post("/exports", json={"area": "customers", "format": "ods"})).json()
    second = (await http.post("/exports", json={"area": "customers", "format": "csv"})).json()

    async def under_way() -> Any:
        job = (await http.get(f"/exports/{first['id']}")).json()
        return job if 0 < job["progress"] < 1 else None

    job = await until(under_way, "progress", 30)
    assert job["state"] == "running" and job["rows"] > 0
    assert (await http.get(f"/exports/{second['id']}")).json()["state"] == "waiting", "one at a time"
    _, child = site.desk.parts.exports._running or (None, None)
    assert child is not None and os.getpriority(os.PRIO_PROCESS, child.pid) >= 10
    assert (await http.delete(f"/exports/{first['id']}")).status_code == 204
    job = await ended(http, first["id"])
    assert job["state"] == "cancelled" and child.returncode is not None
    job = await ended(http, second["id"])
    assert (job["state"], job["rows"]) == ("done", 120_001)
    assert [line["rows"] for _, _, line in audit(site)] == [120_001], "what was cancelled left the house by no way"
    await http.post("/exports", json={"area": "customers", "format": "ods"})
    _, child = await until(lambda: site.desk.parts.exports._running, "the third to begin", 30)
    return child  # type: ignore[no-any-return]


async def test_files_go_after_a_day_and_the_oldest_when_there_are_too_many(
    site: DeskFacility, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_FILES", 2)
    exports = site.desk.parts.exports
    async with site.api() as http:
        jobs = [await made(http, area="cards", format="csv") for _ in range(3)]
        states = [(await http.get(f"/exports/{job['id']}")).json() for job in jobs]
        assert [s["state"] for s in states] == ["expired", "done", "done"] and "made room" in states[0]["problem"]
        assert (await http.get(f"/exports/{jobs[0]['id']}/file")).status_code == 404
        at, wall = exports.now() + queue.KEPT_MS + 1000, exports.now
        exports.now = lambda: at
        assert (await http.get(f"/exports/{jobs[2]['id']}/file")).status_code == 404
        assert {s["state"] for s in (await http.get("/exports")).json()} == {"expired"}
        exports.now = wall
        assert (await http.delete(f"/exports/{jobs[2]['id']}")).status_code == 204
        assert jobs[2]["id"] not in [s["id"] for s in (await http.get("/exports")).json()]
    assert list((site.house.folder / "state/desk/exports").iterdir()) == []


async def test_desk_db_may_be_deleted_or_spoilt(tmp_path: Path) -> None:
    async with house_with_users(tmp_path / "site") as house:
        async with desk_over(house) as site, site.api() as http:
            await made(http, area="cards", format="csv")
        (house.folder / "state/desk/desk.db").write_bytes(b"nonsense" * 1000)
        async with desk_over(house) as again, again.api() as http:
            assert (await http.get("/exports")).json() == []
            assert (await made(http, area="cards", format="csv"))["state"] == "done"


@pytest.mark.feature("S001-17", "S003-21")
async def test_a_statement_adds_up_what_a_company_came_to(site: DeskFacility) -> None:
    tariff = await site.add("/tariffs", name="Hourly", currency="EUR", steps=[{"unit": 60, "price": 250}])
    async with site.api() as http:
        await http.patch(f"/zones/{site.house.ids['zone']}", json={"tariff": tariff["id"]})
        company = await site.add("/companies", name="Żegluga Sp. z o.o.")
        ada, code = await site.customer_with_card("Ada")
        await http.patch(f"/customers/{ada['id']}", json={"company": company["id"]})
        await site.customer_with_card("Bob")
        await site.add(
            "/bookings",
            customer=ada["id"],
            zone=site.house.ids["zone"],
            from_at=site.desk.parts.now(),
            to_at=site.desk.parts.now() + 1000,
        )
        await site.show(code)
        visit = (await http.get(f"/entries?customer={ada['id']}")).json()["items"][0]
        taken = await http.post(f"/entries/{visit['in_seq']}/payments", json={"method": "cash", "amount": 250})
        assert taken.status_code == 201, taken.text
        await site.show(code, at="North out")
        today = site.desk.parts.now()
        for whose in ({"customer": ada["id"]}, {"company": company["id"]}):
            pdf = await fetched(http, "/statements", **{"from": str(today - 86_400_000), "to": str(today + 86_400_000)}, **whose)
            text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
            assert ("Ada" if "customer" in whose else "Żegluga Sp. z o.o.") in text.splitlines()[0]
            assert "Bookings 1" in text and "Entries 1" in text
            assert (
                "Paid, less what was given back 2.50 EUR" in text and "Charged 2.50 EUR" in text and "Still open 0.00 EUR" in text
            )
        none = await fetched(http, "/statements", **{"from": "2020-01-01", "to": "2020-01-31"}, customer=ada["id"])
        text = pypdfium2.PdfDocument(none)[0].get_textpage().get_text_bounded()
        assert "2020-01-01 to 2020-01-31" in text and "Entries 0" in text
    line = audit(site)[0][2]
    assert (
        line["statement"] == ada["id"] and line["areas"] == ["entries", "bookings", "payments", "customers"] and line["rows"] == 3
    )


async def test_who_signs_out_while_it_is_made_gets_no_file(site: DeskFacility) -> None:
    """The line is written under the session that asked; without the session nobody answers for it."""
    async with site.client() as http:
        token = (await http.post("/api/v1/sessions", json={"login": "operator", "password": PASSWORD})).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{site.url}/api/v1", headers=headers, trust_env=False) as http:
        asked, _ = await asyncio.gather(http.post("/exports", json={"area": "customers", "format": "xlsx"}), asyncio.sleep(0))
        await http.delete("/sessions/current")
    async with site.api() as admin:
        job = await ended(admin, asked.json()["id"])
        assert job["state"] == "failed" and "session" in job["problem"]
