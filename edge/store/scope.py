"""What somebody who is restricted sees, as terms of SQL: the one place that says which rows belong to which companies and zones.

Edge asks it before a change, the desk puts it into every list, count and stream; so what one hides the other refuses.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from edge.core.model import Scope

Terms = tuple[list[str], list[Any]]
"""Terms to be joined by AND, and their values in order; none: nothing restricts this kind."""

_IN = "(SELECT value FROM json_each(?))"
_CUSTOMERS = (
    f"(SELECT id FROM {{r}}.customer WHERE company IN {_IN} UNION SELECT customer FROM {{r}}.company_member WHERE company IN {_IN})"
)
_HELD = f"(SELECT id FROM {{r}}.card WHERE company IN {_IN} UNION ALL SELECT id FROM {{r}}.vehicle WHERE company IN {_IN})"
_POINTS = f"(SELECT {{column}} FROM {{r}}.access_point WHERE from_zone IN {_IN} OR to_zone IN {_IN})"

_OF_COMPANIES: dict[str, str] = {
    "company": f"{{a}}.id IN {_IN}",
    "customer": f"({{a}}.company IN {_IN} OR {{a}}.id IN (SELECT customer FROM {{r}}.company_member WHERE company IN {_IN}))",
    "card": f"({{a}}.company IN {_IN} OR {{a}}.customer IN {_CUSTOMERS})",
    "vehicle": f"({{a}}.company IN {_IN} OR {{a}}.customer IN {_CUSTOMERS})",
    "booking": f"{{a}}.customer IN {_CUSTOMERS}",
    "entry": f"({{a}}.customer IN {_CUSTOMERS} OR {{a}}.holder IN {_HELD})",
    "event": f"({{a}}.customer IN {_CUSTOMERS} OR {{a}}.card IN {_HELD})",
    "payment": f"{{a}}.entry IN (SELECT in_seq FROM entry WHERE customer IN {_CUSTOMERS} OR holder IN {_HELD})",
    "holder": f"({{a}}.company IN {_IN} OR {{a}}.customer IN {_CUSTOMERS})",
    "customer_merge": f"({{a}}.kept IN {_CUSTOMERS} AND {{a}}.other IN {_CUSTOMERS})",
    "alert": "0",  # an alert is about the site, not about somebody's people
    "review_item": "0",  # and so is an access review
}
_OF_ZONES: dict[str, str] = {
    "review_item": "0",
    "zone": f"{{a}}.id IN {_IN}",
    "access_point": f"({{a}}.from_zone IN {_IN} OR {{a}}.to_zone IN {_IN})",
    "booking": f"{{a}}.zone IN {_IN}",
    "entry": f"{{a}}.zone IN {_IN}",
    "event": f"({{a}}.access_point IN {_POINTS.replace('{column}', 'id')} OR ({{a}}.access_point IS NULL AND"
    f" ({{a}}.body ->> '$.zone' IN {_IN} OR {{a}}.body ->> '$.door' IN {_POINTS.replace('{column}', 'door')})))",
    "payment": f"{{a}}.entry IN (SELECT in_seq FROM entry WHERE zone IN {_IN})",
    "holder": f"NOT EXISTS (SELECT 1 FROM entry n WHERE n.holder = {{a}}.id AND n.out_at IS NULL AND n.zone NOT IN {_IN})",
    "alert": f"({{a}}.subject IN {_IN} OR {{a}}.subject IN {_POINTS.replace('{column}', 'id')}"
    f" OR {{a}}.subject IN {_POINTS.replace('{column}', 'name')} OR {{a}}.subject IN {_POINTS.replace('{column}', 'door')})",
}
_TAGGED = f"(SELECT owner FROM {{r}}.tagged WHERE tag IN {_IN})"
_DOORS = f"(SELECT door FROM {{r}}.access_point WHERE id IN {_TAGGED})"
_OF_TAGS: dict[str, str] = {
    "review_item": "0",
    "access_point": f"{{a}}.id IN {_TAGGED}",
    "event": f"({{a}}.access_point IN {_TAGGED} OR ({{a}}.access_point IS NULL AND {{a}}.body ->> '$.door' IN {_DOORS}))",
    "entry": f"(SELECT access_point FROM event WHERE seq = {{a}}.in_seq) IN {_TAGGED}",
    "payment": f"(SELECT access_point FROM event WHERE seq = {{a}}.entry) IN {_TAGGED}",
    "alert": f"({{a}}.subject IN {_TAGGED} OR {{a}}.subject IN {_DOORS}"
    f" OR {{a}}.subject IN (SELECT name FROM {{r}}.access_point WHERE id IN {_TAGGED}))",
}
"""A person is of every zone (a card opens where its profiles say), so customers, cards and vehicles are not restricted by zone or access point."""

_HOLDERS = "(SELECT id, customer, company FROM {r}.card UNION ALL SELECT id, customer, company FROM {r}.vehicle)"
_TABLES: dict[str, tuple[str, str]] = {
    "company": ("{r}.company", "a.id = ?"),
    "customer": ("{r}.customer", "a.id = ?"),
    "card": ("{r}.card", "a.id = ?"),
    "vehicle": ("{r}.vehicle", "a.id = ?"),
    "booking": ("{r}.booking", "a.id = ?"),
    "customer_merge": ("{r}.customer_merge", "a.id = ?"),
    "zone": ("{r}.zone", "a.id = ?"),
    "access_point": ("{r}.access_point", "? IN (a.id, a.name)"),
    "holder": (_HOLDERS, "a.id = ?"),
    "entry": ("main.entry", "a.in_seq = ?"),
    "event": ("main.event", "a.seq = ?"),
    "payment": ("main.payment", "a.id = ?"),
    "alert": ("main.alert", "a.id = ?"),
}


def within(kind: str, scope: Scope, alias: str, roster: str) -> Terms:
    """Terms for the rows of a kind that are within the scope. alias: of its table; roster: the schema the roster is attached as."""
    terms, values = list[str](), list[Any]()
    for given, of in ((scope.companies, _OF_COMPANIES), (scope.zones, _OF_ZONES), (scope.tags, _OF_TAGS)):
        if given and kind in of:
            term = of[kind].format(a=alias, r=roster)
            terms.append(term)
            values += [msgspec.json.encode(given).decode()] * term.count("?")
    return terms, values


def holds(db: sqlite3.Connection, roster: str, kind: str, id: str | int, scope: Scope) -> bool:
    """Is this record within the scope. Also True where nothing restricts its kind, whether it is there or not."""
    terms, values = within(kind, scope, "a", roster)
    if not terms:
        return True
    table, key = _TABLES[kind]
    sql = f"SELECT 1 FROM {table.format(r=roster)} a WHERE {key} AND {' AND '.join(terms)}"
    return db.execute(sql, (id, *values)).fetchone() is not None
