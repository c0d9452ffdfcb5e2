"""Where the dots of a chart of confidence lie. Pure: numbers with their dates go in, plain geometry comes out.

A template draws it (``desk/charts.html``): no mark-up is made here. Nothing is ever drawn where nothing was said: a
line joins two numbers only where no check-in between them went without one. docs/decisions/0022.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEAST, MOST = 0, 10

# Of the chart, in the units of its own drawing: at 320 px of screen a unit is about a pixel.
WIDTH, HEIGHT = 320, 172
LEFT, RIGHT, TOP, BOTTOM = 30, 306, 12, 144
FOOT = BOTTOM + 2
MARKS = (LEAST, 5, MOST)

# Of the line in a list, one slot a check-in.
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 112, 28, 4
SPARK_POINTS = 8


@dataclass(frozen=True, slots=True)
class Point:
    """A number from 0 to 10 on its day, with the step it was about; None where a check-in got no number."""

    at: date
    value: int | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """Where a point lies. One without a number lies at the foot."""

    x: float
    y: float
    point: Point


@dataclass(frozen=True, slots=True)
class Chart:
    """Dots in order of time; ``rings``: check-ins without a number; ``lines``: dots that follow each other with no
    gap between them; ``usual``: the height of their usual number; ``marks``: heights with the number that is there.
    """

    dots: Sequence[Dot]
    rings: Sequence[Dot]
    lines: Sequence[Sequence[Dot]]
    usual: float | None
    marks: Sequence[tuple[float, int]]
    first: date
    last: date
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Spark:
    """The same for a list, small. ``said`` are its numbers for whoever does not see it: None is a check-in without."""

    dots: Sequence[Dot]
    lines: Sequence[Sequence[Dot]]
    said: Sequence[int | None]
    width: int = SPARK_WIDTH
    height: int = SPARK_HEIGHT


def chart(points: Sequence[Point], every_weeks: int = 1, usual: float | None = None) -> Chart | None:
    """The chart of somebody's numbers, oldest first; None where there is no number to show.

    Distances are true to time: a long silence looks long.
    """
    if all(point.value is None for point in points):
        return None
    first, last = points[0].at, points[-1].at
    placed = [Dot(_x(point.at, first, last), _y(point.value), point) for point in points]
    return Chart(
        dots=[dot for dot in placed if dot.point.value is not None],
        rings=[dot for dot in placed if dot.point.value is None],
        lines=_lines(placed, every_weeks),
        usual=None if usual is None else _height(usual, TOP, BOTTOM),
        marks=[(_height(mark, TOP, BOTTOM), mark) for mark in MARKS],
        first=first,
        last=last,
    )


def spark(points: Sequence[Point], every_weeks: int = 1) -> Spark | None:
    """The last few numbers as a small line, oldest first; None where there is no number to show."""
    lately = points[-SPARK_POINTS:]
    if all(point.value is None for point in lately):
        return None
    # A slot each, counted from the right: the newest stands in the same place in every row of a list.
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / (SPARK_POINTS - 1)
    empty = SPARK_POINTS - len(lately)
    low = SPARK_HEIGHT - SPARK_EDGE
    placed = [
        Dot(round(SPARK_EDGE + step * (empty + n), 1), _height(point.value or LEAST, SPARK_EDGE, low), point)
        for n, point in enumerate(lately)
    ]
    dots = [dot for dot in placed if dot.point.value is not None]
    return Spark(dots, _lines(placed, every_weeks), [point.value for point in lately])


def gap(before: Point, after: Point, every_weeks: int) -> bool:
    """Whether something is missing between two points that follow each other.

    One of them has no number; or more than twice their rhythm lies between them: a check-in may be answered until
    the next one goes out, so by then at least one had no number, whatever the cause (a pause, a rest).
    """
    if before.value is None or after.value is None:
        return True
    return after.at - before.at > 2 * timedelta(weeks=every_weeks)


def _lines(placed: Sequence[Dot], every_weeks: int) -> list[list[Dot]]:
    """The runs of dots that may be joined; a dot that stands alone needs no line."""
    return [run for run in _runs(placed, every_weeks) if len(run) > 1]


def _runs(placed: Sequence[Dot], every_weeks: int) -> Iterator[list[Dot]]:
    run: list[Dot] = []
    for dot in placed:
        if run and gap(run[-1].point, dot.point, every_weeks):
            yield run
            run = []
        run.append(dot)
    yield run


def _x(at: date, first: date, last: date) -> float:
    """All on one day stand in the middle."""
    span = (last - first).days
    share = (at - first).days / span if span else 0.5
    return round(LEFT + share * (RIGHT - LEFT), 1)


def _y(value: int | None) -> float:
    return FOOT if value is None else _height(value, TOP, BOTTOM)


def _height(value: float, top: float, bottom: float) -> float:
    return round(bottom - (value - LEAST) / (MOST - LEAST) * (bottom - top), 1)
