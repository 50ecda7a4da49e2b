"""What the resources share: versions as ETags, request ids from Idempotency-Key, problems in the API document."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

from litestar import Request
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from admin_api.auth import Session, session_of
from admin_api.errors import Problem, Stale
from edge.core.errors import Conflict, Invalid

AnyRequest = Request[Any, Any, Any]


class Reasoned(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; the audit keeps it."""

    reason: str


def etag(ver: int) -> str:
    return f'"{ver}"'


def if_match(header: str | None) -> int | None:
    """The version a change starts from; None when the request does not say. Raises Invalid."""
    if header is None or header.strip() == "*":
        return None
    text = header.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise Invalid("If-Match is the ETag of the record as you read it", field="If-Match")
    return int(text)


def stale_or_conflict(error: Conflict, ver: int | None) -> Conflict:
    """A conflict of versions is 412 where the request named one."""
    return Stale(error.message, field=error.field) if ver is not None and error.field == "ver" else error


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
