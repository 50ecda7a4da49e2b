"""Every list of the console, each a sheet in the same frame."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from admin_api.console.lists import actions, bulk, devices, happened, office, people, things
from admin_api.console.lists.frame import list_page
from admin_api.console.lists.sheet import Sheet

SHEETS: tuple[Sheet, ...] = (*people.SHEETS, *things.SHEETS, *happened.SHEETS, *office.SHEETS, *devices.SHEETS)


def handlers(*others: Sheet) -> list[HTTPRouteHandler]:
    """The pages of all of them, and what is done from a list: from these too, whose pages are elsewhere."""
    by_name = {sheet.name: sheet for sheet in (*SHEETS, *others)}
    return [*(list_page(sheet) for sheet in SHEETS), *actions.handlers(by_name), *bulk.HANDLERS]
