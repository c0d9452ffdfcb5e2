"""Actions become rows: consent and opt-out, pause and hold, rhythm and time, reminder and dream."""

from collections.abc import Callable, Mapping
from datetime import time, timedelta

from bot import answers, holds, queries, stopping, suppression
from bot.applying import Applying
from bot.conversation import timing
from bot.conversation.decision import Act
from bot.conversation.known import signposted

HOLD_WORKING_DAYS = 3
REMIND_AT = time(9, 30)  # on the day, where no time of day was said
REMIND_AHEAD = timedelta(hours=1)


def act(a: Applying, effect: Act) -> None:
    """Do one of flow.ACTIONS."""
    _ACTS[effect.action](a, effect)


def _consent(a: Applying, act: Act) -> None:
    a.person.state = "active"
    a.person.started_at = a.now
    _record_consent(a, "agreed", act.words)
    a.new_rhythm = True


def _stop_texts(what: str) -> Callable[[Applying, Act], None]:
    """No more texts. What becomes of the open check-in, the decision has said."""

    def stop(a: Applying, act: Act) -> None:
        stopping.opt_out(a.db, a.person, _said(a, what, act.words), a.now, end_check_in=False)

    return stop


def _record_consent(a: Applying, what: str, words: str) -> None:
    stopping.record(a.db, a.person, _said(a, what, words), a.now)


def _said(a: Applying, what: str, words: str) -> stopping.Said:
    channel = a.heard.channel if a.heard else a.person.channel
    at = (a.heard.sent_at if a.heard else None) or a.now
    return stopping.Said(what, queries.SERVICE_USER, channel, at, words)


def _start_again(a: Applying, act: Act) -> None:
    """START after an opt-out, HI after a rest or a pause: active again, at their usual slot."""
    if a.person.state == "opted_out":
        held = [address.address for address in queries.addresses(a.db, a.person)]
        suppression.lift(a.db, a.person.scheme_id, held)
        _record_consent(a, "started_again", act.words)
    if a.person.state in ("opted_out", "paused", "resting", "closed"):
        a.note("started_again", before={"state": a.person.state})
        a.person.state = "active" if a.person.started_at else "invited"
        if a.person.state == "invited":
            # They had said no, and what they are starting is the welcome: it asks once more.
            a.person.next_check_in_at = a.now
    if a.person.held_for == "not_safe":
        a.person.held_for = None
    a.person.resume_at = a.person.held_until
    a.new_rhythm = True


def _pause(a: Applying, act: Act) -> None:
    if act.until is None:
        return
    a.person.state = "paused"
    # At the end of the quiet hours of the day they named.
    a.person.resume_at = timing.instant(a.person.zone, act.until, a.facts.scheme.quiet_until)
    a.person.next_check_in_at = None
    stopping.cancel_waiting(a.db, a.person, stopping.PAUSED)
    a.note("paused", {"until": act.until.isoformat()})


def _hold(why: str) -> Callable[[Applying, Act], None]:
    """The bot keeps out of the way: for a call three working days at most, for safety until a person hands back."""

    def hold(a: Applying, act: Act) -> None:
        if a.person.held_for in ("safety", "not_safe") and why == "asked_for_you":
            return
        practitioner, scheme = a.facts.practitioner, a.facts.scheme
        ends = timing.working_days_later(HOLD_WORKING_DAYS, practitioner.hours, scheme.holidays, scheme.zone, a.now)
        holds.hold(a.person, why, ends if why == "asked_for_you" else None)
        if why == "safety" and not signposted(a.facts, a.now):
            a.person.signposted_at = a.now
        a.note("held", {"for": why})

    return hold


def _same_step(a: Applying, act: Act) -> None:
    if a.facts.step:
        answers.new_step(a, a.facts.step.words)


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
    step = a.last_step
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
    stopping.stop(a.db, a.person, "closed", a.now, end_check_in=False)
    _record_consent(a, "finished", act.words)
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
