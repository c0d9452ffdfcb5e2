"""Phrases as a coordinator writes them, matched against canonical words.

A phrase is words in order. `(a|b c)` is any one of these, `word?` or `(a|b)?` may be left out, `<name>` is a
group named in the same file, `...` is up to three words of any kind, `^` and `$` are the text's two ends.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_ELEMENT = re.compile(r"\(([^()?^$]*)\)(\?)?|(\.\.\.)|(<\w+>|[\w%]+)(\?)?")
_GAP = r"(?: \S+){0,3}?"
# Words too common to find a phrase by.
_COMMON = frozenset(
    re.findall(r"\w+", "i im ive me my a the to of it is and in on for you he she they was be dont not no get")
)

Alternatives = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase, as written and as matched, with the label of its list."""

    written: str
    label: str
    pattern: re.Pattern[str]
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found in a text: the label of its list, their words for it, and the phrase as written in the list."""

    label: str
    words: str
    written: str


class PhraseBook:
    """Many labelled phrases; only those that share a telling word with the text are tried."""

    def __init__(
        self,
        lists: Mapping[str, list[str]],
        groups: Mapping[str, str] | None = None,
        respell: Callable[[str], str] = str,
    ) -> None:
        self._by_word: dict[str, list[tuple[int, Phrase]]] = {}
        numbered = enumerate((label, p) for label, phrases in lists.items() for p in phrases or ())
        for order, (label, written) in numbered:
            phrase = compile_phrase(str(written), label, groups or {}, respell)
            for word in phrase.anchors:
                self._by_word.setdefault(word, []).append((order, phrase))

    def find(self, line: str) -> Iterator[tuple[Phrase, re.Match[str]]]:
        """Each phrase that the line holds, in the order of the file, with its first place."""
        padded = f" {line}"
        candidates: dict[int, Phrase] = {}
        for word in set(line.split()):
            candidates.update(self._by_word.get(word, ()))
        for order in sorted(candidates):
            if match := candidates[order].pattern.search(padded):
                yield candidates[order], match

    def first(self, line: str) -> Found | None:
        """The first phrase of the file that the line holds, and the words that hold it."""
        found = next(self.find(line), None)
        return Found(found[0].label, found[1][0].strip(), found[0].written) if found else None

    def labels(self, line: str) -> set[str]:
        """The labels of every list with a phrase in the line."""
        return {phrase.label for phrase, _ in self.find(line)}

    def without(self, line: str, stand_in: str = "") -> str:
        """The line with every matching span taken out, or put as one word."""
        for phrase, _ in list(self.find(line)):
            line = phrase.pattern.sub(f" {stand_in}" if stand_in else " ", f" {line}")
            line = " ".join(line.split())
        return line


def compile_phrase(written: str, label: str, groups: Mapping[str, str], respell: Callable[[str], str] = str) -> Phrase:
    """One phrase ready to match; a mistake in it is named."""
    body, first, last = written.strip("^$ "), written.startswith("^"), written.endswith("$")
    if _ELEMENT.sub("", body).strip():
        raise ValueError(f"the phrase {written!r} has a mark that means nothing: {_ELEMENT.sub('', body).strip()}")
    parts: list[str] = ["^"] if first else []
    anchors: list[Alternatives] = []
    for choices, optional in _elements(body, groups):
        if not choices:
            parts.append(_GAP)
            continue
        choices = tuple(dict.fromkeys(s for c in choices for s in (c, respell(c)) if s))
        either = "|".join(re.escape(c) for c in sorted(choices, key=len, reverse=True))
        parts.append(f"(?: (?:{either}))?" if optional else f" (?:{either})")
        if not optional:
            anchors.append(choices)
    if not anchors:
        raise ValueError(f"the phrase {written!r} has no word that must be there")
    pattern = re.compile("".join(parts) + (r"$" if last else r"(?= |$)"))
    return Phrase(written, label, pattern, _telling(anchors))


def _elements(written: str, groups: Mapping[str, str]) -> Iterator[tuple[Alternatives, bool]]:
    for match in _ELEMENT.finditer(written):
        either, either_optional, gap, word, word_optional = match.groups()
        if gap:
            yield (), False
        else:
            choices = [c.strip() for c in (either if either is not None else word).split("|")]
            yield tuple(w for c in choices for w in _expand(c, groups)), bool(either_optional or word_optional)


def _expand(choice: str, groups: Mapping[str, str]) -> list[str]:
    if not choice.startswith("<"):
        return [choice]
    if choice[1:-1] not in groups:
        raise ValueError(f"no group is called {choice}")
    return [w for part in groups[choice[1:-1]].split("|") for w in _expand(part.strip(), groups)]


def _telling(anchors: list[Alternatives]) -> tuple[str, ...]:
    """The words to find a phrase by: those of its rarest part."""

    def rareness(choices: Alternatives) -> tuple[bool, int]:
        return any(set(c.split()) <= _COMMON for c in choices), len(choices)

    rarest = min(anchors, key=rareness)
    return tuple({max((w for w in c.split()), key=lambda w: (w not in _COMMON, len(w))) for c in rarest})


def expansions(written: str, groups: Mapping[str, str], chance: "Random", many: int) -> Iterator[str]:
    """Texts that a phrase is meant for, some with what may be left out: for trying a word file."""
    for _ in range(many):
        parts = [
            chance.choice(choices)
            for choices, optional in _elements(written.strip("^$ "), groups)
            if choices and not (optional and chance.random() < 0.5)
        ]
        yield " ".join(parts)
