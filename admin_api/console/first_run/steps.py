"""The steps of a first run as a table, how far this site is, and what every step's page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from admin_api.auth import needs
from admin_api.console.forms import Form, Input
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, Page
from admin_api.console.settings import policy_of
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from edge.core.judgement import Outcome
from edge.core.model import Card, Permission
from edge.core.place import AccessPoint
from edge.settings import Site

PATH = "/first-run"
MANAGE = needs(Permission.SITE_MANAGE)
STEPS = {
    "site": N_("The site"),
    "door": N_("A door"),
    "reader": N_("A reader"),
    "card": N_("The first card"),
    "try": N_("It opens"),
}


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Step -> is it done. points: the access points there are."""

    done: Mapping[str, bool]
    points: tuple[AccessPoint, ...]

    @property
    def following(self) -> str:
        """The first step that is not done; trying is on the page of the card."""
        first = next((step for step, done in self.done.items() if not done), "try")
        return "card" if first == "try" else first


async def progress(parts: Parts) -> Progress:
    """How far this site is, by what there is."""
    settings, points = parts.settings, tuple(await parts.roster.every(AccessPoint))
    doors, names = {d.name for d in settings.door}, {name for p in points for name in (p.id, p.name)}
    last = await parts.journal.last_decisions([p.id for p in points])
    done = {
        "site": bool((await policy_of(parts)).site_name) or settings.site.name != Site().name,
        "door": any(p.door in doors for p in points),
        "reader": any(r.access_point in names for r in settings.reader),
        "card": bool(await parts.roster.count(Card, Query(), 1)),
        "try": any(event.outcome is Outcome.GRANTED for event in last.values()),
    }
    return Progress(done=done, points=points)


@dataclass(frozen=True, kw_only=True)
class StepView:
    """A step in the line above: done, here, or still to come."""

    name: str
    label: str
    href: str
    done: bool
    here: bool


@dataclass(frozen=True, kw_only=True)
class StepPage(Page):
    """What the page of every step shows. inputs: of its form, by name."""

    steps: tuple[StepView, ...]
    form: Form

    @property
    def inputs(self) -> dict[str, Input]:
        return {i.field.name: i for i in self.form.inputs}


def steps_of(now: Progress, here: str) -> tuple[StepView, ...]:
    return tuple(
        StepView(
            name=name, label=_(label), href=f"{PATH}/{'card' if name == 'try' else name}", done=now.done[name], here=name == here
        )
        for name, label in STEPS.items()
    )


def asked(request: AnyRequest, name: str) -> str:
    return str(request.query_params.get(name, ""))[:200]
