"""One way of writing for every way of typing.

`clean` undoes what the keyboard did and keeps figures and punctuation; `canonical` goes on to one spelling
a word, for matching phrases.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.reading.words import Spelling, emoji, spelling

_QUOTES = str.maketrans(
    dict.fromkeys("’‘`´ʼ′ʹ＇", "'") | dict.fromkeys("“”„″«»", '"') | dict.fromkeys("‐‑‒–—−﹣－", "-")
)
# "d1e", "k1ll", "su1cide": only where what they spell is a word we know.
_FIGURES_FOR_LETTERS = str.maketrans("10345", "ioeas")
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_FRACTION = re.compile(r"(?<=(\d))?\s?([½¼¾])")
_REPEATS = re.compile(r"([^\W\d_])\1{2,}")
_SPACES = re.compile(r"[^\S\n]+")
_PIECES = re.compile(r"[\w']+|[,.;!?\n]")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_FULL_STOPS = frozenset(".!?\n")
_BREAKS = frozenset(",.;!?\n")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_EMOJI_CATEGORIES = frozenset({"So", "Sk"})


@dataclass(frozen=True, slots=True)
class Words:
    """A text in canonical spelling: in one line, and by clause."""

    line: str
    clauses: tuple[str, ...]
    asks: bool
    # Where, in words from the first, one sentence ends and the next begins.
    borders: tuple[int, ...] = ()

    @property
    def each(self) -> list[str]:
        """The words in order."""
        return self.line.split()


def clean(text: str) -> str:
    """Small letters, straight quotes, plain figures, words for emoji; punctuation stays."""
    if text.isascii():
        plain = "".join(c if c.isprintable() else " " if c != "\n" else c for c in text)
    else:
        plain = _plain_unicode(text)
    plain = _REPEATS.sub(r"\1\1", plain.lower())
    return _SPACES.sub(" ", plain).strip()


def _plain_unicode(text: str) -> str:
    # Before NFKC, which would turn 4½ into 41⁄2.
    text = _FRACTION.sub(lambda m: _FRACTIONS[m[2]] if m[1] else " half " if m[2] == "½" else " ", text)
    text = unicodedata.normalize("NFKC", text.translate(_QUOTES)).translate(_QUOTES)
    text = "".join(_plain_character(c) for c in text)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    """One character as it is to be read: emoji to words, any digit to 0-9, hidden marks to nothing."""
    if character.isascii():
        return character if character.isprintable() or character == "\n" else " "
    if word := emoji().get(character):
        return f" {word} "
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in _HIDDEN or "\ufe00" <= character <= "\ufe0f" or character == "\u20e3":
        return ""
    if category in _EMOJI_CATEGORIES or category.startswith("Z"):
        return " "
    return character


def canonical(text: str, language: str = "en", *, correct: bool = True) -> Words:
    """The text in one spelling a word, so that one phrase matches every way of typing it.

    `correct` also mends slips in longer words.
    """
    return _canonical(clean(text), language, correct)


@lru_cache(maxsize=1024)
def _canonical(cleaned: str, language: str, correct: bool) -> Words:
    known = spelling(language)
    pieces = _spelled_out(_PIECES.findall(cleaned))
    spelled = [w for p in pieces for w in _spell(p, known, correct)]
    joined = list(_join(_figures_as_words(spelled, known), known))
    line = " ".join(w for w in joined if w not in _BREAKS)
    return Words(line, tuple(_clauses(joined)), cleaned.endswith("?"), tuple(_borders(joined)))


def _borders(words: list[str]) -> Iterator[int]:
    said = 0
    for word in words:
        if word in _FULL_STOPS:
            yield said
        elif word not in _BREAKS:
            said += 1


def _clauses(words: list[str]) -> Iterator[str]:
    clause: list[str] = []
    for word in [*words, "."]:
        if word not in _BREAKS:
            clause.append(word)
        elif clause:
            yield " ".join(clause)
            clause = []


def _spelled_out(pieces: list[str]) -> list[str]:
    """ "s t o p" and "k.m.s" as the word they spell."""
    if sum(len(p) == 1 for p in pieces) < 3:
        return pieces
    out: list[str] = []
    run: list[str] = []
    for piece in [*pieces, ""]:
        if len(piece) == 1 and (piece.isalpha() or (piece == "." and run)):
            run.append(piece)
            continue
        letters = [p for p in run if p != "."]
        out += ["".join(letters)] if len(letters) >= 3 else run
        run = []
        out.append(piece)
    return out[:-1]


def _spell(piece: str, known: Spelling, correct: bool) -> tuple[str, ...]:
    """One piece as the word or words it stands for."""
    if piece in _BREAKS:
        return (piece,)
    if piece.endswith("'ll"):
        return (*_spell(piece[:-3], known, correct), "will") if piece != "'ll" else ("will",)
    return _spell_word(piece.replace("'", ""), known, correct)


def _spell_word(word: str, known: Spelling, correct: bool) -> tuple[str, ...]:
    if word in known.spellings:
        return known.spellings[word]
    if not word or word in known.vocabulary or word in known.ordinary or not correct:
        return (word,) if word else ()
    letters = word.translate(_FIGURES_FOR_LETTERS)
    if letters != word and letters in known.vocabulary and not word.isdecimal():
        return (letters,)
    apart = _apart(word, known)
    if apart:
        return tuple(w for piece in apart for w in known.spellings.get(piece, (piece,)))
    mended = mend(word, known)
    return known.spellings.get(mended, (mended,))


def _apart(word: str, known: Spelling) -> tuple[str, ...]:
    """ "iwanttodie" as its words, where it is three known words or more."""
    if not _RUN_TOGETHER <= len(word) <= _LONGEST or not word.isalpha():
        return ()
    ways: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST_PIECE), end):
            before, piece = ways[start], word[start:end]
            fits = piece in known.vocabulary and (len(piece) > 1 or piece in known.alone)
            now = ways[end]
            if fits and before is not None and (now is None or len(before) + 1 < len(now)):
                ways[end] = (*before, piece)
    found = ways[-1] or ()
    # Short pieces are in any word: "candidate" is not "can did ate".
    return found if len(found) >= 3 and len(word) / len(found) >= 2.5 and found[0] in known.openers else ()


def mend(word: str, known: Spelling) -> str:
    """The known word that a slip was meant for, or the word itself."""
    for shorter in (re.sub(r"([^\W\d_])\1", r"\1", word), re.sub(r"([^\W\d_])\1$", r"\1", word)):
        if shorter != word and (shorter in known.vocabulary or shorter in known.spellings):
            return shorter
    if len(word) < _LONG_ENOUGH or len(word) > _LONGEST or not word.isalpha():
        return word
    return _nearest(word, known.language)


_LONG_ENOUGH = 5
_RUN_TOGETHER = 9
_LONGEST_PIECE = 9
_LONGEST = 20
# A word this long keeps its shape through two slips; a shorter one becomes another word.
_TWO_SLIPS = 8


@lru_cache(maxsize=8192)
def _nearest(word: str, language: str) -> str:
    slips = 2 if len(word) >= _TWO_SLIPS else 1
    best, least = word, slips + 1
    for candidate in spelling(language).by_first_letter.get(word[0], ()):
        if abs(len(candidate) - len(word)) < least:
            distance = OSA.distance(word, candidate, score_cutoff=least - 1)
            if distance < least:
                best, least = candidate, distance
    return best


def _figures_as_words(words: list[str], known: Spelling) -> list[str]:
    """ "want 2 die", "ring u 4 me": the figures that stand for a word."""
    if "2" not in words and "4" not in words:
        return words
    return [
        _figure_as_word(w, words[i - 1] if i else "", words[i + 1] if i + 1 < len(words) else "", known)
        for i, w in enumerate(words)
    ]


def _figure_as_word(word: str, before: str, after: str, known: Spelling) -> str:
    if word == "2" and (before in known.before_to or after in known.after_to):
        return "to"
    if word == "4" and after in known.after_for:
        return "for"
    return word


def _join(words: list[str], known: Spelling) -> Iterator[str]:
    """ "do not" as dont, "going to" as gonna: the longest known run first."""
    i = 0
    while i < len(words):
        for run, replacement in known.joins.get(words[i], ()):
            if tuple(words[i : i + len(run)]) == run:
                yield from replacement
                i += len(run)
                break
        else:
            yield words[i]
            i += 1


def respelled(phrase: str) -> str:
    """Words of a phrase file in canonical spelling, so that its writer need not know every join."""
    return canonical(phrase, correct=False).line


def displayable(text: str) -> str:
    """The text for staff: control and direction marks made visible, nothing lost."""
    return "".join(_visible(c) for c in text)


def _visible(character: str) -> str:
    # The joiner is part of many emoji and of Urdu spelling; it hides nothing.
    if character in "\n\u200c\u200d" or unicodedata.category(character) not in _HIDDEN:
        return character
    return f"[U+{ord(character):04X}]"
