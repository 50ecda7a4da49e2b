"""Texts that stand in other rooms and are shown here: they are gathered for translation from where they stand."""

from __future__ import annotations

from admin_api.errors import TITLES
from edge.core.rules import RULES


def elsewhere() -> tuple[str, ...]:
    """The rules with what they ask, and what a refused request is called."""
    return (*(rule.name for rule in RULES), *(rule.says for rule in RULES), *TITLES.values())
