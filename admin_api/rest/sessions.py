"""Signing in and out, for scripts (the token goes into `Authorization: Bearer`), the list of sessions, and ending one."""

from __future__ import annotations

from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import ANYBODY, SIGNED_IN, parts_of, session_of, sign_in
from admin_api.reads.sessions import OpenSession, open_sessions
from admin_api.rest.common import AnyRequest, refusals, request_id
from edge.commands.account import EndSession
from edge.commands.users import SignedIn, SignOut
from edge.core.model import Permission


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name and password. code: of the second factor, or a recovery code, where the user has one."""

    login: str
    password: str
    code: str = ""


class Whoami(Struct, frozen=True, kw_only=True):
    """The session or key that asks: user, role, rights, until when (ms since 1970; 0: no end), and what it is restricted to (empty: nothing)."""

    user: str
    login: str
    name: str
    role: str
    rights: list[str]
    expires_at: int
    companies: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@post("/sessions", opt=ANYBODY, tags=["sessions"], responses=refusals(413), security=[{}], operation_id="createSession")
async def open_session(request: AnyRequest, data: JSONBody[Credentials]) -> SignedIn:
    """Sign in: a session token for twelve hours. 401 `second-factor-needed`: send it again with `code`."""
    signed: SignedIn = await sign_in(parts_of(request), request, data.login, data.password, data.code)
    return signed


@get("/sessions/current", opt=SIGNED_IN, tags=["sessions"], responses=refusals())
async def current_session(request: AnyRequest) -> Whoami:
    """Who is signed in, and what they may do."""
    row = session_of(request).row
    return Whoami(
        user=row.user, login=row.login, name=row.name, role=row.role, rights=sorted(row.rights), expires_at=row.expires_at,
        companies=row.scope.companies, zones=row.scope.zones, tags=row.scope.tags,
    )  # fmt: skip


@delete("/sessions/current", opt=SIGNED_IN, tags=["sessions"], responses=refusals())
async def close_session(request: AnyRequest) -> Response[None]:
    """Sign out: the token is worth nothing from now on."""
    await parts_of(request).views.flush()  # what this session saw can be said by this session alone
    await parts_of(request).edge.send(SignOut(), token=session_of(request).token)
    return Response(None, status_code=204)


@get("/sessions", opt=SIGNED_IN, tags=["sessions"], responses=refusals(), operation_id="listSession")
async def list_sessions(request: AnyRequest, own: FromQuery[bool] = False) -> list[OpenSession]:
    """Who is signed in from where, last used first: one's own; with users.manage everybody's, unless `own`."""
    parts, session = parts_of(request), session_of(request)
    everybody = session.may(Permission.USERS_MANAGE) and not own
    return await open_sessions(parts.database, parts.now(), user=None if everybody else session.user, token=session.token)


@delete("/sessions/{record_id:str}", opt=SIGNED_IN, tags=["sessions"], responses=refusals(404), operation_id="endSession")
async def end_session(request: AnyRequest, record_id: FromPath[str]) -> Response[None]:
    """End a session by its id: one's own; with users.manage anybody's. Its next request is refused."""
    command = EndSession(id=record_id)
    await parts_of(request).edge.send(command, token=session_of(request).token, request=request_id(request))
    return Response(None, status_code=204)


HANDLERS = (open_session, current_session, close_session, list_sessions, end_session)
