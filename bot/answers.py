"""An answer becomes rows: itself with their raw words, and the step, number or dream that it is."""

from collections.abc import Callable, Mapping
from uuid import uuid4

from sqlalchemy import update

from bot.applying import Applying
from bot.conversation.decision import Keep
from bot.models import Answer, Dream, Step


def keep(a: Applying, kept: Keep) -> None:
    understood = kept.certainty != "unclear"
    step = _FIELDS[kept.kept_as](a, kept) if kept.kept_as in _FIELDS and (understood or kept.when_words) else None
    if kept.corrects:
        a.db.execute(
            update(Answer)
            .where(
                Answer.scheme_id == a.person.scheme_id,
                Answer.service_user_id == a.person.id,
                # Of this check-in alone: what they said in other weeks was not wrong.
                Answer.check_in_id == (a.check_in.id if a.check_in else None),
                Answer.node == kept.node,
                Answer.corrected_at.is_(None),
            )
            .values(corrected_at=a.now)
        )
    if a.check_in and understood and a.check_in.answered_at is None:
        a.check_in.answered_at = a.now
    a.db.add(
        Answer(
            **a.owned(), check_in_id=a.check_in.id if a.check_in else None, step_id=step.id if step else None,
            node=kept.node, kept_as=kept.kept_as, question=kept.question, raw=kept.raw,
            value=None if kept.value is None else str(kept.value), certainty=kept.certainty,
            reason=kept.reason[:200], at=a.now,
        )
    )  # fmt: skip


def new_step(a: Applying, words: str, kept: Keep | None = None) -> Step:
    """The step they chose; the one before it ends. A correction changes the step just set instead."""
    last = a.last_step
    if kept and kept.corrects and last:
        last.words = words
        return _set_when(a, last, kept)
    if last and last.ended_at is None:
        last.ended_at = a.now
    step = Step(id=uuid4(), **a.owned(), check_in_id=a.check_in.id if a.check_in else None, words=words, set_at=a.now)
    a.db.add(step)
    a.last_step = step
    return _set_when(a, step, kept) if kept else step


def _set_when(a: Applying, step: Step, kept: Keep) -> Step:
    step.when_words = kept.when_words
    step.day = kept.day
    step.minute = kept.time.hour * 60 + kept.time.minute if kept.time else None
    if a.check_in:
        a.check_in.remind_at = None
    a.new_rhythm = True
    return step


def outcome(a: Applying, outcome: str) -> Step | None:
    step = a.last_step
    if step:
        step.outcome, step.outcome_at = outcome, a.now
        if outcome == "done":
            step.ended_at = step.ended_at or a.now
    return step


def _on_last_step(change: Callable[[Step, Keep, Applying], None]) -> Callable[[Applying, Keep], Step | None]:
    def field(a: Applying, kept: Keep) -> Step | None:
        step = a.last_step
        if step:
            change(step, kept, a)
        return step

    return field


def _confidence(step: Step, kept: Keep, a: Applying) -> None:
    step.confidence = int(kept.value) if kept.value is not None else None


def _helped(step: Step, kept: Keep, a: Applying) -> None:
    step.helped = kept.raw


def _barrier(step: Step, kept: Keep, a: Applying) -> None:
    step.barrier_words = kept.raw
    step.barrier = (a.kept or {}).get("barrier")


def _dream(a: Applying, kept: Keep) -> None:
    a.db.add(Dream(**a.owned(), words=kept.raw, at=a.now))


_FIELDS: Mapping[str | None, Callable[[Applying, Keep], Step | None]] = {
    "step": lambda a, kept: new_step(a, str(kept.value), kept) if kept.value else None,
    "step.when": _on_last_step(lambda step, kept, a: (_set_when(a, step, kept), None)[1]),
    "step.outcome": lambda a, kept: outcome(a, str(kept.value)),
    "step.confidence": _on_last_step(_confidence),
    "step.helped": _on_last_step(_helped),
    "step.barrier": _on_last_step(_barrier),
    "dream": _dream,
}
