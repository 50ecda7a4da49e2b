"""Doors for programs, as kinds of records: API keys, webhooks, exports by the calendar, and keys that sign passes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from cronsim import CronSimError

from admin_api.auth import Session
from admin_api.console import cron, words
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field
from admin_api.console.language import N_, _, ngettext
from admin_api.console.lists.office import areas, job_states
from admin_api.console.lists.sheet import Cell
from admin_api.console.page import Page, times_of
from admin_api.console.record_kinds import Kind
from admin_api.parts import Parts
from admin_api.rest.resources import Resource
from admin_api.rest.webhooks import Delivery, delivery_of
from edge.commands.keys import AddKey, EditKey, KeyMade, RevokeKey
from edge.commands.webhooks import AddWebhook, DeleteWebhook, EditWebhook, WebhookMade
from edge.core.model import ApiKey, Permission, User
from edge.core.place import PassKey
from edge.core.saved import ExportArea, ExportFormat, SavedFilter, ScheduledExport
from edge.core.webhook import Webhook, WebhookEvent

KEYS, HOOKS, SCHEDULED, PASS_KEYS = "/office/keys", "/office/webhooks", "/exports/scheduled", "/site/pass-keys"

NAME = Field(name="name", label=N_("Name"), required=True)


@dataclass(frozen=True, kw_only=True)
class SaidOncePage(Page):
    """A secret that was just made. secret: empty when it was said before; label and how: what it is, and where it goes."""

    template = "said_once.html"
    name: str
    many: str
    back: str
    secret: str
    label: str
    how: str


# ---------------------------------------------------------------------------------------------------- API keys


async def key_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    users = tuple((u.id, u.login) for u in await parts.roster.every(User) if u.active)
    whose = Field(
        name="user",
        label=N_("Whose"),
        kind="select",
        choices=users,
        hint=N_("It asks in their name, with no more rights than they have."),
    )
    return (
        NAME,
        *([whose] if new else []),
        Field(name="expires_at", label=N_("Until"), kind="time", empty=None, hint=N_("Empty: until it is revoked.")),
        Field(name="per_minute", label=N_("Requests a minute, at most"), kind="number", required=True),
        Field(name="scopes", label=N_("May"), kind="checks", choices=tuple((p.value, w) for p, w in words.PERMISSIONS.items()), wide=True),
    )  # fmt: skip


async def key_suits(parts: Parts, session: Session, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Nobody hands on a right they do not have, or makes a key for somebody else without users.manage."""
    asked = []
    for field in fields:
        if field.name == "scopes":
            field = replace(field, choices=tuple(c for c in field.choices if c[0] in session.row.rights))
        if field.name == "user":
            field = replace(field, choices=tuple(sorted(field.choices, key=lambda c: c[0] != session.user)))  # oneself first
        if field.name != "user" or session.may(Permission.USERS_MANAGE):
            asked.append(field)
    return tuple(asked)


async def key_row(parts: Parts, key: ApiKey) -> tuple[Cell, ...]:
    times, user = times_of(parts), await parts.roster.find(User, key.user)
    over = key.expires_at is not None and key.expires_at <= parts.now()
    state = (_("Revoked"), "no") if key.revoked else (_("Over"), "dim") if over else (_("Active"), "ok")
    may = [w for p, w in words.PERMISSIONS.items() if p.value in key.scopes]
    return (
        Cell(text=key.name, sub=f"{user.login if user else ''} · …{key.last4}"), Cell(text=state[0], tone=state[1]), Cell(text=", ".join(may)), Cell(text=times.short(key.expires_at) if key.expires_at else _("until it is revoked")),
        Cell(text=str(key.per_minute), look="num"), Cell(text=times.ago(key.used_at) if key.used_at else _("never")),
    )  # fmt: skip


def key_once(result: Any) -> SaidOncePage:
    made = msgspec.convert(result, KeyMade)
    return SaidOncePage(
        title=_("API key made"), section="system", name=made.record.name, many=_("API keys"), back=KEYS, secret=made.key, label=_("The key"),
        how=_("A program sends it with every request to /api/v1, as the header “Authorization: Bearer” and the key behind it."),
    )  # fmt: skip


async def key_around(parts: Parts, plain: FormPage, id: str) -> FormPage:
    key = await parts.roster.find(ApiKey, id) if id else None
    return replace(plain, lead=_("This key is revoked: it opens nothing any more."), delete_to="") if key and key.revoked else plain


def own_keys(session: Session) -> tuple[tuple[str, str], ...]:
    """With users.manage everybody's."""
    return () if session.may(Permission.USERS_MANAGE) else (("user", session.user),)


# ---------------------------------------------------------------------------------------------------- webhooks


async def hook_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    return (
        NAME,
        Field(name="url", label=N_("Address"), required=True, hint=N_("https, or http to a private address.")),
        Field(name="events", label=N_("Is told of"), kind="checks", choices=tuple((e.value, w) for e, w in words.WEBHOOK_EVENTS.items()), wide=True),
        Field(name="active", label=N_("Active"), kind="check", hint=N_("While it is not, what happens waits for it.")),
    )  # fmt: skip


async def hook_row(parts: Parts, hook: Webhook) -> tuple[Cell, ...]:
    told = ", ".join(words.WEBHOOK_EVENTS[e] for e in hook.events) if len(hook.events) < len(WebhookEvent) else _("everything")
    delivery = await delivery_of(parts, hook)
    word, tone = _hook_state(hook, delivery)
    return Cell(text=hook.name, sub=hook.url), Cell(text=word, tone=tone, sub=delivery.problem), Cell(text=told), Cell(text=str(delivery.behind or ""), look="num")  # fmt: skip


def _hook_state(hook: Webhook, delivery: Delivery) -> tuple[str, str]:
    if not hook.active:
        return _("Waits"), "dim"
    return (_("Fails"), "no") if delivery.failing_since else (_("Delivers"), "ok")


async def hook_around(parts: Parts, plain: FormPage, id: str) -> FormPage:
    """With how its deliveries go, above the form."""
    hook = await parts.roster.find(Webhook, id) if id else None
    if hook is None:
        return plain
    delivery, times = await delivery_of(parts, hook), times_of(parts)
    said = {"seq": delivery.seq, "tries": delivery.tries, "problem": delivery.problem}
    if delivery.failing_since:
        says = _("Fails since %(when)s, after %(tries)s tries: %(problem)s. It is tried again and again; saving tries at once.")
        return replace(plain, lead=says % {**said, "when": times.short(delivery.failing_since)})
    if not delivery.behind:
        return replace(plain, lead=_("It was told of everything, up to event %(seq)s.") % said)
    waits = ngettext("%(num)s event waits for it.", "%(num)s events wait for it.", delivery.behind) % {"num": delivery.behind}
    return replace(plain, lead=waits)


def hook_once(result: Any) -> SaidOncePage:
    made = msgspec.convert(result, WebhookMade)
    return SaidOncePage(
        title=_("Webhook made"), section="system", name=made.webhook.name, many=_("Webhooks"), back=HOOKS, secret=made.secret, label=_("Its secret"),
        how=_("Every delivery is signed with it, so that the other side knows it came from here."),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------- exports by the calendar


async def scheduled_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    said, folders = areas(), parts.settings.desk.export_folders
    below = (
        _("Below one of: %(folders)s") % {"folders": ", ".join(folders)}
        if folders
        else N_("Name a folder under desk.export_folders in the settings first.")
    )
    folder = Field(name="folder", label=N_("Folder"), required=True, hint=below)
    saved = tuple((f.id, f"{said[f.area]}: {f.name}") for f in await parts.roster.every(SavedFilter))
    return (
        NAME,
        Field(name="area", label=N_("Of"), kind="select", choices=tuple((a.value, w) for a, w in said.items())),
        Field(name="saved", label=N_("By which saved view"), kind="select", choices=(("", _("None: all of it")), *saved), empty=None, hint=N_("As it is when the export runs.")),
        Field(name="format", label=N_("Format"), kind="select", choices=tuple((f.value, f.value.upper()) for f in ExportFormat)),
        Field(name="cron", label=N_("When"), required=True, check="/exports/scheduled/when", hint=N_("Minute, hour, day of the month, month, day of the week (1: Monday), with spaces between, in the site's time.")),
        replace(folder, kind="select", choices=tuple((f, f) for f in folders)) if new and folders else folder,
        Field(name="active", label=N_("Active"), kind="check"),
    )  # fmt: skip


async def scheduled_suits(parts: Parts, session: Session, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """What may be exported by this user, and the saved views that they see."""
    mine = {f.id for f in await parts.roster.every(SavedFilter) if f.shared or f.owner == session.user}
    offered = {
        "area": lambda value: session.may(ExportArea(value).right),
        "saved": lambda value: not value or value in mine,
    }
    return tuple(
        replace(f, choices=tuple(c for c in f.choices if offered[f.name](c[0]))) if f.name in offered else f for f in fields
    )


async def scheduled_row(parts: Parts, one: ScheduledExport) -> tuple[Cell, ...]:
    times, last = times_of(parts), next((j for j in await parts.exports.jobs() if j.schedule == one.id), None)
    try:
        runs = cron.next_runs(one.cron, parts, 1) if one.active else ()
    except CronSimError:  # kept by another version
        runs = ()
    word, tone = job_states()[last.state] if last else ("", "")
    return (
        Cell(text=one.name, sub=one.folder), Cell(text=areas()[one.area], sub=one.format.value.upper()), Cell(text=cron.in_words(one.cron) or one.cron),
        Cell(text=times.short(runs[0]) if runs else "" if one.active else _("Not active")),
        Cell(text=f"{word} · {times.short(last.made_at)}" if last else "", tone=tone, sub=last.problem if last else ""), Cell(text=one.made_by),
    )  # fmt: skip


async def scheduled_around(parts: Parts, plain: FormPage, id: str) -> FormPage:
    """With the next runs below the calendar."""
    inputs = tuple(
        replace(i, note=cron.picture(i.value, parts, times_of(parts))) if i.field.name == "cron" else i for i in plain.form.inputs
    )
    return replace(plain, form=replace(plain.form, inputs=inputs))


# ---------------------------------------------------------------------------------------------------- keys that sign passes


async def pass_key_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    if not new:
        return NAME, Field(name="revoked", label=N_("Revoked: none of its passes opens any more"), kind="check", wide=True)
    return (
        Field(name="key", label=N_("Key id"), required=True, hint=N_("As passes name it: 1 to 8 digits and capital letters.")),
        Field(name="name", label=N_("Name")),
        Field(name="public", label=N_("Public key"), required=True, wide=True, hint=N_("Ed25519, 32 bytes in base64. The private half stays with whoever makes the passes.")),
    )  # fmt: skip


async def pass_key_row(parts: Parts, key: PassKey) -> tuple[Cell, ...]:
    state = Cell(text=_("Revoked"), tone="no") if key.revoked else Cell(text=_("Believed"), tone="ok")
    return Cell(text=key.id), Cell(text=key.name), state, Cell(text=key.public)


KINDS: tuple[Kind, ...] = (
    Kind(
        path=KEYS, kind=ApiKey, section="system", new=N_("New API key"), add=N_("Make the key"), many=N_("API keys"), deleted="revoked", delete_word=N_("Revoke…"),
        columns=(N_("Name"), N_("State"), N_("May"), N_("Until"), N_("Requests a minute"), N_("Last used")),
        lead=N_("A program that asks by itself has a key in place of somebody's password, with the rights it needs and no others."), fields=key_fields, row=key_row,
        suits=key_suits, only=own_keys, once=key_once, around=key_around, start={"per_minute": 600}, delete_says=N_("Its next request is refused. What was done by it stays written down."),
        own=Resource(
            path="/keys", kind=ApiKey, view=Permission.KEYS_MANAGE, add_right=Permission.KEYS_MANAGE, edit_right=Permission.KEYS_MANAGE,
            delete_right=Permission.KEYS_MANAGE, add=AddKey, edit=EditKey, delete=RevokeKey,
        ),
    ),
    Kind(
        path=HOOKS, kind=Webhook, section="system", new=N_("New webhook"), add=N_("Make the webhook"), many=N_("Webhooks"),
        columns=(N_("Name"), N_("State"), N_("Is told of"), N_("Wait for it")), lead=N_("An address that is told of what happens here, as it happens, and in order."),
        fields=hook_fields, row=hook_row, once=hook_once, around=hook_around, start={"active": True, "events": [e.value for e in WebhookEvent]},
        delete_says=N_("It is told nothing any more."),
        own=Resource(
            path="/webhooks", kind=Webhook, view=Permission.SITE_VIEW, add_right=Permission.SITE_MANAGE, edit_right=Permission.SITE_MANAGE,
            delete_right=Permission.SITE_MANAGE, add=AddWebhook, edit=EditWebhook, delete=DeleteWebhook,
        ),
    ),
    Kind(
        path=SCHEDULED, kind=ScheduledExport, section="key", new=N_("New export"), add=N_("Add the export"), many=N_("Exports by the calendar"),
        columns=(N_("Name"), N_("Of"), N_("When"), N_("Next run"), N_("Last run"), N_("Set up by")), lead=N_("Files that are made by themselves and put into a folder of this machine."),
        fields=scheduled_fields, row=scheduled_row, suits=scheduled_suits, around=scheduled_around, start={"cron": "0 6 * * 1", "active": True},
        delete_says=N_("No more runs. Files that were made stay."),
    ),
    Kind(
        path=PASS_KEYS, kind=PassKey, section="system", new=N_("New pass key"), add=N_("Add the key"), many=N_("Pass keys"),
        columns=(N_("Key id"), N_("Name"), N_("State"), N_("Public key")), lead=N_("Signed passes are believed when one of these keys signed them. Nothing has to be asked at the gate."),
        fields=pass_key_fields, row=pass_key_row, delete_says="",
    ),
)  # fmt: skip
