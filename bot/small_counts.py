"""Counts of people that may be published: none under five, and none that can be worked out from the others. Pure.

A count under five may be somebody whom a reader knows. It goes into one row, "the rest", together with so many of the
others that the row itself is five or more and that nobody can tell by subtraction, or by knowing these rules, what
stood in it. The rows and the rest always add up to the total.
"""

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 5


@dataclass(frozen=True, slots=True)
class Published:
    """``rows`` by size, each LEAST or more; ``rest``: the others together, None where there are none.

    ``total`` is None where all of them together are fewer than LEAST: then nothing is said but that.
    """

    rows: tuple[tuple[str, int], ...]
    rest: int | None
    total: int | None


def publish(counts: Mapping[str, int]) -> Published:
    """What may be said of these counts. ``counts`` has every category that could be counted, also those with none."""
    total = sum(counts.values())
    if 0 < total < LEAST:
        return Published((), None, None)
    shown = {code: count for code, count in counts.items() if count >= LEAST}
    rest = total - sum(shown.values())
    while rest and shown and _tells(rest, len(counts) - len(shown)):
        # All that are alike go together: which of them went would tell a reader something.
        least = min(shown.values())
        for code in [each for each, count in shown.items() if count == least]:
            rest += shown.pop(code)
    return Published(tuple(sorted(shown.items(), key=lambda each: -each[1])), rest or None, total)


def _tells(rest: int, hidden: int) -> bool:
    """Whether the rest is itself too small, or leaves only one way in which the hidden counts could be."""
    return rest < LEAST or rest == (LEAST - 1) * hidden
