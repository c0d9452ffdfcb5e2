"""Charts of confidence: what is drawn is what was said, and nothing is drawn where nothing was."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from bot import charts
from bot.charts import Point
from tests.desk.conftest import Desk

MONDAY = date(2026, 3, 2)
WEEK = timedelta(weeks=1)

values = st.none() | st.integers(charts.LEAST, charts.MOST)
days = st.lists(st.integers(0, 800), min_size=1, max_size=60).map(sorted)
rhythms = st.sampled_from([1, 2])


@st.composite
def histories(draw: st.DrawFn) -> list[Point]:
    return [Point(MONDAY + timedelta(days=day), draw(values)) for day in draw(days)]


def weekly(*numbers: int | None) -> list[Point]:
    return [Point(MONDAY + n * WEEK, value) for n, value in enumerate(numbers)]


@given(histories(), rhythms, st.none() | st.floats(0, 10))
def test_every_number_has_one_dot_in_the_box_and_in_order(
    points: list[Point], every_weeks: int, usual: float | None
) -> None:
    said = [point for point in points if point.value is not None]
    drawn = charts.chart(points, every_weeks, usual)
    if drawn is None:
        assert not said
        return
    assert [dot.point for dot in drawn.dots] == said
    assert [dot.point for dot in drawn.rings] == [point for point in points if point.value is None]
    assert (drawn.first, drawn.last) == (points[0].at, points[-1].at)
    for dot in (*drawn.dots, *drawn.rings):
        assert charts.LEFT <= dot.x <= charts.RIGHT < drawn.width
        assert 0 < charts.TOP <= dot.y <= charts.FOOT < drawn.height
    for earlier, later in pairwise(drawn.dots):
        assert earlier.x <= later.x
        higher = (later.point.value or 0) - (earlier.point.value or 0)
        assert (earlier.y - later.y) * higher >= 0
        assert (earlier.y == later.y) == (higher == 0)
    assert drawn.usual is None or charts.TOP <= drawn.usual <= charts.BOTTOM


@given(histories(), rhythms)
def test_a_line_joins_only_what_follows_without_a_gap(points: list[Point], every_weeks: int) -> None:
    follows = {
        (n, n + 1)
        for n, (earlier, later) in enumerate(pairwise(points))
        if None not in (earlier.value, later.value) and later.at - earlier.at <= 2 * every_weeks * WEEK
    }
    # Points may be equal: they are told apart by their place.
    numbered = [Point(point.at, point.value, str(n)) for n, point in enumerate(points)]
    drawn = charts.chart(numbered, every_weeks)
    lines = drawn.lines if drawn else []
    joined = {(int(a.point.words), int(b.point.words)) for run in lines for a, b in pairwise(run)}
    assert joined == follows
    assert all(len(run) > 1 for run in lines)


@given(histories(), rhythms)
def test_a_spark_says_and_shows_the_last_few_the_newest_at_the_right(points: list[Point], every_weeks: int) -> None:
    lately = points[-charts.SPARK_POINTS :]
    drawn = charts.spark(points, every_weeks)
    if drawn is None:
        assert all(point.value is None for point in lately)
        return
    assert list(drawn.said) == [point.value for point in lately]
    assert [dot.point for dot in drawn.dots] == [point for point in lately if point.value is not None]
    for dot in drawn.dots:
        assert 0 < dot.x < drawn.width
        assert 0 < dot.y < drawn.height
    assert all(earlier.x < later.x for earlier, later in pairwise(drawn.dots))
    if lately[-1].value is not None:
        assert drawn.dots[-1].x == drawn.width - charts.SPARK_EDGE


@pytest.mark.parametrize(
    ("points", "every_weeks", "runs"),
    [
        (weekly(7, 6, None, 4), 1, [[7, 6]]),
        (weekly(7, None, 6, None, 4), 1, []),
        (weekly(3, 5, 4), 1, [[3, 5, 4]]),
        # Answered just before the next goes out: nothing is missing.
        ([Point(MONDAY, 7), Point(MONDAY + timedelta(days=14), 6)], 1, [[7, 6]]),
        ([Point(MONDAY, 7), Point(MONDAY + timedelta(days=15), 6)], 1, []),
        ([Point(MONDAY, 7), Point(MONDAY + timedelta(days=15), 6)], 2, [[7, 6]]),
        ([Point(MONDAY, 7), Point(MONDAY + timedelta(days=29), 6)], 2, []),
    ],
)
def test_gaps(points: list[Point], every_weeks: int, runs: list[list[int]]) -> None:
    drawn = charts.chart(points, every_weeks)
    assert drawn is not None
    assert [[dot.point.value for dot in run] for run in drawn.lines] == runs


def test_a_long_silence_looks_long() -> None:
    drawn = charts.chart([Point(MONDAY, 7), Point(MONDAY + WEEK, 7), Point(MONDAY + 10 * WEEK, 7)])
    assert drawn is not None
    first, second, third = (dot.x for dot in drawn.dots)
    assert third - second == pytest.approx(9 * (second - first), abs=0.5)


def test_nothing_said_is_nothing_drawn() -> None:
    for points in ([], weekly(None, None)):
        assert charts.chart(points) is None
        assert charts.spark(points) is None


def drawn_by(app: Flask, template: str, **values: object) -> str:
    with app.test_request_context("/"):
        return render_template_string("{% import 'desk/charts.html' as charts %}" + template, **values)


def test_a_spark_in_words(desk: Desk) -> None:
    html = drawn_by(desk.app, "{{ charts.spark(it) }}", it=charts.spark(weekly(7, 6, None, 4)))
    assert 'aria-label="Confidence, oldest first: 7, 6, not answered, 4"' in html
    assert html.count("h0") == 3
    assert len(html) < 400


def test_the_drawing_shows_their_words_and_nothing_else_of_them(desk: Desk) -> None:
    points = [Point(MONDAY, 7, '<script>"x"</script>'), Point(MONDAY + WEEK, None), Point(MONDAY + 2 * WEEK, 4, "ring")]
    html = drawn_by(desk.app, "{{ charts.chart(it, 'c') }}", it=charts.chart(points, usual=6.5))
    assert "<script" not in html
    assert "2 Mar 2026: 7. &lt;script&gt;" in html
    assert "9 Mar 2026: no number" in html
    assert html.count("<circle") == 3
    assert "2 answers between 2 Mar 2026 and 16 Mar 2026" in " ".join(html.split())
    assert "style=" not in html
