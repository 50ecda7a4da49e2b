"""Webhooks: addresses that are told of events, each with a secret that is said once."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from edge.commands.base import Command, Patch, SaidOnce, changed, handles, made, text
from edge.core.errors import Invalid
from edge.core.model import Actor, Moment, Permission
from edge.core.webhook import Webhook, problem_of_url
from edge.ports import RosterTx


class AddWebhook(Command, tag="webhooks.add", frozen=True, kw_only=True):
    """A new one: it is told of what happens from now on."""

    right: ClassVar = Permission.SITE_MANAGE
    fields: Patch


class EditWebhook(Command, tag="webhooks.edit", frozen=True, kw_only=True):
    """Change it; it is tried again at once. While it is not active it stands where it is, and is told of the rest when it is again."""

    right: ClassVar = Permission.SITE_MANAGE
    id: str
    changes: Patch
    ver: int | None = None


class DeleteWebhook(Command, tag="webhooks.delete", frozen=True, kw_only=True):
    right: ClassVar = Permission.SITE_MANAGE
    id: str


class WebhookMade(SaidOnce, frozen=True):
    """A new webhook with its secret, which is never said again."""

    webhook: Webhook
    secret: str

    def kept(self) -> WebhookMade:
        return msgspec.structs.replace(self, secret="")


@handles(AddWebhook)
def add_webhook(tx: RosterTx, command: AddWebhook, actor: Actor, now: Moment) -> WebhookMade:
    webhook = tx.put(_sound(made(Webhook, command.fields, id=tx.new_id(), created_at=now.wall)))
    return WebhookMade(webhook=webhook, secret=tx.webhook_secret(webhook.id).hex())


@handles(EditWebhook)
def edit_webhook(tx: RosterTx, command: EditWebhook, actor: Actor, now: Moment) -> Webhook:
    return tx.put(_sound(changed(tx.get(Webhook, command.id), command.changes, command.ver)))


@handles(DeleteWebhook)
def delete_webhook(tx: RosterTx, command: DeleteWebhook, actor: Actor, now: Moment) -> None:
    tx.delete(tx.get(Webhook, command.id))


def _sound(webhook: Webhook) -> Webhook:
    if problem := problem_of_url(webhook.url):
        raise Invalid(problem, field="url")
    if not webhook.events:
        raise Invalid("say of what it is told", field="events")
    events = tuple(dict.fromkeys(webhook.events))
    return msgspec.structs.replace(webhook, name=text(webhook.name, "name", required=True, longest=80), events=events)
