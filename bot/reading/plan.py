"""A plan: what they will do, in their own words, and when. Both came in one text."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from bot.reading.normalise import canonical
from bot.reading.phrases import PhraseBook
from bot.reading.types import Plan, Reading, likely, sure, unclear
from bot.reading.when import take_when
from bot.reading.when_words import either
from bot.reading.words import sheet

EDGES = " ,;:.-!?\n"
LONGEST = 1000  # characters; a step is a few words


@dataclass(frozen=True, slots=True)
class PlanWords:
    lead: re.Pattern[str]
    end: re.Pattern[str]
    no_idea: PhraseBook
    too_big: PhraseBook


@cache
def _plan_words(language: str) -> PlanWords:
    words = sheet(language, "plan")
    groups = {**words["groups"], "title": words["titles"]}
    place = either(words["places"])
    return PlanWords(
        lead=re.compile(rf"^(?:{either(words['leads'])})[\s,.-]+(?!(?<=going to )(?:{place})\b)", re.IGNORECASE),
        end=re.compile(rf"[\s,.!]+(?:{either(words['ends'])})[\s.!]*$", re.IGNORECASE),
        no_idea=PhraseBook(words["no_idea"], groups),
        too_big=PhraseBook(words["too_big"], groups),
    )


def read_plan(text: str, now: datetime, language: str = "en") -> Reading:
    """The step and when, or unclear where there is nothing to do in it."""
    words = _plan_words(language)
    step, when = take_when(text[:LONGEST], now, language)
    step = _trimmed(step, words)
    line = canonical(step, language).line
    if not _has_a_letter(line):
        return unclear("no step in it, only a time" if when else "nothing to do in it")
    if nothing := words.no_idea.first(line):
        return unclear(f"no step yet: {nothing.label}")
    big = words.too_big.first(line)
    plan = Plan(step, when, big is not None)
    if big:
        return likely(plan, f"a goal rather than a small step: {big.label}")
    return sure(plan, "a step and a time for it" if when else "a step, without a time")


def _trimmed(step: str, words: PlanWords) -> str:
    """Their words without what leads up to them; never trimmed to nothing."""
    for pattern in (words.lead, words.end):
        while (shorter := pattern.sub("", step, count=1)) != step and shorter.strip(EDGES):
            step = shorter
    return step.strip(EDGES)


def _has_a_letter(line: str) -> bool:
    return sum(c.isalpha() for c in line) > 1
