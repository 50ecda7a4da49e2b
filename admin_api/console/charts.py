"""Charts as plain SVG made here: they are there without a script, in print, and in either theme. Pure geometry; words come from the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDE, TALL = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 36, 8, 10, 24
"""Room around the plot, in the units of the drawing."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A rectangle of the plot; says: what it stands for, in words."""

    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A mark on an axis: where it is, and what it says there."""

    at: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Hourly:
    """Bars of one day beside a line of another, or two lines. line: points of an SVG path, broken where nothing is known."""

    bars: tuple[Bar, ...]
    line: str
    other: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    width: int = WIDE
    height: int = TALL

    @property
    def floor(self) -> int:
        return TALL - BOTTOM


@dataclass(frozen=True, kw_only=True)
class Share:
    """A horizontal bar in a list: percent of the longest one."""

    label: str
    count: int
    percent: int
    href: str = ""
    tone: str = ""


def hourly(
    now: Sequence[int | None], before: Sequence[int | None], labels: Sequence[str], says: Sequence[str], *, bars: bool
) -> Hourly:
    """Two days of hours. labels: of the hours (shown every third); says: what each hour of the first day stands for."""
    most = nice(max((v for v in (*now, *before) if v is not None), default=0))
    hours = max(len(now), len(before), 1)
    step = (WIDE - LEFT - RIGHT) / hours
    tall = TALL - TOP - BOTTOM

    def y(value: int) -> float:
        return round(TOP + tall * (1 - value / most), 1)

    drawn = tuple(
        Bar(x=round(LEFT + at * step + step * 0.16, 1), y=y(value), width=round(step * 0.68, 1), height=round(tall * value / most, 1), says=said)
        for at, (value, said) in enumerate(zip(now, says, strict=True))
        if value is not None
    )  # fmt: skip
    return Hourly(
        bars=drawn if bars else (), line="" if bars else path([(at, v) for at, v in enumerate(now)], step, y),
        other=path([(at, v) for at, v in enumerate(before)], step, y),
        across=tuple(Tick(at=round(LEFT + (at + 0.5) * step, 1), label=label) for at, label in enumerate(labels) if at % 3 == 0),
        up=tuple(Tick(at=y(value), label=str(value)) for value in sorted({0, most // 2, most})),
    )  # fmt: skip


def path(points: Sequence[tuple[int, int | None]], step: float, y: Callable[[int], float]) -> str:
    """The `d` of a line through the middles of the hours; a new stroke behind every hour that is not known."""
    made, pen = [], "M"
    for at, value in points:
        if value is None:
            pen = "M"
            continue
        made.append(f"{pen}{LEFT + (at + 0.5) * step:.1f} {y(value)}")
        pen = "L"
    return "".join(made)


def nice(most: int) -> int:
    """The end of an axis: the first of 2, 4, 10, 20, 40, 100, ... that is not less, so that its half is a whole number."""
    power = 1
    while True:
        for end in (2 * power, 4 * power, 10 * power):
            if end >= most:
                return end
        power *= 10


def shares(rows: Sequence[tuple[str, int, str, str]]) -> tuple[Share, ...]:
    """(label, count, href, tone) as bars beside one another."""
    most = max((count for _, count, _, _ in rows), default=0) or 1
    return tuple(
        Share(label=label, count=count, percent=round(100 * count / most), href=href, tone=tone)
        for label, count, href, tone in rows
    )
