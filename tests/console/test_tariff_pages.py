"""Tariffs on the console: what is typed is what is kept, and the calculator says what a stay would cost before anything is saved."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from admin_api.console.charts import stairs
from tests.admin_api.desk_facility import DeskFacility
from tests.console.in_browser import Complaints, signed_in
from tests.console.test_customers_pages import text_of, values_of

ZURICH = {
    "name": "Zurich", "currency": "CHF", "free_minutes": "15", "daily_cap": "18", "grace_minutes": "15", "rounding": "0.05",
    "steps.minutes": ["120", "", ""], "steps.unit": ["60", "30", ""], "steps.price": ["2.50", "1", ""],
    "taxes.name": ["MWST", ""], "taxes.number": ["CHE-123.456.789", ""], "taxes.rate": ["8.1", ""],
}  # fmt: skip
"""The example of docs/tariffs.md, as a person types it."""


async def form(http: httpx.AsyncClient, path: str = "/site/tariffs/new", **more: Any) -> dict[str, Any]:
    return {**values_of((await http.get(path)).text), **ZURICH, **more}


async def test_a_tariff_is_typed_in_money_and_kept_in_the_digits_of_its_currency(site: DeskFacility) -> None:
    async with site.browser() as http:
        made = await http.post("/site/tariffs/new", data=await form(http))
        assert made.status_code == 303, text_of(made.text)
        (kept,) = (await site.get("/tariffs"))["items"]
        assert kept["steps"] == [{"minutes": 120, "unit": 60, "price": 250}, {"unit": 30, "price": 100}]
        assert (kept["daily_cap"], kept["rounding"], kept["taxes"][0]["rate"]) == (1800, 5, 810)
        zone = f"/site/zones/{site.house.ids['zone']}"
        fields = {"name": "Garage", "mode": "normal", "antipassback": "off", "antipassback_minutes": "0", "tariff": kept["id"]}
        assert (await http.post(zone, data={**values_of((await http.get(zone)).text), **fields})).status_code == 303
        listed = text_of((await http.get("/site/tariffs")).text)
        assert "Zurich 2.50 CHF / 1 h → 1.00 CHF / 30 min 15 min 18.00 CHF Garage" in listed
        page = (await http.get(f"/site/tariffs/{kept['id']}")).text
        assert f'href="{zone}"' in page and 'name="steps.price" value="2.50"' in page
        refused = await http.post(f"/site/tariffs/{kept['id']}/delete", data={"csrf": values_of(page)["csrf"]})
        assert refused.status_code == 409, "a zone costs this"
        yen = await form(
            http, **{"name": "Yen", "currency": "JPY", "daily_cap": "", "rounding": "1", "steps.price": ["250", "100", ""]}
        )
        assert (await http.post("/site/tariffs/new", data=yen)).status_code == 303
        assert [t["steps"][0]["price"] for t in (await site.get("/tariffs"))["items"] if t["currency"] == "JPY"] == [250]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"steps.price": ["2.505", "1", ""]}, "An amount such as 12.50"), ({"steps.unit": ["", "30", ""]}, "A number is needed here"),
        ({"steps.minutes": ["90", "", ""]}, "A step holds for whole units"), ({"steps.minutes": ["120", "60", ""]}, "The last step holds for ever"),
        ({"daily_cap": "2"}, "A daily cap below the price of one unit"), ({"taxes.rate": ["1234", ""]}, "A percentage such as 12.5"),
        ({"currency": "Francs"}, "A currency is three capital letters"), ({"rounding": ""}, "An amount such as"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_said_beside_what_was_typed(site: DeskFacility, change: dict[str, Any], says: str) -> None:
    async with site.browser() as http:
        answer = await http.post("/site/tariffs/new", data=await form(http, **change))
        said = text_of(answer.text)
        assert answer.status_code == 400 and says in said, said[:1200]
        assert 'value="CHE-123.456.789"' in answer.text and (await site.get("/tariffs"))["items"] == []
        assert says.lower() in text_of((await http.post("/site/tariffs/price", data=await form(http, **change))).text).lower()


async def test_the_calculator_says_what_a_stay_costs_and_how_that_comes_about(site: DeskFacility) -> None:
    async with site.browser() as http:
        keller = await form(http, stay="own", came="2026-05-04T08:00", left="2026-05-04T11:20", discount="10")
        piece = await http.post("/site/tariffs/price", data=keller, headers={"HX-Request": "true"})
        said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", piece.text))
        assert "<html" not in piece.text and "<svg" in piece.text
        assert "7.80 CHF for 3 h 20 min 2 × 60 min at 2.50 CHF 5.00 CHF 3 × 30 min at 1.00 CHF 3.00 CHF" in said
        assert "Discount 10 % -0.80 CHF MWST 8.1 % (CHE-123.456.789) 0.58 CHF Rounding 0.02 CHF Total 7.80 CHF" in said
        for stay, total in (("15", "Free: 15 min"), ("30", "2.70 CHF for 30 min"), ("4320", "58.35 CHF for 3 days")):
            own = {"stay": "own", "came": "2026-05-04T08:00", "left": f"2026-05-04T08:{stay}"} if stay == "15" else {"stay": stay}
            page = await http.post("/site/tariffs/price", data=await form(http, **own))
            assert total in text_of(page.text), text_of(page.text)[-900:]
        whole = await http.post("/site/tariffs/price", data=keller)
        assert "<html" in whole.text and 'name="steps.minutes" value="120"' in whole.text and "7.80 CHF" in whole.text
        assert 'value="2026-05-04T11:20"' in whole.text and whole.text.count('name="steps.unit"') == 4
        for change, says in (
            ({"left": "2026-05-03T08:00"}, "They leave before they come"),
            ({"came": ""}, "Say when somebody comes"),
        ):
            assert says in text_of((await http.post("/site/tariffs/price", data={**keller, **change})).text)
    async with site.browser("Guard") as http:
        assert (await http.post("/site/tariffs/price", data={**keller, "csrf": "no"})).status_code == 403


def test_a_curve_goes_up_where_the_price_does() -> None:
    drawn = stairs([(0, 0), (30, 250), (60, 250), (90, 500), (120, 500)], [(0, "0"), (120, "2 h")], str, (60, 250))
    assert drawn.line.count("V") == 2 and [t.label for t in drawn.up] == ["0", "500", "1000"]
    assert drawn.dot and drawn.across[0].at < drawn.dot[0] < drawn.across[1].at and drawn.under.endswith("Z")


async def test_the_price_follows_what_is_typed_and_a_row_more_comes_by_itself(site: DeskFacility, browser: Any) -> None:
    async with signed_in(browser, site, "Administrator") as context:
        page, complaints = await context.new_page(), Complaints()
        complaints.follow(page)
        await page.goto(f"{site.url}/site/tariffs/new")
        price, rows = page.locator("#price"), page.locator("tbody[data-rows] >> nth=0 >> tr")
        await expect(price).to_contain_text("Type the price of a unit")
        await rows.nth(0).locator("input").nth(1).fill("60")
        await rows.nth(0).locator("input").nth(2).fill("2")
        await expect(price.locator(".amount")).to_contain_text("4.00 EUR")
        await page.get_by_label("8 h").check()
        await expect(price.locator(".amount")).to_contain_text("16.00 EUR for 8 h")
        await expect(rows).to_have_count(2)
        await rows.nth(1).locator("input").nth(1).fill("30")
        await expect(rows).to_have_count(3)
        await page.get_by_label("Other…").check()
        await page.get_by_label("Comes at").fill("2026-05-04T08:00")
        await page.get_by_label("Leaves at").fill("2026-05-04T09:01")
        await rows.nth(1).locator("input").nth(1).fill("")
        await expect(price.locator(".amount")).to_contain_text("4.00 EUR for 1 h 01 min")
        assert complaints.found == []
