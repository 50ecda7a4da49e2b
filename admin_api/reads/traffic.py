"""How busy a day was, hour by hour, beside the same day of the week before: entered, left, refused and inside."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from msgspec import Struct

from admin_api.reads.conditions import seq_at
from admin_api.reads.database import Database
from admin_api.reads.scope import also
from edge.core.model import EVERYTHING, Scope
from edge.core.schedule import zone as zone_of

HOUR_MS = 3_600_000
LONGEST_STAY_MS = 31 * 24 * HOUR_MS
"""A visit that ended is looked for among those that began at most so long before the day."""


class Hour(Struct, frozen=True, kw_only=True):
    """An hour that begins at `at` (ms). inside: at its end; None in hours to come."""

    at: int
    entered: int = 0
    left: int = 0
    refused: int = 0
    inside: int | None = None


class AtPoint(Struct, frozen=True, kw_only=True):
    """What passed one access point in the day."""

    access_point: str
    name: str
    granted: int
    refused: int


class AtReader(Struct, frozen=True, kw_only=True):
    """What a reader saw in the day. unclear: of its readings those that were no code, or a plate that could be several."""

    reader: str
    readings: int
    unclear: int


class Day(Struct, frozen=True, kw_only=True):
    """The hours of a day in the site's zone: 23 or 25 of them when clocks change."""

    date: str
    hours: list[Hour]


class Traffic(Struct, frozen=True, kw_only=True):
    """A day, the same day of the week before, the day's access points and readers, and why people were refused (reason -> how often)."""

    day: Day
    week_before: Day
    access_points: list[AtPoint]
    readers: list[AtReader]
    reasons: dict[str, int]


async def traffic(
    database: Database, day: date, tz: str, now: int, *, zone: str = "", point: str = "", scope: Scope = EVERYTHING
) -> Traffic:
    """Of the whole site, or a zone, or an access point (inside is then of no meaning, and None)."""
    start, end = _ends(day, tz)
    rows = await _decisions(database, start, end, scope)
    points: Counter[tuple[str, str, str]] = Counter()
    reasons: Counter[str] = Counter()
    for _, id, name, outcome, code, count in rows:
        points[id, name, outcome] += count
        if outcome == "denied" and point in ("", id):
            reasons[code] += count
    names = {id: name for id, name, _ in points}
    return Traffic(
        day=await _day(database, day, tz, now, zone, point, scope, rows),
        week_before=await _day(database, day - timedelta(days=7), tz, now, zone, point, scope, None),
        access_points=[
            AtPoint(access_point=id, name=name, granted=points[id, name, "granted"], refused=points[id, name, "denied"])
            for id, name in sorted(names.items(), key=lambda one: one[1].casefold())
        ],
        readers=await _readers(database, start, end, scope),
        reasons=dict(reasons.most_common()),
    )


Row = tuple[int, str, str, str, str, int]


async def _decisions(database: Database, start: int, end: int, scope: Scope) -> list[Row]:
    """(hour, access point, its name then, outcome, code, how many)."""
    mine, values = also("event", scope, "e")
    first, last = await seq_at(database, start), await seq_at(database, end)
    rows = await database.fetch(
        "SELECT (at - ?) / ? hour, access_point, max(body ->> '$.access_point_name'), outcome, code, count(*) FROM event e"
        f" WHERE seq >= ? AND seq < ? AND kind = 'decision' AND access_point IS NOT NULL {mine} GROUP BY 1, 2, 4, 5",
        (start, HOUR_MS, first, last, *values),
    )
    return [(h, p, n or "", o or "", c, count) for h, p, n, o, c, count in rows]


async def _readers(database: Database, start: int, end: int, scope: Scope) -> list[AtReader]:
    mine, values = also("event", scope, "e")
    rows = await database.fetch(
        "SELECT body ->> '$.reader' reader, count(*), sum(code IN ('malformed', 'plate_unsure')) FROM event e"
        f" WHERE seq >= ? AND seq < ? AND kind = 'decision' AND reader <> '' {mine} GROUP BY 1 ORDER BY 1",
        (await seq_at(database, start), await seq_at(database, end), *values),
    )
    return [AtReader(reader=reader, readings=count, unclear=unclear) for reader, count, unclear in rows]


async def _day(
    database: Database, day: date, tz: str, now: int, zone: str, point: str, scope: Scope, decisions: list[Row] | None
) -> Day:
    start, end = _ends(day, tz)
    decisions = await _decisions(database, start, end, scope) if decisions is None else decisions
    mine, values = also("entry", scope, "n")
    visits = await database.fetch(
        "SELECT n.in_at, n.out_at, (SELECT access_point FROM event WHERE seq = n.in_seq), (SELECT access_point FROM event WHERE seq = n.out_seq)"
        " FROM entry n WHERE n.flag <> 'void' AND n.in_seq < ? AND (n.out_at IS NULL OR (n.in_seq >= ? AND n.out_at >= ?))"
        f" AND (? = '' OR n.zone = ?) {mine}",
        (await seq_at(database, end), await seq_at(database, start - LONGEST_STAY_MS), start, zone, zone, *values),
    )
    count = (end - start) // HOUR_MS
    entered, left, refused, change = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    for in_at, out_at, came_by, went_by in visits:
        came, went = (in_at - start) // HOUR_MS, count if out_at is None else (out_at - start) // HOUR_MS
        change[max(came, 0)] += 1
        change[went] -= 1
        if came >= 0 and point in ("", came_by):
            entered[came] += 1
        if went < count and point in ("", went_by):
            left[went] += 1
    for hour, id, _, outcome, _, many in decisions:
        if outcome == "denied" and point in ("", id):
            refused[hour] += many
    hours, inside = [], 0
    for n in range(count):
        inside += change[n]
        at = start + n * HOUR_MS
        known = inside if not point and at <= now else None
        hours.append(Hour(at=at, entered=entered[n], left=left[n], refused=refused[n], inside=known))
    return Day(date=day.isoformat(), hours=hours)


def _ends(day: date, tz: str) -> tuple[int, int]:
    """(begin, end) of a day in a zone, ms."""
    where = zone_of(tz)
    return tuple(round(datetime(d.year, d.month, d.day, tzinfo=where).timestamp() * 1000) for d in (day, day + timedelta(days=1)))  # type: ignore[return-value]
