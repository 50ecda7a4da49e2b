"""What to do when something does not work: by symptom, then every reason that the gate gives, with what helps. docs/troubleshooting.md is this page."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from admin_api.auth import SIGNED_IN
from admin_api.console import words
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, Page, render
from edge.core.finding import REMEDIES
from edge.core.judgement import Reason, Remedy

SYMPTOMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Nobody gets in anywhere"), (
        N_("Look at the live page: a lock-down or an access point out of service says so beside its name."),
        N_("Under Health a reader or door that is down is named with what is wrong with it: power and cable first."),
        N_("Is the clock set? Rights with hours go by it."),
    )),
    (N_("One person does not get in"), (
        N_("Open their page: one line says why they may not enter, and the last refusal leads to what each rule saw."),
        N_("The page of the refusal offers what you may put right yourself, in one step."),
    )),
    (N_("Nothing happens when a code is shown"), (
        N_("No new line on the live page: the reader does not see it. Clean the glass, hold the code flat, look at the reader's line under Health."),
        N_("A camera sees nothing in the dark or against the sun: look at it under Cameras."),
    )),
    (N_("A line says somebody was let in, and the door stayed shut"), (
        N_("Door did not open: the line to the door is down or its relay does not answer. See Health, then the door's own power."),
    )),
    (N_("The door is open too long, or again and again"), (
        N_("Somebody holds it, its closer is weak, or its contact is loose: the alert says which is likely."),
    )),
    (N_("A number plate is not read"), (
        N_("Look at it under Cameras: is the plate large, straight and lit?"),
        N_("Read, but not registered: compare the letters on the page of the event with those of the vehicle."),
    )),
    (N_("The count of who is inside is wrong"), (
        N_("Somebody came or went without being seen. Correct it with a reason; entries that were not closed are in the list of entries."),
    )),
    (N_("The access controller is not running"), (
        N_("It starts again by itself. If it does not: gatelatch doctor on its computer says what is missing."),
        N_("Meanwhile this console shows what was written down last; nothing can be changed."),
    )),
    (N_("The central server is behind"), (
        N_("The gate decides alone meanwhile. See to the network; what happened is sent when it is back, once and in order."),
    )),
    (N_("I cannot sign in"), (
        N_("Too many wrong passwords lock for a while: wait a little, then try again."),
        N_("An administrator gives a new password under Users. If there is none left: gatelatch user add NAME on the computer itself makes one."),
    )),
)  # fmt: skip
"""Symptom -> what to look at, in this order."""


@dataclass(frozen=True, kw_only=True)
class ReasonView:
    """A reason as the gate gives it, and what helps."""

    code: str
    short: str
    long: str
    helps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HelpPage(Page):
    """Symptoms, then reasons; each reason has its code as anchor."""

    template = "help.html"
    symptoms: tuple[tuple[str, tuple[str, ...]], ...]
    reasons: tuple[ReasonView, ...]


def reason_views() -> tuple[ReasonView, ...]:
    """Every refusal, in the order of the rules."""
    return tuple(
        ReasonView(
            code=reason.value, short=words.REASONS[reason].short, long=words.REASONS[reason].long,
            helps=tuple(words.REMEDIES[r] for r in REMEDIES.get(reason, ()) if r is not Remedy.LET_IN_ONCE),
        )
        for reason in Reason
        if not reason.value.startswith("granted")
    )  # fmt: skip


@get("/help", opt=SIGNED_IN)
async def help_page(request: AnyRequest) -> Response[str]:
    page = HelpPage(
        title=_("When something does not work"), section="help", reasons=reason_views(),
        symptoms=tuple((_(symptom), tuple(_(step) for step in steps)) for symptom, steps in SYMPTOMS),
    )  # fmt: skip
    return await render(request, page)


HANDLERS = (help_page,)
