"""What a display shows of a site: an answer to the person at the gate, and what stands there until somebody comes. No names: others can read it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from admin_api.console.language import _, ngettext, speak, spoken
from admin_api.console.times import Times, money
from admin_api.console.words.answers import Answer, answer_to
from admin_api.parts import Parts
from admin_api.reads.presence import occupancy
from edge.core.event import Event
from edge.core.judgement import Reason
from edge.core.model import CredentialKind
from edge.core.money import half_up
from edge.core.people import Customer
from edge.core.place import AccessPoint, Mode, Zone
from edge.core.tariff import DAY, FULL, Tariff, due

FRESH_MS = 5000
"""An answer older than this is not shown any more: somebody else may be standing there."""
SECONDS = {"ok": 6, "wait": 12, "no": 10}
"""How long an answer stands: long enough to be read, and read again by who has something to do."""
MARKS = {"ok": "check", "wait": "clock", "no": "cross"}
HOUR = 60
STEPS = 3
"""A tariff with more steps than this is not said in short."""
CODES = frozenset({CredentialKind.QR, CredentialKind.BARCODE, CredentialKind.ROTATING_QR, CredentialKind.SIGNED_PASS})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a display stands. into: the zone that one comes into there; paid: the tariff of the zone that one leaves."""

    point: AccessPoint
    into: Zone | None
    tariff: Tariff | None
    paid: Tariff | None
    leaving: bool


@dataclass(frozen=True, kw_only=True)
class AnswerView:
    """tone, mark: never colour alone. language: of its words (the holder's); price: what is to be paid; seconds: how long it stands."""

    seq: int
    tone: str
    mark: str
    line: str
    sentence: str
    price: str
    language: str
    seconds: int


@dataclass(frozen=True, kw_only=True)
class IdleView:
    """says: what to do here; marks: icons of what may be shown; off: nobody is let in now. left: places (None: nobody counts them)."""

    says: str
    more: str
    marks: tuple[str, ...]
    off: bool
    left: int | None
    left_says: str
    tariff: tuple[str, ...]


async def place_of(parts: Parts, point_id: str) -> Place | None:
    """None: there is no such access point any more."""
    point = await parts.roster.find(AccessPoint, point_id)
    if point is None:
        return None
    into, left = await parts.roster.find(Zone, point.to_zone), await parts.roster.find(Zone, point.from_zone)
    return Place(
        point=point, into=into, leaving=into is None or (left is not None and left.parent == into.id),
        tariff=await parts.roster.find(Tariff, into.tariff) if into else None,
        paid=await parts.roster.find(Tariff, left.tariff) if left else None,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------- an answer


def answers(event: Event, point: str) -> bool:
    """Is this something that the person at this access point waits for."""
    return event.access_point == point and event.outcome is not None and event.code in tuple(Reason)


async def answer_view(parts: Parts, place: Place, event: Event) -> AnswerView:
    """In the holder's language, where it is known and the answer is not a hushed one; else in that of this moment, the site's."""
    said = answer_to(Reason(event.code), leaving=place.leaving)
    holder = await parts.roster.find(Customer, event.customer) if event.customer and not said.hushed else None
    with speaking(holder.language if holder else spoken()):
        return _view(said, place, event)


def _view(said: Answer, place: Place, event: Event) -> AnswerView:
    return AnswerView(
        seq=event.seq, tone=said.tone, mark=MARKS[said.tone], line=said.short, sentence=said.long, language=spoken(), seconds=SECONDS[said.tone],
        price=_price(place, event) if event.code == Reason.PAYMENT_DUE else "",
    )  # fmt: skip


def _price(place: Place, event: Event) -> str:
    """What was due when it was decided, as the rule saw it."""
    if place.paid is None or event.facts is None or event.facts.visit is None:
        return ""
    return _("%(price)s to pay") % {"price": money(due(place.paid, event.facts.visit, event.at), place.paid.currency)}


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """In this language for a while."""
    before = spoken()
    speak(language)
    try:
        yield
    finally:
        speak(before)


# ---------------------------------------------------------------------------------------------------- until somebody comes


async def idle_view(parts: Parts, place: Place, times: Times) -> IdleView:
    point, zone = place.point, place.into
    off = not point.in_service or not await parts.edge.reachable()
    shut = not off and Mode.LOCKED_DOWN in (point.mode, zone.mode if zone else Mode.NORMAL)
    left = None
    if zone is not None and zone.capacity is not None and not place.leaving:
        inside = next((o.inside for o in await occupancy(parts.database, parts.now()) if o.zone == zone.id), 0)
        left = max(0, zone.capacity - zone.reserved - inside)
    says, marks = _what_to_show(point)
    if off or shut:
        says, marks = (_("Out of order") if off else _("Closed at the moment")), ()
    return IdleView(
        says=says, more=_("Please ask at the desk.") if off or shut else "", marks=marks, off=off or shut, left=left,
        left_says=ngettext("place left", "places left", left) if left is not None else "",
        tariff=in_short(place.tariff, times) if place.tariff and not place.leaving else (),
    )  # fmt: skip


def _what_to_show(point: AccessPoint) -> tuple[str, tuple[str, ...]]:
    """By what is taken there, with the icons of it."""
    code, card, plate = bool(CODES & set(point.kinds)), CredentialKind.UID in point.kinds, CredentialKind.PLATE in point.kinds
    marks = tuple(mark for mark, taken in (("qr", code), ("card", card), ("plate", plate)) if taken)
    match code, card, plate:
        case True, True, True:
            return _("Show your code or card, or drive up to the camera"), marks
        case True, True, False:
            return _("Show your code or card to the reader"), marks
        case True, False, True:
            return _("Show your code, or drive up to the camera"), marks
        case True, False, False:
            return _("Show your QR code to the reader"), marks
        case False, True, True:
            return _("Show your card, or drive up to the camera"), marks
        case False, True, False:
            return _("Hold your card to the reader"), marks
        case False, False, True:
            return _("Drive up slowly: the camera reads your plate"), marks
        case _:
            return _("Type your PIN at the reader"), marks


def in_short(tariff: Tariff, times: Times) -> tuple[str, ...]:
    """A tariff in a few lines, taxes within; none where it takes more."""
    if len(tariff.steps) > STEPS:
        return ()
    lines = [_("Up to %(time)s free") % {"time": _time(tariff.free_minutes, times)}] if tariff.free_minutes else []
    for at, step in enumerate(tariff.steps):
        price = f"{_asked(tariff, step.price)} / {_per(step.unit, times)}"
        if step.minutes is not None:
            says = _("First %(time)s: %(price)s") if at == 0 else _("Next %(time)s: %(price)s")
            lines.append(says % {"time": _time(step.minutes, times), "price": price})
        else:
            lines.append(_("Then %(price)s") % {"price": price} if at else price)
    if tariff.daily_cap is not None:
        lines.append(_("At most %(price)s for 24 hours") % {"price": _asked(tariff, tariff.daily_cap)})
    return tuple(lines)


def _asked(tariff: Tariff, net: int) -> str:
    """An amount of the tariff as it is asked for: with its taxes, rounded."""
    gross = net + sum(half_up(net * tax.rate, FULL) for tax in tariff.taxes)
    return money(half_up(gross, tariff.rounding) * tariff.rounding, tariff.currency)


def _per(unit: int, times: Times) -> str:
    """ "h", "day", "30 min": what a price is for."""
    return _("day") if unit == DAY else _("h") if unit == HOUR else _time(unit, times)


def _time(minutes: int, times: Times) -> str:
    """ "30 min", "2 h", "3 days"."""
    if minutes % DAY == 0:
        days = minutes // DAY
        return ngettext("%(num)s day", "%(num)s days", days) % {"num": times.number(days)}
    if minutes % HOUR == 0:
        return _("%(hours)s h") % {"hours": times.number(minutes // HOUR)}
    return _("%(minutes)s min") % {"minutes": times.number(minutes)}
