"""What the resources share: versions as ETags, request ids from Idempotency-Key, problems in the API document."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from admin_api.auth import Session, parts_of, session_of
from admin_api.errors import Problem, Stale
from edge.commands.base import Command
from edge.core.errors import Conflict, Invalid
from edge.core.model import Record

AnyRequest = Request[Any, Any, Any]
R = TypeVar("R", bound=Record)


class Reasoned(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; the audit keeps it."""

    reason: str


def etag(ver: int) -> str:
    return f'"{ver}"'


def if_match(request: AnyRequest) -> int | None:
    """The version a change starts from; None when the request does not say. Raises Invalid."""
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    text = header.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise Invalid("If-Match is the ETag of the record as you read it", field="If-Match")
    return int(text)


def versioned(record: R, status: int = 200) -> Response[R]:
    """A record with its version as ETag, which If-Match of a change compares."""
    return Response(record, status_code=status, headers={"ETag": etag(record.ver)})


def _whole(record: R) -> R:
    return record


async def edited(request: AnyRequest, command: Command, kind: type[R], shown: Callable[[R], R] = _whole) -> Response[R]:
    """The record as it was changed (and as it is `shown`), from the version that If-Match named; 412 when that is no longer the newest. Raises HouseError."""
    try:
        kept = await parts_of(request).edge.ask(command, kind, token=session_of(request).token, request=request_id(request))
    except Conflict as error:
        if error.field == "ver" and if_match(request) is not None:
            raise Stale(error.message, field=error.field) from error
        raise
    return versioned(shown(kept))


def request_id(request: AnyRequest) -> str:
    """The id a command carries: of its own, or from Idempotency-Key, bound to who asks and where.

    A retry with the same key within 24 hours gets the first result and does nothing again.
    """
    key = request.headers.get("idempotency-key", "")
    if not key:
        return uuid4().hex
    if len(key) > 200:
        raise Invalid("Idempotency-Key has at most 200 characters", field="Idempotency-Key")
    session: Session = session_of(request)
    return hashlib.sha256("\n".join((session.user, request.method, request.url.path, key)).encode()).hexdigest()


def number(text: str, field: str = "after") -> int | None:
    """A seq to go on from; None for none. Raises Invalid."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise Invalid("a whole number, as the answer before gave it", field=field)
    return int(text)


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems a route may answer with, for the API document."""
    words = {
        400: "something in the request makes no sense", 401: "not signed in", 403: "the role does not include this", 404: "no such thing",
        409: "it does not fit what is there", 412: "changed in the meantime", 413: "too large", 429: "too many requests",
        503: "the edge is down or busy",
    }  # fmt: skip
    return {
        s: ResponseSpec(
            data_container=Problem, description=words[s], media_type="application/problem+json", generate_examples=False
        )
        for s in sorted({400, 401, 403, 429, 503, *statuses})
    }
