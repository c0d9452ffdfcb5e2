"""A number from 0 to 10.

Steps: figures for number words; set aside what is no score (times, prices, counts); per cent and "out of";
then one value, a range, a correction or a comparison decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bot.reading.normalise import clean
from bot.reading.scalewords import ScaleWords, scale_words
from bot.reading.types import Reading, likely, sure, unclear

_FRACTION = re.compile(r"(?<![\w./])(\d{1,2}) ?/ ?(\d{1,2})(?![\w/])")
# "7 (seven)": the same number twice, once in words.
_TWICE = re.compile(r"(?<![\w.])(10|\d)[ (]+\1\b\)?(?![.\d])")
_HYPHENS = re.compile(r"(?<=\d) ?[-~] ?(?=\d)")
_WORD = re.compile(r"[^\W\d_][^\W\d_']*|'[^\W\d_]+")
# Stands before a number that was given as a score in so many words ("8/10").
_AS_A_SCORE = "="
# Stands between the two numbers of a range.
_RANGE = " ~ "
_TOP = 10
# A score is looked for no farther than this, in characters: a thousand emoji are ten thousand letters once read.
_LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class _Value:
    """A number that may be the score, with the words just before and after it."""

    amount: float
    before: str
    after: str
    as_a_score: bool


def read_scale(text: str, language: str = "en") -> Reading:
    """The whole number from 0 to 10 that they gave, or unclear."""
    lists = scale_words(language)
    line = _figures(_taken_apart(clean(text)[:_LONGEST_LINE], lists), lists)
    line = _TWICE.sub(r"\1", line)
    if (bare := _bare_words(line, lists)) is not None:
        return bare
    if lists.fifty_fifty.search(line):
        return likely(5, "fifty-fifty: five")
    if lists.asks.match(line):
        return unclear("they ask")
    line, aside = _set_aside(lists.half.sub(r"\1.5", line), lists)
    line, foreign = _to_ten(line, lists)
    values, more_aside = _values(line, lists)
    return _decide(values, [*aside, *more_aside, *foreign], lists)


def _taken_apart(line: str, lists: ScaleWords) -> str:
    """ "its7" and "5outof10" as words; "ate out of ten" as dictation meant it."""
    line = lists.sounds_like.sub(lambda m: lists.homophones[m[1]], lists.sayings.sub("#", line))
    return lists.run_out.sub(" ", lists.run_on.sub(r"\1 ", line))


def _figures(line: str, lists: ScaleWords) -> str:
    return _WORD.sub(lambda m: _figure(m, line, lists), line)


def _figure(match: re.Match[str], line: str, lists: ScaleWords) -> str:
    word = match[0]
    figure = lists.numbers.get(word) or _with_ending(word, lists) or _mended(word, lists)
    if figure is None or (word == lists.ambiguous and not _is_a_number(line, match, lists)):
        return word
    return figure


def _with_ending(word: str, lists: ScaleWords) -> str | None:
    """ "sixish" as a six."""
    stems = (word.removesuffix(ending) for ending in lists.suffixes if word.endswith(ending))
    return next((lists.numbers[stem] for stem in stems if stem in lists.numbers), None)


def _mended(word: str, lists: ScaleWords) -> str | None:
    """The figure that a slip in a longer number word was meant for."""
    # Below four letters, and for words such as "even" and "fight", another word is as near.
    if not 4 <= len(word) <= 7 or word in lists.not_numbers:
        return None
    for number, figure in lists.long_numbers:
        if number[0] == word[0] and OSA.distance(word, number, score_cutoff=1) <= 1:
            return figure
    return None


def _is_a_number(line: str, match: re.Match[str], lists: ScaleWords) -> bool:
    """Whether "one" is the number here."""
    before = line[: match.start()].split()[-1:]
    after = line[match.end() :].lstrip().split(" ")[0]
    if after.startswith(tuple(lists.after_it)):
        return True
    return after in lists.after_it_alone and (not before or before[0] in lists.before_it)


def _bare_words(line: str, lists: ScaleWords) -> Reading | None:
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


def _set_aside(line: str, lists: ScaleWords) -> tuple[str, list[str]]:
    """The line without what is no score, and what that was."""
    aside: list[str] = []
    for why, pattern in lists.aside:
        if pattern.search(line):
            line = pattern.sub(" # ", line)
            aside.append(why)
    return line, aside


def _to_ten(line: str, lists: ScaleWords) -> tuple[str, list[str]]:
    """Per cent, "out of" and fractions as plain numbers; what is on another scale is set aside and named."""
    foreign: list[str] = []

    def tens(match: re.Match[str]) -> str:
        return f" {_AS_A_SCORE}{int(float(match[1]) // 10) if float(match[1]) <= 100 else 99} "

    def out_of(match: re.Match[str]) -> str:
        return f" {_AS_A_SCORE}{match[1]} " if match[2] == "10" else tens(match)

    def other(match: re.Match[str]) -> str:
        foreign.append("another scale")
        return " # "

    def fraction(match: re.Match[str]) -> str:
        if int(match[1]) > _TOP or int(match[2]) > _TOP:
            foreign.append("a date or another scale")
            return " # "
        return f" {match[1]}{_RANGE}{match[2]} "

    line = lists.per_cent.sub(tens, line)
    line = lists.out_of_ten.sub(out_of, line)
    line = lists.out_of_other.sub(other, line)
    line = _FRACTION.sub(fraction, line)
    return lists.below.sub(" 99", _HYPHENS.sub(_RANGE, line)), foreign


def _values(line: str, lists: ScaleWords) -> tuple[list[_Value], list[str]]:
    """Every number that may be the score, and why the rest may not."""
    values: list[_Value] = []
    aside: list[str] = []
    found = list(lists.number.finditer(line))
    for i, match in enumerate(found):
        before = line[found[i - 1].end() if i else 0 : match.start()]
        after = line[match.end() : found[i + 1].start() if i + 1 < len(found) else None]
        given = before.endswith(_AS_A_SCORE)
        if not given and (why := _no_score(before, after, lists)):
            aside.append(why)
        else:
            values.append(_Value(float(match[1].replace(",", ".")), before.removesuffix(_AS_A_SCORE), after, given))
    return values, aside


def _no_score(before: str, after: str, lists: ScaleWords) -> str | None:
    if lists.counted.match(after) or _plural(after, lists):
        return "a count of something"
    last = before.split()[-2:]
    if last and last[-1] in lists.at_words and (last[0] if len(last) == 2 else "") not in lists.at:
        return "a time"
    if lists.named.match(before) and not lists.not_named.search(before):
        return "a number in a name"
    return None


def _plural(after: str, lists: ScaleWords) -> bool:
    match = _WORD.match(after[1:]) if after[:1] == " " else None
    if match is None or len(match[0]) <= 3 or match[0] in lists.not_counted:
        return False
    return match[0].endswith(lists.plural) and not match[0].endswith(lists.no_plural)


def _decide(values: list[_Value], aside: list[str], lists: ScaleWords) -> Reading:
    if not values:
        return unclear(f"no score in it: {aside[0]}" if aside else "no number in it")
    if any(why.endswith("another scale") for why in aside) and not any(v.as_a_score for v in values):
        return unclear("a number on another scale")
    amounts = [v.amount for v in values]
    if len(set(amounts)) == 1:
        return _whole(amounts[0], "one number", doubtful=bool(aside))
    return _decide_between(values, lists)


def _decide_between(values: list[_Value], lists: ScaleWords) -> Reading:
    meant = [v for v in values if not lists.negated.search(v.before)]
    if len(meant) == 1:
        return _whole(meant[0].amount, "the number they did not say no to")
    amounts = [v.amount for v in values]
    if lists.correction.search(values[-1].before):
        return _whole(amounts[-1], "a correction: the last of the numbers")
    if (now := _present(values, lists)) is not None:
        return _whole(now, "a comparison: the present one")
    if len(values) == 2 and _range(values, lists):
        return _whole(min(amounts), "a range of two: the lower")
    given = {v.amount for v in values if v.as_a_score}
    if len(given) == 1:
        return _whole(given.pop(), "the one number given out of ten", doubtful=True)
    return unclear("two numbers for two different things")


def _present(values: list[_Value], lists: ScaleWords) -> float | None:
    """The one number of a comparison that is about now."""
    past = [v for v in values if _about_the_past(v, values, lists)]
    present = [v for v in values if v not in past]
    return present[0].amount if past and len({v.amount for v in present}) == 1 else None


def _about_the_past(value: _Value, values: Iterable[_Value], lists: ScaleWords) -> bool:
    if lists.past_first.match(value.after):
        return True
    # "6 now, it was 3": the now is the first number's; so is the week of "5 last week its an 8".
    before = lists.past_first.sub("", value.before, count=1) if value is not next(iter(values)) else value.before
    if lists.present_first.match(before):
        before = lists.present.sub("", before, count=1)
    before = lists.clause.split(before)[-1]
    if lists.present.search(lists.past.sub("", before)):
        return False
    last = value is list(values)[-1]
    return bool(lists.past.search(before) or (last and lists.past.search(value.after)))


def _range(values: list[_Value], lists: ScaleWords) -> bool:
    between = values[1].before.replace(_RANGE.strip(), "")
    adjacent = abs(values[0].amount - values[1].amount) == 1
    joined = _RANGE.strip() in values[1].before or bool(between.strip())
    return bool(lists.between.fullmatch(between)) and (adjacent or joined)


def _whole(amount: float, reason: str, *, doubtful: bool = False) -> Reading:
    if amount > _TOP:
        return unclear("not between 0 and 10")
    whole = int(amount)
    reason = reason if whole == amount else f"{reason}, rounded down"
    return likely(whole, reason) if doubtful or whole != amount else sure(whole, reason)
