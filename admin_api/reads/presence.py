"""Who is inside: how many in each zone, and everybody by name for when the place must be left."""

from __future__ import annotations

from msgspec import Struct

from admin_api.reads.database import Database
from admin_api.reads.scope import also, source
from edge.core.model import EVERYTHING, Scope
from edge.core.place import Mode, SitePolicy

HOUR_MS = 3_600_000
MOST_PRESENT = 5000
"""Names on one muster list; `left_out` says how many more there are."""


class Occupancy(Struct, frozen=True, kw_only=True):
    """How many are in a zone: visits open in it and the correction by hand, as the rule on its capacity counts.

    doubtful: of the visits, those flagged doubtful or open for longer than the site's policy says (doubtful_hours).
    """

    zone: str
    name: str
    inside: int
    doubtful: int
    correction: int = 0
    capacity: int | None = None
    reserved: int = 0
    mode: Mode = Mode.NORMAL


class Present(Struct, frozen=True, kw_only=True):
    """Somebody inside, in the innermost zone they are in. what: the plate of a vehicle, or the label of a card."""

    name: str
    customer: str | None
    company: str
    what: str
    holder: str
    since: int
    doubtful: bool


class MusterZone(Struct, frozen=True, kw_only=True):
    """A zone with everybody in it (not in a zone within it). correction: how many more, or fewer, were counted by hand."""

    zone: str
    name: str
    correction: int
    present: list[Present]


class Muster(Struct, frozen=True, kw_only=True):
    """Everybody inside at `at` (ms). people: how many different ones (a customer with card and car is one)."""

    site: str
    at: int
    people: int
    zones: list[MusterZone]
    left_out: int = 0


async def occupancy(database: Database, now: int, scope: Scope = EVERYTHING) -> list[Occupancy]:
    """Every zone of the scope, by name; restricted to companies one counts their people, and nothing that was corrected by hand."""
    mine, values = also("entry", scope, "n")
    zones, of_zones = source("zone", scope)
    by = "0" if scope.companies or scope.tags else "ifnull(c.by, 0)"
    rows = await database.fetch(
        f"SELECT z.id, z.name, max(0, count(n.in_seq) + {by}), ifnull(sum(n.flag = 'doubtful' OR n.in_at < ?), 0),"
        f" {by}, z.capacity, z.reserved, z.mode FROM {zones} z"
        f" LEFT JOIN entry n ON n.zone = z.id AND n.out_at IS NULL {mine} LEFT JOIN correction c ON c.zone = z.id"
        " GROUP BY z.id ORDER BY z.name COLLATE NOCASE, z.id",
        (await _doubtful_before(database, now), *of_zones, *values),
    )
    return [
        Occupancy(
            zone=zone,
            name=name,
            inside=inside,
            doubtful=doubtful,
            correction=by,
            capacity=capacity,
            reserved=reserved,
            mode=Mode(mode),
        )
        for zone, name, inside, doubtful, by, capacity, reserved, mode in rows
    ]


async def muster(database: Database, site: str, now: int, scope: Scope = EVERYTHING) -> Muster:
    """By zone and name, of the scope. Who is in a zone within another stands in the inner one alone."""
    mine, values = also("entry", scope, "n")
    of_zones, zone_values = source("zone", scope)
    by_hand = "0" if scope.companies or scope.tags else "ifnull(c.by, 0)"
    rows = await database.fetch(
        "SELECT n.zone, ifnull(u.name, n.label), n.customer, ifnull(co.name, ''), ifnull(v.plate, ifnull(k.username, '')), n.holder,"
        " n.in_at, n.flag = 'doubtful' OR n.in_at < ? FROM entry n JOIN presence w ON w.holder = n.holder"
        " LEFT JOIN roster.customer u ON u.id = n.customer LEFT JOIN roster.vehicle v ON v.id = n.holder"
        " LEFT JOIN roster.card k ON k.id = n.holder LEFT JOIN roster.company co ON co.id = ifnull(u.company, ifnull(k.company, v.company))"
        f" WHERE n.out_at IS NULL AND n.in_seq = w.visits ->> '$[#-1][0]' {mine} ORDER BY 2 COLLATE NOCASE, n.in_seq LIMIT ?",
        (await _doubtful_before(database, now), *values, MOST_PRESENT + 1),
    )
    left_out = 0
    if len(rows) > MOST_PRESENT:
        ((open_,),) = await database.fetch(f"SELECT count(DISTINCT holder) FROM entry n WHERE out_at IS NULL {mine}", values)
        left_out = open_ - MOST_PRESENT
    zones = {
        id: MusterZone(zone=id, name=name, correction=by, present=[])
        for id, name, by in await database.fetch(
            f"SELECT z.id, z.name, {by_hand} FROM {of_zones} z LEFT JOIN correction c ON c.zone = z.id ORDER BY z.name COLLATE NOCASE",
            zone_values,
        )
    }
    people = set()
    for zone, name, customer, company, what, holder, since, doubtful in rows[:MOST_PRESENT]:
        held = zones.setdefault(zone, MusterZone(zone=zone, name="a zone that is gone", correction=0, present=[]))
        held.present.append(
            Present(name=name, customer=customer, company=company, what=what, holder=holder, since=since, doubtful=bool(doubtful))
        )
        people.add(customer or holder)
    listed = [z for z in zones.values() if z.present or z.correction]
    return Muster(site=site, at=now, people=len(people), zones=listed, left_out=left_out)


async def _doubtful_before(database: Database, now: int) -> int:
    """Visits that began before this are doubtful by their length alone."""
    rows = await database.fetch("SELECT doubtful_hours FROM roster.site_policy")
    return now - (rows[0][0] if rows else SitePolicy().doubtful_hours) * HOUR_MS
