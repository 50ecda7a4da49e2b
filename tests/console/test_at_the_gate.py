"""What a guard does from the live page: hold, lock, lock down, put a refusal right in one step, acknowledge an alert."""

from __future__ import annotations

import re

import pytest

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_sign_in import csrf_of
from tests.console.test_customers_pages import text_of


@pytest.mark.feature("X-21", "X-20")
async def test_a_door_is_held_locked_and_locked_down_with_a_reason_each(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    point = site.house.ids["North in"]
    async with site.browser() as http:
        proof = csrf_of((await http.get("/")).text)

        async def act(name: str, reason: str = "fire drill") -> str:
            data = {"csrf": proof, "do": name, "reason": reason}
            answer = await http.post(f"/access-points/{point}/act", data=data, headers={"HX-Request": "true"})
            assert answer.status_code == 200, answer.text
            return answer.text

        assert 'value="hold"' in (await http.get("/")).text
        assert 'value="lock"' in await act("hold"), "the hold is offered to be ended"
        assert "Door held open" in text_of((await http.get("/events")).text)
        assert 'value="hold"' in await act("lock")
        assert 'value="normal"' in await act("lock-down")
        assert await site.show(code) is Reason.LOCKED_DOWN
        live = text_of((await http.get("/")).text)
        assert "Locked down" in live
        await act("normal")
        assert await site.show(code) is Reason.GRANTED
        assert (
            await http.post(f"/access-points/{point}/act", data={"csrf": proof, "do": "explode", "reason": "x"})
        ).status_code == 400
        events = text_of((await http.get("/events")).text)
        assert "fire drill" in events
    async with site.browser("Viewer") as http:
        live = (await http.get("/")).text
        assert "/act" not in live and 'value="hold"' not in live


@pytest.mark.feature("X-29")
async def test_a_refusal_is_put_right_from_the_live_page_in_one_step(site: DeskFacility) -> None:
    customer, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        await api.patch(f"/customers/{customer['id']}", json={"status": "inactive"})
    assert await site.show(code) is Reason.CUSTOMER_INACTIVE
    async with site.browser("Guard") as http:
        assert 'value="activate_customer"' not in (await http.get("/")).text, "a guard may not change customers"
    async with site.browser() as http:
        live = (await http.get("/")).text
        form = re.search(r'<form class="helps" method="post" action="(/events/\d+/remedy)".*?</form>', live, re.S)
        assert form and "Set the customer active" in form[0] and "counts from now on" in form[0]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        done = await http.post(form[1], data={**hidden, "remedy": "activate_customer"}, headers={"HX-Request": "true"})
        assert "Corrected, judged again, and opened." in done.text
        assert await site.show(code, at="North out") is Reason.GRANTED


@pytest.mark.feature("X-13")
async def test_the_live_page_says_how_full_a_zone_is(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        await api.patch(f"/zones/{site.house.ids['zone']}", json={"capacity": 2})
    await site.show(code)
    async with site.browser("Guard") as http:
        page = (await http.get("/")).text
        meter = re.search(r'<meter class="(\w+)" min="0" max="100" value="(\d+)" aria-label="([^"]+)"', page)
        assert meter and meter.groups() == ("ok", "50", "Garage: 50 % full") and "/ 2" in page
