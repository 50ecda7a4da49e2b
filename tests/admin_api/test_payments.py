"""Paying over REST: what a visit costs, taking the money once, and what lists say of it."""

from __future__ import annotations

from typing import Any

import pytest

from edge.commands.site import EditAccessPoint, EditZone
from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility


async def parked(site: DeskFacility) -> tuple[int, str]:
    """A car in a zone that costs 2.50 CHF for every hour begun, behind a barrier; (its entry, its code)."""
    async with site.api() as http:
        steps = [{"unit": 60, "price": 250}]
        made = await http.post("/tariffs", json={"name": "Hourly", "currency": "CHF", "steps": steps, "grace_minutes": 15})
    assert made.status_code == 201, made.text
    await site.house.do(EditZone(id=site.house.ids["zone"], changes={"tariff": made.json()["id"]}))
    await site.house.do(EditAccessPoint(id=site.house.ids["North out"], changes={"pedestrian": False}))
    _, code = await site.customer_with_card("Ada")
    assert await site.show(code) is Reason.GRANTED
    async with site.api() as http:
        (entry,) = (await http.get("/entries", params={"open": True})).json()["items"]
    assert (entry["payment"], entry["paid"]) == ("unpaid", 0)
    return entry["in_seq"], code


async def listed(site: DeskFacility, entry: int) -> dict[str, Any]:
    async with site.api() as http:
        found: dict[str, Any] = next(e for e in (await http.get("/entries")).json()["items"] if e["in_seq"] == entry)
    return {name: found.get(name) for name in ("total", "paid", "currency", "payment")}


@pytest.mark.feature("S003-32")
async def test_a_visit_is_priced_paid_once_and_listed_as_paid(site: DeskFacility) -> None:
    entry, code = await parked(site)
    async with site.api("Guard") as http:
        assert await site.show(code, at="North out") is Reason.PAYMENT_DUE
        price = (await http.get(f"/entries/{entry}/price")).json()
        assert (price["due"], price["currency"], price["price"]["lines"][0]["code"]) == (250, "CHF", "step")
        body = {"method": "card", "currency": "CHF", "note": "terminal 1"}
        taken = await http.post(f"/entries/{entry}/payments", json=body, headers={"Idempotency-Key": "till-1"})
        assert taken.status_code == 201, taken.text
        again = await http.post(f"/entries/{entry}/payments", json=body, headers={"Idempotency-Key": "till-1"})
        assert again.json() == taken.json(), "a retry takes nothing twice"
        assert (taken.json()["payment"]["amount"], taken.json()["due"]) == (250, 0)
        assert [p["amount"] for p in (await http.get("/payments")).json()["items"]] == [250]
    assert await listed(site, entry) == {"total": None, "paid": 250, "currency": "CHF", "payment": "paid"}
    assert await site.show(code, at="North out") is Reason.GRANTED
    assert await listed(site, entry) == {"total": 250, "paid": 250, "currency": "CHF", "payment": "paid"}


async def test_pending_refunded_and_voided_payments_are_said_so(site: DeskFacility) -> None:
    entry, _ = await parked(site)
    async with site.api() as http:
        take = {"method": "transfer", "pending": True, "amount": 250}
        pending = (await http.post(f"/entries/{entry}/payments", json=take)).json()["payment"]
        assert (await listed(site, entry))["payment"] == "pending"
        assert (await http.post(f"/payments/{pending['id']}/confirm")).json()["payment"]["state"] == "paid"
        refunded = await http.post(f"/payments/{pending['id']}/refund", json={"reason": "goodwill"})
        assert refunded.json()["payment"]["state"] == "refunded"
        assert (await listed(site, entry))["payment"] == "refunded"
        second = (await http.post(f"/entries/{entry}/payments", json={"method": "cash"})).json()["payment"]
        void = await http.post(f"/payments/{second['id']}/void", json={"reason": "wrong car"})
        assert void.json()["payment"]["state"] == "voided"
        ids = [p["id"] for p in (await http.get("/payments", params={"limit": 1})).json()["items"]]
        assert ids == [second["id"]]
        first = (await http.get("/payments", params={"after": ids[0], "entry": entry})).json()
        assert ([p["id"] for p in first["items"]], first["next"]) == ([pending["id"]], None)
        assert [p["id"] for p in (await http.get("/payments", params={"state": "voided"})).json()["items"]] == [second["id"]]
        assert (await http.get("/payments", params={"until": pending["taken_at"]})).json()["items"] == []


async def test_what_makes_no_sense_is_refused_with_its_field(site: DeskFacility) -> None:
    entry, _ = await parked(site)
    async with site.api() as http:
        for body, field in (
            ({"method": "cash", "amount": 0}, "amount"),
            ({"method": "cash", "amount": 251}, "amount"),
            ({"method": "cash", "currency": "EUR"}, "currency"),
        ):
            answer = await http.post(f"/entries/{entry}/payments", json=body)
            assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert (await http.post(f"/entries/{entry}/payments", json={"method": "shells"})).status_code == 400
        assert (await http.get("/entries/999999/price")).status_code == 404
        assert (await http.post("/payments/999999/void", json={"reason": "r"})).status_code == 404
    async with site.api("Guard") as http:
        assert (await http.post("/payments/999999/refund", json={"reason": "r"})).status_code == 403
