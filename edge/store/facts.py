"""Reading everything a decision needs: one look-up by the unique key, and the site's own tables parsed once per config_rev."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from edge.core import plate
from edge.core.credential import canonical, lookup_key
from edge.core.judgement import Facts, Firm, Holder, Person, Right, Whereabouts
from edge.core.model import CardStatus, CredentialKind, Reading, Status
from edge.core.place import AccessPoint, Antipassback, Mode, Profile, Schedule, Zone
from edge.ports import DoorFault
from edge.store.tables import TABLES, from_row

_PROFILES = """
 (SELECT group_concat(profile) FROM {r}.profile_grant WHERE holder = h.id),
 (SELECT group_concat(profile) FROM {r}.profile_grant WHERE holder = u.id),
 (SELECT group_concat(member_of) FROM {r}.group_member WHERE customer = u.id)"""

_LOOK_UP = """
SELECT h.id, h.status, h.valid_from, h.valid_to, {own},
  u.id, u.name, u.status, u.blocklisted, u.deleted_at, co.id, co.status, co.deleted_at,
  w.zone, w.since, w.spent, w.day, w.spent_today, w.last_at, w.last_seq, w.visits, {profiles}
FROM {r}.{table} h
LEFT JOIN {r}.customer u ON u.id = h.customer
LEFT JOIN {r}.company co ON co.id = ifnull(h.company, u.company)
LEFT JOIN presence w ON w.holder = h.id
WHERE h.{key} = ?"""

_CARD = "h.kind, h.username, h.uses, h.daily_limit, h.min_interval_s"
_VEHICLE = "'plate', h.plate, NULL, NULL, NULL"
_NOWHERE = Whereabouts()
_visits = msgspec.json.Decoder(tuple[tuple[int, str], ...]).decode

_KINDS = {k.value: k for k in CredentialKind}
_CARD_STATES = {s.value: s for s in CardStatus}
_STATES = {s.value: s for s in Status}


class Site:
    """Zones, access points, profiles, schedules, and the profiles that companies and groups hold, as of one config_rev, parsed."""

    def __init__(self, db: sqlite3.Connection, schema: str) -> None:
        def every(kind: type[Any]) -> list[Any]:
            table = TABLES[kind]
            rows = db.execute(f"SELECT {', '.join(table.columns)} FROM {schema}.{table.name}").fetchall()
            return [from_row(db, table, row, schema) for row in rows]

        schedules: dict[str, Schedule] = {s.id: s for s in every(Schedule)}
        self.zones: dict[str, Zone] = {z.id: z for z in every(Zone)}
        self.points: dict[str, Facts] = {}
        self.rights: dict[str, dict[str, tuple[Right, ...]]] = {z: {} for z in self.zones}
        for profile in every(Profile):
            self._give(profile, schedules)
        self.held: dict[str, tuple[str, ...]] = {}
        for table in ("company", "customer_group"):
            sql = f"SELECT g.holder, g.profile FROM {schema}.{table} t JOIN {schema}.profile_grant g ON g.holder = t.id"
            for holder, held in db.execute(sql):
                self.held[holder] = (*self.held.get(holder, ()), held)
        for point in every(AccessPoint):
            self.points[point.name] = self._frame(point)
        self.point_ids: dict[str, AccessPoint] = {f.point.id: f.point for f in self.points.values() if f.point}

    def _give(self, profile: Profile, schedules: dict[str, Schedule]) -> None:
        for line in profile.zones:
            right = Right(
                profile=profile.id,
                schedule=schedules[line.schedule] if line.schedule else None,
                lockdown_override=profile.lockdown_override,
            )
            held = self.rights[line.zone]
            held[profile.id] = (*held.get(profile.id, ()), right)

    def _frame(self, point: AccessPoint) -> Facts:
        """The facts of an access point before anybody stands at it."""
        left, entered = self.zones.get(point.from_zone or ""), self.zones.get(point.to_zone or "")
        way_out = left is not None and (entered is None or left.parent == entered.id)
        concerned = left if way_out else entered
        return Facts(
            reading=Reading(reader="", access_point=point.name, kind=CredentialKind.QR, text=""),
            point=point,
            way_out=way_out,
            zone_mode=concerned.mode if concerned else Mode.NORMAL,
            antipassback=concerned.antipassback if concerned else Antipassback.OFF,
            antipassback_minutes=concerned.antipassback_minutes if concerned else 0,
            inner_zones=self.inside(concerned.id) if concerned else (),
        )

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


class FactsReader:
    """Gathers Facts over one connection that has the roster under `schema` (and presence in main)."""

    def __init__(self, db: sqlite3.Connection, secret: bytes, tz: str, schema: str = "roster") -> None:
        self._db, self._secret, self._tz, self._schema = db, secret, tz, schema
        profiles = _PROFILES.format(r=schema)
        self.card_sql = _LOOK_UP.format(own=_CARD, profiles=profiles, table="card", key="key", r=schema)
        self._vehicle_sql = _LOOK_UP.format(own=_VEHICLE, profiles=profiles, table="vehicle", key="plate_key", r=schema)
        self._site: Site | None = None
        self._site_rev = -1

    def revs(self) -> tuple[int, int]:
        """(rev, config_rev) of the roster as this transaction sees it."""
        row: tuple[int, int] = self._db.execute(f"SELECT rev, config_rev FROM {self._schema}.head").fetchone()
        return row

    def site(self, config_rev: int) -> Site:
        if self._site is None or self._site_rev != config_rev:
            self._site, self._site_rev = Site(self._db, self._schema), config_rev
        return self._site

    def facts(self, reading: Reading, revs: tuple[int, int], door_fault: DoorFault) -> Facts:
        site = self.site(revs[1])
        frame = site.points.get(reading.access_point) or Facts(reading=reading, point=None)
        code = canonical(reading.kind, reading.text)
        row, matches = None, 0
        if code is not None:
            if reading.kind is CredentialKind.PLATE:
                found, matches = self._registered(code, reading)
                row = self._db.execute(self._vehicle_sql, (found,)).fetchone() if found else None
            else:
                row = self._db.execute(self.card_sql, (lookup_key(self._secret, reading.kind, code),)).fetchone()
        point = frame.point
        if row is None:
            holder = person = firm = None
            rights: tuple[Right, ...] = ()
            where = _NOWHERE
        else:
            (hid, status, start, end, kind, label, uses, daily, pause, uid, name, ustatus, blocked, gone, cid, cstatus, cgone,
             zone, since, spent, day, today, last_at, last_seq, visits, by_card, by_customer, groups) = row  # fmt: skip
            holder = Holder(
                id=hid, kind=_KINDS[kind], label=label, status=_CARD_STATES[status], valid_from=start, valid_to=end,
                uses=uses, daily_limit=daily, min_interval_s=pause,
            )  # fmt: skip
            person = (
                Person(id=uid, name=name, status=_STATES[ustatus], blocklisted=bool(blocked), deleted=gone is not None)
                if uid
                else None
            )
            firm = Firm(id=cid, status=_STATES[cstatus], deleted=cgone is not None) if cid else None
            where = _NOWHERE if spent is None else Whereabouts(
                zone=zone, since=since, spent=spent, day=day, spent_today=today, last_at=last_at, last_seq=last_seq,
                visits=() if visits == "[]" else _visits(visits),
            )  # fmt: skip
            rights = self._rights(site, point, by_card, by_customer, cid, groups)
        return Facts(
            reading=reading, point=point, code=code, tz=self._tz, way_out=frame.way_out,
            door_fault=door_fault(point.door) if point else "",
            zone_mode=frame.zone_mode, antipassback=frame.antipassback, antipassback_minutes=frame.antipassback_minutes,
            inner_zones=frame.inner_zones, matches=matches, holder=holder, person=person, firm=firm, rights=rights, where=where,
            roster_rev=revs[0],
        )  # fmt: skip

    @staticmethod
    def _rights(
        site: Site, point: AccessPoint | None, by_card: str | None, by_customer: str | None, company: str | None, groups: str | None
    ) -> tuple[Right, ...]:
        """What the profiles of card, customer, company and groups give in the zone of this access point, each profile once."""
        given = site.rights.get(point.to_zone or point.from_zone or "") if point else None
        if not given:
            return ()
        profiles: list[str] = by_card.split(",") if by_card else []
        if by_customer:
            profiles += by_customer.split(",")
        if company:
            profiles += site.held.get(company, ())
        if groups:
            for group in groups.split(","):
                profiles += site.held.get(group, ())
        found: tuple[Right, ...] = ()
        for profile in profiles if len(profiles) < 2 else dict.fromkeys(profiles):
            found += given.get(profile, ())
        return found

    def _registered(self, code: str, reading: Reading) -> tuple[str | None, int]:
        keys = [code, *(k for k in (plate.plate_key(c) for c in reading.candidates) if k and k != code)]
        folds = sorted({plate.folded(k) for k in keys})
        marks = ", ".join("?" * len(folds))
        rows = self._db.execute(f"SELECT plate_key FROM {self._schema}.vehicle WHERE folded IN ({marks})", folds).fetchall()
        return plate.registered_match(keys, (r[0] for r in rows))
