"""What the central server did not take, over REST: both values of a disagreement, what may be done, and events sent once more."""

from __future__ import annotations

from typing import Any

from edge.commands.dead_letters import note_refused
from edge.core.merge import DeskChange, RosterOp
from edge.ports import Disagreement
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_erase import erased
from tests.support.stores import at

AT = 1_790_000_000_000


async def refused(
    site: DeskFacility, id: str, kind: str, row: str, ours: dict[str, Any], theirs: dict[str, Any], code: str, op: str = "put"
) -> None:
    """Central has refused a change of this record."""
    change = DeskChange(id=id, op=op, type=kind, row=row, base=3, fields=ours, actor="grace", at=AT)
    await site.house.edge.roster.write(
        lambda tx: tx.changes.refused(Disagreement(change, code, "as central says it", theirs), AT + 1)
    )


async def waits(site: DeskFacility, kind: str, row: str) -> None:
    """A change of this record waits for central."""
    change = DeskChange(id=f"waiting-{row}", op="put", type=kind, row=row, base=3, fields={"phone": "1"}, actor="grace", at=AT)
    await site.house.edge.roster.write(lambda tx: tx.changes.note(change))


async def not_taken(site: DeskFacility, kind: str, id: str, problem: str) -> None:
    """A row of central's could not be taken."""
    op = RosterOp(op="put", type=kind, id=id, ver=7, fields={"name": "x"})
    await site.house.edge.roster.write(lambda tx: tx.central.came(op, AT, problem))


async def event_refused(site: DeskFacility, seq: int, code: str = "not_an_event") -> None:
    """Central has refused an event, and says so twice."""
    for _ in range(2):
        await site.house.edge.journal.write(lambda tx: note_refused(tx, seq, code, at()))


async def test_a_disagreement_shows_both_values_and_keeping_theirs_settles_it(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    await refused(site, "c1", "customer", ada["id"], {"phone": "here"}, {"phone": "there"}, "changed_since")
    await refused(site, "c2", "card", "gone", {"status": "active"}, {"status": None}, "unknown_row")
    (first, second) = (await site.get("/sync/disagreements"))["items"]
    assert (first["name"], first["fields"], first["theirs"], first["actor"]) == (
        "Ada",
        {"phone": "here"},
        {"phone": "there"},
        "grace",
    )
    assert second["name"] is None and second["code"] == "unknown_row"
    assert (await site.get("/sync"))["waiting"]["disagreements"] == 2
    page = await site.get("/sync/disagreements?limit=1")
    assert [d["id"] for d in (await site.get(f"/sync/disagreements?limit=1&after={page['next']}"))["items"]] == ["c2"]
    async with site.api("Viewer") as looks, site.api("Operator") as http:
        assert (await looks.post("/sync/disagreements/c1/keep-theirs")).status_code == 403
        assert (await http.post("/sync/disagreements/c1/keep-theirs")).status_code == 204
        assert (await http.post("/sync/disagreements/c1/keep-theirs")).status_code == 404
        assert (await http.post("/sync/disagreements/c2/ask-again", json={})).status_code == 409, "it is gone"
    assert [d["id"] for d in (await site.get("/sync/disagreements"))["items"]] == ["c2"]


async def test_asking_again_makes_the_change_once_more(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    await refused(site, "c1", "customer", ada["id"], {"phone": "here"}, {"phone": ""}, "changed_since")
    async with site.api("Operator") as http:
        assert (await http.post("/sync/disagreements/c1/ask-again", json={"reason": "it is so"})).status_code == 204
    assert (await site.get(f"/customers/{ada['id']}"))["phone"] == "here"
    assert (await site.get("/sync/disagreements"))["items"] == []


async def test_who_does_not_see_customers_does_not_see_what_was_changed_of_them(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    zone = site.house.ids["zone"]
    await refused(site, "c1", "customer", ada["id"], {"phone": "here"}, {"phone": "there"}, "changed_since")
    await refused(site, "c2", "zone", zone, {"name": "Yard"}, {"name": "Court"}, "changed_since")
    await not_taken(site, "customer", ada["id"], "the number is taken")
    await not_taken(site, "wormhole", "w1", "this version does not know it")
    role = await site.add("/roles", name="Works", rights=["site.view"])
    await site.add("/users", login="works", role=role["id"], password="correct horse")
    async with site.api("Works") as http:
        assert [d["id"] for d in (await http.get("/sync/disagreements")).json()["items"]] == ["c2"]
        assert [(r["type"], r["id"]) for r in (await http.get("/sync/refused-rows")).json()["items"]] == [("wormhole", "w1")]
        assert (await http.get("/sync/refused-events")).status_code == 403
    rows = (await site.get("/sync/refused-rows"))["items"]
    assert [(r["type"], r["name"], r["problem"]) for r in rows] == [
        ("customer", "Ada", "the number is taken"), ("wormhole", None, "this version does not know it"),
    ]  # fmt: skip
    assert (await site.get("/sync/refused-rows?limit=1"))["next"] == f"customer/{ada['id']}"


async def test_who_is_restricted_to_a_company_sees_none_of_it(site: DeskFacility) -> None:
    company = await site.add("/companies", name="Acme")
    roles = {r["name"]: r["id"] for r in (await site.get("/roles"))["items"]}
    await site.add("/users", login="acme", role=roles["Operator"], password="correct horse", companies=[company["id"]])
    async with site.api("Acme") as http:
        for path in ("disagreements", "refused-rows", "refused-events"):
            assert (await http.get(f"/sync/{path}")).status_code == 403, path
        assert (await http.get("/sync")).status_code == 200


async def test_an_event_that_central_refused_is_told_of_once_and_sent_again_once(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    await site.show(code)
    seen = (await site.house.events())[-1]
    await event_refused(site, seen.seq)
    assert len([e for e in await site.house.events("fault") if e.code == "event_refused"]) == 1
    (letter,) = (await site.get("/sync/refused-events"))["items"]
    assert (letter["event"], letter["code"], letter["resent"]) == (seen.seq, "not_an_event", None)
    async with site.api("Technician") as http, site.api("Operator") as looks:
        assert (await looks.post(f"/events/{seen.seq}/resend")).status_code == 403
        assert (await http.post(f"/events/{seen.seq - 1}/resend")).status_code == 404, "central has that one"
        sent = (await http.post(f"/events/{seen.seq}/resend", headers={"Idempotency-Key": "once"})).json()
        retry = (await http.post(f"/events/{seen.seq}/resend", headers={"Idempotency-Key": "once"})).json()
        again = await http.post(f"/events/{seen.seq}/resend")
    assert retry["seq"] == sent["seq"] and again.status_code == 409 and f"event {sent['seq']}" in again.json()["detail"]
    body = await site.house.edge.journal.write(lambda tx: tx.body(seen.seq))
    assert (sent["about"], sent["again"], sent["actor"]) == (seen.seq, body, "technician")
    assert (await site.get("/sync/refused-events"))["items"][0]["resent"] == sent["seq"]

    await event_refused(site, sent["seq"])  # central does not take that one either
    async with site.api("Technician") as http:
        once_more = (await http.post(f"/events/{sent['seq']}/resend")).json()
    assert (once_more["about"], once_more["again"]) == (seen.seq, body), "what it carries goes, not the carrier"


async def test_what_is_sent_again_of_a_person_goes_with_them_when_they_are_erased(site: DeskFacility) -> None:
    ada, code = await site.customer_with_card("Lovelace")
    await site.show(code)
    seen = (await site.house.events())[-1].seq
    await event_refused(site, seen)
    async with site.api() as http:
        sent = (await http.post(f"/events/{seen}/resend")).json()
        assert "Lovelace" in sent["again"]
    await erased(site, ada)
    kept = await site.house.edge.journal.write(lambda tx: tx.body(sent["seq"]))
    assert "Lovelace" not in kept and f'"about":{seen}' in kept
