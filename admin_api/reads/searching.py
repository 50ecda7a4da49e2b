"""The search: what somebody types, as a question to the index; first as it stands, then across a person's things, then with one letter wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from edge.core.model import Card, Record, Vehicle
from edge.core.people import Company, Customer
from edge.core.plate import plate_key
from edge.core.searching import MARK, MARKS, digits, fold

if TYPE_CHECKING:  # the process that writes exports reads these tables, and has no use for the desk's connections
    from admin_api.reads.database import Database

Terms = tuple[str, tuple[Any, ...]]
"""A condition in SQL with its values."""

FEW = 2000
"""Up to so many finds are looked up one by one; more are met on a walk in the list's own order."""
LOOKED_AT = 10_000
"""So many rows at most are compared letter by letter."""
MOST_WORDS = 6
SEARCHED: tuple[type[Record], ...] = (Customer, Company, Card, Vehicle)
_MATCH = "SELECT rowid FROM roster.search s WHERE s.search MATCH ?"
NOTHING: Terms = ("0", ())


class Hit(Struct, frozen=True, kw_only=True):
    """One find. of: customer, company, card, vehicle or event; owner: the customer it leads to."""

    of: str
    id: str
    title: str
    detail: str = ""
    owner: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What was typed, folded. plain: one expression for a record that has it all; each: one for each word."""

    plain: str
    each: tuple[str, ...]
    words: tuple[str, ...]


def wanted(q: str) -> Wanted | None:
    """None: there is nothing in it to search for (less than two letters)."""
    number = q.strip().removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 3:
        exact = f"number : {_phrase(f'{MARK}#{int(number)}{MARK}')}"
        return Wanted(exact, (exact,), ())
    if _is_phone(q):
        said = digits(q).lstrip("0")
        either = f"(phone : {_phrase(said)} OR number : {_phrase(f'{MARK}#{said}{MARK}')} OR {{card plate place}} : {_phrase(digits(q))})"
        return Wanted(either, (either,), (digits(q),))
    words = tuple(fold(q).split())[:MOST_WORDS]
    each = tuple(e for e in map(_word, words) if e)
    return Wanted(" AND ".join(each), each, words) if each else None


def _is_phone(q: str) -> bool:
    return len(digits(q)) >= 3 and all(c in "0123456789+-/(). " for c in q)


def _word(word: str) -> str:
    """Any part of a word of three letters and more; the beginning of a word for two."""
    if len(word) < 2:
        return ""
    options = [_phrase(word if len(word) > 2 else MARK + word)]
    plate = plate_key(word).lower()
    if len(plate) > 2 and plate != word:
        options.append(f"plate : {_phrase(plate)}")
    if word.startswith("#") and digits(word) == word[1:]:
        options.append(f"number : {_phrase(MARK + word + MARK)}")
    return f"({' OR '.join(options)})"


def _phrase(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'"{quoted}"'


async def found(database: Database, kind: type[Record], q: str) -> tuple[Terms, bool]:
    """(the condition on `t` of a list of this kind, are they few). Few: the list is best made from the finds and sorted."""
    asked = wanted(q)
    if asked is None:
        return NOTHING, True
    match = asked.plain
    ids = await _owners(database, kind, _MATCH, (match,))
    if not ids and len(asked.each) > 1:
        both = " INTERSECT ".join(f"SELECT owner FROM roster.searched WHERE n IN ({_MATCH})" for _ in asked.each)
        rows = await database.fetch(f"{both} LIMIT ?", (*asked.each, FEW))
        if rows:
            return _these(kind, [owner for (owner,) in rows if owner], []), True
    if not ids:
        near = await _nearly(database, asked)
        return _these(kind, [owner for _, owner in near if owner], [id for id, _ in near]), True
    if len(ids) > FEW:
        column = "+t.id" if kind in (Customer, Company) else "+t.customer"
        return (f"{column} IN (SELECT owner FROM roster.searched WHERE n IN ({_MATCH}))", (match,)), False
    rows = await database.fetch(f"SELECT id, owner FROM roster.searched WHERE n IN ({_MATCH})", (match,))
    return _these(kind, [owner for _, owner in rows if owner], [id for id, _ in rows]), True


async def _owners(database: Database, kind: type[Record], match: str, values: tuple[Any, ...]) -> list[Any]:
    return await database.fetch(f"{match} LIMIT ?", (*values, FEW + 1))


def _these(kind: type[Record], owners: list[str], ids: list[str]) -> Terms:
    listed = msgspec.json.encode(sorted({*owners, *ids})).decode()
    if kind in (Card, Vehicle):
        one = "SELECT value FROM json_each(?)"
        return f"(t.id IN ({one}) OR t.customer IN ({one}))", (listed, listed)
    return "t.id IN (SELECT value FROM json_each(?))", (listed,)


# ---------------------------------------------------------------------------------------------------- one letter wrong


async def _nearly(database: Database, asked: Wanted) -> list[tuple[str, str | None]]:
    """(id, owner) of names and plates that have every word, or one that differs in one letter.

    Of the longest word the first three or the last three letters are as typed; short words are not forgiven.
    """
    long = sorted((w for w in asked.words if len(w) > 3), key=len, reverse=True)
    if not long:
        return []
    match = f"{{name plate}} : ({_phrase(MARK + long[0][:3])} OR {_phrase(long[0][-3:])})"
    rows = await database.fetch(
        f"SELECT id, owner, name || ' ' || plate FROM roster.searched WHERE n IN ({_MATCH}) LIMIT ?", (match, LOOKED_AT)
    )
    found = []
    for id, owner, text in rows:
        theirs = [word.lstrip(MARKS) for word in text.split()]
        if all(any(one_off(w, t) if len(w) > 3 else t.startswith(w) for t in theirs) for w in asked.words):
            found.append((id, owner))
    return found


def one_off(word: str, other: str) -> bool:
    """Do they differ in at most one letter that is wrong, missing or too many, or in two that changed places."""
    if word == other:
        return True
    if abs(len(word) - len(other)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    if len(word) == len(other):
        return word[at + 1 :] == other[at + 1 :] or (
            word[at : at + 2] == other[at : at + 2][::-1] and word[at + 2 :] == other[at + 2 :]
        )
    longer, shorter = (word, other) if len(word) > len(other) else (other, word)
    return longer[at + 1 :] == shorter[at:]


# ---------------------------------------------------------------------------------------------------- one box over everything


async def everything(database: Database, q: str, kinds: frozenset[str], limit: int = 25) -> list[Hit]:
    """The first finds of these kinds (customer, company, card, vehicle, event), people first."""
    asked = wanted(q)
    hits: list[Hit] = []
    number = q.strip().removeprefix("#")
    if "event" in kinds and number.isascii() and number.isdigit() and len(number) < 16:
        rows = await database.fetch("SELECT seq, code, access_point FROM event WHERE seq = ?", (int(number),))
        hits += [Hit(of="event", id=str(seq), title=f"Event {seq}", detail=str(code)) for seq, code, _ in rows]
    if asked is None:
        return hits
    of = msgspec.json.encode(sorted(kinds)).decode()
    rows = await database.fetch(
        f"SELECT id, entity, owner FROM roster.searched WHERE n IN ({_MATCH}) AND entity IN (SELECT value FROM json_each(?))"
        " ORDER BY entity <> 'customer', n LIMIT ?",
        (asked.plain, of, limit),
    )
    if not rows:
        near = dict(await _nearly(database, asked))
        rows = await database.fetch(
            "SELECT id, entity, owner FROM roster.searched WHERE id IN (SELECT value FROM json_each(?))"
            " AND entity IN (SELECT value FROM json_each(?)) LIMIT ?",
            (msgspec.json.encode(list(near)).decode(), of, limit),
        )
    titles = await _titles(database, [id for id, _, _ in rows])
    hits += [
        Hit(of=entity, id=id, owner=owner, title=titles[id][0], detail=titles[id][1]) for id, entity, owner in rows if id in titles
    ]
    return hits[:limit]


async def _titles(database: Database, ids: list[str]) -> dict[str, tuple[str, str]]:
    """id -> (what it is called, what else tells it apart), of those that are not deleted."""
    listed = "(SELECT value FROM json_each(?1))"
    rows = await database.fetch(
        f"SELECT id, name, '#' || number || iif(email = '', '', ' · ' || email) FROM roster.customer WHERE id IN {listed} AND deleted_at IS NULL"
        f" UNION ALL SELECT id, name, '' FROM roster.company WHERE id IN {listed} AND deleted_at IS NULL"
        f" UNION ALL SELECT k.id, iif(k.username = '', 'card', k.username) || ' …' || k.last4, ifnull(u.name, '') FROM roster.card k"
        f" LEFT JOIN roster.customer u ON u.id = k.customer WHERE k.id IN {listed}"
        f" UNION ALL SELECT v.id, v.plate, ifnull(u.name, '') FROM roster.vehicle v LEFT JOIN roster.customer u ON u.id = v.customer WHERE v.id IN {listed}",
        (msgspec.json.encode(ids).decode(),),
    )
    return {id: (title, detail) for id, title, detail in rows}
