"""The second factor: enrolled with the password, confirmed with a code, asked for at signing in, each code taken once."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pyotp
import pytest

from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.admin_api.test_sign_in import csrf_of

SLICE_MS = 30_000


class Phone:
    """What an authenticator app does: the code of the slice that the edge's clock stands in, or of one beside it."""

    def __init__(self, site: DeskFacility, seed: str) -> None:
        self._site, self._maker = site, pyotp.TOTP(seed)

    def code(self, beside: int = 0) -> str:
        return self._maker.generate_otp(self._site.house.edge.clock.now().wall // SLICE_MS + beside)


async def enrolled(site: DeskFacility, role: str = "Guard") -> tuple[Phone, list[str]]:
    """(phone, recovery codes) of the user of this role."""
    async with site.api(role) as http:
        wrong = await http.post("/second-factor", json={"password": "not mine at all"})
        assert wrong.status_code == 401
        made = await http.post("/second-factor", json={"password": PASSWORD})
        assert made.status_code == 201 and made.headers["cache-control"] == "no-store"
        told = made.json()
        assert told["uri"].startswith("otpauth://totp/Test:") and f"secret={told['seed']}" in told["uri"] and "<svg" in told["svg"]
        phone = Phone(site, told["seed"])
        assert (await http.post("/second-factor/confirm", json={"code": "12345"})).json()["field"] == "code"
        done = await http.post("/second-factor/confirm", json={"code": phone.code(-1)})
        assert done.status_code == 200, done.text
        codes: list[str] = done.json()["codes"]
        assert len(set(codes)) == 10
        assert (await http.post("/second-factor", json={"password": PASSWORD})).status_code == 409
    return phone, codes


async def signing_in(http: httpx.AsyncClient, **more: Any) -> httpx.Response:
    return await http.post("/api/v1/sessions", json={"login": "guard", "password": PASSWORD, **more})


@pytest.mark.feature("S003-46")
async def test_signing_in_asks_for_a_code_and_takes_each_once(site: DeskFacility) -> None:
    phone, recovery = await enrolled(site)
    async with site.client() as http:
        asked = await signing_in(http)
        assert (asked.status_code, asked.json()["code"], asked.json()["field"]) == (401, "second-factor-needed", "code")
        assert asked.json()["type"].endswith(":second-factor-needed")
        assert (await signing_in(http, code=phone.code(-1))).status_code == 401, "the code that confirmed it is used up"
        assert (await signing_in(http, code=phone.code(5))).status_code == 401, "a clock so far off is wrong"
        assert (await signing_in(http, code=phone.code())).status_code == 201
        assert (await signing_in(http, code=phone.code())).status_code == 401, "seen over a shoulder it is worth nothing"
        assert (await signing_in(http, code=phone.code(1))).status_code == 201, "a clock half a minute ahead"
        assert (await signing_in(http, code=phone.code())).status_code == 401, "nor an older one after it"
        assert (await signing_in(http, code=recovery[3].lower())).status_code == 201
        assert (await signing_in(http, code=recovery[3])).status_code == 401
    async with site.api() as admin:
        guard = next(u for u in (await admin.get("/users")).json()["items"] if u["login"] == "guard")
        assert guard["second_factor"] is True
        assert (await admin.patch(f"/users/{guard['id']}", json={"second_factor": False})).status_code == 400


@pytest.mark.feature("S003-46")
async def test_wrong_codes_lock_the_name_as_wrong_passwords_do(site: DeskFacility) -> None:
    phone, _ = await enrolled(site)
    async with site.client() as http:
        for _ in range(5):
            assert (await signing_in(http, code="000000")).json()["code"] == "second-factor-needed"
        locked = await signing_in(http, code=phone.code())
        assert locked.status_code == 401 and "too many wrong" in locked.json()["detail"]


@pytest.mark.feature("S003-46")
async def test_an_administrator_switches_it_off_with_a_reason(site: DeskFacility) -> None:
    await enrolled(site)
    async with site.api() as admin, site.api("Guard") as guard:
        id = next(u["id"] for u in (await admin.get("/users")).json()["items"] if u["login"] == "guard")
        assert (await guard.post(f"/users/{id}/second-factor/off", json={"reason": "mine"})).status_code == 403
        assert (await admin.post(f"/users/{id}/second-factor/off", json={"reason": " "})).json()["field"] == "reason"
        done = await admin.post(f"/users/{id}/second-factor/off", json={"reason": "phone lost"})
        assert (done.status_code, done.json().get("second_factor", False)) == (200, False)
        assert (await guard.get("/sessions/current")).status_code == 401
    async with site.client() as http:
        assert (await signing_in(http)).status_code == 201


@pytest.mark.feature("S003-46")
async def test_the_sign_in_page_asks_for_the_code_in_a_second_step(site: DeskFacility) -> None:
    phone, _ = await enrolled(site)
    async with site.client() as http:
        first = await http.post("/sign-in", data={"login": "guard", "password": PASSWORD, "next": "/customers"})
        assert first.status_code == 200 and 'name="code"' in first.text and PASSWORD not in first.text
        step = found[1] if (found := re.search(r'name="step" value="([^"]+)"', first.text)) else ""
        wrong = await http.post("/sign-in", data={"step": step, "code": "000000", "next": "/customers"})
        assert wrong.status_code == 401 and "This code is wrong" in wrong.text
        again = await http.post("/sign-in", data={"step": step, "code": phone.code()})
        assert again.status_code == 401 and 'name="password"' in again.text, "a step is taken once"
        step = found[1] if (found := re.search(r'name="step" value="([^"]+)"', wrong.text)) else ""
        done = await http.post("/sign-in", data={"step": step, "code": phone.code(), "next": "/customers"})
        assert (done.status_code, done.headers["location"]) == (303, "/customers")
        assert (await http.get("/customers")).status_code == 200


@pytest.mark.feature("S003-46")
async def test_the_second_factor_is_set_up_on_ones_own_page(site: DeskFacility) -> None:
    async with site.browser("Guard") as http:
        page = (await http.get("/me")).text
        form = {"csrf": csrf_of(page)}
        wrong = await http.post("/me/second-factor", data={**form, "password": "not mine at all"})
        assert wrong.status_code == 401 and "The password is wrong." in wrong.text
        shown = await http.post("/me/second-factor", data={**form, "password": PASSWORD})
        assert shown.status_code == 200 and "<svg" in shown.text and shown.headers["cache-control"] == "no-store"
        seed = found[1] if (found := re.search(r"<code>([A-Z2-7]{32})</code>", shown.text)) else ""
        again = await http.post("/me/second-factor/confirm", data={**form, "code": "000000"})
        assert again.status_code == 400 and "clock of the phone" in again.text
        done = await http.post("/me/second-factor/confirm", data={**form, "code": Phone(site, seed).code()})
        codes = re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", done.text)
        assert len(codes) == 10
        assert "asks for a code of your authenticator app" in (await http.get("/me")).text
    async with site.client() as http:
        assert (await signing_in(http, code=codes[0])).status_code == 201
