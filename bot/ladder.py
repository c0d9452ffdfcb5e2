"""A person's steps as rungs: what became of each, what helped, what got in the way. Every ending is honourable."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation.flag_words import BARRIERS, N_
from bot.models import Flag, ServiceUser, Step

Became = Literal["done", "some", "kept", "changed", "let_go", "not_yet", "under_way"]
# In two years of weeks there are a hundred; nobody has so many.
MOST = 500
NOTHING = "nothing"

BECAME: Mapping[Became, str] = {
    "done": N_("Done"),
    "some": N_("Some of it done"),
    "kept": N_("Kept for another week"),
    "changed": N_("Changed to another step"),
    "let_go": N_("Left for another step"),
    "not_yet": N_("Not yet"),
    "under_way": N_("Under way"),
}
# What readers of texts name (``reading.barrier``), besides what a practitioner may note with a flag.
IN_THE_WAY: Mapping[str, str] = {
    **BARRIERS,
    "caring": N_("Caring for somebody"),
    "id": N_("Papers or ID"),
    "no_reply": N_("No reply from employers"),
    "money": N_("Money"),
    "time": N_("No time"),
    "confidence": N_("Confidence"),
}


@dataclass(frozen=True, slots=True)
class Rung:
    """A step with what became of it."""

    step: Step
    became: Became


def steps(db: Session, person: ServiceUser) -> Sequence[Step]:
    """All their steps, newest first."""
    mine = (Step.scheme_id == person.scheme_id, Step.service_user_id == person.id)
    return db.scalars(select(Step).where(*mine).order_by(Step.set_at.desc(), Step.id).limit(MOST)).all()


def rungs(steps: Sequence[Step]) -> list[Rung]:
    """Steps, newest first, with what became of each; the one that follows a step tells how it ended."""
    following = [None, *steps]
    return [Rung(step, _became(step, later)) for step, later in zip(steps, following, strict=False)]


def wins(steps: Iterable[Step]) -> list[Step]:
    """The steps they did, the newest first."""
    return sorted((step for step in steps if step.outcome == "done"), key=_told, reverse=True)


def ledger(steps: Iterable[Step]) -> list[tuple[str, int]]:
    """What got in the way, by code, and how often; the most frequent first."""
    return Counter(step.barrier for step in steps if step.barrier).most_common()


def noted(db: Session, person: ServiceUser) -> list[tuple[str, int]]:
    """What practitioners noted with flags that got in the way, by code, and how often."""
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id, Flag.barrier.is_not(None))
    often = func.count()
    rows = db.execute(select(Flag.barrier, often).where(*mine).group_by(Flag.barrier).order_by(often.desc()))
    return [(str(code), times) for code, times in rows if code != NOTHING]


def _became(step: Step, later: Step | None) -> Became:
    if step.outcome in ("done", "some"):
        return "done" if step.outcome == "done" else "some"
    if later is None:
        return "not_yet" if step.outcome else "under_way"
    if _same(step, later):
        return "kept"
    return "changed" if step.outcome else "let_go"


def _same(step: Step, later: Step) -> bool:
    return bool(step.words) and step.words.casefold() == later.words.casefold()


def _told(step: Step) -> datetime:
    return step.outcome_at or step.set_at
