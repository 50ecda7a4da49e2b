"""Every list in its frame, over HTTP as a browser without a script has it: filters, chips, sorting, columns, rows, views, exports, many at once."""

from __future__ import annotations

import csv
import io
import re

import httpx
import openpyxl
import pytest

from admin_api.console import alerts, records
from admin_api.console.lists import SHEETS
from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_sign_in import csrf_of
from tests.console.test_customers_pages import text_of

NAMES = ("Ada Lovelace", "Grace Hopper", "Emmy Noether", "Alan Turing")


@pytest.fixture
async def people(site: DeskFacility) -> DeskFacility:
    """Four customers, two of a company, one inactive, each with a card."""
    company = await site.add("/companies", name="Baltic")
    for at, name in enumerate(NAMES):
        more = {"company": company["id"]} if at < 2 else {}
        status = "inactive" if at == 3 else "active"
        made = await site.add(
            "/customers", name=name, email=f"{at}@example.org", status=status, tags=["vip"] if at == 0 else [], **more
        )
        await site.add("/cards", customer=made["id"], profiles=[site.house.ids["profile"]], username=name.split()[0])
    return site


def leads(page: str) -> list[str]:
    """What stands first in every row."""
    return re.findall(r'<td class="lead">(?:<span class="badge">.*?</span>)?\s*<a [^>]*>([^<]+)</a>', page, re.S)


def columns(page: str) -> list[str]:
    head = page[page.index("<thead>") : page.index("</thead>")]
    return [re.sub(r"<[^>]+>|[↑↓]", "", th).strip() for th in re.findall(r'<th scope="col".*?</th>', head)]


async def send(http: httpx.AsyncClient, path: str, data: dict[str, object]) -> httpx.Response:
    """A form of a list, with the proof of that session."""
    return await http.post(path, data={"csrf": csrf_of((await http.get("/me")).text), **data})


@pytest.mark.feature("S003-11", "S003-33", "S003-35")
async def test_filters_combine_and_each_is_a_chip_that_takes_it_off(people: DeskFacility) -> None:
    async with people.browser() as http:
        company = re.search(r'<option value="([0-9a-f-]{36})">Baltic', (await http.get("/customers")).text)
        assert company
        page = (await http.get("/customers", params={"company": company[1], "tag": "vip"})).text
        assert leads(page) == ["Ada Lovelace"] and "1 customer<" in page
        chips = re.findall(r'class="chip" href="([^"]+)"><span>([^<]+)<', page)
        assert [said for _, said in chips] == ["Company: Baltic", "Tag: vip"]
        without = (await http.get(chips[1][0].replace("&amp;", "&"))).text
        assert leads(without) == ["Ada Lovelace", "Grace Hopper"]
        assert '<details class="more-filters" open>' in page and '<details class="more-filters">' in without
        assert "Nothing matches" in (await http.get("/customers?tag=nobody")).text
        wrong = await http.get("/customers?visited_from=soon")
        assert wrong.status_code == 400 and "a date such as" in wrong.text and 'value="soon"' in wrong.text


@pytest.mark.feature("X-6")
async def test_rows_and_columns_are_remembered_for_each_user(people: DeskFacility) -> None:
    async with people.browser() as mine, people.browser("Operator") as theirs:
        usual = columns((await mine.get("/customers")).text)
        assert usual == ["Name", "Status", "Contact", "Company", "Inside", "Last seen", "No."]
        done = await send(mine, "/list-looks/customers", {"rows": "10", "back": "/customers?sort=-name"})
        assert done.status_code == 303 and done.headers["location"] == "/customers?sort=-name"
        await send(
            mine,
            "/list-looks/customers",
            {"columns": "chosen", "column": ["tags", "status", "nonsense"], "back": "//elsewhere.example"},
        )
        page = (await mine.get("/customers")).text
        assert columns(page) == ["Name", "Status", "Tags"] and "<option selected>10</option>" in page and "vip" in page
        assert columns((await theirs.get("/customers")).text) == usual
        await send(mine, "/list-looks/customers", {"columns": "default"})
        assert columns((await mine.get("/customers")).text) == usual
        assert (await send(mine, "/list-looks/nothing", {"rows": "10"})).status_code == 404


async def test_columns_sort_both_ways_and_pages_follow_each_other(people: DeskFacility) -> None:
    async with people.browser() as http:
        await send(http, "/list-looks/customers", {"rows": "10"})
        for number in range(20):
            await people.add("/customers", name=f"Zora {number:02}", email=f"z{number}@example.org")
        page = (await http.get("/customers")).text
        assert leads(page)[:2] == ["Ada Lovelace", "Alan Turing"] and len(leads(page)) == 10 and "24 customers" in page
        down = re.search(r'href="(/customers\?sort=-?name)"', page)
        assert down and leads((await http.get("/customers?sort=-name")).text)[0] == "Zora 19"
        assert 'aria-sort="descending"' in (await http.get("/customers?sort=-name")).text
        seen, link = list[str](), "/customers?sort=-name"
        while link:
            page = (await http.get(link)).text
            seen += leads(page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            link = following[1].replace("&amp;", "&") if following else ""
        assert len(seen) == 24 and seen == sorted(seen, reverse=True)
        assert (await http.get("/customers?sort=shoe-size")).status_code == 400


@pytest.mark.feature("X-4", "S003-26")
async def test_a_view_is_kept_with_its_filters_and_taken_out_again(people: DeskFacility) -> None:
    async with people.browser() as mine, people.browser("Operator") as theirs:
        again = {"filters": "outcome=granted&since=-7d", "back": "/events?outcome=granted"}
        assert (await send(mine, "/saved-views/events", {**again, "name": "This week", "shared": "yes"})).headers[
            "location"
        ] == "/events?outcome=granted&done=view-saved"
        assert (await send(mine, "/saved-views/events", {**again, "name": "Mine"})).status_code == 303
        for http, names in ((mine, {"This week", "Mine"}), (theirs, {"This week"})):
            page = (await http.get("/events?outcome=denied")).text
            assert {name.strip() for name in re.findall(r'<div class="menu-line"><a href="[^"]+">([^<]+)', page)} == names
        page = (await mine.get("/events?outcome=granted&since=-7d")).text
        assert 'aria-current="true">This week' in page
        id = re.search(r'action="/saved-views/([^"]+)/delete"', page)
        assert id and (await send(theirs, f"/saved-views/{id[1]}/delete", {})).status_code in (403, 404)
        assert (await send(mine, f"/saved-views/{id[1]}/delete", {"back": "/events"})).status_code == 303
        assert (await send(mine, "/saved-views/events", {"name": "Empty", "filters": ""})).status_code == 400
        assert (await send(mine, "/saved-views/events", {"name": "Odd", "filters": "shoe=9"})).status_code == 400


@pytest.mark.feature("S003-40", "S003-41")
async def test_a_list_is_exported_as_it_is_filtered(people: DeskFacility) -> None:
    async with people.browser() as http:
        assert (await send(http, "/exports", {"area": "customers", "format": "csv", "filters": "status=inactive"})).headers[
            "location"
        ] == "/exports"
        (job,) = await people.desk.parts.exports.jobs()
        await people.desk.parts.exports.wait(job.id, 20)
        page = (await http.get("/exports")).text
        assert "Ready" in text_of(page) and "status: inactive" in page
        file = re.search(r'href="(/api/v1/exports/[^"]+/file)"', page)
        assert file
        rows = list(csv.reader(io.StringIO((await http.get(file[1])).text.lstrip("\ufeff"))))
        assert sum("Alan Turing" in row for row in rows) == 1 and not any("Ada Lovelace" in row for row in rows)
        assert (await send(http, f"/exports/{job.id}/remove", {})).status_code == 303
        assert "Alan" not in (await http.get(file[1])).text
        for wrong in (
            {"area": "customers", "format": "exe"},
            {"area": "nothing", "format": "csv"},
            {"area": "cards", "format": "vcf"},
        ):
            assert (await send(http, "/exports", wrong)).status_code == 400
    async with people.browser("Guard") as http:
        assert "/exports" not in (await http.get("/events")).text
        assert (await send(http, "/exports", {"area": "events", "format": "csv"})).status_code == 403


@pytest.mark.feature("S000-10", "S004-19")
async def test_those_that_are_ticked_are_exported_and_nobody_else(people: DeskFacility) -> None:
    async with people.browser() as http:
        page = (await http.get("/customers")).text
        ticked = dict(re.findall(r'name="id" value="([^"]+)" form="bulk"><span class="hidden">([^<]+)', page))
        chosen = list(ticked)[:2]
        assert (await send(http, "/customers/bulk/export", {"id": chosen})).headers["location"] == "/exports"
        (job,) = [each for each in await people.desk.parts.exports.jobs() if "ids" in each.filters]
        await people.desk.parts.exports.wait(job.id, 20)
        book = openpyxl.load_workbook(io.BytesIO((await http.get(f"/api/v1/exports/{job.id}/file")).content), read_only=True)
        cells = {str(cell) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row}
        assert {name for name in ticked.values() if name in cells} == {ticked[id] for id in chosen}
        assert any("chosen: 2" in cell for cell in cells), "its head says that they were chosen by hand"
        assert (await send(http, "/customers/bulk/export", {})).status_code == 400, "nobody was ticked"


@pytest.mark.feature("S004-19", "S004-20", "S004-22")
async def test_many_are_chosen_looked_at_done_and_taken_back(people: DeskFacility) -> None:
    group = await people.add("/groups", name="Season")
    async with people.browser() as http:
        page = (await http.get("/customers")).text
        ids = re.findall(r'name="id" value="([^"]+)" form="bulk"', page)
        assert len(ids) == 4
        look = await send(http, "/customers/bulk", {"action": "add_to_group", "id": ids[:2], "back": "/customers?q=a"})
        assert "2 customers" in text_of(look.text) and "Ada Lovelace" in look.text and f'value="{group["id"]}"' in look.text
        hidden = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', look.text[look.text.index("/customers/bulk/apply") :])
        )
        hidden["selection"] = hidden["selection"].replace("&#34;", '"')
        assert (await http.post("/customers/bulk/apply", data={**hidden, "what": ""})).status_code == 400
        done = await http.post("/customers/bulk/apply", data={**hidden, "what": group["id"]})
        assert "Done to 2 customers." in text_of(done.text) and "Undo" in done.text
        assert leads((await http.get(f"/customers?group={group['id']}")).text) == ["Ada Lovelace", "Alan Turing"]
        undo = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', done.text[done.text.index("/customers/bulk/apply") :])
        )
        undo["selection"] = undo["selection"].replace("&#34;", '"')
        assert "Done to 2 customers." in text_of((await http.post("/customers/bulk/apply", data=undo)).text)
        assert leads((await http.get(f"/customers?group={group['id']}")).text) == []
        assert (await send(http, "/customers/bulk", {"action": "add_to_group"})).status_code == 400, "nobody was ticked"
        assert (await send(http, "/customers/bulk", {"action": "explode", "id": ids[:1]})).status_code == 400


@pytest.mark.feature("S004-23")
async def test_all_that_match_are_set_inactive_and_stay_out(people: DeskFacility) -> None:
    _, code = await people.customer_with_card("Zoe")
    async with people.browser() as http:
        look = await send(http, "/customers/bulk", {"action": "deactivate", "all": "yes", "filters": "status=active"})
        assert "4 customers" in text_of(look.text) and "from the next reading on" in look.text
        hidden = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', look.text[look.text.index("/customers/bulk/apply") :])
        )
        hidden["selection"] = hidden["selection"].replace("&#34;", '"')
        assert await people.show(code) is Reason.GRANTED
        await http.post("/customers/bulk/apply", data=hidden)
        assert await people.show(code) is Reason.CUSTOMER_INACTIVE


@pytest.mark.feature("S004-8")
async def test_a_row_has_a_menu_of_what_this_user_may_do(people: DeskFacility) -> None:
    async with people.browser() as http:
        page = (await http.get("/customers")).text
        row = page[page.index("Emmy Noether</a>") :]
        off = re.search(r'formaction="(/customers/[^"]+/status)" name="to" value="inactive"', row)
        assert off
        done = await send(http, off[1], {"to": "inactive", "back": "/customers?q=emmy"})
        assert done.headers["location"] == "/customers?q=emmy&done=deactivated"
        assert "Set active" in (await http.get("/customers?q=emmy")).text
        cards = (await http.get("/cards")).text
        lost = re.search(r'formaction="(/cards/[^"]+/status)" name="to" value="lost"', cards)
        assert lost and (await send(http, lost[1], {"to": "lost", "back": "/cards"})).status_code == 303
        assert "Lost" in text_of((await http.get("/cards?status=lost")).text)
    async with people.browser("Viewer") as http:
        viewed = (await http.get("/customers")).text
        assert "formaction" not in viewed and 'form="bulk"' not in viewed


@pytest.mark.feature("S000-36")
@pytest.mark.parametrize("sheet", [*SHEETS, alerts.SHEET, *records.SHEETS], ids=lambda s: s.name)
async def test_every_list_has_its_frame_empty_and_filled(people: DeskFacility, sheet) -> None:  # type: ignore[no-untyped-def]
    async with people.browser() as http:
        page = await http.get(sheet.path)
        assert page.status_code == 200 and ("<table" in page.text or 'class="empty card"' in page.text)
        piece = await http.get(sheet.path, headers={"HX-Request": "true", "HX-Target": "results"})
        assert piece.status_code == 200 and "<html" not in piece.text and "toolbar" in piece.text
        nonsense = await http.get(sheet.path, params={"nonsense": "1", "done": "saved"})
        assert nonsense.status_code == 200 and "Saved." in nonsense.text
        assert (await send(http, f"/list-looks/{sheet.name}", {"rows": "25"})).headers["location"] == sheet.path
        assert "<option selected>25</option>" in (await http.get(sheet.path)).text


@pytest.mark.feature("X-19")
async def test_devices_say_how_they_are_and_how_to_try_them(site: DeskFacility) -> None:
    async with site.browser("Technician") as http:
        page = (await http.get("/site/devices")).text
        text = text_of(page)
        assert "scanner-in Reader Works" in text and "north Door" in text
        doors = (await http.get("/site/devices?kind=door")).text
        assert "north" in text_of(doors) and "scanner-in" not in text_of(doors)
        assert f'href="/access-points/{site.house.ids["North in"]}/open"' in doors
        assert "Nothing matches" in (await http.get("/site/devices?state=down")).text
        assert "scanner-out" in text_of((await http.get("/site/devices?q=North+out+scanner")).text)
