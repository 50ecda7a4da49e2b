"""What helps against a refusal, as this user may do it: a link to where it is done, or one step from where they are."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.auth import Session
from admin_api.console import words
from edge.commands.remedies import ONE_STEP
from edge.core.event import Event
from edge.core.finding import REMEDIES
from edge.core.judgement import Outcome, Reason, Remedy
from edge.core.model import Permission


@dataclass(frozen=True, kw_only=True)
class RemedyView:
    """href: where it is done; apply: its code when it needs nothing but a reason here (empty: not, or not by this user)."""

    says: str
    href: str
    apply: str = ""


_LINKS: dict[Remedy, tuple[str, Permission]] = {
    Remedy.LET_IN_ONCE: ("/access-points/{point}/open", Permission.DOORS_OPEN),
    Remedy.ACTIVATE_CARD: ("/customers/{customer}?tab=cards", Permission.CARDS_MANAGE),
    Remedy.REPLACE_CARD: ("/customers/{customer}/cards/new", Permission.CARDS_MANAGE),
    Remedy.CHANGE_VALIDITY: ("/customers/{customer}?tab=cards", Permission.CARDS_MANAGE),
    Remedy.ADD_USES: ("/customers/{customer}?tab=cards", Permission.CARDS_MANAGE),
    Remedy.ACTIVATE_CUSTOMER: ("/customers/{customer}", Permission.CUSTOMERS_EDIT),
    Remedy.RESTORE_CUSTOMER: ("/customers/{customer}", Permission.CUSTOMERS_DELETE),
    Remedy.GIVE_PROFILE: ("/customers/{customer}/edit", Permission.CUSTOMERS_EDIT),
    Remedy.PUT_IN_SERVICE: ("/site/access-points/{point}", Permission.SITE_MANAGE),
    Remedy.END_LOCKDOWN: ("/site/access-points/{point}", Permission.SITE_MANAGE),
    Remedy.ACCEPT_KIND: ("/site/access-points/{point}", Permission.SITE_MANAGE),
    Remedy.CHANGE_SCHEDULE: ("/site/schedules", Permission.SITE_MANAGE),
    Remedy.ACTIVATE_COMPANY: ("/companies", Permission.COMPANIES_MANAGE),
    Remedy.TAKE_PAYMENT: ("/entries/{entry}", Permission.PAYMENTS_TAKE),
    Remedy.REGISTER_CREDENTIAL: ("/customers", Permission.CUSTOMERS_VIEW),
}


def remedies_of(event: Event, session: Session) -> tuple[RemedyView, ...]:
    """What may be done about a refusal, with a link where this user has the right."""
    if event.code not in tuple(Reason):
        return ()
    views = []
    visits = event.facts.where.visits if event.facts and event.facts.where else ()
    entry = visits[-1].seq if visits else 0
    for remedy in REMEDIES.get(Reason(event.code), ()):
        pattern, right = _LINKS.get(remedy, ("", Permission.EVENTS_VIEW))
        missing = ("{customer}" in pattern and not event.customer) or ("{point}" in pattern and not event.access_point)
        missing |= "{entry}" in pattern and not entry
        href = (
            ""
            if missing or not session.may(right)
            else pattern.format(customer=event.customer, point=event.access_point, entry=entry)
        )
        may_open = session.may(Permission.DOORS_OPEN)
        apply = remedy.value if may_open and remedy in ONE_STEP and session.may(ONE_STEP[remedy]) else ""
        views.append(RemedyView(says=words.remedy(remedy), href=href, apply=apply))
    return tuple(views)


def one_step(event: Event, session: Session) -> tuple[RemedyView, ...]:
    """Those that need nothing but a reason, of a denied reading: what a guard does from the live page."""
    if event.outcome is not Outcome.DENIED:
        return ()
    return tuple(remedy for remedy in remedies_of(event, session) if remedy.apply)
