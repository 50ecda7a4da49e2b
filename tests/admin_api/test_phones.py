"""Rotating cards, passes and PINs over REST, and the link on the console."""

from __future__ import annotations

import base64
import re
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from edge.core import base32, rotating
from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility
from tests.console.test_customers_pages import text_of, values_of

HOUR = 3_600_000


async def rotating_card(site: DeskFacility) -> dict[str, Any]:
    customer = await site.add("/customers", name="Ada", email="ada@example.org", profiles=[site.house.ids["profile"]])
    made: dict[str, Any] = await site.add("/cards", customer=customer["id"], kind="rotating_qr", username="Ada's phone")
    return made


def code_of(link: str) -> str:
    """The code that the page behind this link shows now."""
    said = parse_qs(urlsplit(link).fragment)
    secret = base32.decode(said["secret"][0])
    assert secret is not None
    return rotating.make(said["number"][0], secret, rotating.slice_of(time.time_ns() // 1_000_000))


@pytest.mark.feature("X-2")
async def test_the_link_of_a_rotating_card_makes_codes_that_open(site: DeskFacility) -> None:
    made = await rotating_card(site)
    async with site.api("Operator") as http:
        answer = await http.post(f"/cards/{made['card']['id']}/enrol", json={"reason": "new phone"})
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
        link = answer.json()["link"]
        assert link.startswith(f"{site.url}/pass#") and "Ada's phone" in unquote(link)
        assert await site.show(code_of(link)) is Reason.GRANTED
        again = await http.post(f"/cards/{made['card']['id']}/enrol", json={"reason": ""})
        assert (again.status_code, again.json()["field"]) == (400, "reason")
    async with site.api("Guard") as http:
        assert (await http.post(f"/cards/{made['card']['id']}/enrol", json={"reason": "r"})).status_code == 403


async def test_the_console_puts_a_card_on_a_phone(site: DeskFacility) -> None:
    made = await rotating_card(site)
    path = f"/cards/{made['card']['id']}/phone"
    async with site.browser() as http:
        tab = (await http.get(f"/customers/{made['card']['customer']}?tab=cards")).text
        assert f'href="{path}"' in tab
        hidden = values_of((await http.get(path)).text)
        refused = await http.post(path, data={**hidden, "reason": ""})
        assert refused.status_code == 400 and "cannot be empty" in refused.text
        shown = await http.post(path, data={**hidden, "reason": "new phone"})
        assert "<svg" in shown.text and "Whoever scans this" in text_of(shown.text)
        link = re.search(r'href="([^"]*/pass#[^"]*)"', shown.text)
        assert link
        assert await site.show(code_of(link[1].replace("&amp;", "&"))) is Reason.GRANTED


async def test_a_pass_is_issued_with_its_qr_and_taken_back(site: DeskFacility) -> None:
    now = time.time_ns() // 1_000_000
    body = {"name": "Grace", "zones": [site.house.ids["zone"]], "valid_from": now - HOUR, "valid_to": now + HOUR, "uses": 3}
    async with site.api("Operator") as http:
        made = await http.post("/passes", json=body, headers={"Idempotency-Key": "visit-1"})
        assert made.status_code == 201, made.text
        issued = made.json()
        assert issued["svg"].startswith("<svg") and base64.b64decode(issued["png"]).startswith(b"\x89PNG")
        again = (await http.post("/passes", json=body, headers={"Idempotency-Key": "visit-1"})).json()
        assert (again["id"], again.get("text", "")) == (issued["id"], "")
        assert await site.show(issued["text"]) is Reason.GRANTED
        assert (await http.post(f"/passes/{issued['id']}/revoke", json={"reason": "sent home"})).status_code == 200
        assert await site.show(issued["text"]) is Reason.PASS_REVOKED
        assert (await http.post("/passes", json={**body, "zones": ["nowhere"]})).json()["field"] == "zones"
        assert (await http.post("/pass-keys/rotate", json={"reason": "yearly"})).status_code == 403
    async with site.api() as http:
        assert (await http.post("/pass-keys/rotate", json={"reason": "yearly"})).json()["id"] == "H2"


async def test_a_card_gets_a_pin_and_loses_it(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    async with site.api() as http:
        (card,) = (await http.get("/cards", params={"customer": customer["id"]})).json()["items"]
        kept = await http.put(f"/cards/{card['id']}/pin", json={"pin": "2468", "duress": "8642"})
        assert (kept.status_code, kept.json()["has_pin"]) == (200, True)
        assert (await http.put(f"/cards/{card['id']}/pin", json={"pin": "12"})).json()["field"] == "pin"
        gone = await http.put(f"/cards/{card['id']}/pin", json={"pin": ""})
        assert not gone.json().get("has_pin", False)
