"""What needs no machine: a turn of the engine, and the reading of a text."""

import unicodedata
from datetime import datetime
from functools import partial
from itertools import cycle

from bench.measure import alone, tell
from bot import reading
from bot.conversation import engine
from bot.conversation.given import given_facts, given_now
from bot.library import Library
from bot.reading import Question
from bot.settings import ROOT

TURNS = 2000
SAID = (
    ("progress", "yeah i did it in the end, went alright"),
    ("progress", "nah not yet sorry, been a bit rough this week tbh"),
    ("plan", "ring the college thurs 2pm"),
    ("when", "probs fri morning b4 work"),
    ("scale", "about a 7"),
    ("scale", "seven or eight i think"),
    ("keyword", "can someone ring me"),
)
LONG = ("went to the college and asked about the course on tuesday, they said come back in 3 weeks " * 18)[:1600]


def run() -> None:
    library = Library.load(ROOT / "flows")
    scheme_key, scheme = next(iter(library.schemes.items()))
    flows, given = library.flows(scheme_key), {"step": "ring the college", "confidence": "7"}
    facts, now = given_facts(given, scheme), given_now(given, scheme)
    state = engine.start(flows, "weekly_check_in", facts, now).state
    heard = alone(partial(_hear, "progress", "done", now), TURNS)
    tell("hearing DONE", heard)
    turn = alone(lambda: engine.hear(flows, state, "done", facts, now), TURNS)
    tell("a turn of the engine that hears DONE", turn, heard)
    said = cycle(SAID)
    floor = alone(lambda: _plain(next(said)[1]), TURNS)
    tell("splitting a text into plain words", floor)
    tell("hearing a text", alone(lambda: _hear(*next(said), now), TURNS), floor)
    floor = alone(lambda: _plain(LONG), TURNS)
    tell("splitting 1,600 characters", floor)
    for kind in ("plan", "scale"):
        tell(f"hearing 1,600 characters as a {kind}", alone(partial(_hear, kind, LONG, now), TURNS // 10), floor)


def _hear(kind: str, text: str, now: datetime) -> reading.Heard:
    return reading.hear(text, Question(kind), now)


def _plain(text: str) -> list[str]:
    """The least that any reading does."""
    return unicodedata.normalize("NFKC", text).casefold().split()
