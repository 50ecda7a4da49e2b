"""What the desk and the process that makes a file say to each other: one order in, lines of progress out. JSON."""

from __future__ import annotations

from msgspec import Struct

from edge.core.model import EVERYTHING, Scope
from edge.core.saved import ExportArea, ExportFormat


class StatementOf(Struct, frozen=True, kw_only=True):
    """Whose statement (one of the two ids), over which time: ms, until exclusive."""

    customer: str = ""
    company: str = ""
    since: int
    until: int


class Order(Struct, frozen=True, kw_only=True):
    """One file to be made. folder: an empty one of its own; name: what the file is called when it is handed out.

    now: when it was asked for (ms). terms, values: what the rows meet, as SQL; words: the same for people. A statement needs none of them,
    but the scope of who asked.
    """

    state: str
    folder: str
    name: str
    format: ExportFormat
    site: str
    tz: str
    operator: str
    now: int
    area: ExportArea | None = None
    terms: list[str] = []
    values: list[str | int | float | None] = []
    words: str = ""
    statement: StatementOf | None = None
    plain: bool = False
    password: str = ""
    scope: Scope = EVERYTHING


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the child: how far it is (0 to 1), in the end the size (bytes), or the problem."""

    share: float = 0.0
    rows: int = 0
    size: int = 0
    done: bool = False
    code: str = ""
    message: str = ""
    field: str = ""
