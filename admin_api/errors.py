"""Problems as the API says them: one shape (RFC 9457, problem+json), one status a code."""

from __future__ import annotations

import msgspec
from litestar.exceptions import HTTPException
from msgspec import Struct

from edge.core.errors import (
    Busy,
    Conflict,
    DeviceLost,
    Forbidden,
    HouseError,
    Invalid,
    NotFound,
    NotSignedIn,
    SecondFactorNeeded,
    Unavailable,
)


class TooMany(HouseError):
    """A limit on requests was reached; wait_s says when to try again."""

    code = "too_many"
    retry = True

    def __init__(self, message: str, *, wait_s: int) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Stale(Conflict):
    """If-Match names a version that is no longer the present one."""

    code = "stale"


class Fault(HouseError):
    """Something in the house broke; the log says what."""

    code = "internal"


class TooLarge(HouseError):
    """The body is larger than the desk takes."""

    code = "too_large"


class NotAllowed(HouseError):
    """The address is right, the method is not."""

    code = "method"


STATUS: dict[str, int] = {
    "invalid": 400, "not_signed_in": 401, "second-factor-needed": 401, "forbidden": 403, "not_found": 404, "method": 405, "conflict": 409, "stale": 412,
    "too_large": 413, "too_many": 429, "internal": 500, "busy": 503, "unavailable": 503, "device_lost": 503,
}  # fmt: skip

TITLES: dict[str, str] = {
    "invalid": "This does not make sense as it stands",
    "not_signed_in": "Sign in first",
    "second-factor-needed": "The code of the second factor is needed",
    "forbidden": "Your role does not include this",
    "not_found": "There is no such thing",
    "method": "Not this way",
    "conflict": "It does not fit what is there",
    "stale": "It was changed in the meantime",
    "too_large": "Too large",
    "too_many": "Too many requests",
    "internal": "A fault of the house",
    "busy": "Busy",
    "device_lost": "The device does not answer",
    "unavailable": "Not available just now",
}

BY_CODE: dict[str, type[HouseError]] = {
    e.code: e
    for e in (Invalid, NotFound, Conflict, Forbidden, NotSignedIn, SecondFactorNeeded, Busy, Unavailable, DeviceLost, Fault)
}


class Problem(Struct, frozen=True, kw_only=True):
    """What every refused request is answered with. code is stable; field names the input at fault; detail says what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str = ""


def error_of(code: str, message: str, field: str = "") -> HouseError:
    """The error behind a problem that edge answered with."""
    return BY_CODE.get(code, Fault)(message, field=field)


def problem_of(error: HouseError) -> Problem:
    code = error.code if error.code in STATUS else "internal"
    return Problem(
        type=f"urn:gatelatch:problem:{code}",
        title=TITLES[code],
        status=STATUS[code],
        detail=error.message,
        code=code,
        field=error.field,
    )


def retry_after(error: HouseError) -> dict[str, str]:
    """The header that says when to try again, where that can help."""
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.wait_s)}
    return {"Retry-After": "2"} if error.retry else {}


def house_error(error: HTTPException) -> HouseError:
    """What the framework refuses, in the words of the house."""
    status = error.status_code
    if status == 404:
        return NotFound("there is nothing at this address")
    if status == 405:
        return NotAllowed("this address does not take this method")
    if status == 413:
        return TooLarge("a request is at most 1 MB")
    if status == 401:
        return NotSignedIn("sign in first")
    if status == 403:
        return Forbidden(error.detail or "your role does not include this")
    if 400 <= status < 500:
        return _invalid(error)
    return Fault("a fault of the house; it is logged")


def _invalid(error: HTTPException) -> Invalid:
    """Name the field: the framework keeps it in `extra`, msgspec's own words in the cause."""
    extra = error.extra
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        first = extra[0]
        message = str(first.get("message", error.detail))
        field = str(first.get("key", ""))
        return Invalid(message, field=field_in(message) or field.removeprefix("data."))
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, msgspec.ValidationError | msgspec.DecodeError):
            text = str(cause)
            return Invalid(text.partition(" - at `$")[0], field=field_in(text))
        cause = cause.__cause__ or cause.__context__
    return Invalid(error.detail.partition(" - at `$")[0], field=field_in(error.detail))


def field_in(text: str) -> str:
    """The field that a message of msgspec names, or nothing."""
    if " - at `$." in text:
        return text.partition(" - at `$.")[2].partition("`")[0]
    for opening in ("unknown field `", "required field `"):
        if opening in text:
            return text.split(opening, 1)[1].split("`", 1)[0]
    return ""
