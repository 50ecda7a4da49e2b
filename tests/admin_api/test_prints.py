"""Printing cards over REST and from the console: the print opens the gate, only who may gets it, and it is written down."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp

from edge.core.judgement import Reason
from edge.core.model import Permission
from tests.admin_api.desk_facility import DeskFacility
from tests.console.test_customers_pages import text_of, values_of


def codes_on(pdf: bytes) -> list[str]:
    pages = [cv2.cvtColor(page.render(scale=5).to_numpy(), cv2.COLOR_BGR2GRAY) for page in pypdfium2.PdfDocument(pdf)]
    return [found.text for page in pages for found in zxingcpp.read_barcodes(np.asarray(page))]


def codes_in(png: bytes) -> list[str]:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    return [found.text for found in zxingcpp.read_barcodes(picture)]


async def card_of(site: DeskFacility, name: str, **more: object) -> tuple[str, str]:
    customer = await site.add("/customers", name=name, email=f"{name.lower()}@example.org", profiles=[site.house.ids["profile"]])
    made = await site.add("/cards", customer=customer["id"], username=name, **more)
    return made["card"]["id"], made["code"]


@pytest.mark.feature("X-1")
async def test_a_sheet_of_cards_holds_their_codes_and_they_open_the_gate(site: DeskFacility) -> None:
    cards = [await card_of(site, name) for name in ("Ada", "Żaneta", "Зоя")]
    async with site.api() as http:
        answer = await http.post("/cards/print", json={"ids": [id for id, _ in cards], "reason": "new season"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="cards.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    found = codes_on(answer.content)
    assert sorted(found) == sorted(code for _, code in cards)
    assert await site.show(found[0]) is Reason.GRANTED
    text = pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_bounded()
    assert "Żaneta" in text and "Зоя" in text and cards[0][1] not in text


@pytest.mark.parametrize("layout", ["card", "sheet", "labels-24", "labels-65"])
async def test_each_layout_prints(site: DeskFacility, layout: str) -> None:
    id, code = await card_of(site, "Ada")
    async with site.api() as http:
        answer = await http.post("/cards/print", json={"ids": [id], "reason": "lost", "layout": layout})
    assert codes_on(answer.content) == [code]
    assert f"card-{code[-4:]}.pdf" in answer.headers["content-disposition"]


@pytest.mark.parametrize("format", ["png", "qr"])
async def test_one_card_is_a_picture(site: DeskFacility, format: str) -> None:
    id, code = await card_of(site, "Ada", valid_to=1893456000000)
    async with site.api() as http:
        answer = await http.post("/cards/print", json={"ids": [id], "reason": "for the phone", "format": format})
        assert answer.headers["content-type"] == "image/png" and codes_in(answer.content) == [code]
        barred, _ = await card_of(site, "Bob", kind="barcode")
        assert (await http.post("/cards/print", json={"ids": [barred], "reason": "x", "format": "qr"})).status_code == 400


async def test_what_cannot_be_printed_says_why(site: DeskFacility) -> None:
    (id, _), (tag, _) = await card_of(site, "Ada"), await card_of(site, "Bob", kind="uid", code="04A2B3C4")
    other, _ = await card_of(site, "Eve", code="AN-OLD-CODE-0001")
    site.house.edge.secrets.put_codes([(other, None)])
    async with site.api() as http:

        async def refused(**more: object) -> tuple[int, str]:
            answer = await http.post("/cards/print", json={"ids": [id], "reason": "lost", **more})
            return answer.status_code, answer.json().get("field", "") or answer.json()["detail"]

        assert await refused(layout="a3") == (400, "layout")
        assert await refused(ids=[id, tag], format="png") == (400, "ids")
        assert await refused(ids=[]) == (400, "ids")
        assert await refused(reason="  ") == (400, "reason")
        assert await refused(ids=["nobody"]) == (404, "id")
        assert await refused(ids=[id, other]) == (409, "ids")
        answer = await http.post("/cards/print", json={"ids": [tag], "reason": "a tag has words alone"})
        assert answer.status_code == 200 and codes_on(answer.content) == []


async def test_only_who_may_prints_and_every_card_is_in_the_audit(site: DeskFacility) -> None:
    id, _ = await card_of(site, "Ada")
    async with site.api("Operator") as http:
        assert (await http.post("/cards/print", json={"ids": [id], "reason": "lost"})).status_code == 403
    async with site.api() as http:
        await http.post("/cards/print", json={"ids": [id], "reason": "she lost it"})
    done = await site.desk.parts.roster.history(id)
    assert next((actor, command, reason) for _, actor, command, reason in done) == ("administrator", "cards.reveal", "she lost it")
    async with site.browser("Operator") as http:
        assert (await http.get("/customers/any/cards/print")).status_code == 403


@pytest.mark.feature("X-1")
async def test_the_console_prints_a_customers_cards(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    where = f"/customers/{customer['id']}"
    async with site.browser() as http:
        tab = (await http.get(f"{where}?tab=cards")).text
        assert f'href="{where}/cards/print"' in tab
        one = re.search(rf'href="({where}/cards/print\?card=[^"]+)"', tab)
        assert one
        form = (await http.get(one[1])).text
        id = one[1].partition("=")[2]
        assert re.search(rf'value="{id}" checked', form) and 'value="card" selected' in form
        fields = {**values_of(form), "ids": id, "layout": "card", "reason": "lost"}
        made = await http.post(f"{where}/cards/print", data=fields)
        assert made.status_code == 200 and codes_on(made.content) == [code]
        again = await http.post(f"{where}/cards/print", data=fields)
        assert codes_on(again.content) == [code], "a jammed printer wants another"
        picture = await http.post(f"{where}/cards/print", data={**fields, "layout": "png"})
        assert codes_in(picture.content) == [code]
        for wrong, says in (
            ({"reason": ""}, "cannot be empty"),
            ({"ids": []}, "1 to 500 cards"),
            ({"layout": "a3"}, "there is no layout"),
        ):
            page = await http.post(f"{where}/cards/print", data={**fields, **wrong})
            assert page.status_code == 400 and says in text_of(page.text).replace("There", "there").replace("This", "this")
    async with site.browser("Operator") as http:
        assert "cards/print" not in (await http.get(f"{where}?tab=cards")).text
    assert Permission.CARDS_REVEAL.value == "cards.reveal"
