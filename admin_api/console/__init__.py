"""The console: pages rendered here, brought to life by htmx and one stream; lists, search and forms work without a script."""

from __future__ import annotations

from litestar import Router

from admin_api.console import (
    account,
    acts,
    alerts,
    assets,
    backup,
    cameras,
    credentials,
    cron,
    customer,
    customer_inline,
    customers,
    devices,
    display,
    displays,
    erasing,
    events,
    first_run,
    guests,
    help,
    imports,
    lists,
    live,
    muster,
    payments,
    phone,
    policy,
    prints,
    records,
    reviews,
    search,
    session,
    settings,
    sync,
    tariffs,
    traffic,
    week,
)


def router() -> Router:
    """Every page."""
    handlers = [
        assets.asset_file, *session.HANDLERS, *account.HANDLERS, *live.HANDLERS, *help.HANDLERS, *acts.HANDLERS, *alerts.HANDLERS, *cameras.HANDLERS, *customers.HANDLERS, *customer.HANDLERS, *customer_inline.HANDLERS, *credentials.HANDLERS, *muster.HANDLERS,
        *traffic.HANDLERS, *week.HANDLERS, *devices.HANDLERS, *settings.HANDLERS, *first_run.HANDLERS, *search.HANDLERS, *payments.HANDLERS, *phone.HANDLERS, *erasing.HANDLERS, *reviews.HANDLERS, *prints.HANDLERS, *events.HANDLERS,
        *display.HANDLERS, *displays.HANDLERS, *lists.handlers(alerts.SHEET, displays.SHEET, *records.SHEETS), *records.handlers(),
        *guests.HANDLERS, *imports.HANDLERS, *tariffs.HANDLERS, *cron.HANDLERS, *policy.HANDLERS, *sync.HANDLERS, *backup.HANDLERS,
    ]  # fmt: skip
    return Router(path="/", route_handlers=handlers, include_in_schema=False)
