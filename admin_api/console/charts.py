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


# ---------------------------------------------------------------------------------------------------- what grows in steps

STAIRS_WIDE, STAIRS_TALL, STAIRS_LEFT = 400, 190, 50


@dataclass(frozen=True, kw_only=True)
class Stairs:
    """A value that grows in steps. line: of an SVG path, under: the same closed down to the floor; dot: a point on it."""

    line: str
    under: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    dot: tuple[float, float] | None
    left: int = STAIRS_LEFT
    width: int = STAIRS_WIDE
    height: int = STAIRS_TALL

    @property
    def floor(self) -> int:
        return self.height - BOTTOM


def stairs(
    points: Sequence[tuple[int, int]], marks: Sequence[tuple[int, str]], says: Callable[[int], str], dot: tuple[int, int] | None
) -> Stairs:
    """points: (where, how much), the first at 0; marks: (where, label) below; says: a value on the axis; dot: the point to show."""
    most, end = nice(max(value for _, value in points)), points[-1][0]

    def x(at: int) -> float:
        return round(STAIRS_LEFT + (STAIRS_WIDE - STAIRS_LEFT - RIGHT) * at / end, 1)

    def y(value: int) -> float:
        return round(TOP + (STAIRS_TALL - TOP - BOTTOM) * (1 - value / most), 1)

    made, height = [f"M{x(0)} {y(points[0][1])}"], points[0][1]
    for at, value in points:
        if value != height:
            made.append(f"H{x(at)}V{y(value)}")
            height = value
    line = "".join([*made, f"H{x(end)}"])
    return Stairs(
        line=line, under=f"{line}V{y(0)}H{x(0)}Z", dot=(x(dot[0]), y(dot[1])) if dot else None,
        across=tuple(Tick(at=x(at), label=label) for at, label in marks), up=tuple(Tick(at=y(v), label=says(v)) for v in sorted({0, most // 2, most})),
    )  # fmt: skip
