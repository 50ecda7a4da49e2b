"""The API document against the API: requests made from it, sent, and the answers held against it (schemathesis)."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from admin_api.rest.examples import IDS

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance, response_headers_conformance,
]  # fmt: skip
OF_WHAT = {
    "other": "twin", "point": "point", "card": "card", "holder": "card", "zone": "zone", "booking": "booking", "payment": "payment",
    "alert": "alert", "review": "review",
}  # fmt: skip
BY_PATH = {
    "customers": "customer", "companies": "company", "groups": "group", "lists": "list", "cards": "card", "vehicles": "vehicle",
    "zones": "zone", "schedules": "schedule", "profiles": "profile", "access-points": "point", "bookings": "booking", "events": "event",
    "entries": "entry", "exports": "export", "merges": "merge", "webhooks": "webhook", "tariffs": "tariff", "passes": "pass", "alert-rules": "rule",
    "users": "spare_user", "roles": "spare_role", "keys": "spare_key", "pass-keys": "pass_key", "scheduled-exports": "calendar",
    "saved-filters": "saved", "devices": "device",
}  # fmt: skip
"""Sessions are not among them: who sends the requests would end by it. Nor may spare ones be their own."""


def operations(document: dict[str, Any]) -> Iterator[Any]:
    """Every operation but signing in (it has limits of its own, with tests of their own) and streams (they do not end)."""
    for made in schemathesis.openapi.from_dict(document).get_all_operations():
        operation: Any = made.ok()
        if not operation.path.endswith("/stream") and operation.definition.raw["operationId"] != "createSession":
            yield operation


def example(operation: Any, known: dict[str, str]) -> Any:
    """The body that the document shows, with ids of this site; None: it has none."""
    body = operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    return real(body["example"], known) if "example" in body else None


def real(body: Any, known: dict[str, str]) -> Any:
    """A body with the ids of the document's made-up site replaced by those of this one."""
    text = json.dumps(body)
    for name, id in IDS.items():
        text = text.replace(id, known.get(name, id))
    return json.loads(text)


def address(path: str, parameters: list[str], known: dict[str, str]) -> dict[str, str]:
    """Path parameters that name something that is there."""
    found = {}
    for name in parameters:
        of = OF_WHAT.get(name) or BY_PATH.get(path.removeprefix("/api/v1/").split("/")[0], "")
        found[name] = "email" if name == "field" else known.get(of, "")
    return {name: value for name, value in found.items() if value}


def at_home(body: Any) -> Any:
    """A body whose device, where it has one that would be connected to, is on this machine."""
    wired = body.get("wired") if isinstance(body, dict) else None
    if not isinstance(wired, dict):
        return body
    home = {"address": "127.0.0.1:1", "source": "http://127.0.0.1:1/x"}
    return {**body, "wired": {**wired, **{field: where for field, where in home.items() if ":" in str(wired.get(field, ""))}}}


class Sent(NamedTuple):
    """How often which status came, and what was answered that the document does not allow, one of each kind."""

    came: Counter[int]
    failures: dict[str, str]


def send_many(document: dict[str, Any], url: str, tokens: list[str], known: Callable[[], dict[str, str]], each: int) -> Sent:
    """Send `each` requests of every operation; half of them to things that are there, with one field off the example."""
    sent, turn, order = Sent(Counter(), {}), itertools.cycle(tokens), itertools.count()

    def try_out(operation: Any, there: dict[str, str]) -> None:
        shown = example(operation, there)

        @given(case=operation.as_strategy())
        @settings(
            max_examples=each, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def one(case: Any) -> None:
            if next(order) % 2:
                names = list(case.path_parameters or ())
                case.path_parameters = {**(case.path_parameters or {}), **address(operation.path, names, there)}
                if isinstance(shown, dict) and isinstance(case.body, dict):
                    case.body = {**shown, **dict(itertools.islice(case.body.items(), 1))}
            case.body = at_home(case.body)
            answer = case.call(base_url=url, headers={"Authorization": f"Bearer {next(turn)}"}, timeout=20)
            sent.came[answer.status_code] += 1
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as group:
                for failure in group.exceptions:
                    sent.failures.setdefault(f"{operation.definition.raw['operationId']}: {type(failure).__name__}", str(group))

        one()

    for operation in operations(document):
        try_out(operation, known())
    return sent
