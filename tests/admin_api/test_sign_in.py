"""Who is asking: signing in and out, cookies, forged and expired sessions, forms from elsewhere, limits."""

from __future__ import annotations

import re

import httpx
import pytest

from admin_api.errors import TooMany
from admin_api.limits import Buckets, SignIns
from edge.commands.users import SESSION_MS
from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.support.facility import until


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found, "a page of somebody signed in has a form with its proof"
    return found[1]


async def test_signing_in_opens_the_console_and_signing_out_ends_the_session(site: DeskFacility) -> None:
    async with site.client() as http:
        assert (await http.get("/customers?q=ada")).headers["location"] == "/sign-in?next=/customers%3Fq%3Dada"
        form = {"login": "guard", "password": PASSWORD, "next": "/customers"}
        answer = await http.post("/sign-in", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/customers")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie and "samesite=lax" in cookie.lower() and "Path=/" in cookie
        assert "Secure" not in cookie, "plain HTTP on loopback: a Secure cookie would never come back"
        page = await http.get("/customers")
        assert page.status_code == 200 and "Guard Test" in page.text
        out = await http.post("/sign-out", data={"csrf": csrf_of(page.text)})
        assert out.status_code == 303
        http.cookies.set("gatelatch", answer.cookies["gatelatch"])
        assert (await http.get("/customers")).status_code == 303, "the token is worth nothing once signed out"


async def test_a_wrong_password_says_so_and_no_more(site: DeskFacility) -> None:
    async with site.client() as http:
        known = await http.post("/sign-in", data={"login": "guard", "password": "wrong password"})
        unknown = await http.post("/sign-in", data={"login": "nobody", "password": "wrong password"})
        assert known.status_code == unknown.status_code == 401
        assert "Name or password is wrong" in known.text and "set-cookie" not in known.headers
        assert known.text.replace("guard", "") == unknown.text.replace("nobody", "")
        api = await http.post("/api/v1/sessions", json={"login": "guard", "password": "wrong password"})
        assert api.status_code == 401 and api.json()["code"] == "not_signed_in"


@pytest.mark.parametrize(
    "away", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "javascript:alert(1)", "/a\tb"]
)
async def test_after_signing_in_nobody_is_led_elsewhere(site: DeskFacility, away: str) -> None:
    async with site.client() as http:
        answer = await http.post("/sign-in", data={"login": "guard", "password": PASSWORD, "next": away})
        assert answer.headers["location"] == "/"


async def test_a_forged_or_expired_or_ended_session_is_nobody(site: DeskFacility) -> None:
    async with site.client() as http:
        for token in ("x" * 43, "-", "a" * 5000):
            answer = await http.get("/api/v1/customers", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401 and answer.headers["content-type"].startswith("application/problem+json")
        token = await site.token("Viewer")
        headers = {"Authorization": f"Bearer {token}"}
        assert (await http.get("/api/v1/customers", headers=headers)).status_code == 200
        site.desk.parts.now = lambda: _later(SESSION_MS + 1000)
        assert (await http.get("/api/v1/customers", headers=headers)).status_code == 401, "twelve hours later it has expired"


def _later(ms: int) -> int:
    from admin_api.parts import wall_ms

    return wall_ms() + ms


async def test_a_user_made_inactive_is_out_at_the_next_request(site: DeskFacility) -> None:
    async with site.api("Guard") as guard, site.api() as admin:
        users = (await admin.get("/users")).json()["items"]
        id = next(u["id"] for u in users if u["login"] == "guard")
        assert (await guard.get("/customers")).status_code == 200
        assert (await admin.patch(f"/users/{id}", json={"active": False})).status_code == 200
        assert (await guard.get("/customers")).status_code == 401


async def test_a_form_from_elsewhere_changes_nothing(site: DeskFacility) -> None:
    async with site.browser() as http:
        proof = csrf_of((await http.get("/customers")).text)
        fields = {"name": "Mallory", "email": "mallory@example.org"}
        for data, headers in (
            (fields, {}),
            ({**fields, "csrf": "0" * 64}, {}),
            ({**fields, "csrf": proof}, {"Sec-Fetch-Site": "cross-site"}),
            ({**fields, "csrf": proof}, {"Origin": "https://elsewhere.example"}),
        ):
            answer = await http.post("/customers/new", data=data, headers=headers)
            assert answer.status_code == 403, (data, headers)
        other = await http.post("/api/v1/customers", json=fields)
        assert other.status_code == 403, "a cookie alone is no proof for the API either"
        assert (await http.get("/api/v1/customers?q=Mallory")).json()["items"] == []
        assert (await http.post("/api/v1/customers", json=fields, headers={"X-CSRF-Token": proof})).status_code == 201


async def test_sign_ins_are_limited_and_say_when_to_try_again(site: DeskFacility) -> None:
    async with site.client() as http:
        answers = [await http.post("/api/v1/sessions", json={"login": "guard", "password": "wrong password"}) for _ in range(11)]
    assert [a.status_code for a in answers[:10]] == [401] * 10
    assert answers[10].status_code == 429 and answers[10].json()["code"] == "too_many"
    assert 1 <= int(answers[10].headers["retry-after"]) <= 60


def test_a_stranger_cannot_keep_a_known_name_out() -> None:
    now = [0.0]
    limits = SignIns(clock=lambda: now[0])
    limits.take("192.0.2.7", "guard")
    limits.succeeded("192.0.2.7", "guard")

    def refused(address: str, name: str) -> bool:
        try:
            limits.take(address, name)
        except TooMany:
            return True
        return False

    assert [refused("198.51.100.1", "guard") for _ in range(11)] == [False] * 10 + [True], "one address has ten for a name"
    assert not refused("198.51.100.1", "viewer"), "and others for other names"
    many = [refused(f"198.51.100.{i}", "guard") for i in range(2, 40)]
    assert many.count(False) <= 10, "guessing from many addresses shares one bucket for the name"
    assert not refused("192.0.2.7", "guard"), "where the guard has signed in before, the strangers do not count"
    everybody = [refused(f"203.0.113.{i}", f"name {i}") for i in range(250)]
    assert 90 <= everybody.count(False) <= 120, "all strangers together have a bound too"
    assert [refused("192.0.2.7", f"name {i}") for i in range(40)].count(False) <= 30
    now[0] = 60
    assert not refused("198.51.100.1", "guard"), "a minute later it is well again"


def test_limits_remember_a_bounded_number_of_keys() -> None:
    now = [0.0]
    buckets = Buckets(60, 2, most=100, clock=lambda: now[0])
    for i in range(1000):
        buckets.take(f"address {i}", "requests")
    assert len(buckets._kept) == 100


async def test_last_seen_is_noted_without_making_anybody_wait(site: DeskFacility) -> None:
    token = await site.token("Guard")
    site.desk.parts.now = lambda: _later(90_000)
    async with site.api("Guard") as http:
        await http.get("/customers")
    before = await site.desk.parts.roster.session(token, _later(0))
    assert before is not None

    async def moved() -> bool:
        now = await site.desk.parts.roster.session(token, _later(0))
        return now is not None and token in site.desk.parts.noted

    await until(moved, "the session to be noted as seen")


async def test_with_no_users_the_first_page_says_what_to_run(tmp_path: object) -> None:
    from pathlib import Path

    from tests.admin_api.desk_facility import desk_over
    from tests.support.facility import Facility

    house = Facility(Path(str(tmp_path)) / "empty")
    async with house.running(), desk_over(house) as site, site.client() as http:
        page = await http.get("/", follow_redirects=True)
        assert "gatelatch user add NAME" in page.text
    await house.close()


async def test_headers_keep_other_sites_and_scripts_out(site: DeskFacility) -> None:
    async with site.client() as http:
        for path in ("/sign-in", "/api/v1/customers", "/static/style.css", "/nothing/here"):
            headers: httpx.Headers = (await http.get(path)).headers
            assert "script-src 'self'" in headers["content-security-policy"], path
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert "strict-transport-security" not in headers
        assert "<script>" not in (await http.get("/sign-in")).text
