"""The rules by which flags are raised, in plain words, with a scheme's own figures in them. Pure.

Where a rule has no figures that a scheme sets, it is the one of ``flag_kinds``; a test keeps the others the same as
there where a scheme has set nothing.
"""

from collections.abc import Mapping

from bot.conversation import flag_kinds
from bot.conversation.flag_words import N_
from bot.conversation.scheme import Thresholds

WITH_FIGURES: Mapping[str, str] = {
    "quiet": N_(
        "No reply for %(quiet_days)d days to check-ins that were delivered, or for %(quiet_days_sooner)d if their "
        "last words or number were low."
    ),
    "confidence": N_("Their number fell by %(confidence_fall)d or more, or it is %(low)s."),
}


def rule(kind: str) -> str:
    """The rule as it can be translated: figures are put into it afterwards (``figures``)."""
    return WITH_FIGURES.get(kind) or flag_kinds.of(kind).rule


def figures(thresholds: Thresholds) -> dict[str, object]:
    """What stands in place of the names in a rule."""
    return {
        "quiet_days": thresholds.quiet_days,
        "quiet_days_sooner": thresholds.quiet_days_sooner,
        "confidence_fall": thresholds.confidence_fall,
        "low": _up_to(thresholds.low_confidence),
    }


def told(kind: str, thresholds: Thresholds) -> str:
    """The rule in English, with a scheme's figures."""
    return rule(kind) % figures(thresholds) if kind in WITH_FIGURES else rule(kind)


def _up_to(most: int) -> str:
    """`0`, `0 or 1`, `0, 1 or 2`: numbers that read the same in any language but for one word."""
    numbers = [str(each) for each in range(most + 1)]
    return numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} or {numbers[-1]}"
