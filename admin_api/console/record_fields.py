"""Fields of the plain records: what their forms ask."""

from __future__ import annotations

from admin_api.console import words
from admin_api.console.customers import profile_field
from admin_api.console.forms import Choice, Field
from admin_api.console.language import LANGUAGES, N_, _
from admin_api.parts import Parts
from edge.core.model import CredentialKind, Role, Status
from edge.core.people import Company
from edge.core.place import AccessPoint, Mode, Schedule, Zone
from edge.core.tariff import Tariff


def _statuses() -> tuple[Choice, ...]:
    return tuple((s.value, w) for s, w in words.STATUS.items() if s is not Status.INVITED)


def _modes() -> tuple[Choice, ...]:
    return tuple((m.value, w) for m, w in words.MODES.items())


MODE = N_("Mode")
NAME = Field(name="name", label=N_("Name"), required=True)


async def _profiles(parts: Parts) -> tuple[Field, ...]:
    field = await profile_field(parts)
    return (field,) if field else ()


async def _zones(parts: Parts) -> tuple[Choice, ...]:
    return tuple((z.id, z.name) for z in await parts.roster.every(Zone))


async def company_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    return (
        NAME,
        Field(name="status", label=N_("Status"), kind="select", choices=_statuses()),
        Field(name="description", label=N_("Notes"), kind="textarea", wide=True),
        *await _profiles(parts),
    )


async def group_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    return NAME, Field(name="description", label=N_("Notes"), kind="textarea", wide=True), *await _profiles(parts)


async def list_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    return NAME, Field(name="description", label=N_("Notes"), kind="textarea", wide=True)


async def zone_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    tariffs = tuple((t.id, t.name) for t in await parts.roster.every(Tariff))
    room, who, again = N_("How many"), N_("Who goes in"), N_("Coming back")
    return (
        NAME,
        Field(name="parent", label=N_("Lies within"), kind="select", choices=(("", _("Nothing: it lies outside")), *await _zones(parts)), empty=None),
        Field(name="tariff", label=N_("Tariff"), kind="select", choices=(("", _("A visit costs nothing")), *tariffs), empty=None),
        Field(name="capacity", label=N_("Capacity"), kind="number", group=room, hint=N_("So many at most. Empty: no limit.")),
        Field(name="reserved", label=N_("Places kept"), kind="number", group=room, required=True, hint=N_("Of these, for profiles with kept places.")),
        Field(name="booking", label=N_("Only with a booking that is on"), kind="check", group=who),
        Field(name="host_present", label=N_("Guests only while their host is inside"), kind="check", group=who),
        Field(name="escort", label=N_("Who is no customer comes with the host or an escort"), kind="check", group=who),
        Field(name="two_person", label=N_("Nobody goes in alone"), kind="check", group=who),
        Field(name="guardian_below", label=N_("With a guardian below the age of"), kind="number", group=who, hint=N_("Years. Empty: nobody needs one.")),
        Field(name="antipassback", label=N_("Second way in without a way out"), kind="select", choices=tuple((a.value, w) for a, w in words.ANTIPASSBACK.items()), group=again),
        Field(name="antipassback_minutes", label=N_("For how long, when timed"), kind="number", hint=N_("Minutes."), required=True, group=again),
        *await _mode_fields(parts),
    )  # fmt: skip


async def _mode_fields(parts: Parts) -> tuple[Field, ...]:
    """How a place behaves now, and by the hours of schedules."""
    schedules = tuple((s.id, s.name) for s in await parts.roster.every(Schedule))
    modes = tuple((mode, name) for mode, name in _modes() if mode != Mode.NORMAL)
    by_hours = Field(
        name="mode_hours", label=N_("By the hours"), kind="rows", most=8, group=MODE, hint=N_("In the hours of the schedule it is in this mode, unless somebody has set another by hand."),
        columns=(Field(name="schedule", label=N_("Schedule"), kind="select", choices=schedules), Field(name="mode", label=N_("Mode"), kind="select", choices=modes)),
    )  # fmt: skip
    mode = Field(name="mode", label=N_("Mode"), kind="select", choices=_modes(), group=MODE)
    return (mode, by_hours) if schedules else (mode,)


async def schedule_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    return (
        NAME,
        Field(name="windows", label=N_("Weekly hours"), kind="windows", wide=True, hint=N_("One window a line, such as Mon-Fri 07:00-19:00. An end before its start runs over midnight; a whole day is 00:00-24:00.")),
        Field(name="holidays", label=N_("Holidays"), kind="holidays", wide=True, hint=N_("One day a line, such as 2026-12-25 Christmas. Closed, unless hours follow: 2026-12-24 Christmas Eve 08:00-12:00.")),
    )  # fmt: skip


async def profile_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    schedules = [(s.id, s.name) for s in await parts.roster.every(Schedule)]
    grants = [
        (f"{zone}|{schedule}", f"{name}|{label}")
        for zone, name in await _zones(parts)
        for schedule, label in (("", _("Always")), *schedules)
    ]
    return (
        NAME,
        Field(name="zones", label=N_("Zones and hours"), kind="grants", choices=tuple(grants), wide=True),
        Field(name="lockdown_override", label=N_("Passes through a lock-down"), kind="check"),
        Field(name="reserved", label=N_("Opens the places that are kept"), kind="check"),
        Field(name="escort", label=N_("Brings in those who need an escort"), kind="check"),
        Field(name="permit", label=N_("Visits to its zones cost nothing"), kind="check"),
    )


async def access_point_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    doors = sorted({d.name for d in parts.settings.door} | {p.door for p in await parts.roster.every(AccessPoint)})
    zones = (("", _("Outside")), *await _zones(parts))
    door = (
        Field(
            name="door", label=N_("Door"), kind="select", choices=tuple((d, d) for d in doors), hint=N_("As the settings name it.")
        )
        if doors
        else Field(name="door", label=N_("Door"), hint=N_("As the settings name it."), required=True)
    )
    schedules = tuple((s.id, s.name) for s in await parts.roster.every(Schedule))
    others = tuple((d, d) for d in doors)
    moves, asks, exceptions = N_("The door"), N_("What is asked for"), N_("Exceptions")
    return (
        NAME,
        door,
        Field(name="from_zone", label=N_("From"), kind="select", choices=zones, empty=None),
        Field(name="to_zone", label=N_("To"), kind="select", choices=zones, empty=None),
        Field(name="kinds", label=N_("Accepts"), kind="checks", choices=tuple((k.value, words.KINDS[k]) for k in CredentialKind), wide=True),
        Field(name="tags", label=N_("Tags"), kind="words", hint=N_("Words with commas between, to find its events by and to restrict users to.")),
        Field(name="strike_ms", label=N_("Released for"), kind="number", hint=N_("Milliseconds, 100 to 120000."), required=True, group=moves),
        Field(name="accessible_strike_ms", label=N_("Released for those who need longer"), kind="number", hint=N_("Milliseconds, 100 to 120000."), required=True, group=moves),
        Field(name="interlock", label=N_("Opens only while these are shut"), kind="checks", choices=others, wide=True, group=moves),
        Field(name="pin", label=N_("A PIN after the card"), kind="check", group=asks),
        Field(name="pin_free", label=N_("Without a PIN in the hours of"), kind="select", choices=(("", _("None: always with a PIN")), *schedules), empty=None, group=asks),
        Field(name="needs_plate", label=N_("Card and plate together"), kind="check", group=asks),
        Field(name="secure_reader", label=N_("Only over a secured reader channel"), kind="check", group=asks),
        Field(name="plate_floor", label=N_("A plate counts from a confidence of"), kind="decimal", hint=N_("0 to 1; 0: every one that is read."), group=asks),
        Field(name="data_minutes", label=N_("Central's word counts for"), kind="number", hint=N_("Minutes, for cards that come from there. Empty: any age."), group=asks),
        *await _mode_fields(parts),
        Field(name="in_service", label=N_("In service"), kind="check", group=exceptions),
        Field(name="pedestrian", label=N_("People on foot pass here"), kind="check", group=exceptions),
        Field(name="refuse_blocklisted", label=N_("Blocklisted stay out in free passage too"), kind="check", group=exceptions),
        Field(name="lock_exit", label=N_("A lock-down also holds people in here"), kind="check", group=exceptions),
    )  # fmt: skip


async def alert_rule_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    return (
        Field(name="kind", label=N_("Alert"), kind="select", choices=tuple((k.value, w.short) for k, w in words.ALERTS.items())),
        Field(name="enabled", label=N_("Is raised"), kind="check"),
        Field(name="threshold", label=N_("From how many"), kind="number", required=True, hint=N_("Refusals, percent of the capacity, MB free or events waiting; 0 for the other kinds.")),
        Field(name="window_minutes", label=N_("Minutes"), kind="number", required=True, hint=N_("How long it must have lasted, or the time in which refusals are counted.")),
    )  # fmt: skip


async def user_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    roles = tuple((r.id, r.name) for r in await parts.roster.every(Role))
    companies = tuple((c.id, c.name) for c in await parts.roster.every(Company))
    zones = tuple((z.id, z.name) for z in await parts.roster.every(Zone))
    password = (
        N_("At least 8 characters.") if new else N_("Leave empty to keep the present one; a new one ends their other sessions.")
    )
    return (
        Field(name="login", label=N_("Sign-in name"), required=True, hint=N_("Small letters, digits, dots, dashes.")),
        Field(name="name", label=N_("Name")),
        Field(name="role", label=N_("Role"), kind="select", choices=roles),
        Field(name="password", label=N_("Password") if new else N_("New password"), kind="password", hint=password, required=new, autocomplete="new-password"),
        Field(name="active", label=N_("May sign in"), kind="check"),
        Field(name="language", label=N_("Language"), kind="select", choices=(("", _("As the browser asks")), *LANGUAGES.items())),
        Field(name="time_zone", label=N_("Time zone"), hint=N_("As in Europe/Warsaw; empty: the site's.")),
        Field(name="companies", label=N_("Sees only these companies"), kind="checks", choices=companies, wide=True, hint=N_("None: all of them.")),
        Field(name="zones", label=N_("Sees only these zones"), kind="checks", choices=zones, wide=True, hint=N_("None: all of them. A zone has those within it.")),
    )  # fmt: skip


async def role_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    return NAME, Field(
        name="rights", label=N_("May"), kind="checks", choices=tuple((p.value, w) for p, w in words.PERMISSIONS.items()), wide=True
    )
