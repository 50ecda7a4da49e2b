"""Every route names its right, and every role gets exactly what its rights say, on every route there is."""

from __future__ import annotations

import httpx
import pytest

from admin_api.app import application
from admin_api.auth import rights_of
from admin_api.parts import build
from edge.commands.users import DEFAULT_ROLES
from edge.core.model import Permission
from edge.settings import Settings
from tests.admin_api.desk_facility import DeskFacility

ROUTES = rights_of(application(build(Settings(state="/nowhere"), secure=False, authority=None)).routes)
OPEN = {
    "/sign-in", "/theme", "/brand.css", "/logo", "/site-ca.crt", "/alive", "/pass", "/display", "/display/start", "/display/stream", "/api/v1/sessions", "/static/{file_path:path}", "/api/v1/openapi.json",
}  # fmt: skip
NOT_OPEN = {("GET", "/api/v1/sessions")}  # who is signed in; POST to it is signing in
DOCUMENT = "/api/v1/openapi.json/"  # what the framework adds below the document
STREAMS = {"/live/stream", "/api/v1/events/stream"}


def test_every_route_names_its_right_or_is_one_of_the_few_open_ones() -> None:
    assert len(ROUTES) > 100
    for method, path, right, kind in ROUTES:
        assert kind in ("right", "own", "open"), f"{method} {path} names no right"
        is_open = (path in OPEN and (method, path) not in NOT_OPEN) or path.startswith(DOCUMENT)
        assert (kind == "open") == is_open, f"{method} {path} is {kind}"
        assert (kind == "right") == (right is not None)


def address(path: str) -> str:
    """A path with ids that do not exist: whoever may, is told so; whoever may not, is told that first."""
    parts = [("999999" if ":int" in p else "no-such-id") if p.startswith("{") else p for p in path.split("/")]
    return "/".join(parts)


async def test_nobody_signed_in_gets_nothing(site: DeskFacility) -> None:
    for at, (method, path, _, _kind) in enumerate(r for r in ROUTES if r[3] != "open"):
        stranger = httpx.AsyncHTTPTransport(local_address=f"127.0.0.{2 + at // 100}")  # an address has so many requests at once
        async with site.client(transport=stranger) as http:
            answer = await http.request(method, address(path), json={} if path.startswith("/api/") else None)
            if path.startswith("/api/"):
                assert answer.status_code == 401, (method, path)
            else:
                assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"), (method, path)


@pytest.mark.feature("S003-46")
@pytest.mark.parametrize("role", sorted(DEFAULT_ROLES))
async def test_a_role_may_what_its_rights_say_and_nothing_else(site: DeskFacility, role: str) -> None:
    rights = set(DEFAULT_ROLES[role])
    async with site.api(role) as api, site.browser(role) as page:
        for method, path, right, kind in ROUTES:
            if kind != "right" or path in STREAMS:
                continue
            if path.startswith("/api/"):
                answer = await api.request(
                    method, address(path).removeprefix("/api/v1"), json={} if method in ("POST", "PATCH") else None
                )
            elif method == "GET":
                answer = await page.get(address(path))
            else:
                continue  # changes by form are refused without a proof before anything else; the API carries the same rights
            allowed = answer.status_code not in (401, 403)
            assert allowed == (right in rights), (role, method, path, answer.status_code, answer.text[:200])
            assert answer.status_code < 500, (role, method, path, answer.text[:200])


@pytest.mark.feature("S003-47", "S003-48", "S003-49")
async def test_view_add_and_edit_of_customers_are_three_rights(site: DeskFacility) -> None:
    made = await site.add("/customers", name="Ada", email="ada@example.org")
    role = await site.add("/roles", name="Adder", rights=[Permission.CUSTOMERS_ADD.value])
    await site.add("/users", login="adder", role=role["id"], password="correct horse")
    async with site.api("Adder") as http:
        assert (await http.get(f"/customers/{made['id']}")).status_code == 403
        assert (await http.post("/customers", json={"name": "Bob", "email": "bob@example.org"})).status_code == 201
        assert (await http.patch(f"/customers/{made['id']}", json={"name": "Eve"})).status_code == 403
    async with site.api("Viewer") as http:
        assert (await http.get(f"/customers/{made['id']}")).json()["name"] == "Ada"
        assert (await http.post("/customers", json={"name": "Cy", "email": "cy@example.org"})).status_code == 403


@pytest.mark.feature("S003-50", "S003-51", "S003-52")
async def test_what_a_role_may_not_see_or_do_is_not_on_its_pages(site: DeskFacility) -> None:
    customer, _ = await site.customer_with_card("Ada")
    role = await site.add("/roles", name="Desk", rights=[Permission.CUSTOMERS_VIEW.value, Permission.CARDS_VIEW.value])
    await site.add("/users", login="desk", role=role["id"], password="correct horse")
    async with site.browser("Desk") as http:
        page = (await http.get(f"/customers/{customer['id']}")).text
        assert "?tab=cards" in page
        for hidden in ("?tab=events", "?tab=vehicles", "?tab=entries", "Delete", 'action="/customers/', ">Edit<"):
            assert hidden not in page, hidden
        nav = page[page.index("<nav") : page.index("</nav>")]
        assert "Customers" in nav and "Events" not in nav and "Users" not in nav
        assert (await http.get("/", follow_redirects=False)).headers["location"] == "/customers"
    async with site.api("Desk") as api:
        assert (await api.delete(f"/customers/{customer['id']}")).status_code == 403


async def test_edge_refuses_again_what_the_desk_would_let_through(site: DeskFacility) -> None:
    """A desk that has been broken into can do no more than the people signed in."""
    from edge.commands.customers import DeleteCustomer
    from edge.core.errors import Forbidden

    customer = await site.add("/customers", name="Ada", email="ada@example.org")
    with pytest.raises(Forbidden):
        await site.desk.parts.edge.send(DeleteCustomer(id=customer["id"]), token=await site.token("Viewer"))
