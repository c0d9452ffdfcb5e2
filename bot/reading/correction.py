"""A text that puts the answer before it right: "sorry meant 4", "*4", "no wait, 6"."""

import re
from collections.abc import Callable
from functools import cache

from bot.reading.layered import layered
from bot.reading.normalise import clean
from bot.reading.types import Reading, likely
from bot.reading.words import sheet


@cache
def _opening(language: str) -> re.Pattern[str]:
    words = sheet(language, "command")["corrections"].split("|")
    page = layered(language, "choice")["putting_right"]
    either = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))
    small = rf"(?:(?:{page['before']})\b[\s,.!]*)*"
    before_a_figure = rf"^(?:{page['before_a_figure']})\b[\s,.]*(?=[\d*])"
    return re.compile(rf"^{small}(?:\*+\s*|(?:{either})\b[\s,.:!*]*(?:{page['after']})?)+|{before_a_figure}")


def read_correction(text: str, reader: Callable[[str], Reading], language: str = "en") -> Reading | None:
    """What it corrects the answer to, read as that answer is read; None where it corrects nothing."""
    line = clean(text)
    opening = _opening(language).match(line)
    rest = line[opening.end() :] if opening else line.removesuffix("*") if re.fullmatch(r"\S+ ?\*", line) else ""
    if not rest:
        return None
    reading = reader(rest)
    if reading.unclear or reading.value is None:
        return None
    return likely(reading.value, f"a correction of the last answer: {reading.reason}")
