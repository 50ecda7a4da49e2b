"""Where a list goes on: an opaque word for the sort value and id of the last row shown."""

from __future__ import annotations

import base64
import binascii
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from edge.core.errors import Invalid

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list. next: what to send as `after` for the page behind it; none: this is the last."""

    items: list[T]
    next: str | None = None


def to_cursor(value: str | int, id: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((value, id))).decode().rstrip("=")


def from_cursor(text: str) -> tuple[str | int, str]:
    """Raises Invalid for what is no cursor."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        found: tuple[str | int, str] = msgspec.json.decode(raw, type=tuple[str | int, str])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Invalid("take `after` from `next` of the page before", field="after") from error
    return found
