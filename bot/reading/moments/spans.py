"""A text as a line to search, that remembers which of their own words each place came from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.reading.normalise import clean
from bot.reading.moments.when_words import TimeWords

Span = tuple[int, int]
EDGES = " ,;:.-!?\n"
HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")
HOURS = re.compile(r"\b(\d{1,2})-(\d{1,2})\s?(am|pm)\b")
LONGEST = 600  # nobody needs more characters to say when


@dataclass(frozen=True, slots=True)
class Line:
    """``text`` is clean and mended; ``starts`` is where each of the ``tokens``, as typed, begins in it."""

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str, words: TimeWords) -> "Line":
        tokens = tuple(text.replace("\u2019", "'").split())
        pieces: list[str] = []
        starts: list[int] = []
        at = 0
        for token in tokens:
            piece = _mended(clean(token).replace("'", "") or " ", words)
            starts.append(at)
            pieces.append(piece)
            at += len(piece) + 1
            if at > LONGEST:
                break
        return cls(" ".join(pieces), tokens, tuple(starts))

    def original(self) -> str:
        return " ".join(self.tokens).strip(EDGES)

    def words_at(self, spans: Iterable[Span]) -> str:
        """Their own words at these places, from the first to the last that belong together."""
        indexes = sorted(self._covered(spans))
        return " ".join(self.tokens[i] for i in indexes).strip(EDGES)

    def without(self, spans: Iterable[Span], little: frozenset[str]) -> str:
        """Their own words without those at these places, nor the little words that led up to them."""
        gone = self._covered(spans)
        for i in sorted(gone, reverse=True):
            before = i - 1
            while before >= 0 and before not in gone and self._plain(before) in little:
                gone.add(before)
                before -= 1
        kept = [token for i, token in enumerate(self.tokens) if i not in gone]
        return " ".join(kept).strip(EDGES)

    def _plain(self, index: int) -> str:
        return self.tokens[index].lower().strip(EDGES) or "-"

    def _covered(self, spans: Iterable[Span]) -> set[int]:
        ends = [*self.starts[1:], len(self.text) + 1]
        return {
            i
            for first, last in spans
            for i, (start, end) in enumerate(zip(self.starts, ends, strict=True))
            if start < last and end - 1 > first
        }


def _mended(piece: str, words: TimeWords) -> str:
    piece = HYPHEN.sub(" ", HOURS.sub(r"\1\3 or \2\3", piece))
    core = piece.strip(EDGES)
    return piece.replace(core, words.mended(core), 1) if core else piece
