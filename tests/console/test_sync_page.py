"""What the central server did not take, on the console: both values side by side and two buttons, its rows, refused events, and marks on records."""

from __future__ import annotations

import re

from playwright.async_api import Browser, expect

from edge.core.merge import RosterOp
from edge.core.model import Status
from edge.core.people import Customer
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_central import event_refused, not_taken, refused, waits
from tests.console.in_browser import Complaints, signed_in
from tests.console.test_customers_pages import text_of, values_of

PAGE = "/site/sync"


async def test_both_values_stand_side_by_side_with_who_made_the_change_and_why_it_was_refused(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org", profiles=[site.house.ids["profile"]])
    card = await site.add("/cards", customer=ada["id"], username="Ada")
    ours = {"phone": "+41 21 1", "status": "active", "blocklisted": False, "profiles": [site.house.ids["profile"]]}
    theirs = {"phone": "+41 22 2", "status": "inactive", "blocklisted": True, "profiles": ["gone"], "email": 7}
    await refused(site, "c1", "customer", ada["id"], ours, theirs, "changed_since")
    await refused(site, "c2", "card", card["card"]["id"], {}, {}, "blocked", op="delete")
    await refused(site, "c3", "customer", "gone", {"name": "Bob"}, {"name": None}, "quota_spent")
    async with site.browser() as http:
        page = (await http.get(PAGE)).text
        said = text_of(page)
    assert f'href="/customers/{ada["id"]}"' in page and f'href="/cards/{card["card"]["id"]}/edit"' in page
    assert "Changed there meanwhile" in said and "changed by grace" in said and "The central server has blocked this" in said
    rows = {
        label: values
        for label, *values in (re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page))
    }
    assert rows["Phone"] == ["+41 21 1", "+41 22 2"] and rows["Status"] == ["Active", "Inactive"]
    assert rows["Blocklisted"] == ["no", "yes"] and rows["E-mail"] == ["–", "7"], "whatever central says is shown"
    assert "It was to be deleted here." in said and "Central says: as central says it" in said and "quota_spent" in said
    role = await site.add("/roles", name="Looks", rights=["site.view", "customers.view"])
    await site.add("/users", login="looks", role=role["id"], password="correct horse")
    async with site.browser("Looks") as http:
        looks = text_of((await http.get(PAGE)).text)
    assert "Changed there meanwhile" in looks and "Blocked there" not in looks and "Keep central's" not in looks


async def test_keeping_centrals_settles_it_and_what_speaks_against_asking_again_is_said_beside_it(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org", status="inactive")
    await refused(site, "c1", "customer", ada["id"], {"phone": "here"}, {"phone": "there"}, "changed_since")
    await refused(site, "c2", "customer", ada["id"], {"status": "active"}, {"status": "inactive"}, "blocked")
    held = RosterOp(op="put", type="customer", id=ada["id"], ver=4, fields={"status": Status.INACTIVE.value}, hold=True)

    def central_holds(tx: object) -> None:
        tx.central.synced = True  # type: ignore[attr-defined]
        tx.central.came(held, 1)  # type: ignore[attr-defined]

    await site.house.edge.roster.write(central_holds)
    async with site.browser() as http:
        form = {"csrf": values_of((await http.get(PAGE)).text)["csrf"]}
        kept = await http.post(f"{PAGE}/disagreements/c1", data={**form, "do": "keep"})
        assert kept.status_code == 303 and kept.headers["location"] == f"{PAGE}?done=kept-theirs#disagreements"
        again = await http.post(f"{PAGE}/disagreements/c2", data={**form, "do": "again"})
        assert again.status_code == 409 and "The central server has blocked this customer" in text_of(again.text)
        twice = await http.post(f"{PAGE}/disagreements/c1", data={**form, "do": "again"})
        assert twice.status_code == 404 and "This was decided already." in text_of(twice.text)
        assert (await http.post(f"{PAGE}/disagreements/c2", data={**form, "do": "nothing"})).status_code == 400
    assert (await site.house.edge.roster.write(lambda tx: tx.get(Customer, ada["id"]))).status is Status.INACTIVE


async def test_rows_that_were_not_taken_and_refused_events_are_listed_and_an_event_is_sent_again_once(site: DeskFacility) -> None:
    ada, code = await site.customer_with_card("Ada")
    await not_taken(site, "customer", ada["id"], "the number is taken")
    await not_taken(site, "wormhole", "w1", "central sent a 'wormhole', which this version does not know")
    await site.show(code)
    seq = (await site.house.events())[-1].seq
    await event_refused(site, seq)
    async with site.browser() as http:
        assert "The number is taken." in text_of((await http.get(PAGE)).text)
    async with site.browser("Technician") as http:
        page = (await http.get(PAGE)).text
        assert "The number is taken." not in text_of(page) and "wormhole" in page and f'href="/events/{seq}"' in page
        form = values_of(page)
        sent = await http.post(f"{PAGE}/events/{seq}", data=form)
        assert sent.headers["location"] == f"{PAGE}?done=resent#events"
        after = (await http.get(PAGE)).text
        assert "sent again as event" in text_of(after) and f'action="{PAGE}/events/{seq}"' not in after
        assert (await http.post(f"{PAGE}/events/{seq}", data={"csrf": form["csrf"]})).status_code == 409
    async with site.browser("Operator") as http:
        page = (await http.get(PAGE)).text
        assert f'href="/events/{seq}"' in page and "Send again" not in page


async def test_who_is_restricted_to_a_part_of_the_site_sees_nothing_of_it(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    await refused(site, "c1", "customer", ada["id"], {"phone": "here"}, {"phone": "there"}, "changed_since")
    roles = {r["name"]: r["id"] for r in (await site.get("/roles"))["items"]}
    await site.add("/users", login="north", role=roles["Operator"], password="correct horse", zones=[site.house.ids["zone"]])
    async with site.browser("North") as http:
        page = await http.get(PAGE)
        assert page.status_code == 200 and "there" not in re.findall(r"<td>(.*?)</td>", page.text)
        assert f"{PAGE}#disagreements" not in (await http.get(f"/customers/{ada['id']}")).text


async def test_a_record_says_that_it_waits_for_central_or_that_central_disagrees(site: DeskFacility) -> None:
    ada, _ = await site.customer_with_card("Ada")
    bob = await site.add("/customers", name="Bob", email="bob@example.org")
    car = await site.add("/vehicles", customer=ada["id"], plate="GD 1234A")
    card = (await site.get(f"/cards?customer={ada['id']}"))["items"][0]
    async with site.browser() as http:
        for path in (f"/customers/{ada['id']}", "/customers", "/cards", "/vehicles"):
            said = (await http.get(path)).text
            assert "waits for central" not in said and "central disagrees" not in said
        for kind, id in (("customer", ada["id"]), ("vehicle", car["id"])):
            await waits(site, kind, id)
        await refused(site, "c1", "card", card["id"], {"status": "active"}, {"status": "lost"}, "changed_since")
        group = await site.add("/groups", name="Swimmers")
        await waits(site, "group", group["id"])
        for path in (f"/customers/{ada['id']}", f"/vehicles/{car['id']}/edit", f"/groups/{group['id']}", "/vehicles"):
            assert text_of((await http.get(path)).text).count("waits for central") == 1, path
        listed = text_of((await http.get("/customers")).text)
        assert listed.count("waits for central") == 1 and "Bob" in listed
        assert "waits for central" not in (await http.get(f"/customers/{bob['id']}")).text
        assert f'href="{PAGE}#disagreements"' in (await http.get(f"/cards/{card['id']}/edit")).text
        assert "central disagrees" in (await http.get(f"/customers/{ada['id']}?tab=cards")).text


async def test_the_two_buttons_in_a_browser(site: DeskFacility, browser: Browser) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    await refused(site, "c1", "customer", ada["id"], {"phone": "here"}, {"phone": "there"}, "changed_since")
    await refused(site, "c2", "customer", ada["id"], {"fax": "here too"}, {"fax": ""}, "refused")
    complaints = Complaints()
    async with signed_in(browser, site, "Operator", viewport={"width": 400, "height": 800}) as context:
        page = await context.new_page()
        complaints.follow(page)
        await page.goto(site.url + PAGE)
        assert await page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
        await page.locator("#refused-c1").get_by_role("button", name="Keep central's").click()
        await expect(page.get_by_text("Left as the central server has it.")).to_be_visible()
        await page.locator("#refused-c2").get_by_role("button", name="Ask again for ours").click()
        await expect(page.get_by_text("Changed here once more")).to_be_visible()
        await expect(page.locator("#disagreements")).to_have_count(0)
    assert complaints.found == []
    kept = await site.get(f"/customers/{ada['id']}")
    assert (kept.get("phone", ""), kept["fax"]) == ("", "here too")
