"""The audit over REST: every change with its fields before and after, and who looked at personal data."""

from __future__ import annotations

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from admin_api.auth import needs, parts_of
from admin_api.reads.audit import AuditLine, AuditQuery, audit
from admin_api.reads.cursor import Page
from admin_api.rest.common import AnyRequest, number, refusals
from edge.core.model import Permission

WITH_HISTORY = ("customers", "companies", "cards", "vehicles", "users")


@get("/audit", opt=needs(Permission.AUDIT_VIEW), tags=["audit"], responses=refusals(), operation_id="listAudit")
async def list_audit(
    request: AnyRequest,
    actor: FromQuery[str] = "",
    entity: FromQuery[str] = "",
    entity_id: FromQuery[str] = "",
    command: FromQuery[str] = "",
    op: FromQuery[str] = "",
    since: FromQuery[int | None] = None,
    until: FromQuery[int | None] = None,
    after: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
) -> Page[AuditLine]:
    """Who changed what, from and to, and who looked; newest first. since and until: ms since 1970 UTC, until exclusive.

    A page looks back over 50 000 lines at most and may come with few or none: go on with `next` as `after` until there is none.
    """
    query = AuditQuery(
        actor=actor, entity=entity, entity_id=entity_id, command=command, op=op, since=since, until=until, before=number(after),
        limit=limit,
    )  # fmt: skip
    return await audit(parts_of(request).database, query)


def _history(path: str) -> HTTPRouteHandler:
    entity = {"companies": "company"}.get(path, path.removesuffix("s"))

    @get(
        f"/{path}/{{record_id:str}}/history", opt=needs(Permission.AUDIT_VIEW), tags=[path], responses=refusals(),
        operation_id=f"history{entity.capitalize()}",
    )  # fmt: skip
    async def history(
        request: AnyRequest, record_id: FromPath[str], after: FromQuery[str] = "", limit: FromQuery[int] = 50
    ) -> Page[AuditLine]:
        """What was done to this record, and who looked at it; newest first, also when it is gone."""
        query = AuditQuery(entity=entity, entity_id=record_id, before=number(after), limit=limit)
        return await audit(parts_of(request).database, query)

    return history


HANDLERS = (list_audit, *(_history(path) for path in WITH_HISTORY))
