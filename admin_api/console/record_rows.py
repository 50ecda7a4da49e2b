"""How the lists of the plain records read: the cells of a row, in the order of its columns."""

from __future__ import annotations

from admin_api.console import hours, words
from admin_api.console.language import _
from admin_api.console.lists.sheet import Cell
from admin_api.console.times import lasting, money
from admin_api.parts import Parts
from edge.core.alerts import ALERTS, AlertRule
from edge.core.model import Role, User
from edge.core.place import AccessPoint, Mode, Profile, Schedule, Zone
from edge.core.tariff import Tariff


def _tone(mode: Mode) -> str:
    return {Mode.NORMAL: "plain", Mode.FREE_PASSAGE: "info"}.get(mode, "warn")


async def zone_row(parts: Parts, zone: Zone) -> tuple[Cell, ...]:
    names = await parts.roster.names(Zone)
    mode = Cell(text=words.MODES[zone.mode], tone=_tone(zone.mode))
    return Cell(text=zone.name), Cell(text=names.get(zone.parent or "", "")), mode, Cell(text=words.ANTIPASSBACK[zone.antipassback])


async def schedule_row(parts: Parts, schedule: Schedule) -> tuple[Cell, ...]:
    windows = hours.write_windows(schedule.windows).replace("\n", "; ")
    days = str(len(schedule.holidays)) if schedule.holidays else ""
    return Cell(text=schedule.name), Cell(text=windows or _("Never open")), Cell(text=days)


async def profile_row(parts: Parts, profile: Profile) -> tuple[Cell, ...]:
    zones, schedules = await parts.roster.names(Zone), await parts.roster.names(Schedule)
    always = _("always")
    rights = ", ".join(
        f"{zones.get(z.zone, z.zone)} ({schedules.get(z.schedule, '') if z.schedule else always})" for z in profile.zones
    )
    return Cell(text=profile.name), Cell(text=rights or _("Nothing"))


async def access_point_row(parts: Parts, point: AccessPoint) -> tuple[Cell, ...]:
    zones = await parts.roster.names(Zone)
    start, end = zones.get(point.from_zone or "", _("Outside")), zones.get(point.to_zone or "", _("outside"))
    kinds = ", ".join(words.KINDS[k] for k in point.kinds)
    mode = (
        Cell(text=words.MODES[point.mode], tone=_tone(point.mode))
        if point.in_service
        else Cell(text=_("Out of service"), tone="warn")
    )
    return Cell(text=point.name), Cell(text=f"{start} → {end}"), Cell(text=point.door), Cell(text=kinds), mode


async def alert_rule_row(parts: Parts, rule: AlertRule) -> tuple[Cell, ...]:
    of = words.ALERT_OF.get(ALERTS[rule.kind].of, "")
    return (
        Cell(text=words.ALERTS[rule.kind].short),
        Cell(text=_("Yes"), tone="ok") if rule.enabled else Cell(text=_("No"), tone="dim"),
        Cell(text=f"{rule.threshold} {of}" if of else ""),
        Cell(text=str(rule.window_minutes), look="num"),
    )


async def tariff_row(parts: Parts, tariff: Tariff) -> tuple[Cell, ...]:
    steps = [f"{money(step.price, tariff.currency)} / {lasting(step.unit)}" for step in tariff.steps]
    zones = ", ".join(z.name for z in await parts.roster.every(Zone) if z.tariff == tariff.id)
    return (
        Cell(text=tariff.name),
        Cell(text=" → ".join(steps)),
        Cell(text=lasting(tariff.free_minutes) if tariff.free_minutes else ""),
        Cell(text="" if tariff.daily_cap is None else money(tariff.daily_cap, tariff.currency)),
        Cell(text=zones),
    )


async def user_row(parts: Parts, user: User) -> tuple[Cell, ...]:
    roles = await parts.roster.names(Role)
    active = Cell(text=_("Active"), tone="ok") if user.active else Cell(text=_("Inactive"), tone="dim")
    return Cell(text=user.login), Cell(text=user.name), Cell(text=roles.get(user.role, "")), active


async def role_row(parts: Parts, role: Role) -> tuple[Cell, ...]:
    known = {p.value: w for p, w in words.PERMISSIONS.items()}
    if set(role.rights) >= set(known):
        return Cell(text=role.name), Cell(text=_("Everything"))
    return Cell(text=role.name), Cell(text=", ".join(known.get(r, r) for r in role.rights))
