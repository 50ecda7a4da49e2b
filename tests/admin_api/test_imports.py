"""Imports over REST: a file comes in, is understood, checked, applied, and taken back; and what is no file is refused by name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.admin_api.desk_facility import DeskFacility
from tests.support.facility import until

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
