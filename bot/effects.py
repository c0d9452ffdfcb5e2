"""A decision's effects become rows: one function an effect, all in the transaction that decided.

Nothing is sent from here. What is said becomes a message row, which ``outbox`` sends later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot import flags, queries, suppression
from bot.conversation import segments, timing
from bot.conversation.decision import Act, Decision, Keep, OutcomeOfLastStep, RaiseFlag, Say
from bot.conversation.facts import Facts
from bot.conversation.flag_kinds import AT_ONCE
from bot.library import Library
from bot.models import Address, Answer, CheckIn, ConsentEvent, Dream, Event, Message, ServiceUser, Step

HOLD_WORKING_DAYS = 3
REMIND_AT = time(9, 30)  # on the day, where no time of day was said
REMIND_AHEAD = timedelta(hours=1)


@dataclass(slots=True)
class Applying:
    """All that the effects of one decision need. It lives for one transaction."""

    db: Session
    library: Library
    person: ServiceUser
    facts: Facts
    now: datetime
    check_in: CheckIn | None = None
    heard: Message | None = None
    kept: Mapping[str, Any] | None = None
    new_rhythm: bool = False
    urgent: list[UUID] = field(default_factory=list)

    def owned(self) -> dict[str, Any]:
        return {"scheme_id": self.person.scheme_id, "service_user_id": self.person.id}

    def note(self, what: str, after: Mapping[str, Any] | None = None, before: Mapping[str, Any] | None = None) -> None:
        """Write down who did what: append-only."""
        who = "service user" if self.heard else "automatic"
        self.db.add(
            Event(
                **self.owned(), at=self.now, who=who, what=what,
                before=dict(before) if before else None, after=dict(after) if after else None,
            )
        )  # fmt: skip


def apply(applying: Applying, decision: Decision) -> None:
    """Turn every effect but what is said into rows, in order."""
    for effect in decision.effects:
        match effect:
            case Keep():
                _keep(applying, effect)
            case Act():
                _ACTS[effect.action](applying, effect)
            case RaiseFlag():
                _flag(applying, effect)
            case OutcomeOfLastStep():
                _outcome(applying, effect.outcome)
            case Say():
                pass


def say(applying: Applying, said: Say, kind: str, intention: str, *, address: Address) -> Message:
    """The row of a text to be sent: queued, due at once; the send gate knows the hours."""
    reply = kind in ("reply", "safety")
    message = Message(
        id=uuid4(),
        **applying.owned(),
        check_in_id=applying.check_in.id if applying.check_in else None,
        channel=address.channel,
        address=address.address,
        sender=address.sender,
        direction="out",
        kind=kind,
        body=said.text,
        segments=segments.count(said.text),
        node=said.nodes[-1] if said.nodes else None,
        template={"name": said.template, "variables": dict(said.variables)} if said.template and not reply else None,
        state="queued",
        intention=intention,
        due_at=applying.now,
        expires_at=applying.now + STALE_AFTER[kind] if kind in STALE_AFTER else None,
        created_at=applying.now,
    )
    applying.db.add(message)
    return message


# When an unasked text is no longer worth sending (TRUST.md G10).
STALE_AFTER: Mapping[str, timedelta] = {
    "welcome": timedelta(days=7),
    "check_in": timedelta(days=3),
    "nudge": timedelta(hours=24),
    "reminder": timedelta(hours=12),
    "quiet": timedelta(days=3),
}


# ---------------------------------------------------------------- answers


def _keep(a: Applying, kept: Keep) -> None:
    understood = kept.certainty != "unclear"
    step = _FIELDS[kept.kept_as](a, kept) if kept.kept_as in _FIELDS and (understood or kept.when_words) else None
    if kept.corrects:
        a.db.execute(
            update(Answer)
            .where(
                Answer.scheme_id == a.person.scheme_id,
                Answer.service_user_id == a.person.id,
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


def _new_step(a: Applying, words: str, kept: Keep | None = None) -> Step:
    """The step they chose; the one before it ends. A correction changes the step just set instead."""
    last = queries.last_step(a.db, a.person)
    if kept and kept.corrects and last:
        last.words = words
        return _set_when(a, last, kept)
    if last and last.ended_at is None:
        last.ended_at = a.now
    step = Step(id=uuid4(), **a.owned(), check_in_id=a.check_in.id if a.check_in else None, words=words, set_at=a.now)
    a.db.add(step)
    return _set_when(a, step, kept) if kept else step


def _set_when(a: Applying, step: Step, kept: Keep) -> Step:
    step.when_words = kept.when_words
    step.day = kept.day
    step.minute = kept.time.hour * 60 + kept.time.minute if kept.time else None
    if a.check_in:
        a.check_in.remind_at = None
    a.new_rhythm = True
    return step


def _outcome(a: Applying, outcome: str) -> Step | None:
    step = queries.last_step(a.db, a.person)
    if step:
        step.outcome, step.outcome_at = outcome, a.now
        if outcome == "done":
            step.ended_at = step.ended_at or a.now
    return step


def _on_last_step(change: Callable[[Step, Keep, Applying], None]) -> Callable[[Applying, Keep], Step | None]:
    def field(a: Applying, kept: Keep) -> Step | None:
        step = queries.last_step(a.db, a.person)
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
    "step": lambda a, kept: _new_step(a, str(kept.value), kept) if kept.value else None,
    "step.when": _on_last_step(lambda step, kept, a: (_set_when(a, step, kept), None)[1]),
    "step.outcome": lambda a, kept: _outcome(a, str(kept.value)),
    "step.confidence": _on_last_step(_confidence),
    "step.helped": _on_last_step(_helped),
    "step.barrier": _on_last_step(_barrier),
    "dream": _dream,
}


# ---------------------------------------------------------------- actions


def _consent(a: Applying, act: Act) -> None:
    a.person.state = "active"
    a.person.started_at = a.now
    _record_consent(a, "agreed", act.words)
    a.new_rhythm = True


def _stop_texts(what: str) -> Callable[[Applying, Act], None]:
    """No more texts: to any of their addresses in the scheme; what waits is cancelled."""

    def stop(a: Applying, act: Act) -> None:
        a.person.state = "opted_out"
        a.person.next_check_in_at = a.person.resume_at = None
        suppression.suppress_person(a.db, a.person.scheme_id, a.person.id, what, a.now)
        _record_consent(a, what, act.words)
        cancel_waiting(a.db, a.person, "opted_out")

    return stop


def _record_consent(a: Applying, what: str, words: str) -> None:
    a.db.add(
        ConsentEvent(
            **a.owned(), channel=a.heard.channel if a.heard else a.person.channel, what=what, by="service user",
            at=a.now, words=words, recorded_at=a.now,
        )
    )  # fmt: skip


def cancel_waiting(db: Session, person: ServiceUser, reason: str) -> None:
    """Texts that have not left are cancelled, with the reason on the row."""
    db.execute(
        update(Message)
        .where(
            Message.scheme_id == person.scheme_id,
            Message.service_user_id == person.id,
            Message.direction == "out",
            Message.state.in_(("queued", "claimed")),
        )
        .values(state="cancelled", not_sent_reason=reason, due_at=None, claimed_until=None)
    )


def _start_again(a: Applying, act: Act) -> None:
    """START after an opt-out, HI after a rest or a pause: active again, at their usual slot."""
    if a.person.state == "opted_out":
        held = [address.address for address in queries.addresses(a.db, a.person)]
        suppression.lift(a.db, a.person.scheme_id, held)
        _record_consent(a, "started_again", act.words)
    if a.person.state in ("opted_out", "paused", "resting"):
        a.note("started_again", before={"state": a.person.state})
        a.person.state = "active" if a.person.started_at else "invited"
    a.person.resume_at = None
    a.new_rhythm = True


def _pause(a: Applying, act: Act) -> None:
    if act.until is None:
        return
    a.person.state = "paused"
    # At the end of the quiet hours of the day they named.
    a.person.resume_at = timing.instant(a.person.zone, act.until, a.facts.scheme.quiet_until)
    a.person.next_check_in_at = None
    cancel_waiting(a.db, a.person, "paused")
    a.note("paused", {"until": act.until.isoformat()})


def _hold(why: str) -> Callable[[Applying, Act], None]:
    """The bot keeps out of the way: for a call three working days at most, for safety until a person hands back."""

    def hold(a: Applying, act: Act) -> None:
        if a.person.held_for in ("safety", "not_safe") and why == "asked_for_you":
            return
        practitioner, scheme = a.facts.practitioner, a.facts.scheme
        ends = timing.working_days_later(HOLD_WORKING_DAYS, practitioner.hours, scheme.holidays, scheme.zone, a.now)
        a.person.held_for = why
        a.person.held_until = a.person.resume_at = ends if why == "asked_for_you" else None
        if why != "asked_for_you":
            a.person.signposted_at = a.person.signposted_at or a.now
        a.note("held", {"for": why})

    return hold


def _same_step(a: Applying, act: Act) -> None:
    if a.facts.step:
        _new_step(a, a.facts.step.words)


def _contact_time(a: Applying, act: Act) -> None:
    """Their own time; ANY gives the choice back to the scheme."""
    before = {"weekday": a.person.slot_weekday, "minute": a.person.slot_minute}
    kept = a.kept or {}
    a.person.slot_weekday, a.person.slot_minute = kept.get("slot_weekday"), kept.get("slot_minute")
    a.note("contact_time", {"weekday": a.person.slot_weekday, "minute": a.person.slot_minute}, before)
    a.new_rhythm = True


def _rhythm(weeks: int) -> Callable[[Applying, Act], None]:
    def rhythm(a: Applying, act: Act) -> None:
        a.note("rhythm", {"every_weeks": weeks}, {"every_weeks": a.person.every_weeks})
        a.person.every_weeks = weeks
        a.new_rhythm = True

    return rhythm


def _remind(a: Applying, act: Act) -> None:
    """One text on the day of the step: an hour ahead of its time, in the morning where none was said."""
    step = queries.last_step(a.db, a.person)
    if not step or not step.day or not a.check_in:
        return
    at = timing.instant(a.person.zone, step.day, _of_day(step.minute))
    if step.minute is not None:
        at -= REMIND_AHEAD
    scheme = a.facts.scheme
    at = timing.next_allowed(a.person.zone, scheme.quiet_from, scheme.quiet_until, at)
    a.check_in.remind_at = max(at, a.now)


def _of_day(minute: int | None) -> time:
    return REMIND_AT if minute is None else time(*divmod(minute, 60))


def _dream_asked(a: Applying, act: Act) -> None:
    a.person.dream_asked_at = a.person.dream_asked_at or a.now


def _dream_later(a: Applying, act: Act) -> None:
    a.person.dream_asked_at = a.person.dream_asked_at or a.now
    a.note("dream_later")


def _got_a_job(a: Applying, act: Act) -> None:
    a.note("got_a_job")


def _finish(a: Applying, act: Act) -> None:
    """They are done with check-ins, gladly."""
    a.person.state = "closed"
    a.person.next_check_in_at = a.person.resume_at = None
    cancel_waiting(a.db, a.person, "closed")
    a.note("finished")


_ACTS: Mapping[str, Callable[[Applying, Act], None]] = {
    "consent": _consent,
    "no_consent": _stop_texts("declined"),
    "opt_out": _stop_texts("opted_out"),
    "wrong_number": _stop_texts("wrong_number"),
    "start_again": _start_again,
    "pause": _pause,
    "hold_for_call": _hold("asked_for_you"),
    "hold_for_safety": _hold("safety"),
    "not_safe": _hold("not_safe"),
    "same_step": _same_step,
    "contact_time": _contact_time,
    "less": _rhythm(2),
    "more": _rhythm(1),
    "remind": _remind,
    "dream_asked": _dream_asked,
    "dream_later": _dream_later,
    "got_a_job": _got_a_job,
    "finish": _finish,
}


def _flag(a: Applying, effect: RaiseFlag) -> None:
    """The flag's row; one that cannot wait for the next sweep is remembered, so that the doorbell is rung."""
    flag = flags.raise_flag(
        a.db,
        a.library,
        a.person,
        effect.kind,
        a.now,
        why=effect.why,
        loud=effect.loud,
        details=effect.details,
        message_id=a.heard.id if a.heard else None,
    )
    if effect.kind in AT_ONCE:
        a.urgent.append(flag.id)
