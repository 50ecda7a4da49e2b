"""scripts/campaign mutation: every function of edge/core changed in every small way; how many changes does tests/core notice.

mutmut makes the changes and runs the tests that reach each; what it cannot change (tables, class bodies) is not counted.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

FLOOR = 0.85
KILLED = {1, 3, 36, -24}
"""A test failed, or never came to an end (mutmut's own codes)."""
ROOT = Path("mutants")


def main() -> int:
    """Prints a table by file and the survivors; exit code 1 below the floor."""
    shutil.rmtree(ROOT, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "mutmut", "run", "--max-children", "2"], check=False, stdout=subprocess.DEVNULL)
    killed = total = 0
    survivors: list[str] = []
    print("| room | changes | noticed | |\n| --- | --- | --- | --- |")
    for meta in sorted((ROOT / "edge/core").glob("*.meta")):
        codes = json.loads(meta.read_text())["exit_code_by_key"]
        noticed = sum(code in KILLED for code in codes.values())
        survivors += [name for name, code in codes.items() if code not in KILLED]
        killed, total = killed + noticed, total + len(codes)
        if codes:
            print(f"| {meta.name.removesuffix('.py.meta')} | {len(codes)} | {noticed} | {noticed / len(codes):.0%} |")
    score = killed / total if total else 0.0
    print(f"| all of edge/core | {total} | {killed} | {score:.1%} (floor {FLOOR:.0%}) |")
    for name in survivors:
        print(f"not noticed: {name}", file=sys.stderr)
    return 0 if score >= FLOOR else 1


if __name__ == "__main__":
    raise SystemExit(main())
