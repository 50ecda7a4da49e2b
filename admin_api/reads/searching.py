"""The search: what somebody types, as a question to the index; first as it stands, then across a person's things, then with one letter wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from admin_api.reads.scope import also, source
from edge.core.model import EVERYTHING, Card, Record, Scope, Vehicle
from edge.core.people import Company, Customer
from edge.core.plate import plate_key
from edge.core.searching import FIELDS, MARK, MARKS, digits, fold

if TYPE_CHECKING:  # the process that writes exports reads these tables, and has no use for the desk's connections
    from admin_api.reads.database import Database

Terms = tuple[str, tuple[Any, ...]]
"""A condition in SQL with its values."""

FEW = 2000
"""Up to so many finds are looked up one by one and then sorted."""
MANY = 6000
"""Above so many it is quicker to walk the list in its own order and look at each; between the two the index says which."""
LOOKED_AT = 2000
"""So many rows at most are compared letter by letter."""
MOST_WORDS = 6
SEARCHED: tuple[type[Record], ...] = (Customer, Company, Card, Vehicle)
_MATCH = "SELECT rowid FROM roster.search s WHERE s.search MATCH ?"
_ALL = " || ' ' || ".join(f"d.{column}" for column in FIELDS)
NOTHING: Terms = ("0", ())

Option = tuple[tuple[str, ...], str]
"""(columns, phrase): these letters in one of these columns; no columns: in any."""


@dataclass(frozen=True)
class Match:
    """What a row of the index must have: of each, one option."""

    each: tuple[tuple[Option, ...], ...]

    @property
    def expression(self) -> str:
        """For the index."""
        return " AND ".join(f"({' OR '.join(_phrase(*option) for option in options)})" for options in self.each)

    @property
    def plainly(self) -> Terms:
        """For a row d of `searched`, without the index."""
        terms = [" OR ".join(f"instr({_text(columns)}, ?)" for columns, _ in options) for options in self.each]
        return " AND ".join(f"({term})" for term in terms), tuple(phrase for options in self.each for _, phrase in options)


def _phrase(columns: tuple[str, ...], phrase: str) -> str:
    quoted = phrase.replace('"', '""')
    return f'{{{" ".join(columns)}}} : "{quoted}"' if columns else f'"{quoted}"'


def _text(columns: tuple[str, ...]) -> str:
    return " || ' ' || ".join(f"d.{column}" for column in columns) if columns else _ALL


class Hit(Struct, frozen=True, kw_only=True):
    """One find. of: customer, company, card, vehicle or event; owner: the customer it leads to."""

    of: str
    id: str
    title: str
    detail: str = ""
    owner: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What was typed, folded: what to look for, and the words themselves (to forgive a letter in)."""

    match: Match
    words: tuple[str, ...] = ()


def wanted(q: str) -> Wanted | None:
    """None: there is nothing in it to search for (less than two letters)."""
    number = q.strip().removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 3:
        return Wanted(Match((((("number",), f"{MARK}#{int(number)}{MARK}"),),)))
    if _is_phone(q):
        said = digits(q)
        options: list[Option] = [(("phone",), said.lstrip("0") or said), (("number",), f"{MARK}#{said.lstrip('0')}{MARK}")]
        return Wanted(Match(((*options, (("card", "plate", "place", "email"), said)),)), (said,))
    words = tuple(fold(q).split())[:MOST_WORDS]
    each = tuple(options for options in map(_word, words) if options)
    return Wanted(Match(each), words) if each else None


def _is_phone(q: str) -> bool:
    return len(digits(q)) >= 3 and all(c in "0123456789+-/(). " for c in q)


def _word(word: str) -> tuple[Option, ...]:
    """Any part of a word of three letters and more; the beginning of a word for two."""
    if len(word) < 2:
        return ()
    options: list[Option] = [((), word if len(word) > 2 else MARK + word)]
    plate = plate_key(word).lower()
    if len(plate) > 2 and plate != word:
        options.append((("plate",), plate))
    if word.startswith("#") and digits(word) == word[1:]:
        options.append((("number",), MARK + word + MARK))
    return tuple(options)


async def found(database: Database, kind: type[Record], q: str) -> tuple[Terms, bool]:
    """(the condition on `t` of a list of this kind, are they few). Few: the list is best made from the finds and sorted."""
    asked = wanted(q)
    if asked is None:
        return NOTHING, True
    terms, few = await matching(database, kind, asked.match)
    if terms is not NOTHING:
        return terms, few
    if len(asked.match.each) > 1:
        each = [Match((options,)).expression for options in asked.match.each]
        both = " INTERSECT ".join(f"SELECT owner FROM roster.searched WHERE n IN ({_MATCH})" for _ in each)
        rows = await database.fetch(f"{both} LIMIT ?", (*each, FEW))
        if rows:
            return _these(kind, [owner for (owner,) in rows if owner], []), True
    near = await _nearly(database, asked)
    return _these(kind, [owner for _, owner in near if owner], [id for id, _ in near]), True


async def matching(database: Database, kind: type[Record], match: Match) -> tuple[Terms, bool]:
    """The same for what the index has to have. NOTHING where it has none."""
    rows = await database.fetch(f"SELECT id, owner FROM roster.searched WHERE n IN ({_MATCH} LIMIT ?)", (match.expression, FEW + 1))
    if not rows:
        return NOTHING, True
    if len(rows) <= FEW:
        return _these(kind, [owner for _, owner in rows if owner], [id for id, _ in rows]), True
    column = "id" if kind in (Customer, Company) else "customer"
    rows = await database.fetch(f"SELECT count(*) FROM ({_MATCH} LIMIT ?)", (match.expression, MANY + 1))
    if rows[0][0] <= MANY:
        return (f"t.{column} IN (SELECT owner FROM roster.searched WHERE n IN ({_MATCH}))", (match.expression,)), True
    term, values = match.plainly
    return (f"EXISTS (SELECT 1 FROM roster.searched d WHERE d.owner = t.{column} AND {term})", values), False


def _these(kind: type[Record], owners: list[str], ids: list[str]) -> Terms:
    listed = msgspec.json.encode(sorted({*owners, *ids})).decode()
    if kind in (Card, Vehicle):
        one = "SELECT value FROM json_each(?)"
        return f"(t.id IN ({one}) OR t.customer IN ({one}))", (listed, listed)
    return "t.id IN (SELECT value FROM json_each(?))", (listed,)


# ---------------------------------------------------------------------------------------------------- one letter wrong


async def _nearly(database: Database, asked: Wanted) -> list[tuple[str, str | None]]:
    """(id, owner) of names and plates that have every word, or one that differs in one letter. Short words are not forgiven."""
    long = sorted((w for w in asked.words if len(w) > 3), key=len, reverse=True)
    if not long:
        return []
    match = f"{{name plate}} : ({' OR '.join(_around(long[0]))})"
    rows = await database.fetch(
        f"SELECT id, owner, name || ' ' || plate FROM roster.searched WHERE n IN ({_MATCH} LIMIT ?)", (match, LOOKED_AT)
    )
    found = []
    for id, owner, text in rows:
        theirs = [word.lstrip(MARKS) for word in text.split()]
        if all(any(one_off(w, t) if len(w) > 3 else t.startswith(w) for t in theirs) for w in asked.words):
            found.append((id, owner))
    return found


def _around(word: str) -> list[str]:
    """For each place where the letter may be wrong: what stands before it and what stands behind the next one."""
    found = []
    for at in range(len(word)):
        before, behind = MARK + word[:at], word[at + 2 :]
        sure = [_phrase((), part) for part in (before, behind) if len(part) > 2]
        if sure:
            found.append(f"({' AND '.join(sure)})")
    return list(dict.fromkeys(found))


def one_off(word: str, other: str) -> bool:
    """Do they differ in at most one letter that is wrong, missing or too many, or in two that changed places."""
    if word == other:
        return True
    if abs(len(word) - len(other)) > 1:
        return False
    sure = (min(len(word), len(other)) - 2) // 2  # a slip leaves so many letters right, at the beginning or at the end
    if sure > 0 and word[:sure] != other[:sure] and word[-sure:] != other[-sure:]:
        return False
    at = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    if len(word) == len(other):
        return word[at + 1 :] == other[at + 1 :] or (
            word[at : at + 2] == other[at : at + 2][::-1] and word[at + 2 :] == other[at + 2 :]
        )
    longer, shorter = (word, other) if len(word) > len(other) else (other, word)
    return longer[at + 1 :] == shorter[at:]


# ---------------------------------------------------------------------------------------------------- one box over everything


async def everything(database: Database, q: str, kinds: frozenset[str], limit: int = 25, scope: Scope = EVERYTHING) -> list[Hit]:
    """The first finds of these kinds (customer, company, card, vehicle, event) within the scope, people first."""
    asked = wanted(q)
    hits: list[Hit] = []
    number = q.strip().removeprefix("#")
    if "event" in kinds and number.isascii() and number.isdigit() and len(number) < 16:
        mine, of_scope = also("event", scope, "e")
        rows = await database.fetch(f"SELECT seq, code, access_point FROM event e WHERE seq = ? {mine}", (int(number), *of_scope))
        hits += [Hit(of="event", id=str(seq), title=f"Event {seq}", detail=str(code)) for seq, code, _ in rows]
    if asked is None:
        return hits
    of = msgspec.json.encode(sorted(kinds)).decode()
    mine, seen = _within(scope)
    rows = await database.fetch(
        f"SELECT id, entity, owner FROM roster.searched WHERE n IN ({_MATCH}) AND entity IN (SELECT value FROM json_each(?)) {mine}"
        " ORDER BY entity <> 'customer', n LIMIT ?",
        (asked.match.expression, of, *seen, limit),
    )
    if not rows:
        near = dict(await _nearly(database, asked))
        rows = await database.fetch(
            "SELECT id, entity, owner FROM roster.searched WHERE id IN (SELECT value FROM json_each(?))"
            f" AND entity IN (SELECT value FROM json_each(?)) {mine} LIMIT ?",
            (msgspec.json.encode(list(near)).decode(), of, *seen, limit),
        )
    titles = await _titles(database, [id for id, _, _ in rows])
    hits += [
        Hit(of=entity, id=id, owner=owner, title=titles[id][0], detail=titles[id][1]) for id, entity, owner in rows if id in titles
    ]
    return hits[:limit]


def _within(scope: Scope) -> tuple[str, list[Any]]:
    """A condition on the rows of the index: what they are of is within the scope."""
    seen = [source(kind, scope) for kind in ("customer", "company", "card", "vehicle")]
    if not any(values for _, values in seen):
        return "", []
    ids = " UNION ALL ".join(f"SELECT id FROM {table}" for table, _ in seen)
    return f"AND id IN ({ids})", [value for _, values in seen for value in values]


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
