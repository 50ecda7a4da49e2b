"""The console: pages rendered here, brought to life by htmx and one stream; lists, search and forms work without a script."""

from __future__ import annotations

from litestar import Router
from litestar.static_files import create_static_files_router

from admin_api.auth import ANYBODY
from admin_api.console import (
    account,
    acts,
    alerts,
    cameras,
    credentials,
    customer,
    customer_inline,
    customers,
    erasing,
    events,
    guests,
    help,
    imports,
    lists,
    live,
    muster,
    payments,
    phone,
    prints,
    records,
    reviews,
    session,
    traffic,
    week,
)
from admin_api.console.page import HERE


def router() -> Router:
    """Every page."""
    handlers = [
        *session.HANDLERS, *account.HANDLERS, *live.HANDLERS, *help.HANDLERS, *acts.HANDLERS, *alerts.HANDLERS, *cameras.HANDLERS, *customers.HANDLERS, *customer.HANDLERS, *customer_inline.HANDLERS, *credentials.HANDLERS, *muster.HANDLERS, *traffic.HANDLERS, *week.HANDLERS, *payments.HANDLERS, *phone.HANDLERS, *erasing.HANDLERS, *reviews.HANDLERS, *prints.HANDLERS, *events.HANDLERS,
        *lists.handlers(alerts.SHEET, *records.SHEETS), *records.handlers(),
        *guests.HANDLERS, *imports.HANDLERS,
    ]  # fmt: skip
    return Router(path="/", route_handlers=handlers, include_in_schema=False)


def static_files() -> Router:
    """Stylesheet, scripts and marks; the address carries the version, so they may be kept for a year."""
    return create_static_files_router(path="/static", directories=[HERE / "static"], opt=ANYBODY, include_in_schema=False)
