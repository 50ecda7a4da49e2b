"""Which catalogue numbers which tests show: read from the marks, so it cannot go out of date."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
NUMBER = re.compile(r"(S00[0-4]|X)-\d+")
MOST = 3


def marks() -> dict[str, list[str]]:
    """Number -> tests marked with it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(HERE.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                for number in numbers_of(node):
                    found[number].append(f"{path.relative_to(HERE.parent)}::{node.name}")
    return dict(found)


def numbers_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The numbers in the test's `feature` marks."""
    calls = [d for d in node.decorator_list if isinstance(d, ast.Call) and ast.unparse(d.func).endswith("mark.feature")]
    return [str(a.value) for call in calls for a in call.args if isinstance(a, ast.Constant)]


def main() -> int:
    found = marks()
    counts: dict[str, int] = defaultdict(int)
    for tests in found.values():
        for test in tests:
            counts[test] += 1
    crowded = sorted(test for test, number in counts.items() if number > MOST)
    wrong = sorted(n for n in found if not NUMBER.fullmatch(n))
    if "--json" in sys.argv:
        print(json.dumps({"features": found, "more_than_three": crowded, "not_a_number": wrong}, indent=1))
    else:
        for number in sorted(found, key=lambda n: (n.split("-")[0], int(n.split("-")[1]))):
            print(f"{number:8} {len(found[number])} {found[number][0]}")
        print(f"{len(found)} numbers shown; {len(crowded)} tests with more than three")
        for line in crowded + wrong:
            print(f"WRONG {line}")
    return 1 if crowded or wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
