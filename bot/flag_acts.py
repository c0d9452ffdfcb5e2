"""What practitioners do about flags: decided by ``flag_deeds``, done here, and taken back by ``flag_undo``.

A page, a link in a mail and the command line all come through here. Whether somebody may see a flag at all is
decided before (``seeing``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from bot import flag_passing, flag_rows, flag_undo, flags, history, stopping
from bot.conversation import flag_deeds, flag_words, timing
from bot.conversation.flag_deeds import Deed, Standing, Verdict
from bot.flag_rows import FlagRefused
from bot.library import Library
from bot.models import Flag, ServiceUser

Via = Literal["page", "email", "command"]


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, by their address, and which way it came."""

    email: str
    via: Via = "page"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a deed: ``DO`` where it was done, else why nothing was changed. The flag as it stands now."""

    verdict: Verdict
    flag: Flag

    @property
    def done(self) -> bool:
        return self.verdict is Verdict.DO


def do(db: Session, library: Library, flag_id: UUID, deed: Deed, by: By, now: datetime) -> Outcome:
    """Do it, if it may be done as things stand; the same twice changes nothing. FlagRefused for an unknown id.

    1. It can be taken back for a day, and then everything is as it was.
    2. What got in the way, or a reason, that came with it is noted with it.
    """
    flag = flag_rows.locked(db, flag_id)
    _require_known(deed, flag)
    verdict = flag_deeds.judge(standing(flag), deed, now)
    if verdict is not Verdict.DO:
        return Outcome(verdict, flag)
    before = flag_undo.as_it_stands(flag, flag_rows.person_of(db, flag))
    flag.note = (deed.note or "").strip() or flag.note
    flag.barrier = deed.barrier or flag.barrier
    flag.reason = deed.reason or flag.reason
    _DO[deed.what](Doing(db, library, flag, deed, by, now))
    flag_undo.remember(flag, deed.what, before, by.email, now)
    return Outcome(verdict, flag)


def note(
    db: Session, flag_id: UUID, by: By, now: datetime, *, barrier: str | None = None, reason: str | None = None
) -> Flag:
    """Note what got in the way, or why they were silent, also once it is closed. FlagRefused for another code."""
    flag = flag_rows.locked(db, flag_id)
    _require_code(barrier, flag_words.BARRIERS)
    _require_code(reason, flag_words.reasons(flag.kind))
    noted = {
        name: code
        for name, code in (("barrier", barrier), ("reason", reason))
        if code is not None and code != getattr(flag, name)
    }
    for name, code in noted.items():
        setattr(flag, name, code)
    if noted:
        history.of_flag(db, flag, "flag_noted", now, by=by.email, via=by.via, **noted)
    return flag


def stop_texts(db: Session, person: ServiceUser, by: By, now: datetime) -> bool:
    """They asked a practitioner for no more texts: none goes to them any more. False when that was so already.

    The caller holds the person's row. START from them begins again, as after a STOP of their own. What calls for
    somebody (safety, asked for you) stays open.
    """
    if person.state in ("opted_out", "closed"):
        return False
    said = stopping.Said("opted_out", by.email, person.channel, now)
    stopping.opt_out(db, person, said, now)
    flags.clear(db, person, flags.EXPLAINS["opted_out"], "opted_out", now)
    history.of_person(db, person, "stopped_for_them", now, by=by.email, after={"via": by.via})
    return True


def standing(flag: Flag) -> Standing:
    """How a flag stands, for ``flag_deeds.judge``."""
    return Standing(
        kind=flag.kind,
        version=flag.version,
        closed=flag.closed_at is not None,
        acknowledged=flag.acknowledged_at is not None,
        snoozed_until=flag.snoozed_until,
        snooze_ends=flag.snooze_ends,
        snoozes=flag.snoozes,
        passed_to=flag.passed_to,
        noted=bool((flag.note or "").strip()),
    )


def until(library: Library, flag: Flag, day: date) -> datetime:
    """When a flag that is put off until ``day`` is back: as that day begins where the scheme is."""
    return timing.instant(library.scheme(flag.scheme_id).zone, day, time())


def a_week_on(library: Library, flag: Flag, now: datetime) -> datetime:
    """The end of "give it a week"."""
    today = timing.local(library.scheme(flag.scheme_id).zone, now).date()
    return until(library, flag, today + flag_deeds.A_WEEK)


@dataclass(frozen=True, slots=True)
class Doing:
    """A deed that may be done, with the flag it is about: held by this transaction."""

    db: Session
    library: Library
    flag: Flag
    deed: Deed
    by: By
    now: datetime

    def written(self, what: str, **facts: object) -> None:
        history.of_flag(self.db, self.flag, what, self.now, by=self.by.email, via=self.by.via, **facts)


def _finish(why: str) -> Callable[[Doing], None]:
    def finish(it: Doing) -> None:
        facts = {name: code for name, code in (("barrier", it.flag.barrier), ("reason", it.flag.reason)) if code}
        flags.finish(it.db, it.flag, it.by.email, why, it.now, via=it.by.via, **facts)

    return finish


def _snooze(it: Doing) -> None:
    flag, deed = it.flag, it.deed
    flag.snoozes += flag_deeds.counts_as_snooze(standing(flag), it.now)
    flag.snoozed_until = flag.wake_at = deed.until
    flag.snooze_ends, flag.snoozed_by = deed.ends, it.by.email
    flag.help_wanted = deed.help_wanted or flag.help_wanted
    _is_theirs(it)
    ends = deed.until.isoformat() if deed.until else None
    it.written("flag_snoozed", until=ends, ends=deed.ends, times=flag.snoozes, help=deed.help_wanted)


def _acknowledge(it: Doing) -> None:
    flag = it.flag
    flag.acknowledged_at, flag.acknowledged_by = it.now, it.by.email
    flag.wake_at = None
    _is_theirs(it)
    it.written("flag_acknowledged")


def _is_theirs(it: Doing) -> None:
    """Whoever acts has it: a colleague it was passed on to keeps it, anybody else has taken it back."""
    it.flag.passed_until = None
    if it.flag.passed_to != it.by.email:
        it.flag.passed_to = it.flag.passed_by = None


def _pass_on(it: Doing) -> None:
    flag_passing.pass_on(it.db, it.library, it.flag, it.deed.to or "", it.by.email, it.now)
    it.written("flag_passed", to=it.flag.passed_to)


_DO: Mapping[str, Callable[[Doing], None]] = {
    "in_touch": _finish("in_touch"),
    "not_a_concern": _finish(flags.NOT_A_CONCERN),
    "close": _finish("closed"),
    "snooze": _snooze,
    "acknowledge": _acknowledge,
    "pass_on": _pass_on,
}


def _require_known(deed: Deed, flag: Flag) -> None:
    _require_code(deed.barrier, flag_words.BARRIERS)
    _require_code(deed.reason, flag_words.reasons(flag.kind))
    _require_code(deed.help_wanted, flag_words.HELPS)


def _require_code(code: str | None, known: Mapping[str, str]) -> None:
    if code is not None and code not in known:
        raise FlagRefused(f"There is no {code!r} to note here: it is one of {', '.join(known)}.")
