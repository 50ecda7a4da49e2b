"""One's own second factor: beginning it, confirming it with a first code; and an administrator switching one off."""

from __future__ import annotations

from litestar import Response, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from admin_api.auth import SIGNED_IN, needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, Reasoned, etag, refusals, request_id
from admin_api.rest.credentials import drawn
from edge.commands.account import ConfirmSecondFactor, EnrolSecondFactor, RecoveryCodes, Seed, SetPreferences, SwitchOffSecondFactor
from edge.core.model import Permission, User


class PasswordAgain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One's own password."""

    password: str


class FirstCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Six digits, as the authenticator app shows them now."""

    code: str


class Preferences(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the console is shown to oneself: language (en, fr, pl, ro; empty: what the browser asks for) and time zone (empty: the site's)."""

    language: str = ""
    time_zone: str = ""


class SeedShown(Struct, frozen=True, kw_only=True):
    """The seed in base 32, the address an authenticator app reads, and that address as a QR drawing. Said once."""

    seed: str
    uri: str
    svg: str


@put("/preferences", opt=SIGNED_IN, tags=["users"], responses=refusals(409, 413), operation_id="setPreferences")
async def set_preferences(request: AnyRequest, data: JSONBody[Preferences]) -> Response[User]:
    """Choose language and time zone for oneself."""
    command = SetPreferences(language=data.language, time_zone=data.time_zone)
    user = await parts_of(request).edge.ask(command, User, token=session_of(request).token, request=request_id(request))
    return Response(user, headers={"ETag": etag(user.ver)})


@post(
    "/second-factor", opt=SIGNED_IN, tags=["users"], responses=refusals(409, 413), status_code=201, operation_id="enrolSecondFactor"
)
async def enrol(request: AnyRequest, data: JSONBody[PasswordAgain]) -> Response[SeedShown]:
    """Begin a second factor for oneself. It holds from the first code on (`/second-factor/confirm`)."""
    command = EnrolSecondFactor(password=data.password[:300])
    made = await parts_of(request).edge.ask(command, Seed, token=session_of(request).token, request=request_id(request))
    shown = SeedShown(seed=made.seed, uri=made.uri, svg=drawn(made.uri)[0])
    return Response(shown, status_code=201, headers={"Cache-Control": "no-store"})


@post(
    "/second-factor/confirm", opt=SIGNED_IN, tags=["users"], responses=refusals(409, 413), status_code=200,
    operation_id="confirmSecondFactor",
)  # fmt: skip
async def confirm(request: AnyRequest, data: JSONBody[FirstCode]) -> Response[RecoveryCodes]:
    """The first code: from now on signing in asks for one. Ten recovery codes, said once; each signs in once in place of a code."""
    command = ConfirmSecondFactor(code=data.code[:40])
    made = await parts_of(request).edge.ask(command, RecoveryCodes, token=session_of(request).token, request=request_id(request))
    return Response(made, headers={"Cache-Control": "no-store"})


@post(
    "/users/{record_id:str}/second-factor/off", opt=needs(Permission.USERS_MANAGE), tags=["users"], responses=refusals(404, 413),
    status_code=200, operation_id="switchOffSecondFactor",
)  # fmt: skip
async def switch_off(request: AnyRequest, record_id: FromPath[str], data: JSONBody[Reasoned]) -> Response[User]:
    """Take a user's second factor away (a lost phone). Ends their sessions; they may begin another one."""
    command = SwitchOffSecondFactor(user=record_id, reason=data.reason)
    user = await parts_of(request).edge.ask(command, User, token=session_of(request).token, request=request_id(request))
    return Response(user, headers={"ETag": etag(user.ver)})


HANDLERS = (set_preferences, enrol, confirm, switch_off)
