"""Webhooks over REST: who is told of events, and how far each is."""

# Annotations are objects here, not text: the bodies are made from the record's own fields.

from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.parts import Parts
from admin_api.reads.conditions import Query
from admin_api.reads.cursor import Page
from admin_api.rest.common import AnyRequest, edited, etag, if_match, refusals, request_id, versioned
from admin_api.rest.resources import changes_type
from edge.commands.webhooks import AddWebhook, DeleteWebhook, EditWebhook, WebhookMade
from edge.core.model import Permission
from edge.core.webhook import Webhook, WebhookEvent

WebhookChanges: Any = changes_type("Webhook", Webhook)


class WebhookFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """url: https, or http to a private address; events: of what it is told (left out: of all)."""

    name: str
    url: str
    events: tuple[WebhookEvent, ...] = tuple(WebhookEvent)
    active: bool = True


class Delivery(Struct, frozen=True, kw_only=True):
    """How far it is: everything up to seq was taken, dropped, or is not for it. behind: events written since.

    failing_since (ms), tries, problem: of the delivery that fails now (none: all is well).
    """

    seq: int
    behind: int
    failing_since: int | None = None
    tries: int = 0
    problem: str = ""


@get("/webhooks", opt=needs(Permission.SITE_VIEW), tags=["webhooks"], responses=refusals(), operation_id="listWebhook")
async def list_webhooks(
    request: AnyRequest, q: FromQuery[str] = "", after: FromQuery[str] = "", limit: FromQuery[int] = 50
) -> Page[Webhook]:
    """By name. q: any part of it."""
    return await parts_of(request).roster.listing(Webhook, Query(q=q, after=after, limit=limit))


@get(
    "/webhooks/{record_id:str}",
    opt=needs(Permission.SITE_VIEW),
    tags=["webhooks"],
    responses=refusals(404),
    operation_id="getWebhook",
)
async def get_webhook(request: AnyRequest, record_id: FromPath[str]) -> Response[Webhook]:
    """One of them; its ETag is what If-Match of a change compares."""
    webhook = await parts_of(request).roster.get(Webhook, record_id)
    return versioned(webhook)


@get(
    "/webhooks/{record_id:str}/delivery", opt=needs(Permission.SITE_VIEW), tags=["webhooks"], responses=refusals(404),
    operation_id="getDelivery",
)  # fmt: skip
async def get_delivery(request: AnyRequest, record_id: FromPath[str]) -> Delivery:
    """How far it is, and why it does not get further."""
    parts = parts_of(request)
    return await delivery_of(parts, await parts.roster.get(Webhook, record_id))


async def delivery_of(parts: Parts, webhook: Webhook) -> Delivery:
    head = await parts.journal.head()
    rows = await parts.database.fetch(
        "SELECT seq, failing_since, tries, problem FROM webhook_cursor WHERE webhook = ?", (webhook.id,)
    )
    seq, since, tries, problem = rows[0] if rows else (head, None, 0, "")
    return Delivery(seq=seq, behind=max(0, head - seq), failing_since=since, tries=tries, problem=problem)


@post("/webhooks", opt=needs(Permission.SITE_MANAGE), tags=["webhooks"], responses=refusals(409, 413), operation_id="addWebhook")
async def add_webhook(request: AnyRequest, data: JSONBody[WebhookFields]) -> Response[WebhookMade]:
    """Make one, told of what happens from now on. `secret` of the answer (hex) is said this once: deliveries are signed with it."""
    command = AddWebhook(fields=msgspec.to_builtins(data))
    made = await parts_of(request).edge.ask(command, WebhookMade, token=session_of(request).token, request=request_id(request))
    headers = {"ETag": etag(made.webhook.ver), "Location": f"/api/v1/webhooks/{made.webhook.id}", "Cache-Control": "no-store"}
    return Response(made, status_code=201, headers=headers)


@patch(
    "/webhooks/{record_id:str}", opt=needs(Permission.SITE_MANAGE), tags=["webhooks"], responses=refusals(404, 409, 412, 413),
    operation_id="editWebhook",
)  # fmt: skip
async def edit_webhook(request: AnyRequest, record_id: FromPath[str], data: JSONBody[WebhookChanges]) -> Response[Webhook]:
    """Change fields; what is left out stays. Not active: it waits where it is."""
    command = EditWebhook(id=record_id, changes=msgspec.to_builtins(data), ver=if_match(request))
    return await edited(request, command, Webhook)


@delete(
    "/webhooks/{record_id:str}",
    opt=needs(Permission.SITE_MANAGE),
    tags=["webhooks"],
    responses=refusals(404),
    operation_id="deleteWebhook",
)
async def delete_webhook(request: AnyRequest, record_id: FromPath[str]) -> Response[None]:
    """Tell it nothing any more."""
    await parts_of(request).edge.send(DeleteWebhook(id=record_id), token=session_of(request).token, request=request_id(request))
    return Response(None, status_code=204)


HANDLERS = (list_webhooks, get_webhook, get_delivery, add_webhook, edit_webhook, delete_webhook)
