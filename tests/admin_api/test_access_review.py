"""An access review from its beginning to its signed result: who is in it, what deciding does at the gate, what cannot be done."""

from __future__ import annotations

import csv
import hashlib
import io
import sqlite3
from contextlib import closing
from datetime import datetime
from typing import Any

import httpx
import pytest

from admin_api.parts import wall_ms
from edge.core.judgement import Reason
from edge.core.model import Permission
from edge.store.files import connect
from edge.store.journal import verify
from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.admin_api.test_exports import fetched
from tests.console.test_customers_pages import values_of

SOON = 7 * 86_400_000


async def five(site: DeskFacility) -> dict[str, tuple[dict[str, Any], str]]:
    """Ada, Bob and Cleo have access; Dan is inactive, Eve's only card was lost."""
    people = {name: await site.customer_with_card(name) for name in ("Ada", "Bob", "Cleo", "Dan", "Eve")}
    async with site.api() as api:
        await api.patch(f"/customers/{people['Dan'][0]['id']}", json={"status": "inactive"})
        (card,) = (await api.get("/cards", params={"customer": people["Eve"][0]["id"]})).json()["items"]
        await api.patch(f"/cards/{card['id']}", json={"status": "lost"})
    return people


async def begun(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await api.post("/access-reviews", json={"name": "Autumn", "due_at": wall_ms() + SOON, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def decided(api: httpx.AsyncClient, review: str, *customers: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = await api.post(f"/access-reviews/{review}/decide", json={"customers": [c["id"] for c in customers], **more})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


@pytest.mark.feature("S003-56")
async def test_everybody_with_access_is_confirmed_or_revoked_and_the_journal_signs_the_result(site: DeskFacility) -> None:
    people = await five(site)
    (ada, ada_code), (bob, bob_code), (cleo, cleo_code) = people["Ada"], people["Bob"], people["Cleo"]
    async with site.api() as api:
        review = await begun(api)
        id = review["review"]["id"]
        assert review["review"]["total"] == 3 and review["progress"]["open"] == 3 and not review["overdue"]
        items = (await api.get(f"/access-reviews/{id}/items")).json()["items"]
        assert [i["number"] for i in items] == [ada["number"], bob["number"], cleo["number"]] and all(i["cards"] for i in items)
        late = await site.customer_with_card("Fay")
        assert (await decided(api, id, late[0], verdict="confirmed"))[0]["problem"], "she came after it began"
        assert (await decided(api, id, ada, verdict="confirmed"))[0]["changed"]
        unfinished = await api.post(f"/access-reviews/{id}/finish")
        assert unfinished.status_code == 409 and unfinished.json()["detail"] == "2 of 3 are not decided yet"
        silent = await api.post(f"/access-reviews/{id}/decide", json={"customers": [bob["id"]], "verdict": "revoked"})
        assert silent.status_code == 400 and silent.json()["field"] == "reason"
        assert (await decided(api, id, bob, verdict="revoked", reason="left in May"))[0]["changed"]
        assert await site.show(bob_code) is Reason.CUSTOMER_INACTIVE
        assert (await decided(api, id, cleo, verdict="revoked", how="cards", reason="lent her card"))[0]["changed"]
        assert await site.show(cleo_code) is Reason.CARD_SUSPENDED and await site.show(ada_code) is Reason.GRANTED
        assert (await decided(api, id, bob, verdict="confirmed"))[0]["problem"], "giving it back is done at the record"
        key = {"Idempotency-Key": "once"}
        done = (await api.post(f"/access-reviews/{id}/finish", headers=key)).json()
        assert (await api.post(f"/access-reviews/{id}/finish", headers=key)).json()["review"]["event"] == done["review"]["event"]
        assert (await api.post(f"/access-reviews/{id}/finish")).json()["review"]["event"] == done["review"]["event"]
        assert done["review"]["state"] == "finished" and (done["progress"]["confirmed"], done["progress"]["revoked"]) == (1, 2)
        (line,) = [e for e in await site.house.events("operator") if e.code == "access_review_finished"]
        signed = (await api.get(f"/access-reviews/{id}/result")).json()
        assert signed["agrees"] and signed["event"] == line.seq and signed["sha256"] in line.note and line.actor == "administrator"
        assert hashlib.sha256("".join(f"{each}\n" for each in signed["lines"]).encode()).hexdigest() == signed["sha256"]
        assert (
            await api.post(f"/access-reviews/{id}/decide", json={"customers": [ada["id"]], "verdict": "confirmed"})
        ).status_code == 409
        assert (await api.get(f"/customers/{bob['id']}/history")).json()["items"][0]["command"] == "reviews.decide"
        data = await fetched(api, area="reviews", format="csv", filters={"review": id}, plain=True)
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        assert [(r["Customer"], r["Verdict"], r["Reason"], r["By"]) for r in sorted(rows, key=lambda r: r["Customer"])] == [
            ("Ada", "confirmed", "", "administrator"), ("Bob", "revoked", "left in May", "administrator"),
            ("Cleo", "revoked", "lent her card", "administrator"),
        ]  # fmt: skip
        assert {r["Result SHA-256"] for r in rows} == {signed["sha256"]}
        assert (await fetched(api, area="reviews", format="pdf", filters={"review": id, "verdict": "revoked"})).startswith(b"%PDF")
        with closing(connect(site.house.folder / "state" / "journal.db", read_only=True)) as journal:
            assert verify(journal)[1] == []
        with closing(sqlite3.connect(site.house.folder / "state" / "roster.db")) as db, db:
            db.execute("UPDATE review_item SET verdict = 'confirmed' WHERE customer = ?", (bob["id"],))
        assert not (await api.get(f"/access-reviews/{id}/result")).json()["agrees"], "whoever changes it is found out"


@pytest.mark.feature("S003-56")
async def test_nobody_decides_on_their_own_record(site: DeskFacility) -> None:
    staff = await site.add("/roles", name="Reviewer", rights=[Permission.REVIEWS_MANAGE.value])
    await site.add("/users", login="reviewer", name="Rita Reviewer", role=staff["id"], password=PASSWORD)
    rita, _ = await site.customer_with_card("Rita")
    mail, _ = await site.customer_with_card("Mail")
    named, _ = await site.customer_with_card("Named")
    async with site.api() as api:
        await api.patch(f"/customers/{rita['id']}", json={"identities": [{"system": "desk", "id": "reviewer"}]})
        await api.patch(f"/customers/{named['id']}", json={"name": "rita reviewer", "kind": "user"})
    async with site.api("Reviewer") as api:
        review = (await begun(api))["review"]["id"]
        own, other, too = await decided(api, review, rita, mail, named, verdict="confirmed")
        assert "their own record" in own["problem"] and other["changed"] and "their own record" in too["problem"]
        assert (await api.post(f"/access-reviews/{review}/finish")).status_code == 409
    async with site.api() as api:
        await decided(api, review, rita, named, verdict="confirmed")
        assert (await api.post(f"/access-reviews/{review}/finish")).json()["review"]["finished_by"] == "administrator"


@pytest.mark.feature("S003-56")
async def test_a_review_is_of_those_whom_its_filters_find_and_of_them_who_have_access_then(site: DeskFacility) -> None:
    people = await five(site)
    async with site.api() as api:
        for name in ("Ada", "Dan"):
            await api.patch(f"/customers/{people[name][0]['id']}", json={"tags": ["season"]})
        saved = await site.add("/saved-filters", name="Season", area="customers", filters=[["tag", "season"]])
        for fields in ({"filters": {"tag": "season"}}, {"saved": saved["id"]}):
            review = (await begun(api, **fields))["review"]
            found = (await api.get(f"/access-reviews/{review['id']}/items")).json()["items"]
            assert [i["customer"] for i in found] == [people["Ada"][0]["id"]] and review["filters"] == [["tag", "season"]]
        nobody = await api.post(
            "/access-reviews", json={"name": "None", "due_at": wall_ms() + SOON, "filters": {"tag": "none such"}}
        )
        assert nobody.status_code == 409 and nobody.json()["field"] == "filters"
        for wrong, field in (
            ({"due_at": 5}, "due_at"),
            ({"filters": {"nonsense": "1"}}, "filters.nonsense"),
            ({"name": " "}, "name"),
        ):
            refused = await api.post("/access-reviews", json={"name": "Wrong", "due_at": wall_ms() + SOON, **wrong})
            assert refused.status_code == 400 and refused.json()["field"] == field, wrong
        given_up = await api.post(f"/access-reviews/{review['id']}/cancel", json={"reason": "begun twice"})
        assert given_up.json()["review"]["state"] == "cancelled"
        assert len((await api.get("/access-reviews")).json()["items"]) == 3
    async with site.api("Operator") as api:
        assert (await api.get("/access-reviews")).status_code == 403
        assert (await api.post("/exports", json={"area": "reviews", "format": "csv"})).status_code == 403


@pytest.mark.feature("S003-56")
async def test_a_review_is_held_on_its_pages(site: DeskFacility) -> None:
    people = await five(site)
    async with site.browser("Operator") as http:
        assert "/reviews" not in (await http.get("/customers")).text and (await http.get("/reviews")).status_code == 403
    async with site.browser() as http:
        assert 'href="/reviews"' in (await http.get("/customers")).text
        hidden = values_of((await http.get("/reviews/new")).text)
        late = await http.post("/reviews/new", data={**hidden, "name": "Autumn", "due_at": "2020-01-01T08:00"})
        assert late.status_code == 400 and "time to come" in late.text
        soon = datetime.fromtimestamp((wall_ms() + SOON) / 1000).strftime("%Y-%m-%dT08:00")
        begun = await http.post("/reviews/new", data={**hidden, "name": "Autumn", "due_at": soon})
        assert begun.status_code == 303, begun.text
        address = begun.headers["location"]
        page = (await http.get(address)).text
        assert all(name in page for name in ("Ada", "Bob", "Cleo")) and ">Dan<" not in page and ">Eve<" not in page
        ada, bob, cleo = (people[name][0]["id"] for name in ("Ada", "Bob", "Cleo"))
        hidden = values_of(page)
        nobody = await http.post(f"{address}/decide", data={**hidden, "what": "confirmed"})
        assert nobody.status_code == 400 and "Tick at least one" in nobody.text
        silent = await http.post(f"{address}/decide", data={**hidden, "what": "inactive", "customer": bob})
        assert silent.status_code == 400
        for what, who in (("confirmed", [ada, cleo]), ("inactive", [bob]), ("cards", [cleo])):
            hidden = values_of((await http.get(address)).text)
            said = await http.post(f"{address}/decide", data={**hidden, "what": what, "customer": who, "reason": "asked around"})
            assert said.status_code == 303, (what, said.text)
        assert await site.show(people["Bob"][1]) is Reason.CUSTOMER_INACTIVE
        assert await site.show(people["Cleo"][1]) is Reason.CARD_SUSPENDED
        page = (await http.get(address)).text
        assert "0 open, 1 confirmed, 2 taken away" in page
        done = await http.post(f"{address}/finish", data=values_of(page))
        assert done.status_code == 303 and "signed by" in (await http.get(address)).text
        assert "Finished" in (await http.get("/reviews")).text


async def test_a_result_still_verifies_when_somebody_in_it_is_erased(site: DeskFacility) -> None:
    ada, _ = await site.customer_with_card("Ada")
    async with site.api() as api:
        review = (await begun(api))["review"]["id"]
        await decided(api, review, ada, verdict="revoked", reason="moved to Ada's sister")
        await api.post(f"/access-reviews/{review}/finish")
        body = {"confirm": ada["number"], "reason": "asked"}
        assert (await api.post(f"/customers/{ada['id']}/erase", json=body)).status_code == 202
        (item,) = (await api.get(f"/access-reviews/{review}/items")).json()["items"]
        assert not item.get("note") and (await api.get(f"/access-reviews/{review}/result")).json()["agrees"]


async def test_somebody_who_is_restricted_sees_no_review_and_no_line_of_one_in_a_file(site: DeskFacility) -> None:
    acme = await site.add("/companies", name="Acme")
    await site.customer_with_card("Ada")
    role = await site.add("/roles", name="Tenant", rights=[Permission.REVIEWS_MANAGE.value, Permission.REVIEWS_EXPORT.value])
    await site.add("/users", login="tenant", role=role["id"], password=PASSWORD, companies=[acme["id"]])
    async with site.api() as api:
        review = (await begun(api))["review"]["id"]
    async with site.api("Tenant") as api, site.browser("Tenant") as page:
        for path in (
            "/access-reviews",
            f"/access-reviews/{review}",
            f"/access-reviews/{review}/items",
            f"/access-reviews/{review}/result",
        ):
            assert (await api.get(path)).status_code == 403, path
        assert (await api.post("/access-reviews", json={"name": "Own", "due_at": wall_ms() + SOON})).status_code == 403
        assert (await api.post(f"/access-reviews/{review}/finish")).status_code == 403
        assert (await page.get(f"/reviews/{review}")).status_code == 403
        data = await fetched(api, area="reviews", format="csv", plain=True)
        assert list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")))) == []
