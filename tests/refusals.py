"""What the house says when it refuses, gathered for translation from where it stands: values in a message become %(v1)s, %(v2)s, ..."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = (
    "edge/backups.py", "edge/commands", "edge/control.py", "edge/devices.py", "edge/core", "edge/store", "admin_api/auth.py", "admin_api/errors.py", "admin_api/edge_client.py", "admin_api/limits.py",
    "admin_api/console", "admin_api/imports", "admin_api/reads", "admin_api/printing.py",
)  # fmt: skip
"""Where what a page can be refused with comes from."""
NOT_OF_PAGES = (
    "wire.py", "backup.py", "replay.py", "passages.py", "files.py", "rotating.py", "signed_pass.py",
    "merging.py", "saved_filters.py",
)  # fmt: skip
"""Rooms within those whose messages go to a program or the command line alone."""
ERRORS = ("Invalid", "NotFound", "Conflict", "Forbidden", "Busy", "Unavailable", "NotSignedIn", "SecondFactorNeeded", "TooMany", "NotAllowed",
          "TooLarge", "Fault", "Stale", "Stopped")  # fmt: skip


def refusals() -> Iterator[str]:
    """Every message of an error there, as it is said or with places for its values."""
    for room in ROOMS:
        path = ROOT / room
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if file.name in NOT_OF_PAGES:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
                    yield from message(node.args[0])
                if isinstance(node, ast.FunctionDef) and node.name.startswith("problem_of"):
                    for said in ast.walk(node):
                        if isinstance(said, ast.Return) and said.value:
                            yield from (text for text in message(said.value) if text)
                if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and room in ("edge/commands", "edge/core"):
                    yield from message(node.value.elts[-1])  # (field, what is wrong with it)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RowProblem":
                    yield from message(next(k.value for k in node.keywords if k.arg == "message"))


def message(said: ast.expr) -> Iterator[str]:
    match said:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from message(body)
            yield from message(orelse)
        case ast.JoinedStr(values=parts):
            count, text = 0, ""
            for part in parts:
                if isinstance(part, ast.Constant):
                    text += str(part.value)
                else:
                    count += 1
                    text += f"%(v{count})s"
            words = " ".join(str(part.value) for part in parts if isinstance(part, ast.Constant)).split()
            if len(words) > 2:  # what is nearly all values would be taken for another message
                yield text
