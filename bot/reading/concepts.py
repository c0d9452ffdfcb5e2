"""Words by what they mean: each concept is a list of words and short expressions of one language."""

import re
from collections.abc import Mapping
from functools import cache

from bot.reading.normalise import respelled
from bot.reading.words import sheet

Expression = tuple[str, ...]
_NAME = re.compile(r"<([\w ]+)>")


class Concepts:
    """The concepts of one language, each as the expressions that mean it.

    In the file an expression is a few words; `<name>` in it stands for every expression of that concept, and
    `stem*` for the stem with each of the language's endings.
    """

    def __init__(self, written: Mapping[str, str], endings: tuple[str, ...]) -> None:
        self._written = {str(name): str(words) for name, words in written.items()}
        self._endings = endings
        self._known: dict[str, frozenset[Expression]] = {}

    def of(self, name: str) -> frozenset[Expression]:
        """Every expression of a concept. Raises ValueError where the file has none of that name."""
        if name not in self._written:
            raise ValueError(f"no concept is called <{name}>")
        if name not in self._known:
            self._known[name] = frozenset()  # A concept that names itself adds nothing to itself.
            parts = (part.strip() for part in self._written[name].split(","))
            self._known[name] = frozenset(e for part in parts if part for e in self.expressions(part))
        return self._known[name]

    def expressions(self, written: str) -> set[Expression]:
        """Every way to say what is written, in canonical spelling and as it stands."""
        ways: set[Expression] = {()}
        for word in written.split():
            named = _NAME.fullmatch(word.replace("_", " ")) or _NAME.fullmatch(word)
            choices = self.of(word[1:-1]) if named else {(w,) for w in self._endings_of(word)}
            ways = {(*way, *choice) for way in ways for choice in choices}
        return ways | {tuple(respelled(" ".join(way)).split()) for way in ways}

    def _endings_of(self, word: str) -> tuple[str, ...]:
        return tuple(word[:-1] + e for e in self._endings) if word.endswith("*") else (word,)

    def vocabulary(self) -> frozenset[str]:
        """Every word of every concept."""
        return frozenset(w for name in self._written for expression in self.of(name) for w in expression)


@cache
def concepts(language: str) -> Concepts:
    """The concepts of a language, read once."""
    page = sheet(language, "concepts")
    return Concepts(page["concepts"], ("", *str(page["endings"]).split()))
