"""Flags: something a practitioner should know, with its evidence.

One open flag a person and kind; new evidence updates it. A flag that cannot wait writes its mails in the
same transaction. Callers hold the person's row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import alerts, evidence, flag_rows, history, holds
from bot.conversation import flag_deeds, flag_kinds
from bot.flag_rows import FlagRefused, find
from bot.library import Library
from bot.models import Flag, ServiceUser

__all__ = [
    "FlagRefused",
    "acknowledge",
    "clear",
    "close",
    "find",
    "finish",
    "hand_back",
    "put_facts",
    "raise_flag",
    "reopen",
    "settle_confidence",
    "take_back",
    "they_wrote",
    "told",
    "wake",
]

# After "not a concern" the same rule keeps quiet for two weeks, but never these.
COOL_DOWN = timedelta(days=14)
NOT_A_CONCERN = "not_a_concern"
# Any text of theirs ends these.
SILENCE = ("quiet", "cant_reach", "not_started")
# What these explain is no flag of its own any more.
EXPLAINS = {"cant_reach": ("quiet", "not_started"), "opted_out": ("quiet", "not_started", "cant_reach", "misread")}
# A hold for a call that outlives another one: three working days wherever the weekend falls.
HOLD_WITHOUT_HOURS = timedelta(days=5)
# Facts that are told at once even to those who know of the flag.
GRAVE = ("not_safe", "answer_undelivered")
NEVER_COOLED = (*flag_kinds.AT_ONCE, "cant_reach", "opted_out", "good_news", "message")


def raise_flag(
    db: Session,
    library: Library,
    person: ServiceUser | None,
    kind: str,
    now: datetime,
    *,
    why: str,
    loud: bool = False,
    details: Mapping[str, Any] | None = None,
    message_id: UUID | None = None,
) -> Flag:
    """Raise a flag, or put new evidence on the open one of its kind.

    1. Without a person (a number nobody knows) ``message_id`` says what it is about.
    2. Safety, asked-for-you and distress are told by mail at once: when raised, and again when there is news
       after somebody said that they had it, or when it turns out to be unsafe to ring.
    3. Within 14 days of "not a concern" the closed flag is given back unchanged, but for what cannot wait.
    """
    flag = flag_rows.open_of(db, person, kind, message_id)
    if flag is None and (cooling := _cooling(db, person, kind, now)):
        return cooling
    not_safe = {"not_safe": True} if person and person.held_for == "not_safe" else {}
    facts = {**(details or {}), **not_safe}
    scheme = library.scheme(flag_rows.scheme_of(db, person, message_id))
    told: dict[str, Any] = {"why": why, "details": facts, "message_id": message_id}
    shown = evidence.gather(db, person, kind, now, **told, before=flag, scheme=scheme)
    if flag is None:
        news = True
        flag = _new(db, person, kind, shown, now, message_id)
        flag.loud = loud or kind in flag_kinds.LOUD
        db.flush()
    else:
        away = flag_deeds.is_put_off(flag.snoozed_until, now) or flag.passed_to is not None
        news = flag.acknowledged_at is not None or away or _graver(flag.evidence, shown)
        _put_evidence(flag, shown, now, message_id)
    history.of_flag(db, flag, "flag_raised" if flag.version == 1 else "flag_updated", now)
    if person is not None and kind in EXPLAINS:
        clear(db, person, EXPLAINS[kind], kind, now)
    if news and kind in flag_kinds.AT_ONCE:
        alerts.tell_first(db, scheme, flag, person, now)
    return flag


def clear(db: Session, person: ServiceUser, kinds: Sequence[str], why: str, now: datetime) -> int:
    """Close a person's open flags of these kinds because what they said no longer holds. Returns how many."""
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    found = db.scalars(select(Flag).where(*mine, Flag.kind.in_(kinds), Flag.closed_at.is_(None))).all()
    for flag in found:
        _close(db, flag, history.AUTOMATIC, why, now)
    return len(found)


def settle_confidence(db: Session, library: Library, person: ServiceUser, now: datetime) -> None:
    """After a text: clear the confidence flag once it is back within 1 of their usual; else it has their reason."""
    flag = flag_rows.open_of(db, person, "confidence", None)
    if flag is None:
        return
    answers = evidence.confidence_answers(db, person)
    thresholds = library.scheme(person.scheme_id).thresholds
    if flag_kinds.judge_confidence([number for number, _ in answers], True, thresholds) == "clear":
        _close(db, flag, history.AUTOMATIC, "back_to_usual", now)
    elif answers and (why := evidence.reason(db, person, answers[0][1].at)):
        flag.evidence = {**flag.evidence, "reason": why}


def acknowledge(db: Session, flag_id: UUID, by: str, note: str | None, now: datetime) -> Flag:
    """Somebody has it: nobody else is told. A second time changes nothing. FlagRefused for an unknown id."""
    flag = flag_rows.locked(db, flag_id)
    if flag.closed_at is None and flag.acknowledged_at is None:
        flag.acknowledged_at, flag.acknowledged_by = now, by
        flag.note = note or flag.note
        flag.wake_at = flag.last_act = None
        history.of_flag(db, flag, "flag_acknowledged", now, by=by)
    return flag


def close(db: Session, flag_id: UUID, by: str, note: str | None, now: datetime, why: str = "closed") -> Flag:
    """Done with: the flag goes, and with it the hold that it put on the bot.

    A second time changes nothing. FlagRefused for an unknown id, and for a safety flag without a note:
    it stays at the top of everything until a person has written what was done.
    """
    flag = flag_rows.locked(db, flag_id)
    if flag.closed_at is not None:
        return flag
    if flag.kind == "safety" and not (note or flag.note or "").strip():
        raise FlagRefused("A safety flag is closed with what was done: say it with --note.")
    flag.note = note or flag.note
    finish(db, flag, by, why, now)
    return flag


def finish(db: Session, flag: Flag, by: str, why: str, now: datetime, **facts: Any) -> None:
    """Close a flag that the caller holds, and let go of the hold that it put on the bot."""
    _close(db, flag, by, why, now, **facts)
    person = flag_rows.person_of(db, flag)
    if person is not None and flag.kind in flag_kinds.LOUD:
        hand_back(db, person, flag.kind, by, now)
        _go_on(person, now)


def put_facts(db: Session, person: ServiceUser, kind: str, **facts: Any) -> None:
    """Bring the evidence of an open flag up to date where that is no news."""
    flag = flag_rows.open_of(db, person, kind, None)
    if flag is not None:
        flag.evidence = {**flag.evidence, **facts}


def take_back(db: Session, person: ServiceUser, kind: str, fact: str, done: str, now: datetime) -> None:
    """A fact on the open flag of a kind has turned out not to be so; if it comes back it is news again."""
    flag = flag_rows.open_of(db, person, kind, None)
    if flag is not None and flag.evidence.get("details", {}).get(fact):
        details = {**flag.evidence["details"], fact: False}
        flag.evidence = evidence.add_done({**flag.evidence, "details": details}, done, now)
        history.of_flag(db, flag, "flag_updated", now)


def reopen(db: Session, person: ServiceUser, why: str, since: datetime, now: datetime) -> None:
    """Open again what was closed since then for a reason that holds no longer."""
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    for flag in db.scalars(select(Flag).where(*mine, Flag.closed_why == why, Flag.closed_at >= since)).all():
        if flag_rows.open_of(db, person, flag.kind, None) is None:
            flag.closed_at = flag.closed_by = flag.closed_why = None
            db.flush()
            history.of_flag(db, flag, "flag_reopened", now)


def told(db: Session, flag: Flag, now: datetime) -> None:
    """A fact has been told: nothing need be done about it."""
    _close(db, flag, history.AUTOMATIC, "told", now)


def they_wrote(db: Session, person: ServiceUser, now: datetime) -> None:
    """Any text of theirs: what said that they are silent is closed, and what waited for a reply is back."""
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    for flag in db.scalars(select(Flag).where(*mine, Flag.closed_at.is_(None))).all():
        if flag.kind in SILENCE:
            _close(db, flag, history.AUTOMATIC, "they_wrote", now)
        elif flag.snooze_ends == "reply" and flag_deeds.is_put_off(flag.snoozed_until, now):
            _back(db, flag, "they_wrote", now)


def _back(db: Session, flag: Flag, why: str, now: datetime) -> None:
    """A snooze is over: the next digest has it again. That it was put off, and how often, stays."""
    flag.snoozed_until, flag.wake_at, flag.last_act = min(flag.snoozed_until or now, now), None, None
    history.of_flag(db, flag, "flag_back", now, why=why)


def hand_back(db: Session, person: ServiceUser, kind: str, by: str, now: datetime) -> bool:
    """End the hold that a flag of ``kind`` put on the bot; False when another one stands, or none did.

    "Not safe" is not ended here: they said that texts put them in danger, so the next word is theirs.
    """
    if person.held_for != kind:
        return False
    other = next((k for k in flag_kinds.LOUD if k != kind and flag_rows.open_of(db, person, k, None)), None)
    holds.hold(person, other, now + HOLD_WITHOUT_HOURS if other == "asked_for_you" else None)
    if other is not None:
        return False
    _go_on(person, now)
    history.of_person(db, person, "handed_back", now, by=by, before={"held_for": kind})
    return True


def _go_on(person: ServiceUser, now: datetime) -> None:
    """Nothing holds the bot: let the next sweep set their check-ins and the clock of silence again."""
    if person.state in ("active", "resting") and person.held_for is None:
        person.resume_at = now


def wake(db: Session, library: Library, flag_id: UUID, now: datetime) -> None:
    """The flag's alarm: a snooze has ended, or nobody has said that they have a safety flag.

    Waking early, twice or after somebody has acted changes nothing.
    """
    flag = flag_rows.behind_person(db, flag_id)
    if flag is None or flag.wake_at is None or flag.wake_at > now:
        return
    due, flag.wake_at = flag.wake_at, None
    if flag.closed_at:
        return
    if flag.passed_until is not None and flag.passed_until <= now:
        _returned(db, flag, now)
    elif flag.snoozed_until is not None and flag.snoozed_until <= now:
        _back(db, flag, "its_day", now)
    if flag.kind != "safety" or flag.acknowledged_at:
        return
    alerts.escalate(db, library.scheme(flag.scheme_id), flag, due, now)


def _returned(db: Session, flag: Flag, now: datetime) -> None:
    """Whoever it was passed on to has not dealt with it: it is the practitioner's again."""
    flag.passed_to = flag.passed_by = flag.passed_until = flag.last_act = None
    history.of_flag(db, flag, "flag_returned", now)


def _graver(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """What was told is not enough any more."""
    return any(after["details"].get(fact) and not before["details"].get(fact) for fact in GRAVE)


def _new(
    db: Session,
    person: ServiceUser | None,
    kind: str,
    shown: dict[str, Any],
    now: datetime,
    message_id: UUID | None,
) -> Flag:
    flag = Flag(
        scheme_id=flag_rows.scheme_of(db, person, message_id),
        service_user_id=person.id if person else None,
        message_id=message_id,
        kind=kind,
        evidence=shown,
        raised_at=now,
        updated_at=now,
    )
    db.add(flag)
    return flag


def _put_evidence(flag: Flag, shown: dict[str, Any], now: datetime, message_id: UUID | None) -> None:
    flag.evidence = shown
    flag.version += 1
    flag.updated_at = now
    flag.message_id = message_id or flag.message_id
    # Whoever had it had the older evidence; what was decided on that is not taken back any more.
    flag.acknowledged_at = flag.acknowledged_by = flag.last_act = None
    if message_id is not None and flag_deeds.is_put_off(flag.snoozed_until, now):
        # It was put off before they wrote this. A silence that only lasts longer stays put off.
        flag.snoozed_until, flag.wake_at = now, None


def _cooling(db: Session, person: ServiceUser | None, kind: str, now: datetime) -> Flag | None:
    if person is None or kind in NEVER_COOLED:
        return None
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id, Flag.kind == kind)
    waved_away = (Flag.closed_why == NOT_A_CONCERN, Flag.closed_at > now - COOL_DOWN)
    return db.scalars(select(Flag).where(*mine, *waved_away)).first()


def _close(db: Session, flag: Flag, by: str, why: str, now: datetime, **facts: Any) -> None:
    flag.closed_at, flag.closed_by, flag.closed_why = now, by, why
    flag.wake_at = flag.snoozed_until = flag.snooze_ends = flag.passed_until = flag.last_act = None
    history.of_flag(db, flag, "flag_closed", now, by=by, why=why, **facts)
