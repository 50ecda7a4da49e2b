"""Imports on the console, without a script: a file by form, its columns, its rows, what is written, and taking it back."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from admin_api.imports.queue import LARGEST
from edge.core.model import Permission
from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.admin_api.test_imports import names, settled
from tests.admin_api.test_sign_in import csrf_of
from tests.console.test_customers_pages import text_of
from tests.support.facility import until

PEOPLE = "First name;Surname;E-mail;Company\n"


async def proof(http: httpx.AsyncClient) -> str:
    return csrf_of((await http.get("/me")).text)


async def brought(http: httpx.AsyncClient, data: str | bytes, kind: str = "customers", name: str = "people.csv", **more: Any) -> httpx.Response:  # fmt: skip
    """The form of a new import as a browser sends it: its fields, then the file."""
    body = data.encode() if isinstance(data, str) else data
    fields = {"csrf": await proof(http), "kind": kind, "encoding": "", **more}
    return await http.post("/imports/new", data=fields, files={"file": (name, body, "text/csv")})


async def ready(site: DeskFacility, http: httpx.AsyncClient, data: str | bytes, **more: Any) -> str:
    """The address of an import that came in and was checked."""
    answer = await brought(http, data, **more)
    assert answer.status_code == 303, text_of(answer.text)
    at: str = answer.headers["location"]
    await over(site, at)
    return at


async def over(site: DeskFacility, at: str) -> dict[str, Any]:
    async with site.api() as api:
        return await settled(api, at.rpartition("/")[2])


async def sent(http: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    return await http.post(path, data={"csrf": await proof(http), **fields})


def tiles(page: str) -> list[str]:
    return re.findall(r'class="tile [^>]*><strong>([^<]*)</strong>', page)


@pytest.mark.feature("X-28")
async def test_a_file_is_brought_looked_at_applied_and_taken_back_by_forms_alone(site: DeskFacility) -> None:
    old = await site.add("/customers", name="Old Hand", email="old@example.org")
    data = (
        PEOPLE + "Zoe;Zeta;zoe@example.org;\nBob;Wrong;not an address;\nOld;Hand;OLD@example.org;\nCy;Nine;cy@example.org;Harbour\n"
    )
    async with site.browser() as http:
        page = (await http.get("/imports/new")).text
        assert 'enctype="multipart/form-data"' in page and page.count('type="radio"') == 3
        at = await ready(site, http, data)
        page = (await http.get(at)).text
        assert tiles(page) == ["4", "1", "1", "2"]
        assert "1 customer will be added, 0 changed, 3 left out." in page
        wrong = (await http.get(f"{at}?only=wrong")).text
        wrong = wrong[wrong.index('id="rows"') :]
        assert "An e-mail address looks like" in wrong and "there is none called Harbour" in wrong and "Zeta" not in wrong
        twin = (await http.get(f"{at}?only=duplicate")).text
        assert f'href="/customers/{old["id"]}">Old Hand</a>' in twin and "by E-mail" in twin
        columns = dict(re.findall(r'<select id="c\d+" name="(c\d+)">.*?<option value="(\w+)" selected', page))
        assert columns == {"c0": "first_name", "c1": "last_name", "c2": "email", "c3": "company"}
        checked = await sent(http, f"{at}/mapping", **columns, make_missing="yes")
        assert checked.headers["location"] == at
        await over(site, at)
        assert tiles((await http.get(at)).text) == ["4", "2", "1", "1"], "the company will be made"
        assert "2 customers will be added, 1 changed, 1 left out." in (await http.get(f"{at}?twins=update")).text
        assert (await sent(http, f"{at}/rows/4", choice="skip", back=f"{at}?only=duplicate")).headers[
            "location"
        ] == f"{at}?only=duplicate#row-4"
        assert "2 customers will be added, 0 changed, 2 left out." in (await http.get(f"{at}?twins=update")).text
        refused = await sent(http, f"{at}/apply", twins="update")
        assert refused.status_code == 409 and "1 rows are wrong" in text_of(refused.text)
        assert (await sent(http, f"{at}/apply", twins="update", skip_wrong="yes")).headers["location"] == at
        assert (await over(site, at))["state"] == "applied"
        async with site.api() as api:
            assert await names(api) == ["Cy Nine", "Old Hand", "Zoe Zeta"]
        page = (await http.get(at)).text
        assert "<dt>Added</dt><dd>2</dd>" in page and "Left out, and why" in page and "not an address" in page
        listed = (await http.get(f"/api/v1{at}/wrong")).text
        assert "not an address" in listed and "zoe@" not in listed
        assert (await sent(http, f"{at}/undo", reason="the wrong file")).status_code == 303
        assert (await over(site, at))["state"] == "undone"
        async with site.api() as api:
            assert await names(api) == ["Old Hand"]
            history = (await api.get("/audit", params={"command": "imports.undo"})).json()["items"]
        assert history and history[0]["reason"] == "the wrong file"
        page = (await http.get(at)).text
        assert "Taken back" in page and "The wrong file." in page and ">Apply<" in page, "and it may be applied again"
        assert (await sent(http, f"{at}/remove")).headers["location"] == "/imports?done=removed"
        assert (await http.get(at)).status_code == 404


@pytest.mark.feature("X-28")
async def test_what_was_guessed_wrong_is_put_right_and_read_again(site: DeskFacility) -> None:
    data = ("Nom,Courriel;privé\n" + "Zoé,zoe@example.org;x\n").encode("cp1252")
    async with site.browser() as http:
        at = await ready(site, http, data)
        page = (await http.get(at)).text
        assert ">Guessed</span>" in page and '<option value="," selected>' in page
        await sent(http, f"{at}/mapping", delimiter=";")
        job = await over(site, at)
        assert [c["title"] for c in job["columns"]] == ["Nom,Courriel", "privé"]
        checked = await sent(http, f"{at}/mapping", encoding="Windows-1252", delimiter=",", c0="name")
        assert checked.status_code == 303, text_of(checked.text)
        job = await over(site, at)
        assert (job["delimiter"], job["encoding_guessed"]) == (",", False)
        assert [c["title"] for c in job["columns"]] == ["Nom", "Courriel;privé"] and job["mapping"]["Nom"] == "last_name"
        twice = await sent(http, f"{at}/mapping", c0="email", c1="email")
        assert (
            twice.status_code == 400
            and "Two columns are email" in text_of(twice.text)
            and 'class="card step mapping" open' in twice.text
        )
        assert twice.text.count('<option value="email" selected>') == 2, "what was chosen is still there"


@pytest.mark.feature("X-28")
async def test_the_examples_are_understood_as_they_are(site: DeskFacility) -> None:
    async with site.browser() as http:
        page = (await http.get("/imports/new")).text
        for kind in ("customers", "cards", "vehicles"):
            for ending in ("csv", "xlsx"):
                path = f"/api/v1/imports/examples/{kind}.{ending}"
                assert f'href="{path}"' in page
                at = await ready(site, http, (await http.get(path)).content, kind=kind, name=f"{kind}.{ending}")
                job = await over(site, at)
                assert all(c["field"] and c["score"] > 0.9 for c in job["columns"]), (kind, ending, job["columns"])
                if kind == "customers":
                    assert job["counts"] == {"rows": 2, "new": 2, "duplicate": 0, "wrong": 0}
                    await sent(http, f"{at}/apply")
                    assert (await over(site, at))["state"] == "applied"
                    if ending == "csv":
                        await sent(http, f"{at}/undo", reason="once is enough")
                        await over(site, at)
                else:
                    assert job["counts"]["wrong"] == 0, (kind, ending)
        assert (await http.get("/api/v1/imports/examples/people.csv")).status_code == 404


async def test_a_file_that_is_none_is_said_beside_the_field_and_leaves_nothing(site: DeskFacility) -> None:
    async with site.browser() as http:
        for data, status, says in (
            (b"", 400, "The file is empty"), (b"%PDF-1.7 ...", 400, "This is a PDF"), (b"x" * (LARGEST + 1), 413, "A file is at most 32 MB"),
        ):  # fmt: skip
            answer = await brought(http, data)
            assert answer.status_code == status and says in text_of(answer.text), says
            assert 'class="field drop wrong"' in answer.text
        assert (await brought(http, "Name\nAda\n", kind="people")).status_code == 400
        for fields in ({"kind": "customers"}, {"csrf": "0" * 64, "kind": "customers"}):
            answer = await http.post("/imports/new", data=fields, files={"file": ("people.csv", b"Name\nAda\n")})
            assert answer.status_code == 403, "a form of another site's brings nothing in"
        assert (await http.post("/imports/new", data={"csrf": await proof(http), "kind": "customers"})).status_code == 403
    folder = site.desk.parts.imports.folder().home
    assert list(folder.iterdir()) == [] and await site.get("/imports") == []


@pytest.mark.feature("X-28", "S003-46")
async def test_somebody_elses_import_is_to_be_read_and_a_role_brings_what_it_could_type(site: DeskFacility) -> None:
    rights = [Permission.IMPORTS_MANAGE, Permission.VEHICLES_MANAGE, Permission.CUSTOMERS_VIEW]
    role = await site.add("/roles", name="Cars", rights=[right.value for right in rights])
    await site.add("/users", login="cars", role=role["id"], password=PASSWORD)
    async with site.browser("Cars") as http:
        page = (await http.get("/imports/new")).text
        assert re.findall(r'type="radio" name="kind" value="(\w+)"', page) == ["vehicles"]
        refused = await brought(http, "Name\nAda\n")
        assert refused.status_code == 403 and "does not include customers.add" in text_of(refused.text)
        at = await ready(site, http, "Plate\nGD 1234A\n", kind="vehicles")
    async with site.browser() as http:
        page = (await http.get(at)).text
        assert "only they may change it" in page and f'action="{at}/' not in page, "no form of it"
        for deed in ("apply", "mapping", "remove", "rows/2"):
            assert (await sent(http, f"{at}/{deed}")).status_code == 403, deed
    async with site.browser("Operator") as http:
        assert (await http.get(at)).status_code in (403, 404)


async def test_while_something_is_under_way_the_page_fetches_itself_and_rows_are_paged(site: DeskFacility) -> None:
    many = PEOPLE + "".join(f"Ada{n};Lovelace;ada{n}@example.org;\n" for n in range(120))
    async with site.browser() as http:
        at = (await brought(http, many)).headers["location"]
        piece = (await http.get(at, headers={"HX-Request": "true", "HX-Target": "import"})).text
        assert piece.startswith("<div id=") or '<div id="import"' in piece
        assert "<html" not in piece
        await over(site, at)
        page = (await http.get(at)).text
        assert 'hx-trigger="every' not in page and page.count('<li id="row-') == 50
        following = re.search(r'rel="next" href="([^"#]+)#rows"', page)
        assert following
        second = (await http.get(following[1].replace("&amp;", "&"))).text
        assert second.count('<li id="row-') == 50 and 'id="row-52"' in second and "First page" in second


@pytest.mark.feature("X-28")
async def test_what_cannot_be_read_says_why_and_what_to_do_and_is_read_otherwise(site: DeskFacility) -> None:
    people = "".join(f"Ada {n};ada{n}@example.org;\n" for n in range(4000))
    data = f"Name;E-mail;Notes\n{people}Zoé;zoe@example.org;\n".encode("cp1252")
    async with site.browser() as http:
        at = await ready(site, http, data, encoding="UTF-8")
        page = (await http.get(at)).text
        said = text_of(page)
        assert (
            "It could not be done" in said
            and "Row 4002 is in another encoding than the rest." in said
            and "Nothing was written" in said
        )
        assert f'action="{at}/apply' not in page and 'class="card step mapping" open' in page
        await sent(http, f"{at}/mapping", encoding="Windows-1252")
        await over(site, at)
        assert "4,001 customers will be added" in text_of((await http.get(at)).text)


@pytest.mark.feature("X-28")
async def test_cancelled_while_it_is_applied_all_of_it_is_undone(site: DeskFacility) -> None:
    many = PEOPLE + "".join(f"Ada{n};Lovelace;ada{n}@example.org;\n" for n in range(3000))
    async with site.browser() as http:
        at = await ready(site, http, many)
        await sent(http, f"{at}/apply")

        async def begun() -> bool:
            return "Cancel: all of it is undone" in (await http.get(at)).text and (await site.get("/customers"))["items"] != []

        await until(begun, "some of it to be written", 20)
        assert (await sent(http, f"{at}/remove")).headers["location"] == at
        assert (await over(site, at))["state"] == "undone"
        assert (await site.get("/customers"))["items"] == []
        assert "Cancelled." in text_of((await http.get(at)).text)
