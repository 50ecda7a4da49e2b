"""What is done to a customer or card beside its fields, over REST, and what the gate makes of it."""

from __future__ import annotations

import pytest

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility


@pytest.mark.feature("S003-29")
async def test_a_lost_card_is_replaced_and_the_old_one_opens_nothing(site: DeskFacility) -> None:
    _, old = await site.customer_with_card("Ada")
    assert await site.show(old) is Reason.GRANTED
    async with site.api() as api:
        (card,) = (await api.get("/cards", params={"q": "ada"})).json()["items"]
        assert (await api.post(f"/cards/{card['id']}/replace", json={"reason": "lost", "status": "active"})).status_code == 400
        key = {"Idempotency-Key": "once"}
        made = (
            await api.post(f"/cards/{card['id']}/replace", json={"reason": "lost on the pier", "status": "lost"}, headers=key)
        ).json()
        again = await api.post(f"/cards/{card['id']}/replace", json={"reason": "lost on the pier", "status": "lost"}, headers=key)
        assert again.json()["card"]["id"] == made["card"]["id"]
        assert (made["card"]["replaces"], made["card"]["customer"]) == (card["id"], card["customer"])
        assert len((await api.get("/cards", params={"customer": card["customer"]})).json()["items"]) == 2
    assert await site.show(old) is Reason.CARD_LOST
    assert await site.show(made["code"], at="North out") is Reason.GRANTED


@pytest.mark.feature("S003-56")
async def test_a_card_that_was_taken_back_opens_nothing_until_it_is_handed_out_again(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        (card,) = (await api.get("/cards", params={"q": "ada"})).json()["items"]
        assert (await api.post(f"/cards/{card['id']}/hand-out")).json()["handed_out_at"]
        assert (await api.post(f"/cards/{card['id']}/hand-out")).status_code == 409
        assert (await api.post(f"/cards/{card['id']}/take-back", json={"reason": "left the club"})).json()["taken_back_at"]
        assert await site.show(code) is Reason.CARD_INACTIVE
        back = (await api.post(f"/cards/{card['id']}/hand-out")).json()
        assert (back.get("status", "active"), back.get("taken_back_at")) == ("active", None)
    assert await site.show(code) is Reason.GRANTED


@pytest.mark.feature("S002-45")
async def test_a_customer_without_a_pass_on_a_phone_still_enters(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    rotating = await site.add("/cards", customer=customer["id"], kind="rotating_qr", username="phone")
    async with site.api() as api:
        await api.patch(f"/customers/{customer['id']}", json={"portal_blocked": True})
        refused = await api.post(f"/cards/{rotating['card']['id']}/enrol", json={"reason": "new phone"})
        assert refused.status_code == 409 and refused.json()["field"] == "portal_blocked"
        assert await site.show(code) is Reason.GRANTED
        await api.patch(f"/customers/{customer['id']}", json={"portal_blocked": False})
        assert (await api.post(f"/cards/{rotating['card']['id']}/enrol", json={"reason": "new phone"})).status_code == 200


async def test_a_document_is_for_those_with_its_own_right_and_every_look_is_in_the_history(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    path = f"/customers/{customer['id']}"
    async with site.api() as api:
        kept = (await api.put(f"{path}/document", json={"number": "ABC 123", "issuer": "Gdynia"})).json()
        assert kept["has_document"] and "ABC 123" not in (await api.get(path)).text
        assert (await api.post(f"{path}/document/reveal", json={"reason": ""})).status_code == 400
        said = await api.post(f"{path}/document/reveal", json={"reason": "police asked"})
        assert said.json() == {"number": "ABC 123", "issuer": "Gdynia"} and said.headers["cache-control"] == "no-store"
        assert (await api.post(f"{path}/review")).json()["reviewed_at"]
    async with site.api("Operator") as api:
        assert (await api.post(f"{path}/document/reveal", json={"reason": "curious"})).status_code == 403
    assert [op for _, _, op, _ in await site.desk.parts.roster.history(customer["id"])][:2] == [
        "customers.review",
        "customers.reveal_document",
    ]
