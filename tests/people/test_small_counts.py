"""No count under five is published, and none can be worked out, not even by who knows how the rows are chosen."""

from collections import defaultdict
from itertools import product

import pytest

from bot.small_counts import LEAST, Published, publish

CASES = [
    ({}, Published((), None, 0)),
    ({"travel": 0, "health": 0}, Published((), None, 0)),
    ({"travel": 3, "health": 1}, Published((), None, None)),
    ({"travel": 12, "health": 9, "housing": 0}, Published((("travel", 12), ("health", 9)), None, 21)),
    # 2 alone would be 23 less 12 less 9: the next smallest goes with it.
    ({"travel": 12, "health": 9, "housing": 2}, Published((("travel", 12),), 11, 23)),
    ({"travel": 12, "health": 3, "housing": 2, "credit": 0}, Published((("travel", 12),), 5, 17)),
    # 4 and 4 is the only way to make 8 of two that are under five.
    ({"travel": 5, "health": 4, "housing": 4}, Published((), 13, 13)),
]


@pytest.mark.parametrize(("counts", "published"), CASES)
def test_what_is_published(counts: dict[str, int], published: Published) -> None:
    assert publish(counts) == published


@pytest.mark.parametrize(("categories", "most"), [(1, 12), (2, 12), (3, 12), (4, 8)])
def test_no_reader_can_work_out_a_count_under_five(categories: int, most: int) -> None:
    """All ways in which a few categories can be counted: what a reader sees fits several values of each small one."""
    names = "abcd"[:categories]
    fits: dict[Published, list[dict[str, int]]] = defaultdict(list)
    for values in product(range(most + 1), repeat=categories):
        counts = dict(zip(names, values, strict=True))
        fits[publish(counts)].append(counts)
    for seen, possible in fits.items():
        assert all(count >= LEAST for _, count in seen.rows)
        assert seen.rest is None or seen.rest >= LEAST
        if seen.total is not None:
            assert sum(count for _, count in seen.rows) + (seen.rest or 0) == seen.total
        for name in names:
            values_of = {counts[name] for counts in possible}
            assert len(values_of) > 1 or not 0 < min(values_of) < LEAST, (seen, name, values_of)
