"""What a measurement is, and how it is printed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator

from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """ours against limit, in unit; ok: does the bar hold. limit 0: an absolute bar."""

    bench: str
    ours: float
    limit: float
    ratio: float
    unit: str
    bar: str
    ok: bool
    note: str = ""


Bench = Callable[[], Iterator[Figure]]
BENCHES: dict[str, Bench] = {}


def bench(*names: str) -> Callable[[Bench], Bench]:
    """Register a function that yields the figures of these names."""

    def register(function: Bench) -> Bench:
        for name in names:
            BENCHES[name] = function
        return function

    return register


def at_most(name: str, ours: float, limit: float, most: float, unit: str, *, note: str = "", ratio: float | None = None) -> Figure:
    """A figure whose ratio to the limit must not be above `most`."""
    found = ratio if ratio is not None else ours / limit
    return Figure(
        bench=name, ours=ours, limit=limit, ratio=round(found, 3), unit=unit, bar=f"<= {most:g}", ok=found <= most, note=note
    )


def at_least(
    name: str, ours: float, limit: float, least: float, unit: str, *, note: str = "", ok: bool | None = None, bar: str = ""
) -> Figure:
    """A figure whose ratio to the limit must not be below `least`."""
    found = ours / limit
    return Figure(
        bench=name, ours=ours, limit=limit, ratio=round(found, 3), unit=unit, bar=bar or f">= {least:g}", ok=found >= least if ok is None else ok, note=note
    )  # fmt: skip


def below(name: str, ours: float, most: float, unit: str, *, note: str = "") -> Figure:
    """A figure with an absolute bar."""
    return Figure(
        bench=name,
        ours=ours,
        limit=most,
        ratio=round(ours / most, 3) if most else ours,
        unit=unit,
        bar=f"<= {most:g} {unit}",
        ok=ours <= most,
        note=note,
    )


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def line(figure: Figure, *, as_json: bool) -> str:
    if as_json:
        row = {k: getattr(figure, k) for k in ("bench", "ours", "limit", "ratio", "unit", "bar", "ok")}
        return json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()})
    mark = "ok  " if figure.ok else "MISS"
    return f"{mark} {figure.bench:24} {figure.ours:12.3f} of {figure.limit:12.3f} {figure.unit:8} ratio {figure.ratio:8.3f}  bar {figure.bar}  {figure.note}"
