"""The site's own tables, parsed once per config_rev: each access point as the rules see it, and what every profile gives."""

from __future__ import annotations

import base64
import sqlite3
from typing import Any

from edge.core.facts import Place, Plan, Right
from edge.core.model import Record
from edge.core.place import POLICY_ID, AccessPoint, Mode, ModeHours, PassKey, Profile, Schedule, SitePolicy, Zone
from edge.core.tariff import Tariff
from edge.store.rows import every


class Site:
    """Zones, access points, profiles, schedules, pass keys, the policy, and the profiles that companies and groups hold."""

    def __init__(self, records: dict[type[Record], list[Any]], held: dict[str, tuple[str, ...]], tz: str) -> None:
        self.held = held
        self.schedules: dict[str, Schedule] = {s.id: s for s in records[Schedule]}
        self.zones: dict[str, Zone] = {z.id: z for z in records[Zone]}
        self.profiles: dict[str, Profile] = {p.id: p for p in records[Profile]}
        self.pass_keys: dict[str, bytes] = {k.id: base64.b64decode(k.public) for k in records[PassKey] if not k.revoked}
        self.tariffs: dict[str, Tariff] = {t.id: t for t in records[Tariff]}
        self.policy: SitePolicy = next(iter(records[SitePolicy]), SitePolicy(id=POLICY_ID))
        self.tz = self.policy.time_zone or tz
        self.rights: dict[str, dict[str, tuple[Right, ...]]] = {z: {} for z in self.zones}
        for profile in records[Profile]:
            self._give(profile)
        self.places: dict[str, Place] = {p.name: self._place(p) for p in records[AccessPoint]}
        self.points: dict[str, AccessPoint] = {p.id: p for p in records[AccessPoint]}
        self.interlocked = {door for p in records[AccessPoint] for door in (*p.interlock, *((p.door,) if p.interlock else ()))}

    def _give(self, profile: Profile) -> None:
        for line in profile.zones:
            right = Right(
                profile=profile.id,
                schedule=self.schedules[line.schedule] if line.schedule else None,
                lockdown_override=profile.lockdown_override,
                escort=profile.escort,
                reserved=profile.reserved,
                permit=profile.permit,
            )
            held = self.rights[line.zone]
            held[profile.id] = (*held.get(profile.id, ()), right)

    def _place(self, point: AccessPoint) -> Place:
        left, entered = self.zones.get(point.from_zone or ""), self.zones.get(point.to_zone or "")
        way_out = left is not None and (entered is None or left.parent == entered.id)
        zone = left if way_out else entered
        around: list[tuple[str, AccessPoint | Zone | SitePolicy]] = []
        if zone:
            around += [("zone", self.zones[z]) for z in self.around(zone.id)]
        plans = (self._plan(of, plan) for of, plan in (("access point", point), *around, ("site", self.policy)))
        return Place(
            point=point,
            tz=self.tz,
            way_out=way_out,
            zone=zone,
            inner_zones=self.inside(zone.id) if zone else (),
            plans=tuple(plan for plan in plans if plan is not None),
            pin_free=self.schedules[point.pin_free] if point.pin_free else None,
            tariff=self.tariffs.get(zone.tariff or "") if zone else None,
            policy=self.policy,
            asks=_asks(point, None if way_out else zone),
        )

    def _plan(self, of: str, has_mode: AccessPoint | Zone | SitePolicy) -> Plan | None:
        """None for the usual case: always normal."""
        hours: tuple[ModeHours, ...] = has_mode.mode_hours
        if has_mode.mode is Mode.NORMAL and not hours:
            return None
        planned = tuple((h.mode, self.schedules[h.schedule]) for h in hours if h.schedule in self.schedules)
        return Plan(of=of, mode=has_mode.mode, until=has_mode.mode_until, hours=planned)

    def inside(self, zone: str) -> tuple[str, ...]:
        """Every zone within this one, not counting itself."""
        found: list[str] = []
        level = {zone}
        while level:
            level = {z.id for z in self.zones.values() if z.parent in level and z.id not in found and z.id != zone}
            found += sorted(level)
        return tuple(found)

    def around(self, zone: str | None) -> tuple[str, ...]:
        """This zone and every one around it, inner first."""
        found: list[str] = []
        while zone is not None and zone not in found:
            found.append(zone)
            held = self.zones.get(zone)
            zone = held.parent if held else None
        return tuple(found)

    def rights_of(self, profiles: tuple[str, ...], place: Place | None) -> tuple[tuple[Right, ...], tuple[str, ...]]:
        """(what these profiles give in the zone of this access point, those that give nothing there), each profile once."""
        given = self.rights.get(place.zone.id, {}) if place and place.zone else {}
        found: tuple[Right, ...] = ()
        idle: tuple[str, ...] = ()
        for profile in profiles if len(profiles) < 2 else dict.fromkeys(profiles):
            rights = given.get(profile)
            if rights:
                found += rights
            else:
                idle += (profile,)
        return found, idle


def _asks(point: AccessPoint, entered: Zone | None) -> frozenset[str]:
    """What has to be looked up for this access point alone (facts.Asked)."""
    asked = {
        "pin": point.pin,
        "companion": entered is not None and entered.accompanied,
        "inside": entered is not None and (entered.capacity is not None or entered.two_person),
        "interlock": bool(point.interlock),
        "data": point.data_minutes is not None,
    }
    return frozenset(what for what, is_asked in asked.items() if is_asked)


KINDS: tuple[type[Record], ...] = (Schedule, Tariff, Zone, Profile, AccessPoint, SitePolicy, PassKey)


def site_records(db: sqlite3.Connection, schema: str) -> dict[type[Record], list[Any]]:
    """Every record that a Site is made of."""
    return {kind: every(db, kind, schema) for kind in KINDS}


def held_profiles(db: sqlite3.Connection, schema: str) -> dict[str, tuple[str, ...]]:
    """The profiles of every company and group, by its id."""
    sql = f"SELECT id, held FROM {schema}.company WHERE held <> '' UNION ALL SELECT id, held FROM {schema}.customer_group WHERE held <> ''"
    return {id: tuple(profiles.split(",")) for id, profiles in db.execute(sql)}
