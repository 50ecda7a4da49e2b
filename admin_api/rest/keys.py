"""API keys over REST: one's own, and with users.manage everybody's."""

# Annotations are objects here, not text: the bodies are made from the record's own fields.

from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.reads.conditions import Query
from admin_api.reads.cursor import Page
from admin_api.rest.common import AnyRequest, edited, etag, if_match, refusals, request_id, versioned
from admin_api.rest.resources import changes_type
from edge.commands.keys import AddKey, EditKey, KeyMade, RevokeKey
from edge.core.errors import NotFound
from edge.core.model import ApiKey, Permission

KeyChanges: Any = changes_type("ApiKey", ApiKey)


class KeyFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """scopes: rights it may use, of those its user has; user: whose (left out: one's own); expires_at: ms; per_minute: requests."""

    name: str
    scopes: tuple[str, ...]
    user: str = ""
    expires_at: int | None = None
    per_minute: int = 600


@get("/keys", opt=needs(Permission.KEYS_MANAGE), tags=["keys"], responses=refusals(), operation_id="listApiKey")
async def list_keys(
    request: AnyRequest, q: FromQuery[str] = "", after: FromQuery[str] = "", limit: FromQuery[int] = 50
) -> Page[ApiKey]:
    """By name: one's own; with users.manage everybody's. The key itself is in none of them."""
    query = Query(q=q, filters=_whose(request), after=after, limit=limit)
    return await parts_of(request).roster.listing(ApiKey, query)


def _whose(request: AnyRequest) -> tuple[tuple[str, str], ...]:
    session = session_of(request)
    return () if session.may(Permission.USERS_MANAGE) else (("user", session.user),)


@get("/keys/{record_id:str}", opt=needs(Permission.KEYS_MANAGE), tags=["keys"], responses=refusals(404), operation_id="getApiKey")
async def get_key(request: AnyRequest, record_id: FromPath[str]) -> Response[ApiKey]:
    """One of them; its ETag is what If-Match of a change compares."""
    key = await parts_of(request).roster.get(ApiKey, record_id)
    if any(key.user != user for _, user in _whose(request)):
        raise NotFound(f"there is no key {record_id[:80]}", field="id")
    return versioned(key)


@post("/keys", opt=needs(Permission.KEYS_MANAGE), tags=["keys"], responses=refusals(413), operation_id="addApiKey")
async def add_key(request: AnyRequest, data: JSONBody[KeyFields]) -> Response[KeyMade]:
    """Make one. `key` of the answer is said this once, and goes into `Authorization: Bearer`."""
    command = AddKey(fields=msgspec.to_builtins(data))
    made = await parts_of(request).edge.ask(command, KeyMade, token=session_of(request).token, request=request_id(request))
    headers = {"ETag": etag(made.record.ver), "Location": f"/api/v1/keys/{made.record.id}", "Cache-Control": "no-store"}
    return Response(made, status_code=201, headers=headers)


@patch(
    "/keys/{record_id:str}", opt=needs(Permission.KEYS_MANAGE), tags=["keys"], responses=refusals(404, 409, 412, 413),
    operation_id="editApiKey",
)  # fmt: skip
async def edit_key(request: AnyRequest, record_id: FromPath[str], data: JSONBody[KeyChanges]) -> Response[ApiKey]:
    """Change name, scopes, end or limit, or revoke it; what is left out stays. Whose it is stays too."""
    command = EditKey(id=record_id, changes=msgspec.to_builtins(data), ver=if_match(request))
    return await edited(request, command, ApiKey)


@delete(
    "/keys/{record_id:str}", opt=needs(Permission.KEYS_MANAGE), tags=["keys"], responses=refusals(404), operation_id="revokeApiKey"
)
async def revoke_key(request: AnyRequest, record_id: FromPath[str]) -> Response[None]:
    """Revoke it for good: its next request is refused. The row stays with what was done by it."""
    await parts_of(request).edge.send(RevokeKey(id=record_id), token=session_of(request).token, request=request_id(request))
    return Response(None, status_code=204)


HANDLERS = (list_keys, get_key, add_key, edit_key, revoke_key)
