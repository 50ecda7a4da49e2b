"""Doors for programs on the console: keys and webhooks whose secret is said once, exports by the calendar, keys of signed passes."""

from __future__ import annotations

import base64
import os
import re

import pytest

from admin_api.console import cron
from admin_api.console.language import speak
from edge.core.model import Permission
from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.console.test_customers_pages import text_of, values_of
from tests.support.facility import until

SECRET = re.compile(r'<textarea id="secret"[^>]*>([^<]+)<')


@pytest.mark.feature("X-22")
async def test_an_api_key_is_shown_once_works_with_its_rights_alone_and_is_revoked(site: DeskFacility) -> None:
    async with site.browser() as http:
        form = {**values_of((await http.get("/office/keys/new")).text), "name": "Booking system", "per_minute": "60"}
        none = await http.post("/office/keys/new", data=form)
        assert none.status_code == 400 and "Name the rights that it may use" in text_of(none.text)
        rights = {**form, "scopes": ["customers.view"], "user": (await site.get("/users"))["items"][0]["id"]}
        made = await http.post("/office/keys/new", data=rights)
        secret = SECRET.search(made.text)
        assert made.status_code == 200 and secret and made.headers["cache-control"] == "no-store" and "data-copy" in made.text
        twice = await http.post("/office/keys/new", data=rights)
        assert "It was made already" in twice.text and secret[1] not in twice.text
        async with site.client(headers={"Authorization": f"Bearer {secret[1]}"}) as program:
            assert (await program.get("/api/v1/customers")).status_code == 200
            assert (await program.get("/api/v1/vehicles")).status_code == 403
            listed = (await http.get("/office/keys")).text
            assert f"…{secret[1][-4:]}" in listed and "Active" in listed and "See customers" in text_of(listed)
            (edit,) = re.findall(r'href="(/office/keys/[0-9a-f-]{36})"', listed)
            page = (await http.get(edit)).text
            changed = {**values_of(page), "name": "Bookings", "per_minute": "30", "scopes": "customers.view"}
            assert (await http.post(edit, data=changed)).headers["location"] == "/office/keys?done=saved"
            assert (await http.post(edit, data={**changed, "name": "Other"})).status_code == 409
            gone = await http.post(f"{edit}/delete", data={"csrf": changed["csrf"]})
            assert gone.headers["location"] == "/office/keys?done=revoked"
            assert (await program.get("/api/v1/customers")).status_code == 401
        assert "Revoked" in text_of((await http.get("/office/keys")).text)
        assert "This key is revoked" in text_of((await http.get(edit)).text) and f"{edit}/delete" not in (await http.get(edit)).text


@pytest.mark.feature("X-22")
async def test_who_may_not_manage_users_sees_and_makes_keys_of_their_own_alone(site: DeskFacility) -> None:
    role = await site.add("/roles", name="Keeper", rights=[Permission.KEYS_MANAGE.value, Permission.CUSTOMERS_VIEW.value])
    await site.add("/users", login="keeper", role=role["id"], password=PASSWORD)
    theirs = await site.add("/keys", name="Of the office", scopes=["customers.view"])
    async with site.browser("Keeper") as http:
        page = (await http.get("/office/keys/new")).text
        assert (
            sorted(re.findall(r'name="scopes" value="([^"]+)"', page)) == ["customers.view", "keys.manage"]
            and 'name="user"' not in page
        )
        mine = {**values_of(page), "name": "Mine", "per_minute": "60", "scopes": "customers.view"}
        assert SECRET.search((await http.post("/office/keys/new", data=mine)).text)
        listed = (await http.get("/office/keys")).text
        assert "Mine" in listed and "Of the office" not in listed
        other = f"/office/keys/{theirs['record']['id']}"
        assert (await http.get(other)).status_code == 404
        assert (await http.post(f"{other}/delete", data={"csrf": values_of(page)["csrf"]})).status_code == 404


@pytest.mark.feature("X-23")
async def test_a_webhook_says_its_secret_once_and_then_how_its_deliveries_go(site: DeskFacility) -> None:
    async with site.browser() as http:
        form = {
            **values_of((await http.get("/office/webhooks/new")).text),
            "name": "Security",
            "active": "yes",
            "events": "access.denied",
        }
        wrong = await http.post("/office/webhooks/new", data={**form, "url": "http://example.org/"})
        assert wrong.status_code == 400 and 'id="error-url"' in wrong.text
        made = await http.post("/office/webhooks/new", data={**form, "url": "http://127.0.0.1:9/nobody"})
        secret = SECRET.search(made.text)
        assert secret and len(secret[1]) == 64
        await site.show("NOBODYS-CODE")

        async def fails() -> bool:
            return "Fails" in text_of((await http.get("/office/webhooks")).text)

        await until(fails, "the failure to be told of")
        listed = (await http.get("/office/webhooks")).text
        assert "not reached" in text_of(listed) and "Somebody was refused" in text_of(listed) and secret[1] not in listed
        (edit,) = re.findall(r'href="(/office/webhooks/[0-9a-f-]{36})"', listed)
        page = (await http.get(edit)).text
        assert "Fails since" in text_of(page)
        still = {**values_of(page), "name": "Security", "url": "http://127.0.0.1:9/nobody", "events": "access.denied"}
        assert (await http.post(edit, data=still)).status_code == 303
        assert "Waits" in text_of((await http.get("/office/webhooks")).text)
        assert (await http.post(f"{edit}/delete", data={"csrf": still["csrf"]})).status_code == 303
    async with site.browser("Viewer") as http:
        assert (await http.get("/office/webhooks/new")).status_code == 403


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("0 6 * * *", "Every day at 06:00"), ("5 6 * * 1", "Mon at 06:05"), ("0 18 * * 1-5", "Mon, Tue, Wed, Thu, Fri at 18:00"), ("0 9 * * 0,6", "Sun, Sat at 09:00"),
        ("30 1 1 * *", "On day 1 of every month at 01:30"), ("0 0 L * *", "On the last day of every month at 00:00"), ("5 * * * *", "Every hour, at minute 05"),
        ("*/15 * * * *", "Every 15 minutes"), ("0 6 1 1 *", ""), ("0 6,18 * * *", ""), ("often", ""), ("0 6 * * MON", ""),
    ],
)  # fmt: skip
def test_a_calendar_is_said_in_words(fields: str, said: str) -> None:
    speak("en")
    assert cron.in_words(fields) == said


@pytest.mark.feature("S000-35")
async def test_an_export_by_the_calendar_says_when_it_runs_while_that_is_typed(site: DeskFacility) -> None:
    view = await site.add("/saved-filters", name="Inactive", area="customers", filters=[["status", "inactive"]])
    async with site.browser() as http:
        page = (await http.get("/exports/scheduled/new")).text
        assert "Mon at 06:00" in text_of(page) and "Next:" in text_of(page) and "Customers: Inactive" in text_of(page)
        form = {**values_of(page), "name": "Board", "area": "customers", "saved": view["id"], "format": "csv", "active": "yes"}
        wrong = await http.post("/exports/scheduled/new", data={**form, "cron": "weekly", "folder": "/srv/files"})
        assert wrong.status_code == 400 and 'id="error-cron"' in wrong.text
        made = await http.post("/exports/scheduled/new", data={**form, "cron": "0 7 1 * *", "folder": "/srv/files"})
        assert made.headers["location"] == "/exports/scheduled?done=added"
        listed = (await http.get("/exports/scheduled")).text
        assert "On day 1 of every month at 07:00" in text_of(listed) and "/srv/files" in listed
        for typed, says in (("0 8 * * 2", "Tue at 08:00"), ("whenever", "Five fields"), ("0 6 30 2 *", "Five fields")):
            piece = await http.get("/exports/scheduled/when", params={"cron": typed})
            assert says in piece.text and "<html" not in piece.text
        edit = re.search(r'href="(/exports/scheduled/[0-9a-f-]{36})"', listed)
        assert edit and (await http.post(f"{edit[1]}/delete", data={"csrf": form["csrf"]})).status_code == 303
        assert (await site.get("/scheduled-exports"))["items"] == []


async def test_a_key_of_signed_passes_is_added_and_revoked_and_never_replaced(site: DeskFacility) -> None:
    public = base64.b64encode(os.urandom(32)).decode()
    async with site.browser() as http:
        form = {**values_of((await http.get("/site/pass-keys/new")).text), "key": "H7", "name": "Hotel"}
        assert 'id="error-public"' in (await http.post("/site/pass-keys/new", data={**form, "public": "short"})).text
        assert (await http.post("/site/pass-keys/new", data={**form, "public": public})).status_code == 303
        page = (await http.get("/site/pass-keys/H7")).text
        assert (
            "Believed" in text_of((await http.get("/site/pass-keys")).text)
            and 'name="public"' not in page
            and "Delete…" not in page
        )
        assert (
            await http.post("/site/pass-keys/H7", data={**values_of(page), "name": "Hotel", "revoked": "yes"})
        ).status_code == 303
        assert "Revoked" in text_of((await http.get("/site/pass-keys")).text)
