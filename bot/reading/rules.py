"""Rules: which meanings must stand together for a text to say something.

A rule is one line. Its parts, with ` + ` between them, must all be said within a few words of one another, in
any order; what follows ` ! ` must not be said there. A part is words in order: a word, `(one|or the other)`,
a `<concept>`, any of these with `?` where it may be left out, and `...` for up to three words of any kind.
`^` and `$` are the two ends of a sentence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from operator import or_

from bot.reading.concepts import Concepts, Expression

# Parts of a rule stand this many words apart at most: about one long sentence of a text.
NEAR = 9
_GAP = 3
_NO_WORD = ""
_ELEMENT = re.compile(r"\(([^()]*)\)(\?)?|(\.\.\.)|(<\w+>|[\w%*]+)(\?)?")

# Places in a text are the bits of a number: the rules are many, and a text has few words.
Places = int
# From the first word of each place at which something is said to the ends that it may have there.
Spans = dict[int, Places]


@dataclass(frozen=True, slots=True)
class _Element:
    """One of these expressions, a gap where there is none, at the one end of the text or the other."""

    choices: frozenset[Expression]
    optional: bool


@dataclass(frozen=True, slots=True)
class _Part:
    elements: tuple[_Element, ...]
    must: tuple[frozenset[Expression], ...]
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a word file: its label, and the line as written."""

    label: str
    written: str
    parts: tuple[_Part, ...]
    unless: tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that a text meets, from the first word to the one after the last."""

    rule: Rule
    start: int
    end: int


@dataclass(slots=True)
class _Text:
    """A text while rules are tried on it: where each known expression stands in it."""

    words: Sequence[str]
    found: dict[Expression, Places]
    borders: Sequence[int] = ()
    places: dict[frozenset[Expression], tuple[tuple[int, Places], ...]] = field(default_factory=dict)
    said: dict[int, Spans] = field(default_factory=dict)

    def where(self, choices: frozenset[Expression]) -> tuple[tuple[int, Places], ...]:
        """The places at which one of these begins, by their length in words."""
        known = self.places.get(choices)
        if known is None:
            by_length: dict[int, Places] = {}
            for expression in choices & self.found.keys():
                by_length[len(expression)] = by_length.get(len(expression), 0) | self.found[expression]
            known = self.places[choices] = tuple(by_length.items())
        return known


class RuleBook:
    """Many labelled rules; only those whose rarest part is in the text are tried."""

    def __init__(self, lists: Mapping[str, Sequence[str]], known: Concepts) -> None:
        self._by_expression: dict[Expression, list[int]] = {}
        # By the first word, then by the second: nothing where there is none.
        self._by_start: dict[str, dict[str, list[Expression]]] = {}
        self._rules = [compile_rule(str(line), name, known) for name, lines in lists.items() for line in lines or ()]
        shelved: set[Expression] = set()
        for order, rule in enumerate(self._rules):
            for expression in _rarest(rule):
                self._by_expression.setdefault(expression, []).append(order)
            for part in (*rule.parts, *rule.unless):
                shelved.update(*(element.choices for element in part.elements))
        for expression in sorted(e for e in shelved if e):
            first, second = (*expression, _NO_WORD)[:2]
            self._by_start.setdefault(first, {}).setdefault(second, []).append(expression)

    def find(self, words: Sequence[str], borders: Sequence[int] = ()) -> Iterator[Match]:
        """Each rule that the words meet, in the order of the file, at the first place."""
        text = _Text(words, self._expressions_in(words), borders)
        tried = {order for expression in text.found for order in self._by_expression.get(expression, ())}
        for order in sorted(tried):
            found = next(_matches(self._rules[order], text), None)
            if found is not None:
                yield found

    def everywhere(self, words: Sequence[str], borders: Sequence[int] = ()) -> Iterator[Match]:
        """Each place at which a rule is met; what it excludes counts within the borders of the sentence only."""
        text = _Text(words, self._expressions_in(words), borders)
        tried = {order for expression in text.found for order in self._by_expression.get(expression, ())}
        for order in sorted(tried):
            yield from _matches(self._rules[order], text)

    def first(self, words: Sequence[str], borders: Sequence[int] = ()) -> Match | None:
        """The first rule of the file that the words meet."""
        return next(self.find(words, borders), None)

    def spans(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Every way in which the words say the first part of a rule, long and short."""
        text = _Text(words, self._expressions_in(words))
        for rule in self._rules:
            for start, ends in _spans(rule.parts[0], text).items():
                yield from ((start, end) for end in _bits(ends))

    def without(self, words: Sequence[str], stand_in: str = "~") -> list[str]:
        """The words with each one that a rule takes put as a stand-in that means nothing."""
        left = list(words)
        for match in self.everywhere(words):
            left[match.start : match.end] = [stand_in] * (match.end - match.start)
        return left

    def _expressions_in(self, words: Sequence[str]) -> dict[Expression, Places]:
        found: dict[Expression, Places] = {}
        line = tuple(words)
        for i, (word, following) in enumerate(zip(line, (*line[1:], _NO_WORD), strict=False)):
            begun = self._by_start.get(word)
            if begun is None:
                continue
            for expression in (*begun.get(_NO_WORD, ()), *(begun.get(following, ()) if following else ())):
                if len(expression) <= 2 or line[i : i + len(expression)] == expression:
                    found[expression] = found.get(expression, 0) | 1 << i
        return found


def compile_rule(written: str, label: str, known: Concepts) -> Rule:
    """One rule ready to match. Raises ValueError that names a mistake in it."""
    wanted, *unwanted = re.split(r" ! ", written.strip())
    parts = tuple(_part(part.strip(), known) for part in wanted.split(" + "))
    return Rule(label, written, parts, tuple(_part(part.strip(), known) for part in unwanted))


@cache
def _part(said: str, known: Concepts) -> _Part:
    """One part; rules that say the same share it, and so it is looked for once in a text."""
    body = said.strip("^$ ")
    if odd := _ELEMENT.sub("", body).strip():
        raise ValueError(f"{said!r} has a mark that means nothing: {odd}")
    elements = tuple(_element(match, known) for match in _ELEMENT.finditer(body))
    must = tuple(e.choices for e in elements if e.choices and not e.optional)
    if not must:
        raise ValueError(f"{said!r} has no word that must be there")
    return _Part(elements, must, said.startswith("^"), said.endswith("$"))


def _element(match: re.Match[str], known: Concepts) -> _Element:
    either, either_optional, gap, word, word_optional = match.groups()
    if gap:
        return _Element(frozenset(), optional=True)
    return _Element(_choices(either if either is not None else word, known), bool(either_optional or word_optional))


@cache
def _choices(written: str, known: Concepts) -> frozenset[Expression]:
    return frozenset(e for choice in written.split("|") for e in known.expressions(choice.strip()))


def _rarest(rule: Rule) -> frozenset[Expression]:
    """The expressions to find a rule by: those of the part that fewest texts hold."""
    must = [choices for part in rule.parts for choices in part.must]
    return min(must, key=lambda choices: (max(_commonness(e) for e in choices), len(choices)))


def _commonness(expression: Expression) -> int:
    return max(0, 5 - min(len(" ".join(expression)), 5))


def _matches(rule: Rule, text: _Text) -> Iterator[Match]:
    """Where every part stands near the first of them, and nothing that the rule excludes is near."""
    if not all(text.where(choices) for part in rule.parts for choices in part.must):
        return
    places = []
    for part in rule.parts:
        spans = _spans(part, text)
        if not spans:
            return
        places.append(spans)
    for start, ends in sorted(places[0].items()):
        span = _joined(start, _last(ends), places[1:])
        if span and not any(_near(*span, text.borders, _spans(part, text)) for part in rule.unless):
            yield Match(rule, *span)


def _joined(start: int, end: int, others: list[Spans]) -> tuple[int, int] | None:
    """The span that holds one of each part, none over another and all near the first."""
    low, high = start, end
    for spans in others:
        nearest = _nearest(start, end, spans)
        if nearest is None:
            return None
        low, high = min(low, nearest[0]), max(high, nearest[1])
    return low, high


def _nearest(start: int, end: int, spans: Spans) -> tuple[int, int] | None:
    for at in range(end, end + NEAR + 1):
        if at in spans:
            return at, _last(spans[at])
    for at in range(start - 1, start - NEAR - 1, -1):
        fits = spans.get(at, 0) & ((2 << start) - 1)
        if fits:
            return at, _last(fits)
    return None


def _near(start: int, end: int, borders: Sequence[int], spans: Spans) -> bool:
    """Whether one of the spans is by this one, in the same sentence."""
    if not spans:
        return False
    low = max((b for b in borders if b <= start), default=0)
    high = min((b for b in borders if b >= end), default=end + NEAR)
    return any(at in spans for at in range(max(low, start - NEAR), min(high, end + NEAR)))


def _spans(part: _Part, text: _Text) -> Spans:
    """Every place at which the part is said."""
    known = text.said.get(id(part))
    if known is None:
        known = text.said[id(part)] = _look_for(part, text) if all(map(text.where, part.must)) else {}
    return known


def _look_for(part: _Part, text: _Text) -> Spans:
    starts, stops = _starts(part, text), _stops(part, text)
    if not _ends(part.elements, starts, text) & stops:
        return {}
    spans: Spans = {}
    for start in _bits(starts):
        # A part that may all be left out is not said by saying nothing.
        ends = _ends(part.elements, 1 << start, text) & stops & ~(1 << start)
        if ends:
            spans[start] = ends
    return spans


def _starts(part: _Part, text: _Text) -> Places:
    first = next(e for e in part.elements if not (e.optional and not e.choices))
    starts = (1 << len(text.words)) - 1
    if not first.optional:
        starts = reduce(or_, (places for _, places in text.where(first.choices)))
    return starts & reduce(or_, (1 << b for b in text.borders), 1) if part.first else starts


def _stops(part: _Part, text: _Text) -> Places:
    if part.last:
        return reduce(or_, (1 << b for b in text.borders), 1 << len(text.words))
    return (2 << len(text.words)) - 1


def _ends(elements: tuple[_Element, ...], at: Places, text: _Text) -> Places:
    """Where one may be after these elements in a row, begun at any of these places."""
    for element in elements:
        if not element.choices:
            at = reduce(or_, (at << skipped for skipped in range(_GAP + 1)))
            continue
        ahead = 0
        for length, places in text.where(element.choices):
            ahead |= (at & places) << length
        at = ahead | at if element.optional else ahead
        if not at:
            break
    return at


def _bits(places: Places) -> Iterator[int]:
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest


def _last(places: Places) -> int:
    return places.bit_length() - 1
