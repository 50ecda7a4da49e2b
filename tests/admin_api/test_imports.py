"""Imports over REST: a file comes in, is understood, checked, applied, and taken back; and what is no file is refused by name."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import xlsxwriter
from hw_sim.broker import free_port

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import PASSWORD, DeskFacility, desk_over, make_users
from tests.support.facility import Facility, until

PEOPLE = "First name;Surname;E-mail;Mobile;Company;Groups;Tags\n"


async def brought(http: httpx.AsyncClient, data: str | bytes, kind: str = "customers", **query: Any) -> dict[str, Any]:
    """A file brought in and checked."""
    body = data.encode() if isinstance(data, str) else data
    answer = await http.post("/imports", params={"kind": kind, "file": "people.csv", **query}, content=body)
    assert answer.status_code == 201, answer.text
    return await settled(http, answer.json()["id"])


async def settled(http: httpx.AsyncClient, id: str) -> dict[str, Any]:
    """The import when nothing is under way with it any more."""

    async def over() -> Any:
        job = (await http.get(f"/imports/{id}", params={"wait": 20})).json()
        return None if job["state"] in ("checking", "applying", "undoing") else job

    job: dict[str, Any] = await until(over, f"the import {id}", 60)
    return job


async def mapped(http: httpx.AsyncClient, id: str, **more: Any) -> dict[str, Any]:
    answer = await http.put(f"/imports/{id}/mapping", json=more)
    assert answer.status_code == 200, answer.text
    return await settled(http, id)


async def applied(http: httpx.AsyncClient, id: str, **more: Any) -> dict[str, Any]:
    answer = await http.post(f"/imports/{id}/apply", json=more)
    assert answer.status_code == 202, answer.text
    return await settled(http, id)


async def undone(http: httpx.AsyncClient, id: str) -> dict[str, Any]:
    answer = await http.post(f"/imports/{id}/undo", json={"reason": "the wrong file"})
    assert answer.status_code == 202, answer.text
    return await settled(http, id)


async def rows(http: httpx.AsyncClient, id: str, only: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await http.get(f"/imports/{id}/rows", params={"only": only})).json()["items"]
    return items


async def names(http: httpx.AsyncClient, **filters: Any) -> list[str]:
    return sorted(c["name"] for c in (await http.get("/customers", params={"limit": 200, **filters})).json()["items"])


def many(number: int) -> str:
    return PEOPLE + "".join(f"Ada{n};Lovelace;ada{n}@example.org;+44 7{n:09};;;\n" for n in range(number))


@pytest.mark.feature("X-28")
async def test_a_file_is_understood_shown_applied_and_taken_back(site: DeskFacility) -> None:
    await site.add("/customers", name="Old Hand", email="old@example.org", phone="1")
    data = PEOPLE + (
        "Zoë;Żak;zoe@example.org;+48 600 100 200;Harbour;Crew, Night;vip\n"
        "Bob;;not an address;;;;\n"
        "Old;Hand;OLD@example.org;+48 600 100 300;;;\n"
        "Cy;Twice;zoe@example.org;;;;\n"
    )
    async with site.api() as http:
        job = await brought(http, data)
        assert (job["format"], job["encoding"], job["encoding_guessed"], job["delimiter"]) == ("csv", "UTF-8", False, ";")
        assert job["mapping"] == {
            "First name": "first_name", "Surname": "last_name", "E-mail": "email", "Mobile": "mobile", "Company": "company",
            "Groups": "groups", "Tags": "tags",
        }  # fmt: skip
        assert all(column["score"] >= 0.9 for column in job["columns"])
        assert job["first"][0][:2] == ["Zoë", "Żak"] and job["counts"]["rows"] == 4
        wrong = {row["row"]: row["problems"] for row in await rows(http, job["id"], "wrong")}
        assert {p["field"] for p in wrong[2]} == {"company"} and {p["field"] for p in wrong[3]} == {"email"}
        job = await mapped(http, job["id"], make_missing=True)
        assert job["counts"] == {"rows": 4, "new": 1, "duplicate": 1, "wrong": 2}
        (twin,) = await rows(http, job["id"], "duplicate")
        assert (twin["row"], twin["twin"]["name"], twin["twin"]["by"]) == (4, "Old Hand", "email")
        again = [row["problems"] for row in await rows(http, job["id"], "wrong") if row["row"] == 5]
        assert again == [[{"field": "email", "message": "row 2 has this already"}]]
        assert (await http.post(f"/imports/{job['id']}/apply", json={})).json()["field"] == "skip_wrong"
        job = await applied(http, job["id"], skip_wrong=True, duplicates="update")
        assert job["state"] == "applied" and (job["result"]["made"], job["result"]["changed"]) == (1, 1)
        assert await names(http) == ["Old Hand", "Zoë Żak"] and await names(http, tag="vip") == ["Zoë Żak"]
        (old,) = (await http.get("/customers", params={"q": "old@example.org"})).json()["items"]
        assert (old["mobile"], old["phone"]) == ("+48 600 100 300", "1")
        assert [g["name"] for g in (await http.get("/groups")).json()["items"]] == ["Crew", "Night"]
        history = (await http.get("/audit", params={"command": "imports.step", "entity": "customer"})).json()["items"]
        assert {line["op"] for line in history} == {"add", "edit"} and {line["actor"] for line in history} == {"administrator"}
        job = await undone(http, job["id"])
        assert job["state"] == "undone" and job["kept"] == [] and await names(http) == ["Old Hand"]
        (old,) = (await http.get("/customers", params={"q": "old@example.org"})).json()["items"]
        assert old.get("mobile", "") == ""
        assert (await http.get("/groups")).json()["items"] == [] and (await http.get("/companies")).json()["items"] == []
        assert (await applied(http, job["id"], skip_wrong=True))["state"] == "applied", "and it may be applied again"
        assert await names(http) == ["Old Hand", "Zoë Żak"]


@pytest.mark.feature("X-28")
async def test_cards_and_vehicles_find_their_customers_and_open_the_gate(site: DeskFacility) -> None:
    ada, _ = await site.customer_with_card("Ada")
    cards = f"Customer number,Card name,Code,Access profiles,Valid to\n{ada['number']},Spare,SPARE-0001,All hours,2099-12-31\n99999,Lost,X-1,,\n"
    vehicles = "Owner e-mail,Number plate,Make,Type\nada@example.org,GD 1234A,Skoda,samochód\nada@example.org,?,Fiat,car\n"
    async with site.api() as http:
        job = await brought(http, cards, "cards")
        assert job["counts"] == {"rows": 2, "new": 1, "duplicate": 0, "wrong": 1}
        assert (await rows(http, job["id"], "wrong"))[0]["problems"][0]["field"] == "customer_number"
        job = await applied(http, job["id"], skip_wrong=True)
        assert await site.show("SPARE-0001") is Reason.GRANTED
        parked = await brought(http, vehicles, "vehicles")
        assert (await rows(http, parked["id"], "wrong"))[0]["problems"][0]["field"] == "plate"
        assert (await applied(http, parked["id"], skip_wrong=True))["result"]["made"] == 1
        (vehicle,) = (await http.get("/vehicles")).json()["items"]
        assert (vehicle["plate"], vehicle["customer"]) == ("GD 1234A", ada["id"])
        again = await brought(http, vehicles, "vehicles")
        assert (await rows(http, again["id"], "duplicate"))[0]["twin"] == {"id": vehicle["id"], "name": "GD 1234A", "by": "plate"}
        await undone(http, job["id"])
        assert await site.show("SPARE-0001") is Reason.UNKNOWN_CREDENTIAL
        twice = await brought(http, "Customer number,Code\n" + f"{ada['number']},NEW-1\n" * 2, "cards")
        assert (await rows(http, twice["id"], "wrong"))[0]["problems"] == [{"field": "code", "message": "row 2 has this already"}]


@pytest.mark.feature("X-28")
async def test_each_duplicate_may_be_passed_over_taken_over_or_made_new_where_the_site_allows_it(site: DeskFacility) -> None:
    for name in ("Ada", "Bob", "Cy"):
        await site.add("/customers", name=name, email=f"{name.lower()}@example.org")
    data = "Name,E-mail,Notes\n" + "".join(f"{name},{name.lower()}@example.org,new\n" for name in ("Ada", "Bob", "Cy"))
    async with site.api() as http:
        job = await brought(http, data)
        assert job["counts"]["duplicate"] == 3
        for row, choice in ((2, "update"), (4, "new")):
            chosen = await http.put(f"/imports/{job['id']}/rows/{row}", json={"choice": choice})
            assert chosen.status_code == 200 and chosen.json()["choice"] == choice
        assert (await http.put(f"/imports/{job['id']}/rows/99", json={"choice": "skip"})).status_code == 404
        done = await applied(http, job["id"], duplicates="skip")
        assert done["state"] == "undone" and "row 4, email: another customer has this e-mail address" in done["problem"]
        assert {c.get("description", "") for c in (await http.get("/customers")).json()["items"]} == {""}, "undone as a whole"
        assert (await http.patch("/site", json={"shared_email": True})).status_code == 200
        assert done["counts"]["wrong"] == 1, "a row that the edge refused is among the wrong ones until it is checked again"
        done = await applied(http, job["id"], duplicates="skip", skip_wrong=True)
        assert (done["result"]["changed"], done["result"]["skipped"]) == (1, 1)
        job = await brought(http, data.replace("Cy,", "Cy Junior,"))
        assert job["counts"] == {"rows": 3, "new": 1, "duplicate": 2, "wrong": 0}, "who shares an address is told apart by name"
        assert (await applied(http, job["id"], duplicates="skip"))["result"]["skipped"] == 2
        assert await names(http) == ["Ada", "Bob", "Cy", "Cy Junior"]
        notes = {c["name"]: c.get("description", "") for c in (await http.get("/customers")).json()["items"]}
        assert notes["Ada"] == "new" and notes["Bob"] == ""


@pytest.mark.feature("X-28")
async def test_wrong_rows_come_back_mended(site: DeskFacility) -> None:
    data = 'Name;E-mail;Mobile\nAda;not one;+48 600 100 200\n"=1+1";b@example.org;\nCy;c@example.org;;surplus\n;d@example.org;\n'
    async with site.api() as http:
        job = await brought(http, data)
        assert job["counts"] == {"rows": 4, "new": 1, "duplicate": 0, "wrong": 3}
        answer = await http.get(f"/imports/{job['id']}/wrong")
        assert answer.headers["content-disposition"] == 'attachment; filename="customers-wrong.csv"'
        wrong = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert wrong[0] == ["Name", "E-mail", "Mobile", "row", "why"]
        assert [row[3] for row in wrong[1:]] == ["2", "4", "5"]
        assert wrong[1][4].startswith("email: ") and "more cells" in wrong[2][4] and wrong[3][4] == "name: this cannot be empty"
        mended = answer.content.replace(b"not one", b"ada@example.org").replace(b",d@example.org", b"Dee,d@example.org")
        back = await brought(http, mended)
        assert back["counts"] == {"rows": 3, "new": 3, "duplicate": 0, "wrong": 0}
        await applied(http, job["id"], skip_wrong=True)
        await applied(http, back["id"])
        assert await names(http) == ["=1+1", "Ada", "Cy", "Dee"]
        (ada,) = (await http.get("/customers", params={"q": "ada@example.org"})).json()["items"]
        assert ada["mobile"] == "+48 600 100 200", "the apostrophe that keeps it from being a formula is gone again"


async def test_a_file_is_read_again_by_the_mapping_and_encoding_that_somebody_says(site: DeskFacility) -> None:
    async with site.api() as http:
        job = await brought(http, "who,where\nZażółć,z@example.org\n".encode("cp1250"))
        assert job["encoding_guessed"] and job["mapping"] == {"who": None, "where": "email"} and job["counts"]["wrong"] == 1
        for columns in ({"whom": "name"}, {"who": "shoe_size"}, {"who": "email"}, {"where": None}):
            refused = await http.put(f"/imports/{job['id']}/mapping", json={"columns": columns})
            assert refused.status_code == 400 and refused.json()["field"] == "columns", columns
        job = await mapped(http, job["id"], columns={"who": "name"}, encoding="Windows-1250")
        assert job["counts"]["new"] == 1 and not job["encoding_guessed"]
        assert (await http.put(f"/imports/{job['id']}/mapping", json={"encoding": "UTF-8"})).json()["field"] == "encoding"
        await applied(http, job["id"])
        assert await names(http) == ["Zażółć"]


async def test_a_workbook_comes_in_by_the_same_door(site: DeskFacility) -> None:
    to = io.BytesIO()
    book = xlsxwriter.Workbook(to, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Members")
    for number, row in enumerate(
        (["Imię", "Nazwisko", "E-mail", "Telefon komórkowy"], ["Ewa", "=Kowal", "e@example.org", 48600100200])
    ):
        sheet.write_row(number, 0, row)
    book.close()
    async with site.api() as http:
        job = await brought(http, to.getvalue(), file="members.xlsx")
        assert (job["format"], job["sheet"], job["counts"]["new"]) == ("xlsx", "Members", 1)
        await applied(http, job["id"])
        (ewa,) = (await http.get("/customers")).json()["items"]
        assert (ewa["name"], ewa["mobile"]) == ("Ewa =Kowal", "48600100200")


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        (b"", 400, "empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, 400, "xls"),
        (b"PK\x03\x04" + b"\0" * 100, 400, "damaged"),
        (b"\x89PNG" + bytes(range(256)) * 9, 400, "neither"),
        (b"name\n" + b"x" * (33 << 20), 413, "32 MB"),
    ],
    ids=["empty", "xls", "zip", "picture", "too-large"],
)
async def test_what_is_no_file_of_people_is_refused_and_leaves_nothing(
    site: DeskFacility, data: bytes, status: int, says: str
) -> None:
    async with site.api() as http:
        answer = await http.post("/imports", params={"kind": "customers"}, content=data)
        assert answer.status_code == status and says in answer.json()["detail"], answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await http.get("/imports")).json() == []
    assert list((site.house.folder / "state/desk/imports").iterdir()) == []


async def test_a_body_that_does_not_say_how_long_it_is_ends_at_the_same_bound(site: DeskFacility) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * (1 << 20)

    async with site.api() as http:
        answer = await http.post("/imports", params={"kind": "customers"}, content=body())
        assert answer.status_code == 413 and "32 MB" in answer.json()["detail"]
    assert list((site.house.folder / "state/desk/imports").iterdir()) == []


async def test_ten_megabytes_of_nonsense_are_wrong_rows_and_the_desk_goes_on(site: DeskFacility) -> None:
    cell = "x" * 5000
    data = "name,email\n" + f"{cell},a@example.org\n" + "Ada\ufffd,b@example.org\n" + f"{'y' * 900_000},c@example.org\n" * 11
    async with site.api() as http:
        asked = asyncio.create_task(brought(http, data))
        for _ in range(20):
            async with asyncio.timeout(2):
                assert (await http.get("/customers")).status_code == 200
        job = await asked
        assert job["size"] > 9_000_000 and job["counts"]["wrong"] == 13
        problems = [row["problems"][0]["message"] for row in await rows(http, job["id"], "wrong")]
        assert problems[0].startswith("more than 4000") and "encoding" in problems[1]
        assert (await http.post(f"/imports/{job['id']}/apply", json={"skip_wrong": True})).status_code == 409


@pytest.mark.feature("X-28")
async def test_cancelled_in_the_middle_it_is_undone_as_a_whole(site: DeskFacility) -> None:
    async with site.api() as http:
        job = await brought(http, many(2000))
        assert (await http.post(f"/imports/{job['id']}/apply", json={})).status_code == 202
        await until(lambda: site.desk.parts.imports.get(job["id"]).result.made > 200, "some rows to be there")
        assert (await http.post(f"/imports/{job['id']}/apply", json={})).status_code == 409
        assert (await http.put(f"/imports/{job['id']}/mapping", json={})).status_code == 409
        point = site.house.ids["North in"]
        locked = await http.put("/modes", json={"mode": "locked_down", "access_point": point, "reason": "fire drill"})
        assert locked.status_code < 300 and site.desk.parts.imports.get(job["id"]).state.value == "applying", (
            "it waits for no import"
        )
        assert (await http.delete(f"/imports/{job['id']}")).status_code == 204
        over = await settled(http, job["id"])
        assert (over["state"], over["problem"]) == ("undone", "cancelled") and 0 < over["result"]["made"] < 2000
        assert await names(http) == []
        assert (await http.delete(f"/imports/{job['id']}")).status_code == 204
        assert (await http.get(f"/imports/{job['id']}")).status_code == 404


async def test_who_loses_the_right_meanwhile_imports_nothing(site: DeskFacility) -> None:
    async with site.api("Operator") as http, site.api() as boss:
        job = await brought(http, many(2000))
        await http.post(f"/imports/{job['id']}/apply", json={})
        await until(lambda: site.desk.parts.imports.get(job["id"]).result.made > 200, "some rows to be there")
        (operator,) = [u for u in (await boss.get("/users")).json()["items"] if u["login"] == "operator"]
        assert (await boss.delete(f"/users/{operator['id']}")).status_code == 204

        async def gone() -> bool:
            return site.desk.parts.imports.get(job["id"]).state.value == "undone"

        await until(gone, "it to be undone", 30)
        assert await names(boss) == []


async def test_what_is_anothers_is_seen_by_who_sees_the_audit_and_changed_by_nobody_else(site: DeskFacility) -> None:
    async with site.api("Operator") as http, site.api() as boss:
        job = await brought(http, "name,email\nAda,a@example.org\n")
        assert [j["id"] for j in (await boss.get("/imports")).json()] == [job["id"]]
        assert (await boss.post(f"/imports/{job['id']}/apply", json={})).status_code == 403
        mine = await brought(boss, "name,email\nBob,b@example.org\n")
        assert (await http.get(f"/imports/{mine['id']}")).status_code == 404
        assert (await applied(http, job["id"]))["state"] == "applied"


async def test_who_is_restricted_to_companies_imports_nothing(site: DeskFacility) -> None:
    company = await site.add("/companies", name="Acme")
    roles = {role["name"]: role["id"] for role in (await site.get("/roles"))["items"]}
    await site.add("/users", login="tenant", role=roles["Operator"], companies=[company["id"]], password=PASSWORD)
    async with site.api("Tenant") as http:
        assert (await http.post("/imports", params={"kind": "customers"}, content=b"name\nAda\n")).status_code == 403


async def test_an_edge_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    house = Facility(tmp_path / "site")
    async with contextlib.AsyncExitStack() as stack:
        async with house.running():
            await make_users(house)
            site = await stack.enter_async_context(desk_over(house))
            http = await stack.enter_async_context(site.api())
            job = await brought(http, many(3000))
            await http.post(f"/imports/{job['id']}/apply", json={})
            await until(lambda: site.desk.parts.imports.get(job["id"]).result.made > 300, "some rows to be there")
        waiting = site.desk.parts.imports
        await until(lambda: waiting.get(job["id"]).problem.startswith("waiting: "), "it to say what it waits for")
        assert waiting.get(job["id"]).state.value == "applying"
        async with house.running():
            over = await settled(http, job["id"])
            assert over["state"] == "applied" and over["result"]["made"] == 3000, over
            customers = await site.get("/customers?limit=1&sort=-number")
            assert customers["items"][0]["number"] == 3000, "none twice, no number lost"
    await house.close()


@pytest.mark.feature("X-28")
@pytest.mark.parametrize("files", ["kept", "lost"])
async def test_a_desk_that_was_killed_takes_back_what_it_had_half_applied(tmp_path: Path, files: str) -> None:
    house = Facility(tmp_path / "site")
    async with house.running():
        await make_users(house)
        settings = tmp_path / "gatelatch.toml"
        settings.write_text(house.settings() + f'\n[desk]\nlisten = "127.0.0.1:{free_port()}"\nfolder = "{tmp_path / "desk"}"\n')
        url = f"http://{desk_address(settings)}/api/v1"
        desk = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "admin_api", "--settings", str(settings), stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
                await until(lambda: _signed_in(http), "the desk to be up", 30)
                job = await brought(http, many(3000))
                await http.post(f"/imports/{job['id']}/apply", json={})

                async def under_way() -> bool:
                    return bool((await http.get(f"/imports/{job['id']}")).json()["result"]["made"] > 300)

                await until(under_way, "some rows to be there", 30)
        finally:
            desk.kill()
            await desk.wait()
        if files == "lost":
            shutil.rmtree(tmp_path / "desk" / "imports")
        async with desk_over(house, more=f'folder = "{tmp_path / "desk"}"') as site, site.api() as again:

            async def over() -> bool:
                items = (await again.get("/audit", params={"command": "imports.undo", "entity": "import"})).json()["items"]
                return any(
                    change["after"] == "undone" for line in items for change in line["changes"] if change["field"] == "state"
                )

            await until(over, "it to be undone", 60)
            assert await names(again) == []
            if files == "kept":
                left = await settled(again, job["id"])
                assert left["state"] == "undone" and "restarted" in left["problem"]
                assert (await applied(again, job["id"]))["result"]["made"] == 3000
    await house.close()


async def _signed_in(http: httpx.AsyncClient) -> bool:
    try:
        answer = await http.post("/sessions", json={"login": "administrator", "password": PASSWORD})
    except httpx.TransportError:
        return False
    http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return True


def desk_address(settings: Path) -> str:
    return settings.read_text().split('listen = "')[1].split('"')[0]
