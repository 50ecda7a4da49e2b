"""List, get, add, change and delete for every kind of record: one definition, read from the table in resources.py."""

# Annotations are objects here, not text: the handlers below are made once per resource, for that resource's types.

from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from admin_api.auth import needs, parts_of, session_of
from admin_api.rest.common import AnyRequest, edited, etag, if_match, refusals, request_id, versioned
from admin_api.rest.lists import list_handler
from admin_api.rest.resources import RESOURCES, Resource
from edge.commands.credentials import CardMade
from edge.commands.customers import RestoreCustomer
from edge.core.model import Card, Permission, Record
from edge.core.people import Customer

Handler = HTTPRouteHandler


def controllers() -> list[Handler]:
    """The handlers of all resources."""
    made: list[Handler] = [restore_customer]
    for resource in RESOURCES:
        made += [list_handler(resource), _get(resource), _add(resource), _edit(resource)]
        made += [_delete(resource, resource.delete)] if resource.delete else []
    return made


def _get(resource: Resource) -> Handler:
    kind: Any = resource.kind

    @get(
        f"{resource.path}/{{record_id:str}}", opt=needs(resource.view), tags=[resource.path.strip("/")], responses=refusals(404),
        operation_id=f"get{resource.name}",
    )  # fmt: skip
    async def get_record(request: AnyRequest, record_id: FromPath[str]) -> Response[kind]:
        """One of them; its ETag is what If-Match of a change compares."""
        parts, session = parts_of(request), session_of(request)
        record = await parts.roster.get(resource.kind, record_id)
        if isinstance(record, Customer):
            parts.views.saw(session.user, session.token, record.id, parts.now())
        return versioned(record)

    return get_record


def _add(resource: Resource) -> Handler:
    body: Any = resource.fields_type()
    answer: Any = CardMade if resource.kind is Card else resource.kind

    @post(
        resource.path, opt=needs(resource.add_right), tags=[resource.path.strip("/")], responses=refusals(409, 413),
        operation_id=f"add{resource.name}",
    )  # fmt: skip
    async def add_record(request: AnyRequest, data: JSONBody[body]) -> Response[answer]:
        """Make a new one. Idempotency-Key: a retry with the same key makes no second one.

        Of a card, the answer says its code: later it is said to who may print cards again.
        """
        fields = msgspec.to_builtins(data)
        extra = {resource.extra: fields.pop(resource.extra)} if resource.extra in fields else {}
        command = resource.add(fields=fields, **extra)
        made = await parts_of(request).edge.ask(command, answer, token=session_of(request).token, request=request_id(request))
        record: Record = made.card if isinstance(made, CardMade) else made
        headers = {"ETag": etag(record.ver), "Location": f"/api/v1{resource.path}/{record.id}"}
        return Response(made, status_code=201, headers=headers)

    return add_record


def _edit(resource: Resource) -> Handler:
    kind: Any = resource.kind
    body: Any = resource.changes_type()

    @patch(
        f"{resource.path}/{{record_id:str}}", opt=needs(resource.edit_right), tags=[resource.path.strip("/")],
        responses=refusals(404, 409, 412, 413), operation_id=f"edit{resource.name}",
    )  # fmt: skip
    async def edit_record(request: AnyRequest, record_id: FromPath[str], data: JSONBody[body]) -> Response[kind]:
        """Change fields; what is left out stays. If-Match: the ETag it was read with; 412 when somebody was quicker."""
        changes = msgspec.to_builtins(data)
        extra = {resource.extra: changes.pop(resource.extra)} if resource.extra in changes else {}
        command: Any = resource.edit(id=record_id, changes=changes, ver=if_match(request), **extra)
        return await edited(request, command, kind)

    return edit_record


def _delete(resource: Resource, delete_it: Any) -> Handler:
    @delete(
        f"{resource.path}/{{record_id:str}}", opt=needs(resource.delete_right), tags=[resource.path.strip("/")],
        responses=refusals(404, 409), operation_id=f"delete{resource.name}",
    )  # fmt: skip
    async def delete_record(request: AnyRequest, record_id: FromPath[str]) -> Response[None]:
        """Delete it. Customers, companies and users are kept for the books; what something refers to stays (409)."""
        command = delete_it(id=record_id)
        await parts_of(request).edge.send(command, token=session_of(request).token, request=request_id(request))
        return Response(None, status_code=204)

    return delete_record


@post(
    "/customers/{record_id:str}/restore", opt=needs(Permission.CUSTOMERS_DELETE), tags=["customers"], responses=refusals(404, 409),
    status_code=200, operation_id="restoreCustomer",
)  # fmt: skip
async def restore_customer(request: AnyRequest, record_id: FromPath[str]) -> Response[Customer]:
    """Take a deletion back."""
    customer = await parts_of(request).edge.ask(
        RestoreCustomer(id=record_id), Customer, token=session_of(request).token, request=request_id(request)
    )
    return versioned(customer)
