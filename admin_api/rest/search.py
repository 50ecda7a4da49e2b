"""Finding: one box over everything, and is an e-mail address or mobile number taken already, as somebody types."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from admin_api.auth import OWN, needs, parts_of, session_of
from admin_api.reads.searching import Hit, everything
from admin_api.rest.common import AnyRequest, refusals
from edge.commands.tidy import EMAIL
from edge.core.errors import NotFound
from edge.core.model import Permission

RIGHTS = {
    "customer": Permission.CUSTOMERS_VIEW,
    "company": Permission.COMPANIES_VIEW,
    "card": Permission.CARDS_VIEW,
    "vehicle": Permission.VEHICLES_VIEW,
    "event": Permission.EVENTS_VIEW,
}
"""What is found, by the right to see it."""


class Checked(Struct, frozen=True, kw_only=True):
    """problem: "" (it may be used), "format" or "taken"; customer, name: whose it is."""

    problem: str = ""
    message: str = ""
    customer: str | None = None
    name: str = ""


@get("/search", opt={OWN: True}, tags=["search"], responses=refusals(), operation_id="search")
async def search(
    request: AnyRequest,
    q: Annotated[str, QueryParameter(description="Two letters or more, or a number.", max_length=200)],
    limit: FromQuery[int] = 25,
) -> list[Hit]:
    """One box: customers, companies, cards, vehicles and events, as far as the role may see them.

    Names in either order, any case, without accents; any part of an e-mail address, phone number, plate or card; customer numbers;
    one wrong letter in a name or plate is forgiven when nothing else is found.
    """
    session = session_of(request)
    kinds = frozenset(kind for kind, right in RIGHTS.items() if session.may(right))
    return await everything(parts_of(request).database, q, kinds, max(1, min(limit, 25)))


@get(
    "/check/{field:str}", opt=needs(Permission.CUSTOMERS_VIEW), tags=["customers"], responses=refusals(404), operation_id="checkField"
)  # fmt: skip
async def check(
    request: AnyRequest,
    field: FromPath[str],
    value: Annotated[str, QueryParameter(max_length=200)],
    customer: FromQuery[str] = "",
) -> Checked:
    """May this e-mail address or mobile number be used: its format, and whose it is already. customer: whom it is for, who may have it."""
    if field not in ("email", "mobile"):
        raise NotFound("email and mobile are checked", field="field")
    if field == "email" and value.strip() and not EMAIL.fullmatch(value.strip()):
        return Checked(problem="format", message="an e-mail address looks like name@example.org")
    taken = await parts_of(request).roster.same(field, value, customer)
    if taken is None:
        return Checked()
    return Checked(problem="taken", message=f"{taken[1]} has it already", customer=taken[0], name=taken[1])


HANDLERS = (search, check)
