"""What a restricted user sees, as the desk asks for it: the terms of `edge.store.scope`, with the roster attached as `roster`."""

from __future__ import annotations

from typing import Any

from edge.core.model import Scope
from edge.store import scope as stored


def within(kind: str, scope: Scope, alias: str) -> tuple[list[str], list[Any]]:
    """(terms, values) for the rows of a kind within the scope, none where nothing restricts it.

    kind: customer, company, card, vehicle, booking, zone, access_point, entry, event, payment or alert. alias: of its table.
    """
    return stored.within(kind, scope, alias, "roster")


def also(kind: str, scope: Scope, alias: str) -> tuple[str, list[Any]]:
    """The same as text to stand behind other terms: empty, or beginning with AND."""
    terms, values = within(kind, scope, alias)
    return "".join(f" AND {term}" for term in terms), values


def source(table: str, scope: Scope) -> tuple[str, list[Any]]:
    """A table of the roster as a FROM clause names it, with the rows of the scope alone."""
    terms, values = within(table, scope, "of_scope")
    if not terms:
        return f"roster.{table}", values
    return f"(SELECT * FROM roster.{table} of_scope WHERE {' AND '.join(terms)})", values
