"""Reading everything a decision needs: one look-up by the unique key; what only some access points ask for is read only there."""

from __future__ import annotations

import hmac
import sqlite3
from typing import NamedTuple

import msgspec

from edge.core import plate, rotating, signed_pass
from edge.core.credential import canonical, last4, lookup_key, pin_key, rotating_master, shown_kind
from edge.core.errors import NotFound
from edge.core.facts import Beside, Companion, Facts, Firm, Holder, Person, Pin, PinTries, Place, Proof, Right
from edge.core.model import CardStatus, CredentialKind, Moment, Period, Reading, Status
from edge.core.people import PersonKind
from edge.core.place import Zone
from edge.core.presence import NOWHERE, Visit, Whereabouts
from edge.core.tariff import FOR_EVER
from edge.core.tariff import Visit as PricedVisit
from edge.ports import DoorsSay, Held
from edge.store.asked import COUNT, COUNTED, NOT_ASKED, Asked, asked_sql, keep_counts
from edge.store.site import Site, held_profiles, site_records

_LOOK_UP = """
SELECT h.id, h.status, h.valid_from, h.valid_to, {own},
  u.id, u.name, u.status, u.blocklisted, u.deleted_at, u.kind, u.host, u.born, u.accessible, u.discount, u.overdue_since,
  co.id, co.status, co.deleted_at, co.overdue_since,
  w.spent, w.day, w.today, w.week, w.month, w.last_at, w.last_seq, w.visits,
  h.held, u.held, u.member_of,
 (SELECT group_concat(from_at || ' ' || to_at) FROM {r}.booking
  WHERE customer = u.id AND to_at > ?2 AND from_at < ?3 AND zone = ?4 AND state = 'confirmed')
FROM {r}.{table} h
LEFT JOIN {r}.customer u ON u.id = h.customer
LEFT JOIN {r}.company co ON co.id = ifnull(h.company, u.company)
LEFT JOIN presence w ON w.holder = h.id
WHERE h.{key} = ?1"""

_CARD = "h.kind, h.username, h.last4, h.uses, h.daily_limit, h.period, h.period_limit, h.min_interval_s, h.pin, h.duress"
_VEHICLE = "'plate', h.plate, substr(h.plate_key, -4), h.uses, NULL, 'month', NULL, NULL, NULL, NULL"
_WHERE = "spent, day, today, week, month, last_at, last_seq, visits"
_HOST_INSIDE = """SELECT 1 FROM presence w, json_each(w.visits) v
WHERE w.holder IN (SELECT id FROM {r}.card WHERE customer = ?1 UNION ALL SELECT id FROM {r}.vehicle WHERE customer = ?1)
AND v.value ->> 1 = ?2 LIMIT 1"""
_NO_TRIES = PinTries()
_visits = msgspec.json.Decoder(tuple[Visit, ...]).decode

_KINDS = {k.value: k for k in CredentialKind}
_CARD_STATES = {s.value: s for s in CardStatus}
_STATES = {s.value: s for s in Status}
_PERSON_KINDS = {k.value: k for k in PersonKind}
_PERIODS = {p.value: p for p in Period}
_ACTIVE = _CARD_STATES["active"]

BOOKINGS_MS = 24 * 3600 * 1000
"""How long before and after a booking is of interest: it makes the difference between "not now" and "not here"."""


class Found(NamedTuple):
    """What one look-up says of a card or vehicle."""

    holder: Holder
    person: Person | None
    firm: Firm | None
    where: Whereabouts
    profiles: tuple[str, ...]
    bookings: tuple[tuple[int, int], ...]
    last4: str = ""
    pin: bytes | None = None
    duress: bytes | None = None


class FactsReader:
    """Gathers Facts over one connection that has the roster under `schema` (and presence in main)."""

    def __init__(self, db: sqlite3.Connection, secret: bytes, tz: str, schema: str = "roster") -> None:
        self._db, self._secret, self._tz, self._schema = db, secret, tz, schema
        self._rotating_key = rotating_master(secret)
        self.card_sql = self._sql(_CARD, "card", "key")
        self._vehicle_sql = self._sql(_VEHICLE, "vehicle", "plate_key")
        self._site: Site | None = None
        self._site_rev = -1
        self._inside = COUNT

    def _sql(self, own: str, table: str, key: str) -> str:
        return _LOOK_UP.format(own=own, table=table, key=key, r=self._schema)

    def keep_counts(self) -> None:
        """Keep each zone's count beside this connection, which is the one that writes visits."""
        keep_counts(self._db)
        self._inside = COUNTED

    def revs(self) -> tuple[int, int]:
        """(rev, config_rev) of the roster now."""
        row: tuple[int, int] = self._db.execute(f"SELECT rev, config_rev FROM {self._schema}.head").fetchone()
        return row

    def site(self, config_rev: int) -> Site:
        if self._site is None or self._site_rev != config_rev:
            self._site = Site(site_records(self._db, self._schema), held_profiles(self._db, self._schema), self._tz)
            self._site_rev = config_rev
        return self._site

    # ------------------------------------------------------------------------------------------------ a reading

    def facts(self, reading: Reading, revs: tuple[int, int], now: Moment, doors: DoorsSay) -> Facts:
        """What the decision on this reading needs."""
        site = self.site(revs[1])
        place = site.places.get(reading.access_point)
        zone = place.zone if place else None
        kind, matches, found, proof = shown_kind(reading), 0, None, None
        code: str | None
        if kind is CredentialKind.SIGNED_PASS:
            sealed = signed_pass.parse(reading.text)
            code = sealed.says.id if sealed else None
            if sealed:
                found, proof = self._pass(site, sealed)
        elif kind is CredentialKind.ROTATING_QR:
            rotated = rotating.parse(reading.text)
            code = rotated.number if rotated else None
            if rotated:
                found = self._card(lookup_key(self._secret, kind, rotated.number), site, zone, now)
                proof = self._proof(rotated, found, place) if found else None
        elif kind is CredentialKind.PLATE:
            code = canonical(kind, reading.text)
            if code is not None:
                key, matches = self._registered(code, reading.candidates)
                found = self._look_up(self._vehicle_sql, key, site, zone, now) if key else None
        else:
            code = canonical(kind, reading.text)
            if code is not None:
                found = self._card(lookup_key(self._secret, kind, code), site, zone, now)
        pin = self._pin(found, reading.pin) if found and found.pin and reading.pin else Pin.ABSENT
        shown = last4(code) if code else ""
        return self._facts(site, place, found, reading, kind, now, doors, revs, pin, code is not None, shown, matches, proof)

    def again(
        self, access_point: str, other: Companion, kind: CredentialKind, revs: tuple[int, int], now: Moment, doors: DoorsSay, *,
        beside: tuple[str, ...] = (),
    ) -> Facts:  # fmt: skip
        """The facts of the one who waited at an access point, judged again: what was shown and typed then was found good."""
        site = self.site(revs[1])
        place = site.places.get(access_point)
        found = self._by_id(kind, other.holder, site, place.zone if place else None, now)
        reading = Reading(reader="", access_point=access_point, kind=kind, text="", beside=beside)
        shown = found.last4 if found else ""
        return self._facts(site, place, found, reading, kind, now, doors, revs, Pin.RIGHT, True, shown, 1, None)

    def _facts(
        self, site: Site, place: Place | None, found: Found | None, reading: Reading, kind: CredentialKind, now: Moment,
        doors: DoorsSay, revs: tuple[int, int], pin: Pin, readable: bool, shown: str, matches: int, proof: Proof | None,
    ) -> Facts:  # fmt: skip
        if place is None:
            return Facts(
                reading=reading, place=None, kind=kind, readable=readable, last4=shown, proof=proof, matches=matches, pin=pin,
                holder=found.holder if found else None, person=found.person if found else None, firm=found.firm if found else None,
                where=found.where if found else NOWHERE, clock=now.quality, roster_rev=revs[0],
            )  # fmt: skip
        point, zone = place.point, place.zone
        door = doors(point.door)
        rights: tuple[Right, ...] = ()
        idle: tuple[str, ...] = ()
        holder = person = firm = beside = host = None
        where = NOWHERE
        bookings: tuple[tuple[int, int], ...] = ()
        if found:
            holder, person, firm, where, profiles, bookings, *_ = found
            if kind is CredentialKind.SIGNED_PASS:
                rights = (Right(profile="pass"),) if zone and zone.id in profiles else ()
            else:
                rights, idle = site.rights_of(profiles, place)
        enters = zone if holder and not place.way_out else None
        asked = (
            self._asked(place, kind, holder.id if holder else "", now.wall)
            if place.asks or kind is CredentialKind.PIN
            else NOT_ASKED
        )
        if point.needs_plate and reading.beside:
            beside = self._beside(reading.beside, site, zone, now)
        if enters and person and person.host and (enters.host_present or enters.guardian_below is not None):
            host = self._db.execute(_HOST_INSIDE.format(r=self._schema), (person.host, enters.id)).fetchone() is not None
        return Facts(
            reading=reading, place=place, kind=kind, readable=readable, last4=shown, door_fault=door.fault, emergency=door.emergency,
            proof=proof, matches=matches, holder=holder, person=person, firm=firm, rights=rights, profiles=idle, where=where,
            has_pin=found is not None and found.pin is not None, pin=pin, beside=beside, bookings=bookings, host_inside=host,
            tries=PinTries(wrong=asked.wrong, at=asked.failed_at) if asked.wrong else _NO_TRIES,
            companion=self._companion(asked, site, enters, now) if enters and asked.beside else None,
            open_doors=_open_doors(point.interlock, asked.released, doors) if point.interlock else (),
            inside=max(0, asked.inside), visit=self._visit(place, where, person, rights), clock=now.quality,
            synced_at=asked.synced_at, roster_rev=revs[0],
        )  # fmt: skip

    def _visit(self, place: Place, where: Whereabouts, person: Person | None, rights: tuple[Right, ...]) -> PricedVisit | None:
        """The visit that a way out of a zone with a tariff ends, as its price needs it."""
        zone = place.zone
        if place.tariff is None or zone is None or not place.way_out:
            return None
        found = next((v for v in where.visits if v.zone == zone.id), None)
        if found is None:
            return None
        paid, settled_at = self._db.execute("SELECT paid, settled_at FROM entry WHERE in_seq = ?", (found.seq,)).fetchone() or (
            0,
            None,
        )
        return PricedVisit(
            entered_at=found.at,
            permit_until=FOR_EVER if any(r.permit for r in rights) else None,
            discount=person.discount if person else 0,
            paid=paid,
            settled_at=settled_at,
        )

    # ------------------------------------------------------------------------------------------------ whose it is

    def _card(self, key: bytes, site: Site, zone: Zone | None, now: Moment) -> Found | None:
        return self._look_up(self.card_sql, key, site, zone, now)

    def _by_id(self, kind: CredentialKind, id: str, site: Site, zone: Zone | None, now: Moment) -> Found | None:
        own, table = (_VEHICLE, "vehicle") if kind is CredentialKind.PLATE else (_CARD, "card")
        return self._look_up(self._sql(own, table, "id"), id, site, zone, now)

    def _look_up(self, sql: str, key: bytes | str, site: Site, zone: Zone | None, now: Moment) -> Found | None:
        near = (now.wall - BOOKINGS_MS, now.wall + BOOKINGS_MS, zone.id if zone else "")
        row = self._db.execute(sql, (key, *near)).fetchone()
        if row is None:
            return None
        (hid, status, start, end, kind, label, shown, uses, daily, period, in_period, pause, pin, duress,
         uid, name, ustatus, blocked, gone, ukind, host, born, accessible, discount, overdue, cid, cstatus, cgone, coverdue,
         spent, day, today, week, month, last_at, last_seq, visits, by_card, by_customer, groups, booked) = row  # fmt: skip
        holder = Holder(
            id=hid, kind=_KINDS[kind], label=label, status=_CARD_STATES[status], valid_from=start, valid_to=end, uses=uses,
            daily_limit=daily, period=_PERIODS[period], period_limit=in_period, min_interval_s=pause,
        )  # fmt: skip
        person = Person(
            id=uid, name=name, status=_STATES[ustatus], blocklisted=bool(blocked), deleted=gone is not None, kind=_PERSON_KINDS[ukind],
            host=host, born=born, accessible=bool(accessible), discount=discount, overdue_since=overdue,
        ) if uid else None  # fmt: skip
        firm = Firm(id=cid, status=_STATES[cstatus], deleted=cgone is not None, overdue_since=coverdue) if cid else None
        where = NOWHERE if spent is None else Whereabouts(
            spent=spent, day=day, today=today, week=week, month=month, last_at=last_at, last_seq=last_seq,
            visits=() if visits == "[]" else _visits(visits),
        )  # fmt: skip
        profiles: tuple[str, ...] = tuple(by_card.split(",")) if by_card else ()
        if by_customer:
            profiles += tuple(by_customer.split(","))
        if cid:
            profiles += site.held.get(cid, ())
        if groups:
            for group in groups.split(","):
                profiles += site.held.get(group, ())
        bookings = tuple((int(a), int(b)) for a, b in (one.split(" ") for one in booked.split(","))) if booked else ()
        return Found(holder, person, firm, where, profiles, bookings, shown, pin, duress)

    def _registered(self, code: str, candidates: tuple[str, ...]) -> tuple[str | None, int]:
        keys = [code, *(k for k in (plate.plate_key(c) for c in candidates) if k and k != code)]
        folds = sorted({plate.folded(k) for k in keys})
        marks = ", ".join("?" * len(folds))
        rows = self._db.execute(f"SELECT plate_key FROM {self._schema}.vehicle WHERE folded IN ({marks})", folds).fetchall()
        return plate.registered_match(keys, (r[0] for r in rows))

    # ------------------------------------------------------------------------------------------------ is it genuine

    def _proof(self, shown: rotating.RotatingCode, found: Found, place: Place | None) -> Proof:
        secret = rotating.card_secret(self._rotating_key, shown.number)
        last = self._db.execute(
            "SELECT slice FROM slice WHERE holder = ? AND access_point = ?", (found.holder.id, place.point.id if place else "")
        ).fetchone()
        return Proof(genuine=rotating.genuine(shown, secret), slice=shown.slice, last=last[0] if last else None)

    def _pass(self, site: Site, sealed: signed_pass.SealedPass) -> tuple[Found | None, Proof]:
        """A pass is its own record: with a good signature it is the holder."""
        says, key = sealed.says, site.pass_keys.get(sealed.key_id)
        if key is None or not signed_pass.verified(sealed, key):
            return None, Proof(genuine=False)
        revoked = self._db.execute(f"SELECT 1 FROM {self._schema}.revoked_pass WHERE id = ?", (says.id,)).fetchone()
        id = f"pass:{says.id}"
        where = self._whereabouts(id) or NOWHERE
        holder = Holder(
            id=id,
            kind=CredentialKind.SIGNED_PASS,
            label=says.name,
            valid_from=says.valid_from,
            valid_to=says.valid_to,
            uses=says.uses,
        )
        return Found(holder, None, None, where, says.zones, ()), Proof(genuine=True, revoked=revoked is not None)

    def _pin(self, found: Found, typed: str) -> Pin:
        key = pin_key(self._secret, found.holder.id, typed)
        if found.pin and hmac.compare_digest(key, found.pin):
            return Pin.RIGHT
        return Pin.DURESS if found.duress and hmac.compare_digest(key, found.duress) else Pin.WRONG

    # ------------------------------------------------------------------------------------------------ what else is so

    def _beside(self, plates: tuple[str, ...], site: Site, zone: Zone | None, now: Moment) -> Beside:
        code = plate.plate_key(plates[0])
        key, matches = self._registered(code, plates[1:]) if code else (None, 0)
        found = self._look_up(self._vehicle_sql, key, site, zone, now) if key else None
        if found is None:
            return Beside(matches=matches)
        person, firm = found.person, found.firm
        return Beside(
            matches=matches,
            vehicle=found.holder.id,
            customer=person.id if person else None,
            company=firm.id if firm else None,
            active=found.holder.status is _ACTIVE,
        )

    def _asked(self, place: Place, kind: CredentialKind, holder: str, wall: int) -> Asked:
        """What only some access points ask for, in one statement that has just those parts."""
        point, zone = place.point, place.zone
        sql = asked_sql(self._schema, self._inside, place.asks if kind is not CredentialKind.PIN else place.asks | {"pin"})
        entity = "vehicle" if kind is CredentialKind.PLATE else "card"
        tried = point.id if kind is CredentialKind.PIN else holder
        row = self._db.execute(sql, (zone.id if zone else "", point.id, holder, wall, entity, tried)).fetchone()
        return Asked._make([default if value is None else value for value, default in zip(row, NOT_ASKED, strict=True)])

    def _companion(self, asked: Asked, site: Site, zone: Zone, now: Moment) -> Companion | None:
        holder, kind, waits, at = asked.beside, asked.beside_kind, asked.beside_waits, asked.beside_at
        found = self._by_id(_KINDS[kind], holder, site, zone, now)
        if found is None:
            return None
        person = found.person
        return Companion(
            holder=holder,
            kind=_KINDS[kind],
            person=person.id if person else None,
            at=at,
            waits=bool(waits),
            escort=any(site.profiles[p].escort for p in found.profiles),
            born=person.born if person else "",
        )

    def held(self, holder: str, revs: tuple[int, int]) -> Held:
        """Raises NotFound for what is neither a card nor a vehicle nor has ever been seen."""
        found = self.who(holder, revs)
        if found:
            person = found.person
            return Held(holder, found.holder.label, person.id if person else None, person.name if person else "", found.where)
        where = self._whereabouts(holder)
        if where is None:
            raise NotFound(f"there is no card or vehicle {holder}", field="holder")
        return Held(holder, "", None, "", where)

    def who(self, holder: str, revs: tuple[int, int]) -> Found | None:
        """A card or vehicle by its id; None for a pass, and for what is no longer there."""
        site, now = self.site(revs[1]), Moment(wall=0)
        card = self._by_id(CredentialKind.QR, holder, site, None, now)
        return card or self._by_id(CredentialKind.PLATE, holder, site, None, now)

    def _whereabouts(self, holder: str) -> Whereabouts | None:
        row = self._db.execute(f"SELECT {_WHERE} FROM presence WHERE holder = ?", (holder,)).fetchone()
        return Whereabouts(**dict(zip(Whereabouts.__struct_fields__, (*row[:-1], _visits(row[-1])), strict=True))) if row else None

    def inside(self, zone: str) -> int:
        """Visits open in a zone, corrected by hand."""
        (count,) = self._db.execute(f"SELECT {self._inside}", (zone,)).fetchone()
        return max(0, int(count))


def _open_doors(interlock: tuple[str, ...], released: str, doors: DoorsSay) -> tuple[str, ...]:
    """Those of the interlock that are not known to be shut, or were released a moment ago."""
    just_now = released.split("\n") if released else ()
    return tuple(door for door in interlock if doors(door).closed is not True or door in just_now)
