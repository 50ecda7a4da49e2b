"""The API document as it is served: what the framework worked out, with examples, short titles and the headers of versions and retries."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import msgspec
from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

from admin_api.reports.areas import ENDINGS
from admin_api.rest.examples import ANSWERS, BODIES, PROBLEM

_NAMES = {
    "admin_api_reads_entries_Visit": "Entry", "edge_core_presence_Visit": "OpenVisit", "edge_core_tariff_Visit": "VisitToPrice",
    "VisitPage": "EntryPage", "imports_jobs_JobState": "ImportState", "reports_jobs_JobState": "ExportState",
}  # fmt: skip
"""Three things are a visit to the code that has them; to the API each has a name of its own."""
_LISTS = ("OpenVisit",)
"""Written as lists of their fields, in order."""
_PAGE = re.compile(r"Page_[\w.]+?\.(\w+)_\b")
NOT_KEPT = frozenset({"createSession", "explain", "previewBulk", "findDevice", "addExport", "addStatement"})
"""POSTs whose retry asks again: they change no record."""
FILES: dict[str, tuple[str, ...]] = {
    "getExportFile": (*(kind.partition(";")[0] for kind in ENDINGS.values()), "application/zip"),
    "printCards": ("application/pdf", "image/png"),
    "getPhoto": ("image/jpeg",),
}
"""What is answered with a file, by the kinds it may be of."""
ETAG = {
    "description": "The version of the record; If-Match of a change compares it.",
    "schema": {"type": "string", "examples": ['"3"']},
}
IF_MATCH = {
    "name": "If-Match", "in": "header", "required": False, "schema": {"type": "string", "pattern": r'^(\*|(W/)?"?[0-9]{1,15}"?)$'},
    "description": "The ETag the record was read with; 412 when somebody was quicker.", "example": '"3"',
}  # fmt: skip
RETRY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "A retry with the same key within 24 hours gets the first answer and does nothing again.", "example": "b7f2c1",
}  # fmt: skip


class Document(JsonRenderPlugin):
    """Serves the finished document."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(finished(super().render(request, openapi_schema)))


def finished(document: bytes) -> dict[str, Any]:
    """The document with everything the framework cannot know."""
    text = _PAGE.sub(r"\1Page", document.decode())
    for name, said in _NAMES.items():
        text = text.replace(name, said)
    made: dict[str, Any] = json.loads(text)
    schemas = made["components"]["schemas"]
    for name in _LISTS:
        schemas[name] = {"title": name, "type": "array", "prefixItems": list(schemas[name]["properties"].values())}
    paths = made["paths"]
    for path, item in paths.items():
        for method, operation in item.items():
            _finish(operation, method)
            if method == "patch":
                operation.setdefault("parameters", []).append(IF_MATCH)
            if ("patch" in item and method in ("get", "patch")) or (
                "patch" in paths.get(f"{path}/{{record_id}}", {}) and method == "post"
            ):
                operation["responses"]["201" if method == "post" else "200"].setdefault("headers", {})["ETag"] = ETAG
    return made


def _finish(operation: dict[str, Any], method: str) -> None:
    operation["summary"] = _first_sentence(operation.get("description", "")) or operation["summary"]
    if method == "post" and operation["operationId"] not in NOT_KEPT:
        operation.setdefault("parameters", []).append(RETRY)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and (example := BODIES.get(_name(body))) is not None:
        body["example"] = copy.deepcopy(example)
    for status, answer in operation["responses"].items():
        if status == "204":
            answer.pop("content", None)
        if operation["operationId"] in FILES and status == "200":
            answer["content"] = {
                media: {"schema": {"type": "string", "format": "binary"}} for media in FILES[operation["operationId"]]
            }
        for media, content in answer.get("content", {}).items():
            if media == "application/problem+json":
                content["example"] = PROBLEM[int(status)]
            elif (known := ANSWERS.get(_name(content))) is not None:
                content["example"] = copy.deepcopy(known)


def _name(content: dict[str, Any]) -> str:
    return str(content["schema"].get("$ref", "")).rpartition("/")[2]


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.;:])\s|\n", text.strip(), maxsplit=1)[0].rstrip(".;:")
