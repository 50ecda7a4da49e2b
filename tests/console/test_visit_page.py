"""The page of a visit: what is due and why, taking the payment, giving it back."""

from __future__ import annotations

import re

import pytest

from admin_api.console.payments import minor_units
from edge.core.errors import Invalid
from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_payments import listed, parked
from tests.console.test_customers_pages import text_of, values_of


@pytest.mark.feature("S003-32")
async def test_a_guard_takes_what_is_due_and_the_barrier_opens(site: DeskFacility) -> None:
    entry, code = await parked(site)
    assert await site.show(code, at="North out") is Reason.PAYMENT_DUE
    async with site.browser("Guard") as http:
        refused = (await http.get("/events?outcome=denied")).text
        why = (await http.get(re.search(r"/events/\d+", refused[refused.index("<main") :])[0])).text  # type: ignore[index]
        assert f'href="/entries/{entry}"' in why, "what would help leads to the till"
        page = (await http.get(f"/entries/{entry}")).text
        assert "1 × 60 min at 2.50 CHF" in text_of(page) and 'value="2.50"' in page
        form = {**values_of(page), "amount": "2,50", "method": "card", "note": "terminal 1"}
        assert form["request"]
        done = await http.post(f"/entries/{entry}/payments", data=form)
        assert done.status_code == 303, text_of(done.text)
        assert (await http.post(f"/entries/{entry}/payments", data=form)).status_code in (303, 400)
        after = (await http.get(done.headers["location"])).text
        assert "Payment taken." in after and "Refund" not in after, "giving back is another right"
    assert (await listed(site, entry))["paid"] == 250
    assert await site.show(code, at="North out") is Reason.GRANTED


async def test_what_makes_no_sense_stands_beside_its_field(site: DeskFacility) -> None:
    entry, _ = await parked(site)
    async with site.browser() as http:
        hidden = values_of((await http.get(f"/entries/{entry}")).text)
        for amount, says in (
            ("2.505", "An amount such as 12.50"),
            ("a lot", "An amount such as 12.50"),
            ("9", "more than is due: 2.50 CHF due"),
        ):
            page = await http.post(f"/entries/{entry}/payments", data={**hidden, "amount": amount, "method": "cash"})
            assert page.status_code == 400
            assert says.lower() in text_of(page.text).lower() and f'value="{amount}"' in page.text


async def test_a_payment_is_confirmed_refunded_in_part_and_voided_from_its_page(site: DeskFacility) -> None:
    entry, _ = await parked(site)
    path = f"/entries/{entry}"
    async with site.browser() as http:
        hidden = values_of((await http.get(path)).text)
        await http.post(f"{path}/payments", data={**hidden, "amount": "2.50", "method": "transfer", "pending": "yes"})
        assert (await listed(site, entry))["payment"] == "pending"
        async with site.api() as api:
            ((payment,),) = [[p["id"] for p in (await api.get("/payments")).json()["items"]]]
        proof = {"csrf": hidden["csrf"]}
        assert (await http.post(f"{path}/payments/{payment}/confirm", data=proof)).status_code == 303
        back = {**proof, "amount": "1.00", "reason": "lift was broken"}
        assert (await http.post(f"{path}/payments/{payment}/refund", data=back)).status_code == 303
        refused = await http.post(f"{path}/payments/{payment}/void", data={**proof, "reason": "wrong car"})
        assert refused.status_code == 400 and "refunded already" in refused.text
        shown = text_of((await http.get(path)).text)
        assert "1.00 CHF given back" in shown and "1.50 CHF" in shown
        customer = (await http.get("/customers")).text
        tab = (await http.get(re.search(r"/customers/[0-9a-f-]{36}", customer)[0] + "?tab=entries")).text  # type: ignore[index]
        assert f'href="{path}"' in tab and "Refunded" in tab


@pytest.mark.parametrize(
    ("text", "currency", "units"),
    [("4", "EUR", 400), ("4.5", "EUR", 450), (" 0,05 ", "CHF", 5), ("1200", "JPY", 1200), ("0.005", "KWD", 5)],
)
def test_amounts_are_read_as_people_write_them(text: str, currency: str, units: int) -> None:
    assert minor_units(text, currency) == units


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "NaN", "1e400", "Infinity", "0.001", "1" * 40])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        minor_units(text, "EUR")
