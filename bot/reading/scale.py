"""A number from 0 to 10.

Steps: figures for number words; set aside what is no score (times, prices, counts); per cent and "out of";
then one value, a range, a correction or a comparison decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import OSA

from bot.reading.normalise import clean
from bot.reading.types import Reading, likely, sure, unclear
from bot.reading.words import sheet

_NUMBER = re.compile(r"(?<![\w.£$€:/-])(\d{1,4}(?:[.,]\d{1,2})?)(?=(?:ish|x+|ers?)?(?:[^\w:£]|$))")
_OUT_OF = r"(?: ?(?:/|\\|out(?:t?a| of| off?)?(?: a)?|oot(?:ta| of)?|over|from|of|on|in|outta) ?)"
# One rule a line, each told in the reason when it sets a number aside.
_ASIDE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a phone number", re.compile(r"\+?\d[\d -]{6,}\d")),
    ("a date", re.compile(r"\b\d{1,2}([/.-])\d{1,2}\1\d{2,4}\b|\b\d{4}-\d\d-\d\d\b")),
    ("a date", re.compile(r"\b\d{1,2}(?:st|nd|rd|th)\b(?: of)?(?: [a-z]{3,9})?")),
    ("a date", re.compile(r"\b\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\b")),
    ("a date", re.compile(r"\b(?:jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]* \d{1,2}\b")),
    (
        "a time",
        re.compile(r"\b\d{1,2} ?(?:am|pm|oclock|o'clock)\b|\b\d{1,2}(?::|\.(?=[0-5]\d\b(?!%)))\d{2}(?: ?[ap]m)?\b"),
    ),
    ("a time", re.compile(r"\b\d{1,2} past \d{1,2}\b")),
    ("a time", re.compile(r"\b(?:half|quarter) (?:past |to |of )?\d{1,2}\b")),
    ("money", re.compile(r"[£$€] ?\d[\d.,]*|\b\d[\d.,]*(?:p|k|quid)\b")),
    ("the scale itself", re.compile(r"(?<!\d )\bout of 10\b|\b[01] ?(?:to|-|and|till?|/) ?10\b")),
    (
        "a word said with a figure",
        re.compile(
            r"\b2 (?:b|be|bad|talk|speak|u|you|do|go|get|see|say|the|hard|easy|much|many|early|late|soon|sure|ask)\b"
            r"|(?:need|want|going|got|have|able|wait|used|try|trying|like|gonna) 2\b"
            r"|\b4 (?:sure|real|the|ever|u|you|certain)\b|(?<=\d )4 me\b|\bb4\b"
        ),
    ),
    ("a number in a name", re.compile(r"\b(?:bus|no|number|the) \d{1,3} bus\b|\b\d{1,3} bus\b")),
)
_PER_CENT = re.compile(r"(?<![\w.])(\d{1,4}(?:\.\d+)?) ?(?:%|per ?cent\b|pc\b|percent\b)")
_FIFTY_FIFTY = re.compile(r"\b50 ?[/ -]? ?(?:50|to 50)\b")
_HALF = re.compile(r"\b(\d{1,2})(?: ?& ?| and | n )(?:a )?(?:half|bit|quarter)\b")
_OUT = re.compile(rf"(?<![\w.-])(\d{{1,4}}(?:\.\d+)?){_OUT_OF}(?:a )?(10|100)(?![\d%])")
_OTHER_OUT = re.compile(r"(?<![\w.])(\d{1,4}) ?(?:out of|outta|outa|out|of|oot of) ?(\d{1,4})\b")
_FRACTION = re.compile(r"(?<![\w./])(\d{1,2}) ?/ ?(\d{1,2})(?![\w/])")
_HYPHENS = re.compile(r"(?<=\d) ?[-~] ?(?=\d)")
_BELOW = re.compile(r"(?:^|(?<=\s))-(?=\d)|\bminus (?=\d)")
_WORD = re.compile(r"[a-z']+")
_NEGATED = re.compile(r"\b(?:not|isn't|isnt|never)(?: quite)?(?: an?)? $")
_TOP = 10


@dataclass(frozen=True, slots=True)
class _Value:
    """A number that may be the score, with the words just before and after it."""

    amount: float
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Lists:
    numbers: dict[str, str]
    nothing_at_all: frozenset[str]
    full_marks: frozenset[str]
    small_talk: frozenset[str]
    not_counted: frozenset[str]
    not_numbers: frozenset[str]
    counted: re.Pattern[str]
    named: re.Pattern[str]
    at: frozenset[str]
    correction: re.Pattern[str]
    between: re.Pattern[str]
    past: re.Pattern[str]
    present: re.Pattern[str]


@cache
def _lists(language: str) -> _Lists:
    page = sheet(language, "scale")

    def either(name: str) -> str:
        return "|".join(re.escape(w) for w in sorted(page[name].split("|"), key=len, reverse=True))

    return _Lists(
        numbers={w: str(figure) for figure, words in page["numbers"].items() for w in words.split()},
        nothing_at_all=frozenset(page["nothing_at_all"].split("|")),
        full_marks=frozenset(page["full_marks"].split("|")),
        small_talk=frozenset(page["small_talk"].split("|")),
        not_counted=frozenset(page["not_counted"].split()),
        not_numbers=frozenset(page["not_numbers"].split()),
        counted=re.compile(rf" ?(?:{either('counted')})(?!\w)"),
        named=re.compile(rf"(?:^|.*\s)(?:{either('named')}) ?$"),
        at=frozenset(page["at"].split("|")),
        correction=re.compile(rf"(?:^|[\s,.])(?:{either('corrections')})(?=[\s,.]|$)"),
        between=re.compile(rf"[\s,?]*(?:(?:{either('ranges')})[\s,]*){{0,3}}(?:an? )?"),
        past=re.compile(rf"\b(?:{either('past')})\b"),
        present=re.compile(rf"\b(?:{either('present')})\b"),
    )


def read_scale(text: str, language: str = "en") -> Reading:
    """The whole number from 0 to 10 that they gave, or unclear."""
    lists = _lists(language)
    line = _figures(clean(text), lists)
    if (bare := _bare_words(line, lists)) is not None:
        return bare
    if _FIFTY_FIFTY.search(line):
        return likely(5, "fifty-fifty: five")
    line, aside = _set_aside(_HALF.sub(r"\1.5", line))
    line, foreign = _to_ten(line)
    values, more_aside = _values(line, lists)
    return _decide(values, line, [*aside, *more_aside, *foreign], lists)


def _figures(line: str, lists: _Lists) -> str:
    return _WORD.sub(lambda m: _figure(m, line, lists), line)


def _figure(match: re.Match[str], line: str, lists: _Lists) -> str:
    word = match[0]
    figure = lists.numbers.get(word) or _mended(word, lists)
    if figure is None or (word == "one" and not _one_is_a_number(line, match)):
        return word
    return figure


def _mended(word: str, lists: _Lists) -> str | None:
    """The figure that a slip in a longer number word was meant for."""
    # Below four letters, and for words such as "even" and "fight", another word is as near.
    if not 4 <= len(word) <= 7 or word[0] not in "tfsen" or word in lists.not_numbers:
        return None
    for number, figure in lists.numbers.items():
        if len(number) >= 4 and number[0] == word[0] and OSA.distance(word, number, score_cutoff=1) <= 1:
            return figure
    return None


def _one_is_a_number(line: str, match: re.Match[str]) -> bool:
    before = line[: match.start()].split()[-1:]
    after = line[match.end() :].lstrip().split(" ")[0]
    if after.startswith(("out", "outta", "or", "to", "and", "/", "%", "per")):
        return True
    return after in ("", "x", "sorry", ".", "!", "tbh", "maybe", "please") and (
        not before
        or before[0] in ("a", "say", "about", "bout", "its", "it's", "is", "maybe", "just", "only", "number", "like")
    )


def _bare_words(line: str, lists: _Lists) -> Reading | None:
    """Words alone that name the least or the most."""
    if any(c.isdigit() for c in line):
        return None
    words = re.sub(r"[^\w' ]", " ", line).split()
    kept = " ".join(words)
    core = " ".join(w for w in words if w not in lists.small_talk)
    for names, value in ((lists.nothing_at_all, 0), (lists.full_marks, _TOP)):
        if kept in names or (core and core in names):
            return sure(value, "words for the least" if value == 0 else "words for full marks")
    return None


def _set_aside(line: str) -> tuple[str, list[str]]:
    """The line without what is no score, and what that was."""
    aside: list[str] = []
    for why, pattern in _ASIDE:
        if pattern.search(line):
            line = pattern.sub(" # ", line)
            aside.append(why)
    return line, aside


def _to_ten(line: str) -> tuple[str, list[str]]:
    """Per cent, "out of" and fractions as plain numbers; what is on another scale is set aside and named."""
    foreign: list[str] = []

    def tens(match: re.Match[str]) -> str:
        return f" {int(float(match[1]) // 10) if float(match[1]) <= 100 else 99} "

    def out_of(match: re.Match[str]) -> str:
        return f" {match[1]} " if match[2] == "10" else tens(match)

    def other(match: re.Match[str]) -> str:
        foreign.append("another scale")
        return " # "

    def fraction(match: re.Match[str]) -> str:
        if int(match[1]) > _TOP or int(match[2]) > _TOP:
            foreign.append("a date or another scale")
            return " # "
        return f" {match[1]} or {match[2]} "

    line = _PER_CENT.sub(tens, line)
    line = _OUT.sub(out_of, line)
    line = _OTHER_OUT.sub(other, line)
    line = _FRACTION.sub(fraction, line)
    return _BELOW.sub(" 99", _HYPHENS.sub(" or ", line)), foreign


def _values(line: str, lists: _Lists) -> tuple[list[_Value], list[str]]:
    """Every number that may be the score, and why the rest may not."""
    values: list[_Value] = []
    aside: list[str] = []
    found = list(_NUMBER.finditer(line))
    for i, match in enumerate(found):
        before = line[found[i - 1].end() if i else 0 : match.start()]
        after = line[match.end() : found[i + 1].start() if i + 1 < len(found) else None]
        if why := _no_score(before, after, lists):
            aside.append(why)
        else:
            values.append(_Value(float(match[1].replace(",", ".")), before, after))
    return values, aside


def _no_score(before: str, after: str, lists: _Lists) -> str | None:
    if lists.counted.match(after) or _plural(after, lists):
        return "a count of something"
    if before.split()[-1:] == ["at"] and (before.split()[-2:-1] or [""])[0] not in lists.at:
        return "a time"
    if lists.named.match(before) and "confiden" not in before and "to be" not in before:
        return "a number in a name"
    return None


def _plural(after: str, lists: _Lists) -> bool:
    word = _WORD.match(after[1:]) if after[:1] == " " else None
    return bool(
        word
        and len(word[0]) > 3
        and word[0].endswith("s")
        and not word[0].endswith(("ss", "ous"))
        and word[0] not in lists.not_counted
    )


def _decide(values: list[_Value], line: str, aside: list[str], lists: _Lists) -> Reading:
    if not values:
        return unclear(f"no score in it: {aside[0]}" if aside else "no number in it")
    if any(why.endswith("another scale") for why in aside):
        return unclear("a number on another scale")
    amounts = [v.amount for v in values]
    if len(set(amounts)) == 1:
        return _whole(amounts[0], "one number", doubtful=bool(aside))
    return _decide_between(values, lists)


def _decide_between(values: list[_Value], lists: _Lists) -> Reading:
    meant = [v for v in values if not _NEGATED.search(v.before)]
    if len(meant) == 1:
        return _whole(meant[0].amount, "the number they did not say no to")
    amounts = [v.amount for v in values]
    if all(lists.correction.search(v.before) for v in values[-1:]):
        return _whole(amounts[-1], "a correction: the last of the numbers")
    if (now := _present(values, lists)) is not None:
        return _whole(now, "a comparison: the present one")
    if len(values) == 2 and _range(values, lists):
        return _whole(min(amounts), "a range of two: the lower")
    return unclear("two numbers for two different things")


def _present(values: list[_Value], lists: _Lists) -> float | None:
    """The one number of a comparison that is about now."""
    past = [v for v in values if _about_the_past(v, values, lists)]
    present = [v for v in values if v not in past]
    return present[0].amount if past and len({v.amount for v in present}) == 1 else None


def _about_the_past(value: _Value, values: Iterable[_Value], lists: _Lists) -> bool:
    # "6 now, it was 3": the now is the first number's.
    before = re.split(
        r"[,.;]|\bbut\b",
        lists.present.sub("", value.before, count=1) if lists.present.match(value.before.lstrip()) else value.before,
    )[-1]
    if lists.present.search(before.replace("used to", "used")):
        return False
    last = value is list(values)[-1]
    return bool(lists.past.search(before) or (last and lists.past.search(value.after)))


def _range(values: list[_Value], lists: _Lists) -> bool:
    between = values[1].before
    adjacent = abs(values[0].amount - values[1].amount) == 1
    return bool(lists.between.fullmatch(between)) and (adjacent or bool(between.strip()))


def _whole(amount: float, reason: str, *, doubtful: bool = False) -> Reading:
    if amount > _TOP:
        return unclear("not between 0 and 10")
    whole = int(amount)
    reason = reason if whole == amount else f"{reason}, rounded down"
    return likely(whole, reason) if doubtful or whole != amount else sure(whole, reason)
