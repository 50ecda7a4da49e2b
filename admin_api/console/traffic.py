"""How busy a day was: entries hour by hour beside last week, how full it was, why people were refused, how well readers read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery

from admin_api.auth import needs, parts_of, session_of
from admin_api.console import words
from admin_api.console.charts import Hourly, Share, hourly, shares
from admin_api.console.language import _, ngettext
from admin_api.console.page import AnyRequest, Page, render, times_of
from admin_api.console.sections import tabs_of
from admin_api.reads.traffic import AtReader, Day, traffic
from edge.core.model import Permission
from edge.core.place import AccessPoint, Zone
from edge.core.schedule import local


@dataclass(frozen=True, kw_only=True)
class TrafficPage(Page):
    """The charts of a day. figures: (hour, entered, left, refused, inside, entered the week before) as a table."""

    template = "traffic.html"
    path: str
    tabs: tuple[tuple[str, str], ...]
    day: str
    shown: str
    before: str
    earlier: str
    later: str
    zone: str
    point: str
    zones: tuple[tuple[str, str], ...]
    points: tuple[tuple[str, str], ...]
    entered: int
    refused: int
    most: int | None
    entries: Hourly
    occupancy: Hourly | None
    reasons: tuple[Share, ...]
    doors: tuple[Share, ...]
    readers: tuple[Share, ...]
    figures: tuple[tuple[str, int, int, int, str, int], ...]


@get("/traffic", opt=needs(Permission.EVENTS_VIEW))
async def traffic_page(
    request: AnyRequest, day: FromQuery[str] = "", zone: FromQuery[str] = "", point: FromQuery[str] = ""
) -> Response[str]:
    parts, session = parts_of(request), session_of(request)
    times, tz = times_of(parts), parts.settings.site.time_zone
    today = local(parts.now(), tz).date()
    wanted = min(_date(day, today), today)
    zones, points = await parts.roster.every(Zone), await parts.roster.every(AccessPoint)
    zone = zone if any(z.id == zone for z in zones) else ""
    point = point if any(p.id == point for p in points) else ""
    found = await traffic(parts.database, wanted, tz, parts.now(), zone=zone, point=point, scope=parts.scope)
    hours, earlier = found.day.hours, found.week_before.hours
    labels = [local(h.at, tz).strftime("%H") for h in hours]
    inside = [h.inside for h in hours]
    kept = {name: value for name, value in (("zone", zone), ("point", point)) if value}
    page = TrafficPage(
        title=_("Traffic"), section="list", path="/traffic", tabs=tabs_of("list", session), day=wanted.isoformat(),
        shown=times.date(hours[0].at), before=times.date(earlier[0].at), zone=zone, point=point,
        earlier=f"/traffic?{urlencode({**kept, 'day': (wanted - timedelta(days=1)).isoformat()})}",
        later=f"/traffic?{urlencode({**kept, 'day': (wanted + timedelta(days=1)).isoformat()})}" if wanted < today else "",
        zones=tuple((z.id, z.name) for z in zones), points=tuple((p.id, p.name) for p in points),
        entered=sum(h.entered for h in hours), refused=sum(h.refused for h in hours),
        most=max((i for i in inside if i is not None), default=None),
        entries=hourly([h.entered for h in hours], [h.entered for h in earlier], labels, _says(found.day, labels), bars=True),
        occupancy=None if point else hourly(inside, [h.inside for h in earlier], labels, labels, bars=False),
        reasons=shares([
            (words.reason(code).short, count, f"/events?{urlencode({'reason': code, 'since': wanted.isoformat(), 'until': wanted.isoformat()})}", "no")
            for code, count in found.reasons.items()
        ]),
        doors=shares([
            (p.name, p.granted, f"/events?{urlencode({'access_point': p.access_point, 'since': wanted.isoformat(), 'until': wanted.isoformat()})}", "")
            for p in found.access_points
        ]),
        readers=tuple(_reader(r) for r in found.readers),
        figures=tuple(
            (label, h.entered, h.left, h.refused, "" if h.inside is None else str(h.inside), w.entered)
            for label, h, w in zip(labels, hours, earlier, strict=False)
        ),
    )  # fmt: skip
    return await render(request, page)


def _says(day: Day, labels: list[str]) -> list[str]:
    """What stands behind each bar, for who points at it or hears it."""
    return [
        _("%(hour)s h: %(count)s")
        % {"hour": label, "count": ngettext("%(n)s entry", "%(n)s entries", h.entered) % {"n": h.entered}}
        for label, h in zip(labels, day.hours, strict=True)
    ]


def _reader(seen: AtReader) -> Share:
    """How much of what a reader saw was clear."""
    clear = round(100 * (seen.readings - seen.unclear) / seen.readings) if seen.readings else 0
    return Share(label=seen.reader, count=seen.readings, percent=clear, tone="" if clear >= 95 else "warn" if clear >= 80 else "no")


def _date(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


HANDLERS = (traffic_page,)
