"""Advice on the words of a text: plain characters, plain words, one question, no blame, no word the network owns."""

import re
import unicodedata
from collections.abc import Iterator

from bot.conversation import segments

# Single words that Twilio answers itself; STOP and START may be offered, never asked for as an answer.
OWNED = ("HELP", "INFO", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE", "YES", "UNSTOP")
BLAMING = re.compile(
    r"\b(fail(?:ed|ing|ure)?|(?<!i )missed|must|should|non-compliant|disengaged|still haven't|still have not)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")

# Flesch-Kincaid (Kincaid et al. 1975), as an age. It means little for a few words, so short texts are passed over.
READING_AGE = 12
ENOUGH_WORDS = 12


def advice(text: str, *, by_sms: bool = True) -> Iterator[str]:
    """What an editor may want to think about, a sentence each. Only by SMS does it cost more to leave plain letters."""
    if by_sms:
        yield from _characters(text)
    yield from _words(text)
    if text.count("?") > 1:
        yield "there are two questions in one text: people answer one of them, and you cannot tell which"
    age = reading_age(text)
    if age > READING_AGE:
        yield f"the words read like a text for a {age}-year-old: shorter sentences and shorter words reach more people"


def _characters(text: str) -> Iterator[str]:
    for sign in dict.fromkeys(text):
        if segments.is_gsm(sign):
            continue
        name = unicodedata.name(sign, "unnamed sign").lower()
        twin = segments.fold(sign)
        hint = f"use {twin!r}" if segments.is_gsm(twin) and twin else "leave it out"
        yield f'"{sign}" ({name}) is not a plain character, and the whole text costs more than twice as much: {hint}'


def _words(text: str) -> Iterator[str]:
    for found in dict.fromkeys(word.lower() for word in BLAMING.findall(text)):
        yield f'"{found}" can sound like blame: say it another way'
    for word in OWNED:
        if re.search(rf"\b{word}\b", text):
            yield f'"{word}" belongs to the network, which answers it itself: ask for another word'


def reading_age(text: str) -> int:
    """About how old a reader needs to be; 0 where the text is too short to say."""
    plain = _PLACEHOLDER.sub("Sam", text)
    words = re.findall(r"[A-Za-z']+", plain)
    if len(words) < ENOUGH_WORDS:
        return 0
    sentences = max(1, len(re.findall(r"[.!?:]+(?:\s|$)", plain)))
    grade = 0.39 * len(words) / sentences + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59
    return round(grade + 5)


def _syllables(word: str) -> int:
    groups = re.findall(r"[aeiouy]+", word.lower())
    silent = word.lower().endswith("e") and not word.lower().endswith("le") and len(groups) > 1
    return max(1, len(groups) - silent)
