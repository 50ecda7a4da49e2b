"""Judging the past by other rules: every reading of the journal, with the facts its event kept, against changed records."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from edge.core.decide import decide
from edge.core.errors import Invalid
from edge.core.event import Event
from edge.core.judgement import Outcome, Reason
from edge.core.kept import as_then, facts_again
from edge.core.model import Record
from edge.core.place import POLICY_ID, AccessPoint, Profile, Schedule, SitePolicy, Zone
from edge.core.tariff import Tariff
from edge.store.site import Site, held_profiles, site_records

SECTIONS: dict[str, type[Record]] = {
    "access_point": AccessPoint, "zone": Zone, "schedule": Schedule, "profile": Profile, "tariff": Tariff, "policy": SitePolicy,
}  # fmt: skip
"""What a rules file may change: lists of tables of these names, each named by its `name` (or `id`); [policy] is one table."""

_REFERS: dict[str, type[Record]] = {
    "zone": Zone,
    "from_zone": Zone,
    "to_zone": Zone,
    "parent": Zone,
    "schedule": Schedule,
    "pin_free": Schedule,
    "tariff": Tariff,
}
_event = msgspec.json.Decoder(Event).decode


@dataclass(frozen=True)
class Difference:
    """A reading that would be decided otherwise."""

    event: Event
    outcome: Outcome
    reason: Reason
    rule: int


@dataclass
class Tally:
    """How many readings were judged, differ, and could not be judged, by why."""

    judged: int = 0
    same: int = 0
    differ: Counter[str] = field(default_factory=Counter)
    not_judged: Counter[str] = field(default_factory=Counter)


class Rules:
    """The site's tables with the changes of a rules file."""

    def __init__(self, db: sqlite3.Connection, schema: str, tz: str, changes: dict[str, Any]) -> None:
        records = site_records(db, schema)
        self.changed = {kind: _apply(records, name, kind, changes.get(name)) for name, kind in SECTIONS.items()}
        unknown = sorted(changes.keys() - SECTIONS.keys())
        if unknown:
            raise Invalid(f"a rules file has the sections {', '.join(SECTIONS)}, not {unknown[0]}", field=unknown[0])
        self.site = Site(records, held_profiles(db, schema), tz)

    def modes_changed(self, point: AccessPoint, zone: Zone | None) -> frozenset[str]:
        """Of what the mode is judged by what the file says, not by what was in force."""
        found = {
            "access point": point.id in self.changed[AccessPoint],
            "zone": zone is not None and zone.id in self.changed[Zone],
            "site": bool(self.changed[SitePolicy]),
        }
        return frozenset(of for of, is_changed in found.items() if is_changed)


def replay(
    db: sqlite3.Connection, rules: Rules, *, since: int, until: int, progress: Callable[[int], None] | None = None
) -> Iterator[Difference | Tally]:
    """Every reading from `since` to `until` (ms, exclusive) judged again: the differences as they come, then the tally."""
    tally, site = Tally(), rules.site
    places: dict[tuple[Any, ...], Any] = {}
    rows = db.execute("SELECT body FROM event WHERE kind = 'decision' AND at >= ? AND at < ? ORDER BY seq", (since, until))
    for number, (body,) in enumerate(rows, 1):
        if progress and number % 1000 == 0:
            progress(number)
        event: Event = _event(body)
        why_not = _cannot(event, site)
        if why_not:
            tally.not_judged[why_not] += 1
            continue
        kept = event.facts
        assert kept is not None
        point = site.points[event.access_point or ""]
        key = (point.id, kept.modes, kept.antipassback, kept.antipassback_minutes)
        place = places.get(key)
        if place is None:
            now = site.places[point.name]
            place = places[key] = as_then(now, kept, rules.modes_changed(point, now.zone))
        decision = decide(facts_again(event, place, site.rights_of), event.at)
        tally.judged += 1
        if decision.reason.value == event.code:
            tally.same += 1
            continue
        tally.differ[f"{event.code} -> {decision.reason.value}"] += 1
        yield Difference(event, decision.outcome, decision.reason, decision.rule)
    yield tally


def _cannot(event: Event, site: Site) -> str:
    """Why a reading cannot be judged again; empty when it can."""
    kept = event.facts
    if kept is None:
        return "its facts were not kept"
    if not event.access_point or event.access_point not in site.points:
        return "its access point is gone"
    held = (*(profile for profile, _ in kept.rights), *kept.profiles)
    if any(profile not in site.profiles for profile in held if profile != "pass"):
        return "one of its profiles is gone"
    return ""


def _apply(records: dict[type[Record], list[Any]], name: str, kind: type[Record], said: Any) -> set[str]:
    """Change or add the records that the file names. Returns their ids."""
    if said is None:
        return set()
    rows = [{"id": POLICY_ID, **said}] if kind is SitePolicy and isinstance(said, dict) else said
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid(f"write [[{name}]] before each of them", field=name)
    ids = set()
    for row in rows:
        if not (row.get("id") or row.get("name")):
            raise Invalid("say which by name or id", field=name)
        held = next((r for r in records[kind] if row.get("id", r.id) == r.id and row.get("name", _name(r)) == _name(r)), None)
        fields = {key: _id_of(records, key, value) for key, value in row.items()}
        if "zones" in fields:
            fields["zones"] = [{k: _id_of(records, k, v) for k, v in line.items()} for line in fields["zones"]]
        if "mode_hours" in fields:
            fields["mode_hours"] = [{k: _id_of(records, k, v) for k, v in line.items()} for line in fields["mode_hours"]]
        whole = {**(msgspec.to_builtins(held) if held else {"id": row.get("name")}), **fields}
        try:
            record = msgspec.convert(whole, kind)
        except msgspec.ValidationError as error:
            raise Invalid(f"{name} {row.get('name', row.get('id', ''))}: {error}", field=name) from error
        records[kind] = [r for r in records[kind] if r is not held] + [record]
        ids.add(record.id)
    return ids


def _name(record: Any) -> str:
    return getattr(record, "name", "")


def _id_of(records: dict[type[Record], list[Any]], key: str, value: Any) -> Any:
    """Names of zones, schedules and tariffs stand for their ids, as people write them."""
    kind = _REFERS.get(key)
    if kind is None or not isinstance(value, str):
        return value
    found = next((r.id for r in records[kind] if value in (r.id, _name(r))), None)
    if found is None:
        raise Invalid(f"there is no {kind.__name__.lower()} {value}", field=key)
    return found
