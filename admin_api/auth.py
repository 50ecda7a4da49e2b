"""Who is asking and may they: sessions by cookie or bearer token, the right every route names, and where a change may come from."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from msgspec import Struct

from admin_api.parts import Parts
from edge import logs
from edge.commands.users import SESSION_MS, SessionSeen
from edge.core.errors import Forbidden, HouseError, Invalid, NotSignedIn, Unavailable
from edge.core.model import Permission
from edge.store.who import KEY_PREFIX, Who

log = logs.get("auth")

Connection = ASGIConnection[Any, Any, Any, Any]

COOKIE_SECURE, COOKIE_PLAIN = "__Host-gatelatch", "gatelatch"
RIGHT, OPEN, OWN, PROVES = "right", "open", "own", "proves"
"""Keys of a route's `opt`: the permission it needs; open to anybody; or for anybody signed in. PROVES: its form has a file in it, which is
read once and piece by piece: the handler itself looks for the proof (`proven`) before it takes the file."""
FORM = "application/x-www-form-urlencoded"
TYPED = "typed"
LARGEST_TYPED = 64_000
"""A form that is larger is not kept over a sign-in."""
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SEEN_EVERY_MS = 60_000
NOTED_MOST = 10_000


class Typed(Struct, frozen=True):
    """A form as it was sent, and to where."""

    path: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Session:
    """Somebody signed in, or a program with an API key. by_token: a bearer token, which no other site can make a browser send."""

    token: str
    row: Who
    by_token: bool = False

    @property
    def user(self) -> str:
        return self.row.user

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def csrf(self) -> str:
        """The proof that a form came from this session's own pages."""
        return csrf_of(self.token)

    def may(self, right: Permission) -> bool:
        return right.value in self.row.rights


def csrf_of(token: str) -> str:
    """The proof for the forms of a session."""
    return hmac.new(token.encode(), b"gatelatch form", hashlib.sha256).hexdigest()


def needs(right: Permission) -> dict[str, Any]:
    """The `opt` of a route that needs this right."""
    return {RIGHT: right}


ANYBODY: dict[str, Any] = {OPEN: True}
SIGNED_IN: dict[str, Any] = {OWN: True}


def parts_of(connection: Connection) -> Parts:
    """The parts as who asks sees them: every read of a page or an answer is of their scope."""
    parts: Parts = connection.app.state.parts
    session = connection.scope.get("user")
    return parts.seen_by(session.row) if isinstance(session, Session) else parts


def session_of(connection: Connection) -> Session:
    """Raises NotSignedIn."""
    session = connection.scope.get("user")
    if not isinstance(session, Session):
        raise NotSignedIn("sign in first")
    return session


def cookie_name(parts: Parts) -> str:
    return COOKIE_SECURE if parts.secure else COOKIE_PLAIN


def session_cookie(parts: Parts, token: str) -> Cookie:
    """The cookie of a session; an empty token takes it away."""
    return Cookie(
        key=cookie_name(parts),
        value=token,
        max_age=SESSION_MS // 1000 if token else 0,
        path="/",
        httponly=True,
        secure=parts.secure,
        samesite="lax",
    )


def client_address(connection: Connection) -> str:
    return connection.client.host if connection.client else "local"


class Authentication(AbstractAuthenticationMiddleware):
    """Finds the session of a request, if it has one; whether it needs one is the guard's question."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        parts = parts_of(connection)
        token, by_token = _token(connection, parts)
        if not token:
            parts.limits.address.take(client_address(connection), "requests")
            return AuthenticationResult(user=None, auth=None)
        if not token.startswith(KEY_PREFIX):
            parts.limits.session.take(hashlib.sha256(token.encode()).hexdigest(), "requests")
        row = await parts.roster.session(token, parts.now())
        if row is None or (row.key and not by_token):
            parts.limits.address.take(client_address(connection), "requests")
            return AuthenticationResult(user=None, auth=None)
        if row.key:
            parts.limits.key.take(row.key, "requests with this key", per_minute=row.per_minute)
        session = Session(token, row, by_token)
        _note_seen(parts, session)
        return AuthenticationResult(user=session, auth=token)


def _token(connection: Connection, parts: Parts) -> tuple[str, bool]:
    header = connection.headers.get("authorization", "")
    if header[:7].lower() == "bearer " and connection.url.path.startswith("/api/"):
        return header[7:].strip()[:200], True
    return connection.cookies.get(cookie_name(parts), "")[:200], False


_sending: set[asyncio.Task[None]] = set()


def _note_seen(parts: Parts, session: Session) -> None:
    """Tell edge at most once a minute that a session is in use; no request waits for it."""
    now = parts.now()
    last = max(session.row.seen_at, parts.noted.get(session.token, 0))
    if now - last < SEEN_EVERY_MS or len(_sending) >= 32:
        return
    if len(parts.noted) >= NOTED_MOST:
        parts.noted.clear()
    parts.noted[session.token] = now
    task = asyncio.create_task(_send_seen(parts, session.token), name="session seen")
    _sending.add(task)
    task.add_done_callback(_sending.discard)


async def _send_seen(parts: Parts, token: str) -> None:
    try:
        await parts.edge.send(SessionSeen(), token=token)
    except HouseError as error:
        log.info("last seen not noted", error=error.message)


# ---------------------------------------------------------------------------------------------------- guards


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Every route: its right, and for a change by cookie the proof of where it comes from. A route that names nothing is shut."""
    opt = handler.opt
    method = str(connection.scope.get("method", "GET"))
    if opt.get(OPEN):
        if method in UNSAFE:
            _same_origin(connection)
        return
    if method in UNSAFE and not isinstance(connection.scope.get("user"), Session):
        await _keep_typed(connection)
    session = session_of(connection)
    right = opt.get(RIGHT)
    if right is None and not opt.get(OWN):
        raise Forbidden("this address names no right, so nobody has it")
    if right is None and session.row.key and method in UNSAFE:
        raise Forbidden("an API key cannot change the account of its user; sign in")
    if right is not None and not session.may(right):
        raise Forbidden(f"your role ({session.row.role}) does not include {right.value}")
    if method in UNSAFE and not session.by_token:
        _same_origin(connection)
        if not opt.get(PROVES):
            await _own_form(connection, session)


def _same_origin(connection: Connection) -> None:
    """A browser says where a request comes from; one from another site is refused. Programs that say nothing pass."""
    if connection.headers.get("authorization", "")[:7].lower() == "bearer ":
        return
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden("this request comes from another site")
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != connection.headers.get("host", ""):
        raise Forbidden("this request comes from another site")


async def _keep_typed(connection: Connection) -> None:
    """Nobody is signed in any more who sends a form of ours: what was typed is kept with the request, so that it can go back (`typed_of`)."""
    if _form_kind(connection) != FORM or not isinstance(connection, Request) or connection.url.path.startswith("/api/"):
        return
    if "sec-fetch-site" not in connection.headers and "origin" not in connection.headers:
        return  # not a browser, so nobody typed
    _same_origin(connection)
    if int(connection.headers.get("content-length") or LARGEST_TYPED + 1) > LARGEST_TYPED:
        return
    form = await connection.form()
    path = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
    connection.scope["state"][TYPED] = Typed(path, tuple((name, str(value)) for name, value in form.multi_items()))


def typed_of(connection: Connection) -> Typed | None:
    """The form that was sent and could not be taken, because of who sent it."""
    found = connection.scope.get("state", {}).get(TYPED)
    return found if isinstance(found, Typed) else None


def _form_kind(connection: Connection) -> str:
    return connection.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _own_form(connection: Connection, session: Session) -> None:
    given = connection.headers.get("x-csrf-token", "")
    if not given and isinstance(connection, Request) and _form_kind(connection) == FORM:
        form = await connection.form()
        given = str(form.get("csrf", ""))
        if given and given != session.csrf:  # of a session that has ended since: another tab signed in anew
            await _keep_typed(connection)
    proven(session, given)


def proven(session: Session, given: str) -> None:
    """Raises Forbidden for a form that is not of this session's own pages."""
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise Forbidden("this form is not from your present session; load the page again and repeat it")


def rights_of(routes: list[Any]) -> list[tuple[str, str, Permission | None, str]]:
    """(method, path, right, "right" or "own" or "open" or "none") of every HTTP route: the table that docs and tests hold on to."""
    found = []
    for route in routes:
        handlers = getattr(route, "route_handlers", ())
        for handler in handlers:
            if not isinstance(handler, HTTPRouteHandler):
                continue
            kind = next((k for k in (RIGHT, OWN, OPEN) if handler.opt.get(k)), "none")
            for method in sorted(str(m) for m in handler.http_methods):
                if method not in ("OPTIONS", "HEAD"):
                    found.append((method, route.path, handler.opt.get(RIGHT), kind))
    return sorted(found, key=lambda r: (r[1], r[0]))


async def sign_in(parts: Parts, connection: Connection, login: str, password: str, code: str = "") -> Any:
    """A session for a name and password (and a code, with a second factor). Raises NotSignedIn, SecondFactorNeeded, TooMany, Unavailable, Busy."""
    from edge.commands.users import SignedIn, SignIn

    if not login or not password:
        raise Invalid("both name and password are needed", field="login" if not login else "password")
    address = client_address(connection)
    name = login.strip().casefold()[:64]
    parts.limits.sign_in.take(address, name)
    command = SignIn(
        login=login[:200],
        password=password[:300],
        code=code[:40],
        client=f"{address} {connection.headers.get('user-agent', '')}"[:200],
    )
    signed = await parts.edge.ask(command, SignedIn)
    parts.limits.sign_in.succeeded(address, name)
    return signed


__all__ = ["ANYBODY", "SIGNED_IN", "Authentication", "Session", "Unavailable", "guard", "needs", "parts_of", "session_of"]
