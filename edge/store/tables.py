"""Which record lives in which table: columns are the record's own fields; lists that others join on have a table of their own."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, get_args, get_type_hints

import msgspec

from edge.core import alerts, device, importing, model, people, place, review, saved, tariff, webhook
from edge.core.model import Record
from edge.core.plate import folded
from edge.core.searching import phone_key


@dataclass(frozen=True)
class Child:
    """A list field kept in a table of its own: owner column and the columns of one element.

    beside: the column of the owner's row that has the same ids, comma between: a decision reads it there, on a page it has anyway.
    """

    table: str
    owner: str
    columns: tuple[str, ...]
    beside: str = ""


@dataclass(frozen=True)
class Table:
    """How one kind of record is stored. config: decisions keep it parsed per config_rev (zones, points, profiles, schedules, what companies and groups hold).

    derived: further columns that are worked out from the record when it is written.
    """

    kind: type[Record]
    name: str
    children: dict[str, Child] = field(default_factory=dict)
    config: bool = False
    unique: tuple[str, ...] = ()
    derived: dict[str, Callable[[Any], str]] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(f for f in self.kind.__struct_fields__ if f not in self.children)

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The columns of to_row."""
        return self.columns + tuple(child.beside for child in self.children.values() if child.beside) + tuple(self.derived)

    @cached_property
    def entity(self) -> str:
        """The word for it in audit lines and on wires."""
        return self.kind.__name__.lower()

    @property
    def said(self) -> str:
        """The words for it in a sentence: "access point"."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.kind.__name__).lower()

    @cached_property
    def insert(self) -> str:
        """The statement that takes a to_row."""
        return f"INSERT INTO {self.name} ({', '.join(self.written)}) VALUES ({', '.join('?' * len(self.written))})"

    @cached_property
    def values(self) -> Callable[[Any], tuple[Any, ...]]:
        """What a record has in `columns`, in one go."""
        return attrgetter(*self.columns)

    @cached_property
    def as_kept(self) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
        """Of which columns the value is kept otherwise than it is in the record, and how."""
        shapes = _shapes(self.kind)
        found: list[tuple[int, Callable[[Any], Any]]] = []
        for at, name in enumerate(self.columns):
            hint, as_json, is_bool = shapes[name]
            if as_json:
                found.append((at, _json))
            elif is_bool:
                found.append((at, int))
            elif any(isinstance(each, type) and issubclass(each, Enum) for each in (hint, *get_args(hint))):
                found.append((at, _word))
        return tuple(found)


_GRANTS = Child("profile_grant", "holder", ("profile",), beside="held")
_MEMBER = Child("group_member", "customer", ("member_of",), beside="member_of")
_TAGS = Child("tagged", "owner", ("tag",))

TABLES: dict[type[Record], Table] = {
    t.kind: t
    for t in (
        Table(people.Company, "company", {"profiles": _GRANTS}, config=True),
        Table(people.Group, "customer_group", {"profiles": _GRANTS}, config=True),
        Table(people.CustomerList, "customer_list", unique=("name",)),
        Table(
            people.Customer,
            "customer",
            {
                "profiles": _GRANTS,
                "groups": _MEMBER,
                "companies": Child("company_member", "customer", ("company",)),
                "lists": Child("list_member", "customer", ("list",)),
                "tags": _TAGS,
            },
            derived={"mobile_key": lambda customer: phone_key(customer.mobile)},
        ),
        Table(people.Merge, "customer_merge"),
        Table(people.Erasure, "erasure"),
        Table(model.Card, "card", {"profiles": _GRANTS}),
        Table(
            model.Vehicle,
            "vehicle",
            {"profiles": _GRANTS, "tags": _TAGS},
            unique=("plate_key",),
            derived={"folded": lambda vehicle: folded(vehicle.plate_key)},
        ),
        Table(tariff.Tariff, "tariff", config=True, unique=("name",)),
        Table(place.Zone, "zone", config=True, unique=("name",)),
        Table(place.Schedule, "schedule", config=True, unique=("name",)),
        Table(
            place.Profile,
            "profile",
            {"zones": Child("profile_zone", "profile", ("zone", "schedule"))},
            config=True,
            unique=("name",),
        ),
        Table(place.AccessPoint, "access_point", {"tags": _TAGS}, config=True, unique=("name",)),
        Table(place.SitePolicy, "site_policy", config=True),
        Table(
            device.Device,
            "device",
            derived={
                "kind": lambda kept: "door" if device.kind_of(kept.wired) is device.DeviceKind.DOOR else "reader",
                "name": lambda kept: kept.name,
            },
        ),
        Table(place.Booking, "booking"),
        Table(place.PassKey, "pass_key", config=True),
        Table(place.RevokedPass, "revoked_pass"),
        Table(alerts.AlertRule, "alert_rule", unique=("kind",)),
        Table(review.AccessReview, "access_review"),
        Table(review.ReviewItem, "review_item"),
        Table(saved.SavedFilter, "saved_filter"),
        Table(saved.ScheduledExport, "scheduled_export", unique=("name",)),
        Table(importing.Import, "import"),
        Table(model.Role, "role", unique=("name",)),
        Table(
            model.User,
            "user",
            {
                "companies": Child("user_company", "user", ("company",)),
                "zones": Child("user_zone", "user", ("zone",)),
                "tags": Child("user_tag", "user", ("tag",)),
            },
            unique=("login",),
        ),
        Table(model.ApiKey, "api_key"),
        Table(webhook.Webhook, "webhook", unique=("name",)),
    )
}


@lru_cache(maxsize=64)
def _shapes(kind: type[Record]) -> dict[str, tuple[Any, bool, bool]]:
    """Per field: its type, is it kept as JSON text, is it a bool."""
    hints = get_type_hints(kind)
    return {name: (hint, is_json(hint), hint is bool) for name, hint in hints.items()}


def is_json(hint: Any) -> bool:
    """Lists, and values that are one of several kinds."""
    return "tuple" in str(hint) or any(isinstance(each, type) and issubclass(each, msgspec.Struct) for each in get_args(hint))


def to_row(table: Table, record: Record) -> tuple[Any, ...]:
    """The values of the columns `written`, as SQLite takes them."""
    row = list(table.values(record))
    for at, kept in table.as_kept:
        row[at] = kept(row[at])
    row += [",".join(sorted(getattr(record, name))) for name, child in table.children.items() if child.beside]
    row += [work_out(record) for work_out in table.derived.values()]
    return tuple(row)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode() if value != () else "[]"


def _word(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def from_row(db: sqlite3.Connection, table: Table, row: tuple[Any, ...], schema: str = "main") -> Record:
    """The record of a row of its own columns, with its child lists read beside it."""
    fields = dict(zip(table.columns, row, strict=True))
    for name, (hint, as_json, is_bool) in _shapes(table.kind).items():
        if name not in fields:
            continue
        if as_json:
            fields[name] = msgspec.json.decode(fields[name], type=hint)
        elif is_bool:
            fields[name] = bool(fields[name])
        elif isinstance(hint, type) and issubclass(hint, Enum):
            fields[name] = hint(fields[name])
    for name, child in table.children.items():
        found = db.execute(
            f"SELECT {', '.join(child.columns)} FROM {schema}.{child.table} WHERE {child.owner} = ? ORDER BY {child.columns[0]}",
            (fields["id"],),
        ).fetchall()
        element = get_args(_shapes(table.kind)[name][0])[0]
        fields[name] = tuple(
            r[0] if len(child.columns) == 1 else element(**dict(zip(child.columns, r, strict=True))) for r in found
        )
    return table.kind(**fields)


def child_rows(child: Child, record: Record, name: str) -> list[tuple[Any, ...]]:
    """The rows of one child list: owner id first."""
    return [
        (record.id, item) if isinstance(item, str) else (record.id, *(getattr(item, c) for c in child.columns))
        for item in getattr(record, name)
    ]
