"""The API document holds: every answer is one it names, as every default role, and every example in it works."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from edge.commands.users import DEFAULT_ROLES
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_central import refused
from tests.support.contract import address, example, operations, real, send_many

EXPECTED = {
    "eraseCustomer": 400,  # another number
    "confirmSecondFactor": 400,  # the code is of another minute
    "enrolCard": 400,  # the card is no rotating one
    **dict.fromkeys(("mapImport", "chooseImportRow", "applyImport", "undoImport"), 404),  # no file was brought in
    "acknowledgeAlert": 404,  # nothing is wrong
    "voidPayment": 400,  # the example before gave it back
}
"""Examples that need more than a site with records: what they are answered with instead."""


async def furnished(site: DeskFacility) -> Callable[[], dict[str, str]]:
    """A site with one of each; what answers with their ids as they are now (tests delete them)."""
    customer, code = await site.customer_with_card("Ada")
    hourly = await site.add("/tariffs", name="Hourly", currency="PLN", steps=[{"unit": 60, "price": 500}])
    async with site.api() as http:
        await http.patch(f"/zones/{site.house.ids['zone']}", json={"tariff": hourly["id"]})
    await site.show(code)
    twin, theirs = await site.customer_with_card("Twin")
    async with site.api() as http:
        card = (await http.get("/cards", params={"customer": twin["id"]})).json()["items"][0]
        await http.patch(f"/cards/{card['id']}", json={"status": "suspended"})
    await site.show(theirs)
    for path, fields in (
        ("/companies", {"name": "Acme"}), ("/groups", {"name": "Season"}), ("/lists", {"name": "Wardens"}),
        ("/vehicles", {"plate": "GD 9999", "customer": customer["id"]}), ("/schedules", {"name": "Always"}),
        ("/webhooks", {"name": "hook", "url": "http://127.0.0.1:1/x", "events": ["access.denied"]}),
        ("/alert-rules", {"kind": "capacity", "threshold": 90}),
        ("/scheduled-exports", {"name": "weekly", "area": "entries", "cron": "0 6 * * 1", "folder": "/var/lib/weekly"}),
        ("/saved-filters", {"name": "Vans", "area": "vehicles", "filters": [["vehicle_class", "van"]]}),
        ("/devices", {"wired": {"driver": "line", "name": "shed", "address": "127.0.0.1:1"}}),
        ("/access-reviews", {"name": "Spring", "due_at": 4070908800000}),
        ("/bookings", {"customer": twin["id"], "zone": site.house.ids["zone"], "from_at": 4070908800000, "to_at": 4070995200000}),
    ):  # fmt: skip
        await site.add(path, **fields)

    def known() -> dict[str, str]:
        roster = sqlite3.connect(f"file:{site.house.folder / 'state/roster.db'}?mode=ro", uri=True)
        journal = sqlite3.connect(f"file:{site.house.folder / 'state/journal.db'}?mode=ro", uri=True)
        tables = {
            "company": "company", "group": "customer_group", "list": "customer_list", "card": "card", "vehicle": "vehicle", "zone": "zone",
            "point": "access_point", "profile": "profile", "schedule": "schedule", "booking": "booking", "role": "role", "user": "user",
            "webhook": "webhook", "rule": "alert_rule", "tariff": "tariff", "pass_key": "pass_key", "calendar": "scheduled_export",
            "saved": "saved_filter", "device": "device",
        }  # fmt: skip
        found: dict[str, Any] = {
            name: roster.execute(f"SELECT max(id) FROM {table}").fetchone()[0] for name, table in tables.items()
        }
        (found["review"],) = roster.execute("SELECT min(id) FROM access_review WHERE state = 'open'").fetchone()
        people = [id for (id,) in roster.execute("SELECT id FROM customer WHERE deleted_at IS NULL ORDER BY id LIMIT 2")]
        found |= dict(zip(("customer", "twin"), people, strict=False))
        asked = "SELECT max(iif(body LIKE '%denied%', seq, 1)), (SELECT max(in_seq) FROM entry), (SELECT max(id) FROM payment), (SELECT max(id) FROM alert) FROM event"
        found |= dict(zip(("event", "entry", "payment", "alert"), journal.execute(asked).fetchone(), strict=True))
        roster.close()
        journal.close()
        return {name: str(id) for name, id in found.items() if id is not None}

    return known


async def document_of(site: DeskFacility) -> dict[str, Any]:
    async with site.client() as http:
        document: dict[str, Any] = (await http.get("/api/v1/openapi.json")).json()
    return document


@pytest.mark.parametrize("each", [2, pytest.param(25, marks=pytest.mark.slow)])
@pytest.mark.parametrize("role", sorted(DEFAULT_ROLES))
@pytest.mark.timeout(600)
async def test_every_answer_to_every_role_is_one_that_the_document_names(site: DeskFacility, role: str, each: int) -> None:
    known, document = await furnished(site), await document_of(site)
    async with site.api(role) as http:
        who = (await http.get("/sessions/current")).json()
    keys = [
        (await site.add("/keys", name=f"contract {n}", user=who["user"], scopes=who["rights"], per_minute=6000))["key"]
        for n in range(3)
    ]
    sent = await asyncio.to_thread(send_many, document, site.url, keys, known, each)
    assert not sent.failures, "\n\n".join(f"{name}\n{why}" for name, why in sent.failures.items())
    assert sent.came[200] > 20 and sent.came[404 if "users.manage" in who["rights"] else 403] > 20, sent.came


async def test_every_example_in_the_document_works(site: DeskFacility) -> None:
    known, document = await furnished(site), await document_of(site)
    spare = await site.add("/roles", name="Spare", rights=["customers.view"])
    user = await site.add("/users", login="spare", name="Spare", role=spare["id"], password="correct horse")
    key = await site.add("/keys", name="spare", scopes=["customers.view"])
    await refused(site, "x", "customer", known()["customer"], {"phone": "here"}, {"phone": "there"}, "changed_since")
    more = {"spare_role": spare["id"], "spare_user": user["id"], "spare_key": key["record"]["id"]}
    without, failed = [], []
    async with site.api() as http:
        for operation in operations(document):
            name, there = operation.definition.raw["operationId"], known() | more
            shown = example(operation, there)
            if "requestBody" not in operation.definition.raw:
                continue
            if shown is None:
                without.append(name)
                continue
            names = [p["name"] for p in operation.definition.raw.get("parameters", ()) if p["in"] == "path"]
            path = operation.path.format(**dict.fromkeys(names, "x") | address(operation.path, names, there)).removeprefix(
                "/api/v1"
            )
            answer = await http.request(operation.method, path, json=shown)
            if answer.status_code != EXPECTED.get(name, answer.status_code if answer.is_success else 200):
                failed.append((name, path, answer.status_code, answer.text[-200:]))
    assert not without, "every body has an example"
    assert not failed, "\n".join(map(str, failed))


async def test_the_document_says_what_versions_retries_and_problems_look_like(site: DeskFacility) -> None:
    document = await document_of(site)
    edit, add = document["paths"]["/api/v1/customers/{record_id}"]["patch"], document["paths"]["/api/v1/customers"]["post"]
    assert [p["name"] for p in edit["parameters"]] == ["record_id", "If-Match"] and "ETag" in edit["responses"]["200"]["headers"]
    assert [p["name"] for p in add["parameters"]] == ["Idempotency-Key"] and "ETag" in add["responses"]["201"]["headers"]
    stale = edit["responses"]["412"]["content"]["application/problem+json"]["example"]
    made = await site.add("/customers", **real(example_of(add), {"company": "", "group": "", "profile": site.house.ids["profile"]}))
    async with site.api() as http:
        answer = await http.patch(f"/customers/{made['id']}", json={"name": "B"}, headers={"If-Match": '"99"'})
    assert answer.status_code == 412 and answer.json()["code"] == stale["code"] and set(answer.json()) <= set(stale)
    assert all(op.get("operationId") and op["summary"] for item in document["paths"].values() for op in item.values())


def example_of(operation: dict[str, Any]) -> dict[str, Any]:
    shown = dict(operation["requestBody"]["content"]["application/json"]["example"])
    return {name: value for name, value in shown.items() if name not in ("company", "groups")}
