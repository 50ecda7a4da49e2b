"""Sessions: who is signed in from where, and ending one, one's own or as an administrator anybody's."""

from __future__ import annotations

import re

import pytest

from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.admin_api.test_sign_in import csrf_of


@pytest.mark.feature("S003-46")
async def test_sessions_of_pages_and_programs_are_listed_and_ended(site: DeskFacility) -> None:
    async with site.client(headers={"User-Agent": "Tablet at the gate"}) as page, site.api("Guard") as guard, site.api() as admin:
        assert (await page.post("/sign-in", data={"login": "guard", "password": PASSWORD})).status_code == 303
        mine = (await guard.get("/sessions")).json()
        assert {s["login"] for s in mine} == {"guard"} and len(mine) == 2
        assert [s["current"] for s in mine].count(True) == 1
        tablet = next(s for s in mine if "Tablet at the gate" in s["client"])
        assert not tablet["current"] and tablet["created_at"] <= tablet["seen_at"] < tablet["expires_at"]
        assert await site.token("Guard") not in (await guard.get("/sessions")).text
        assert (await page.get("/me")).status_code == 200
        assert (await guard.delete(f"/sessions/{tablet['id']}")).status_code == 204
        assert (await page.get("/me")).status_code == 303, "its next request is nobody's"
        assert (await guard.delete(f"/sessions/{tablet['id']}")).status_code == 404
        everybody = (await admin.get("/sessions")).json()
        assert {s["login"] for s in everybody} == {"guard", "administrator"}
        assert {s["login"] for s in (await admin.get("/sessions", params={"own": True})).json()} == {"administrator"}
        theirs = next(s for s in everybody if s["login"] == "administrator")
        assert (await guard.delete(f"/sessions/{theirs['id']}")).status_code == 404, "nobody else's is told of"
        last = next(s for s in everybody if s["login"] == "guard")
        assert (await admin.delete(f"/sessions/{last['id']}")).status_code == 204
        assert (await guard.get("/sessions")).status_code == 401


@pytest.mark.feature("S003-46")
async def test_ones_own_page_lists_sessions_and_ends_them(site: DeskFacility) -> None:
    async with site.client(headers={"User-Agent": "Lost <phone>"}) as lost, site.browser("Guard") as http:
        assert (await lost.post("/sign-in", data={"login": "guard", "password": PASSWORD})).status_code == 303
        page = (await http.get("/me")).text
        assert "Lost &lt;phone&gt;" in page
        (other,) = re.findall(r'action="(/me/sessions/[0-9a-f]{16}/end)"', page)
        done = await http.post(other, data={"csrf": csrf_of(page)})
        assert (done.status_code, done.headers["location"]) == (303, "/me?done=session-ended")
        assert (await lost.get("/me")).status_code == 303
        assert "Lost" not in (await http.get("/me")).text
