"""The list of every kind of record: one handler, whose parameters come from the table of filters."""

# Annotations are objects here, not text: a signature is made for each resource.

from inspect import Parameter, Signature
from typing import Annotated, Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from admin_api.auth import needs, parts_of
from admin_api.reads.conditions import LISTED, SOFT_DELETED, Query
from admin_api.reads.cursor import Page
from admin_api.reads.filters import parameters
from admin_api.reads.searching import SEARCHED
from admin_api.reports.areas import AREAS
from admin_api.rest.common import AnyRequest, refusals
from admin_api.rest.resources import Resource
from admin_api.rest.saved_filters import saved_values, together
from edge.core.errors import Invalid

LONGEST = 200
AREA_OF = {area.kind: which for which, area in AREAS.items() if area.kind is not None}
"""The lists that filters are saved for."""
RESERVED = {"state"}
"""What the framework means something else by: such a parameter has a _ behind it here."""


def list_handler(resource: Resource) -> HTTPRouteHandler:
    """GET of a resource: search, filters, sort, pages."""
    kind: Any = resource.kind
    area = AREA_OF.get(kind)

    async def list_records(request: AnyRequest, **given: Any) -> Any:
        for name in request.query_params:
            if name not in named:  # a filter that is misspelt and ignored would show everybody
                raise Invalid(f"there is no filter {name[:40]}; there are {', '.join(sorted(named))}", field=name[:40])
        fixed = {name: given.pop(name) for name in ("sort", "after", "limit")}
        saved = await saved_values(request, area, given.pop("saved")) if area else {}
        wanted = together(saved, {name.rstrip("_"): value for name, value in given.items()})
        deleted = bool(given.get("deleted") or saved.get("deleted"))
        q = wanted.pop("q", "")
        wanted.pop("deleted", None)
        query = Query(q=q, deleted=deleted, filters=tuple(wanted.items()), **fixed)
        return await parts_of(request).roster.listing(kind, query)

    found = _parameters(resource)
    named = {name.rstrip("_") for name in found}
    own = [Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=AnyRequest)]
    own += [Parameter(name, Parameter.KEYWORD_ONLY, annotation=type, default=default) for name, (type, default) in found.items()]
    list_records.__signature__ = Signature(own, return_annotation=Page[kind])  # type: ignore[attr-defined]
    list_records.__annotations__ = {p.name: p.annotation for p in own} | {"return": Page[kind]}
    list_records.__doc__ = _says(resource)
    return get(
        resource.path,
        opt=needs(resource.view),
        tags=[resource.path.strip("/")],
        responses=refusals(),
        operation_id=f"list{resource.name}",
    )(list_records)


def _parameters(resource: Resource) -> dict[str, tuple[Any, Any]]:
    """name -> (annotation, default)."""
    kind = resource.kind
    searched = (
        "two letters or more of anything it is found by; one wrong letter is forgiven" if kind in SEARCHED else "any part of it"
    )
    found: dict[str, tuple[Any, Any]] = {"q": (_text(f"Search: {searched}."), "")}
    for name, (type, says) in parameters(kind).items():
        longest = LONGEST if type is str else None
        own = f"{name}_" if name in RESERVED else name
        found[own] = (
            Annotated[type | None, QueryParameter(name=name, description=f"Only those {says}.", max_length=longest)],
            None,
        )
    if kind in SOFT_DELETED:
        found["deleted"] = (
            Annotated[bool, QueryParameter(description="Those that were deleted, in place of those that were not.")],
            False,
        )
    if kind in AREA_OF:
        found["saved"] = (_text("A saved filter of this list by its id, together with the other parameters, which win."), "")
    sorts = ", ".join(LISTED[kind].sorts)
    found["sort"] = (_text(f"Sorted by {sorts}; - before it: the other way round."), "")
    found["after"] = (_text("`next` of the page before.", 2000), "")
    found["limit"] = (Annotated[int, QueryParameter(description="At most so many, up to 200.")], 50)
    return found


def _text(says: str, longest: int = LONGEST) -> Any:
    return Annotated[str, QueryParameter(description=says, max_length=longest)]


def _says(resource: Resource) -> str:
    many = resource.path.strip("/").replace("-", " ").capitalize()
    filters = parameters(resource.kind)
    return f"{many}, by {next(iter(LISTED[resource.kind].sorts))}." + (f" Filters: {', '.join(filters)}." if filters else "")
