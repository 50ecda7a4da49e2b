"""Signing in and out, for scripts: the token goes into `Authorization: Bearer`."""

from __future__ import annotations

from litestar import Response, delete, get, post
from litestar.params import JSONBody
from msgspec import Struct

from admin_api.auth import ANYBODY, SIGNED_IN, parts_of, session_of, sign_in
from admin_api.rest.common import AnyRequest, refusals
from edge.commands.users import SignedIn, SignOut


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name and password."""

    login: str
    password: str


class Whoami(Struct, frozen=True, kw_only=True):
    """The session that asks: user, role, rights, and until when (ms since 1970)."""

    user: str
    login: str
    name: str
    role: str
    rights: list[str]
    expires_at: int


@post("/sessions", opt=ANYBODY, tags=["sessions"], responses=refusals(413), security=[{}])
async def open_session(request: AnyRequest, data: JSONBody[Credentials]) -> SignedIn:
    """Sign in: a session token for twelve hours."""
    signed: SignedIn = await sign_in(parts_of(request), request, data.login, data.password)
    return signed


@get("/sessions/current", opt=SIGNED_IN, tags=["sessions"], responses=refusals())
async def current_session(request: AnyRequest) -> Whoami:
    """Who is signed in, and what they may do."""
    row = session_of(request).row
    return Whoami(
        user=row.user, login=row.login, name=row.name, role=row.role, rights=sorted(row.rights), expires_at=row.expires_at
    )


@delete("/sessions/current", opt=SIGNED_IN, tags=["sessions"], responses=refusals())
async def close_session(request: AnyRequest) -> Response[None]:
    """Sign out: the token is worth nothing from now on."""
    await parts_of(request).edge.send(SignOut(), token=session_of(request).token)
    return Response(None, status_code=204)


HANDLERS = (open_session, current_session, close_session)
