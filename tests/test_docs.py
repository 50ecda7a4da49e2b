"""The docs are held by the code: every setting, reason, permission and verb is in them, and the tables are the code's own.

After a change of the rules or rights: `python -m tests.test_docs` writes the tables anew.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from litestar.routes import HTTPRoute

from admin_api.app import application
from admin_api.auth import rights_of
from admin_api.console.help import SYMPTOMS, reason_views
from admin_api.parts import build
from edge import settings
from edge.__main__ import main
from edge.commands.catalog import COMMANDS
from edge.commands.users import DEFAULT_ROLES
from edge.core.alerts import ALERTS
from edge.core.device import Section
from edge.core.finding import ALARMING, DURESS, REMEDIES, UNSEEN_WAY_OUT
from edge.core.judgement import Reason
from edge.core.model import Permission
from edge.core.rules import FREE_WAY_OUT_FROM, LIFTED_FROM, NEVER_LIFTED, RULES
from edge.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
EXAMPLE = ROOT / "edge" / "gatelatch.example.toml"
NOT_OF_A_RULE = {
    Reason.GRANTED: "nothing speaks against it",
    Reason.GRANTED_EMERGENCY: "the emergency input is on, before all rules",
    Reason.GRANTED_BY_OPERATOR: "somebody with the right opened, and said why",
    Reason.INTERNAL_ERROR: "a rule broke: the door stays shut, the rest of the site goes on",
}


# ---------------------------------------------------------------------------------------------------- the tables


def rule_table() -> list[str]:
    """The rules in order, as docs/decision.md shows them."""
    lines = ["| # | rule | what it asks | reasons |", "| --- | --- | --- | --- |"]
    for rule in RULES:
        reasons = ", ".join(f"`{r.value}`" for r in rule.reasons)
        lines.append(f"| {rule.number} | {rule.name} | {rule.says} | {reasons} |")
    return lines


def symptom_table() -> list[str]:
    """What to look at, by symptom, as the console's help says it."""
    return [
        line for symptom, steps in SYMPTOMS for line in (f"* **{symptom}**", *(f"  {n}. {step}" for n, step in enumerate(steps, 1)))
    ]


def refusal_table() -> list[str]:
    """Every refusal in words, with what helps."""
    lines = ["| what the page says | what it means | what helps |", "| --- | --- | --- |"]
    return lines + [f"| {r.short} (`{r.code}`) | {r.long} | {'; '.join(r.helps) or '-'} |" for r in reason_views()]


def reason_table() -> list[str]:
    """Every reason: which rule says it, whether it alarms, whether free passage lifts it, what may be done."""
    by_rule = {reason: rule for rule in RULES for reason in rule.reasons}
    lines = ["| reason | said by | alarm | in free passage | what helps |", "| --- | --- | --- | --- | --- |"]
    for reason in Reason:
        rule = by_rule.get(reason)
        said = f"rule {rule.number}, {rule.name}" if rule else NOT_OF_A_RULE[reason]
        lifted = "-"
        if reason in REMEDIES:
            stays = rule is None or rule.number < LIFTED_FROM
            lifted = "refuses" if stays else "as the access point says" if reason in NEVER_LIFTED else "is lifted"
        on_foot = reason is UNSEEN_WAY_OUT.reason or (rule is not None and rule.number >= FREE_WAY_OUT_FROM)
        alarm = "yes" if reason in (*ALARMING, DURESS.alarm) else "on foot, on a way out" if on_foot else "-"
        helps = ", ".join(m.value for m in REMEDIES.get(reason, ())) or "-"
        lines.append(f"| `{reason.value}` | {said} | {alarm} | {lifted} | {helps} |")
    return lines


def permission_table() -> list[str]:
    """Every right: the commands that need it, the first roles that hold it."""
    lines = ["| right | commands that need it | " + " | ".join(DEFAULT_ROLES) + " |", "| --- " * (2 + len(DEFAULT_ROLES)) + "|"]
    for right in Permission:
        tags = ", ".join(f"`{c.__struct_config__.tag}`" for c in COMMANDS if c.right is right) or "- (for looking)"
        held = " | ".join("x" if right in rights else "" for rights in DEFAULT_ROLES.values())
        lines.append(f"| `{right.value}` | {tags} | {held} |")
    return lines


def alert_table() -> list[str]:
    """Every kind of alert: about what, what raises and ends it, from how many and within what time."""
    lines = ["| alert | about a | raised by | over when | severity | from | minutes |", "| --- " * 7 + "|"]
    for kind, spec in ALERTS.items():
        many = f"{spec.threshold} {spec.of}" if spec.of else "-"
        lines.append(
            f"| `{kind.value}` | {spec.subject} | {spec.raised_by} | {spec.cleared_by} | {spec.severity.value} | {many} | {spec.window_minutes or '-'} |"
        )
    return lines


def route_table() -> list[str]:
    """Every route of the REST API with the right it needs and the first paragraph of what its handler says."""
    app = application(build(Settings(state="/nowhere"), secure=False, authority=None))
    says = {
        (method, route.path): " ".join((handler.fn.__doc__ or "").strip().split("\n\n")[0].split())
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }
    lines = ["| method | path | right | |", "| --- | --- | --- | --- |"]
    for method, path, right, kind in sorted(rights_of(app.routes), key=lambda r: (r[1], r[0])):
        if not path.startswith("/api/v1/") or path.startswith("/api/v1/openapi.json/"):
            continue
        shown = path.removeprefix("/api/v1").replace(":str", "").replace(":int", "")
        whose = right.value if right else {"own": "signed in", "open": "anybody"}[kind]
        said = says[method, path] or "This API as an OpenAPI document."
        lines.append(f"| {method} | `{shown}` | {whose} | {said} |")
    return lines


TABLES = {
    ("api.md", "routes"): route_table,
    ("alerts.md", "alerts"): alert_table,
    ("decision.md", "rules"): rule_table,
    ("decision.md", "reasons"): reason_table,
    ("troubleshooting.md", "symptoms"): symptom_table,
    ("troubleshooting.md", "refusals"): refusal_table,
    ("permissions.md", "rights"): permission_table,
}


def between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- {name}: written by the code -->\n\n).*?(?=\n\n<!-- end of {name} -->)", re.DOTALL)


@pytest.mark.parametrize(("file", "name"), TABLES, ids=lambda v: v)
def test_the_table_in_the_docs_is_the_codes_own(file: str, name: str) -> None:
    found = between(name).search((DOCS / file).read_text("utf-8"))
    assert found, f"docs/{file} has no table {name}"
    assert found.group().splitlines() == TABLES[file, name](), "run `python -m tests.test_docs` and look at what changed"


def write_tables() -> None:
    for (file, name), table in TABLES.items():
        path = DOCS / file
        path.write_text(between(name).sub(lambda _, table=table: "\n".join(table()), path.read_text("utf-8")), "utf-8")  # type: ignore[misc]


# ---------------------------------------------------------------------------------------------------- settings


def sections() -> list[type[Section]]:
    return [
        kind
        for name, kind in vars(settings).items()
        if isinstance(kind, type) and issubclass(kind, Section) and kind is not Section and not name.startswith("_")
    ]


def documented(kind: type[Section]) -> set[str]:
    """The fields of a section (and of what it is made from) that have a sentence under them."""
    if kind is Section:
        return set()
    above = documented(kind.__bases__[0])
    body = ast.parse(inspect.getsource(kind)).body[0].body  # type: ignore[attr-defined]
    return above | {
        field.target.id
        for field, below in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    }


def fields(kind: type[Section]) -> Iterator[tuple[str, bool]]:
    """(name, is it made of sections itself) of every field."""
    for field in msgspec.structs.fields(kind):
        text = str(field.type)
        yield field.encode_name, any(s.__name__ in text for s in sections())


@pytest.mark.parametrize("kind", sections(), ids=lambda k: k.__name__)
def test_every_setting_says_what_it_means(kind: type[Section]) -> None:
    assert kind.__doc__ or kind is settings.Site
    plain = {name for name, of_sections in fields(kind) if not of_sections}
    assert plain - documented(kind) == set()


def in_the_example(kind: type[Section]) -> set[str]:
    """The keys that the example file gives for this section."""
    raw: dict[str, Any] = tomllib.loads(EXAMPLE.read_text("utf-8"))
    if kind is settings.Settings:
        return set(raw)
    driver = kind.__struct_config__.tag
    if driver:
        items = [item for word in ("reader", "door") for item in raw[word] if item["driver"] == driver]
        return {key for item in items for key in item} - {"driver"}
    return set(raw[kind.__name__.lower()])


@pytest.mark.parametrize("kind", sections(), ids=lambda k: k.__name__)
def test_every_setting_is_in_the_example_file(kind: type[Section]) -> None:
    assert {name for name, _ in fields(kind)} == in_the_example(kind)


def test_the_example_file_is_right_but_for_the_key_that_is_to_be_replaced() -> None:
    text = EXAMPLE.read_text("utf-8")
    found = settings.parse(text, "example")
    assert (len(found.reader), len(found.door)) == (2, 2)
    assert found.sync is not None
    undocumented = [
        line
        for before, line in zip(["", *text.splitlines()], text.splitlines(), strict=False)
        if line and not before and line[0] not in "#["
    ]
    assert undocumented == [], "a block begins with a sentence"


# ---------------------------------------------------------------------------------------------------- words


def everything() -> str:
    return "\n".join(p.read_text("utf-8") for p in (ROOT / "README.md", *sorted(DOCS.rglob("*.md"))))


def verbs(group: click.Group, before: str = "gatelatch") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from verbs(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


@pytest.mark.parametrize("verb", list(verbs(main)))
def test_every_verb_of_the_command_line_is_in_the_docs(verb: str) -> None:
    assert verb in everything()


@pytest.mark.parametrize("verb", list(verbs(main)))
def test_every_verb_says_what_it_does(verb: str) -> None:
    found: click.Command = main
    for name in verb.split()[1:]:
        assert isinstance(found, click.Group)
        found = found.commands[name]
    assert found.help
    assert found.help.strip().endswith((".", "again."))


def test_every_reason_is_of_one_rule_or_of_none_by_name() -> None:
    said = [reason for rule in RULES for reason in rule.reasons]
    assert len(said) == len(set(said))
    assert set(said) | set(NOT_OF_A_RULE) == set(Reason)
    assert not set(said) & set(NOT_OF_A_RULE)


def test_the_rules_stand_in_the_order_of_their_numbers() -> None:
    numbers = [rule.number for rule in RULES]
    assert numbers == sorted(set(numbers))


if __name__ == "__main__":
    write_tables()
