"""When something is done by the calendar: its five fields in words, and its next runs, said while they are typed."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice

from babel.dates import get_day_names
from cronsim import CronSim, CronSimError
from litestar import Response, get
from litestar.params import FromQuery
from markupsafe import Markup

from admin_api.auth import needs, parts_of
from admin_api.console.language import _, locale
from admin_api.console.page import AnyRequest, macro, times_of
from admin_api.console.times import Times
from admin_api.parts import Parts
from edge.core.model import Permission
from edge.core.schedule import zone

SHOWN = 3


def in_words(cron: str) -> str:
    """What most calendars are; nothing for the rarer ones, whose next runs say it better."""
    fields = cron.split()
    if len(fields) != 5:
        return ""
    minute, hour, day, month, weekday = fields
    if (hour, day, month, weekday) == ("*",) * 4:
        if every := re.fullmatch(r"\*/(\d+)", minute):
            return _("Every %(minutes)s minutes") % {"minutes": every[1]}
        return _("Every hour, at minute %(minute)s") % {"minute": f"{int(minute):02}"} if minute.isdecimal() else ""
    if not (minute.isdecimal() and hour.isdecimal()) or month != "*":
        return ""
    said = {"time": f"{int(hour):02}:{int(minute):02}"}
    if (day, weekday) == ("*", "*"):
        return _("Every day at %(time)s") % said
    if weekday == "*":
        if day == "L":
            return _("On the last day of every month at %(time)s") % said
        return _("On day %(day)s of every month at %(time)s") % {**said, "day": int(day)} if day.isdecimal() else ""
    days = _weekdays(weekday) if day == "*" else ()
    return _("%(days)s at %(time)s") % {**said, "days": ", ".join(days)} if days else ""


def _weekdays(field: str) -> tuple[str, ...]:
    """ "1-5" -> Mon, Tue, ...; empty for what is written otherwise."""
    found: list[int] = []
    for part in field.split(","):
        first, _dash, last = part.partition("-")
        if not re.fullmatch(r"[0-7](-[0-7])?", part):
            return ()
        found += range(int(first), int(last or first) + 1)
    names = get_day_names("abbreviated", locale=locale())
    return tuple(names[(day - 1) % 7].rstrip(".") for day in found)


def next_runs(cron: str, parts: Parts, count: int = SHOWN) -> tuple[int, ...]:
    """The next times of it, ms, in the site's zone. Raises CronSimError."""
    now = datetime.fromtimestamp(parts.now() / 1000, zone(parts.settings.site.time_zone))
    return tuple(int(at.timestamp() * 1000) for at in islice(CronSim(cron, now), count))


def picture(cron: str, parts: Parts, times: Times) -> Markup:
    """What stands below the input."""
    try:
        runs = next_runs(cron, parts)
    except CronSimError:
        return macro("cron.html", "wrong")
    return macro("cron.html", "runs", in_words(cron), [times.short(at) for at in runs])


@get("/exports/scheduled/when", opt=needs(Permission.EXPORTS_SCHEDULE))
async def when_piece(request: AnyRequest, cron: FromQuery[str] = "") -> Response[str]:
    """The calendar that is being typed, for htmx."""
    parts = parts_of(request)
    return Response(str(picture(cron[:100], parts, times_of(parts))), media_type="text/html")


HANDLERS = (when_piece,)
