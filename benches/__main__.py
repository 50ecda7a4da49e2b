"""scripts/bench [NAME ...] [--json]: measure what is named (a name or the part before its slash), or everything."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benches import admit, busy, consoles, decide, exports, full, imports, month, pages, past, people, process, snapshots, sync  # noqa: F401 - they register themselves
from benches.table import BENCHES, line
from edge import logs


def main(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    names = [a for a in arguments if not a.startswith("--")]
    wanted = {n for n in BENCHES if not names or any(n == a or n.startswith(f"{a}/") for a in names)}
    unknown = [a for a in names if not any(n == a or n.startswith(f"{a}/") for n in BENCHES)]
    if unknown:
        print(f"no bench {unknown[0]}; there are: {' '.join(BENCHES)}", file=sys.stderr)
        return 2
    missed = 0
    with Path(os.devnull).open("w") as nowhere:
        logs.configure(stream=nowhere)  # what a decision says of itself costs time too, but nobody reads it here
        for function in dict.fromkeys(BENCHES[n] for n in BENCHES if n in wanted):
            for figure in function():
                if figure.bench in wanted:
                    print(line(figure, as_json=as_json), flush=True)
                    missed += not figure.ok
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
