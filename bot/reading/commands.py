"""The commands of the service beside the keywords, thanks that need no answer, and corrections."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bot.reading.normalise import Words, canonical, clean
from bot.reading.phrases import PhraseBook
from bot.reading.types import Certainty, Wish
from bot.reading.moments.when_words import either
from bot.reading.words import sheet

Strength = Literal["strong", "weak"]
EDGES = " ,.;:!?*-\n"


@dataclass(frozen=True, slots=True)
class CommandWords:
    whole: dict[str, str]
    hello: frozenset[str]
    phrases: PhraseBook
    small_talk: frozenset[str]
    acknowledgement: frozenset[str]
    corrections: dict[Strength, re.Pattern[str]]
    joint: re.Pattern[str]


@cache
def _command_words(language: str) -> CommandWords:
    words = sheet(language, "command")
    return CommandWords(
        whole={_line(str(text), language): name for name, texts in words["whole"].items() for text in texts},
        hello=frozenset(_line(str(text), language) for text in words["hello"]),
        phrases=PhraseBook(words["phrases"], words["groups"]),
        small_talk=frozenset(words["small_talk"].split()),
        acknowledgement=frozenset(words["acknowledgement"].split()),
        corrections={
            "strong": re.compile(rf"^(?:{either(words['corrections']['strong'])})\b(?P<rest>.+)$", re.DOTALL),
            "weak": re.compile(rf"^(?:{either(words['corrections']['weak'])})\b(?P<rest>.+)$", re.DOTALL),
        },
        joint=re.compile(rf"[.!?;\n]+|,|\b(?:{either(words['joints'])})\b"),
    )


def commands(text: str, language: str = "en") -> tuple[Wish, ...]:
    """Every command in the text: as the whole message, or in words that mean nothing else."""
    words = _command_words(language)
    said = canonical(text, language)
    if name := _whole(said, words):
        return (Wish(name, Certainty.SURE, "the whole message is the command", bare=True),)
    found = {phrase.label: phrase.written for phrase, _ in words.phrases.find(said.line)}
    return tuple(Wish(name, Certainty.SURE, f"their words for it: {written}") for name, written in found.items())


def _whole(said: Words, words: CommandWords) -> str | None:
    if said.line in words.whole:
        return words.whole[said.line]
    if said.line in words.hello:
        return "hi"
    core = " ".join(word for word in said.each if word not in words.small_talk)
    return words.whole.get(core)


def acknowledges(text: str, language: str = "en") -> bool:
    """Whether the text only says thanks or fine, so that it needs no answer."""
    known = _command_words(language).acknowledgement
    typed = set(re.findall(r"\w+", clean(text).replace("'", "")))
    if not typed:
        return bool(text.strip()) and "?" not in text
    return len(typed) <= 8 and "?" not in text and typed <= known


def correction_in(text: str, language: str = "en") -> tuple[Strength, str] | None:
    """What an answer is put right to, and how surely it is meant as that. "*4", "4*", "sorry meant 4"."""
    plain = clean(text)
    if plain.startswith("*") or plain.endswith("*"):
        return ("strong", plain.strip(EDGES)) if plain.strip(EDGES) else None
    strengths: tuple[Strength, ...] = ("strong", "weak")
    for strength in strengths:
        found = _command_words(language).corrections[strength].match(plain)
        if found and found["rest"].strip(EDGES):
            return strength, found["rest"].strip(EDGES)
    return None


def parts(text: str, language: str = "en") -> list[str]:
    """The text in the pieces that an answer and a wish would stand in."""
    return [piece.strip() for piece in _command_words(language).joint.split(clean(text)) if piece and piece.strip()]


def _line(text: str, language: str) -> str:
    return canonical(text, language).line
