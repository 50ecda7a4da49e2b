"""A refusal is explained and repaired from the desk: over REST, and on its page in one step."""

from __future__ import annotations

import re

import pytest

from edge.commands.credentials import EditCard
from edge.commands.passes import SetPin
from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility
from tests.console.test_customers_pages import text_of, values_of


async def refused(site: DeskFacility) -> tuple[int, str, str]:
    """(event, card, code) of a card that is suspended and was shown."""
    _, card, code = await site.house.customer_with_card("Ada")
    await site.house.do(EditCard(id=card, changes={"status": "suspended"}))
    assert await site.show(code) is Reason.CARD_SUSPENDED
    return (await site.house.events())[-1].seq, card, code


@pytest.mark.feature("X-29")
async def test_an_event_is_explained_and_repaired_over_rest(site: DeskFacility) -> None:
    seq, _, code = await refused(site)
    async with site.api() as http:
        why = (await http.get(f"/events/{seq}/explanation")).json()
        assert [r["number"] for r in why["rules"] if r.get("decided")] == [7]
        wrong = await http.post(f"/events/{seq}/remedy", json={"remedy": "ask_host", "reason": "r"})
        assert wrong.status_code == 400, wrong.text
        done = await http.post(
            f"/events/{seq}/remedy",
            json={"remedy": "activate_card", "reason": "found it"},
            headers={"Idempotency-Key": "a-key-0001"},
        )
        assert done.status_code == 200, done.text
        assert (done.json()["granted"], done.json()["opened"]) == (True, True)
        again = await http.post(
            f"/events/{seq}/remedy",
            json={"remedy": "activate_card", "reason": "found it"},
            headers={"Idempotency-Key": "a-key-0001"},
        )
        assert again.json()["event"] == done.json()["event"]
        assert (await http.get("/events/999/explanation")).status_code == 404
    assert await site.show(code) is Reason.GRANTED


async def test_an_operator_repairs_it_on_its_page_and_is_led_to_the_new_decision(site: DeskFacility) -> None:
    seq, _, _ = await refused(site)
    async with site.browser() as http:
        page = (await http.get(f"/events/{seq}")).text
        assert 'value="activate_card"' in page and "Correct, then open" in text_of(page)
        form = {**values_of(page), "remedy": "activate_card", "reason": "found it in the car"}
        done = await http.post(f"/events/{seq}/remedy", data=form)
        assert done.status_code == 303, text_of(done.text)
        assert re.fullmatch(r"/events/\d+\?done=remedied", done.headers["location"])
        after = text_of((await http.get(done.headers["location"])).text)
        assert "Corrected, judged again, and opened." in after and "found it in the car" in after


async def test_who_may_not_correct_or_open_is_offered_nothing(site: DeskFacility) -> None:
    seq, *_ = await refused(site)
    for role in ("Viewer", "Guard"):
        async with site.browser(role) as http:
            assert "Correct, then open" not in text_of((await http.get(f"/events/{seq}")).text)


async def test_a_door_is_held_and_locked_over_rest(site: DeskFacility) -> None:
    point = site.house.ids["North in"]
    async with site.api() as http:
        held = await http.post(f"/access-points/{point}/hold", json={"reason": "moving house"})
        assert held.status_code == 200, held.text
        assert (await http.post(f"/access-points/{point}/lock", json={"reason": "done"})).status_code == 200
        assert (await http.post(f"/access-points/{point}/hold", json={"reason": " "})).status_code == 400
    assert [e.code for e in await site.house.events("operator")] == ["door_hold_ordered", "door_lock_ordered"]


async def test_what_a_pin_was_is_on_no_page(site: DeskFacility) -> None:
    seq, card, _ = await refused(site)
    await site.house.do(SetPin(id=card, pin="2468", duress="8642"))
    async with site.browser() as http:
        for path in (f"/events/{seq}", "/events"):
            text = (await http.get(path)).text
            assert "2468" not in text and "8642" not in text
