"""export-csv and export-xlsx: 100 000 customers as the desk's own child writes them, beside the bare library on the same rows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from benches.site import ROOT, site
from benches.table import Figure, at_least, below, bench
from edge.store.files import Files

ROWS = 100_000
RUNS = 3
LIMIT = {
    "csv": """
import csv
with open(to, "w", encoding="utf-8-sig", newline="") as file:
    csv.writer(file).writerows(rows)
""",
    "xlsx": """
import xlsxwriter
book = xlsxwriter.Workbook(to, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder})
sheet = book.add_worksheet()
for at, row in enumerate(rows):
    sheet.write_row(at, 0, row)
book.close()
""",
}
"""The bare library over the same SELECT, in one go: reading the rows is part of both."""
BARE = """
import os, sqlite3, sys
os.nice(10)  # as the child does: beside other work both wait alike
journal, roster, folder, to = sys.argv[1:5]
db = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
db.execute("ATTACH DATABASE ? AS roster", (f"file:{roster}?mode=ro",))
rows = db.execute(sys.stdin.read())
"""


@bench("export-csv", "export-csv/memory", "export-xlsx", "export-xlsx/memory")
def exports() -> Iterator[Figure]:
    """Process start to file, both; the best of some runs each."""
    from admin_api.reports.areas import AREAS
    from admin_api.reports.columns import selected
    from edge.core.saved import ExportArea

    ROOT.mkdir(parents=True, exist_ok=True)
    area = AREAS[ExportArea.CUSTOMERS]
    with site(ROWS) as files:
        for format in LIMIT:
            clock = __import__(f"admin_api.reports.as_{format}", fromlist=["CLOCK"]).CLOCK
            sql = (
                f"SELECT {selected(area.columns, clock, 'Europe/Warsaw', 1_795_000_000_000)} FROM {area.base}{area.join}"
                f" WHERE t.deleted_at IS NULL ORDER BY {area.key}"
            )
            ours, bare, peak = [], [], 0.0
            for run in range(RUNS):
                folder = files.folder / f"{format}-{run}"
                folder.mkdir()
                took, memory = _ours(files, folder, format)
                ours.append(took)
                peak = max(peak, memory)
                bare.append(_bare(files, folder, format, sql))
            note = f"{min(bare):.2f} s bare, {min(ours):.2f} s here"
            yield at_least(f"export-{format}", ROWS / min(ours), ROWS / min(bare), 0.7, "rows/s", note=note)
            yield below(f"export-{format}/memory", peak, 150, "MB")


def _ours(files: Files, folder: Path, format: str) -> tuple[float, float]:
    """(seconds, peak MB) of the child."""
    order = {
        "state": str(files.folder), "folder": str(folder), "name": f"ours.{format}", "format": format, "site": "Bench",
        "tz": "Europe/Warsaw", "operator": "bench", "now": 1_795_000_000_000, "area": "customers", "terms": ["t.deleted_at IS NULL"], "plain": True,
    }  # fmt: skip
    begun = perf_counter()
    child = subprocess.Popen([sys.executable, "-c", _WATCHED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = child.communicate(json.dumps(order).encode())
    took = perf_counter() - begun
    *_, last, peak = out.decode().splitlines()
    said = json.loads(last)
    assert said.get("done"), said
    return took * ROWS / said["rows"], float(peak)


_WATCHED = """
import resource, sys
from admin_api.reports.child import main
code = main()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
sys.exit(code)
"""


def _bare(files: Files, folder: Path, format: str, sql: str) -> float:
    begun = perf_counter()
    command = [
        sys.executable,
        "-c",
        BARE + LIMIT[format],
        str(files.journal),
        str(files.roster),
        str(folder),
        str(folder / f"bare.{format}"),
    ]
    subprocess.run(command, input=sql.encode(), check=True)
    return perf_counter() - begun
