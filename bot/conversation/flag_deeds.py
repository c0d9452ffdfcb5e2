"""What somebody does about a flag, and whether it may be done as things stand. Pure.

A deed is asked for from a page, a link in a mail or the command line; the same is decided everywhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from bot.conversation.flag_words import N_

What = Literal["in_touch", "snooze", "not_a_concern", "pass_on", "acknowledge", "close"]
Ends = Literal["date", "reply"]

# What a link in a mail may do; everything else wants a sign-in.
BY_TAP = ("in_touch", "snooze", "not_a_concern", "pass_on")
# A week is what one tap gives; nobody is put off for longer than two months at once.
A_WEEK = timedelta(days=7)
LONGEST = timedelta(days=60)
# Until they reply, but no longer than this: a reply that never comes must not hide somebody for good.
UNTIL_REPLY = timedelta(days=28)
ASKED_AT_SNOOZE = 3


class Verdict(StrEnum):
    """May it be done? ``SENTENCES`` says why not."""

    DO = "do"
    ALREADY = "already"
    NEWER = "newer"
    SIGN_IN = "sign_in"
    NOT_SAFETY = "not_safety"
    OUTCOME_NEEDED = "outcome_needed"
    HELP_NEEDED = "help_needed"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"


SENTENCES: Mapping[Verdict, str] = {
    Verdict.ALREADY: N_("That was done already. Nothing was changed."),
    Verdict.NEWER: N_("There is newer evidence than what you saw. Nothing was changed: look at it first."),
    Verdict.SIGN_IN: N_("Sign in for this."),
    Verdict.NOT_SAFETY: N_(
        "A safety flag is not put off, waved away or passed on: say that you have it, or close it with what was done."
    ),
    Verdict.OUTCOME_NEEDED: N_("A safety flag is closed with what was done: write it down."),
    Verdict.HELP_NEEDED: N_("It is the third time that this is put off. What would help?"),
    Verdict.TOO_SOON: N_("Choose a day that is still to come."),
    Verdict.TOO_FAR: N_("Choose a day within the next two months."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a flag stands."""

    kind: str
    version: int
    closed: bool = False
    acknowledged: bool = False
    snoozed_until: datetime | None = None
    snooze_ends: str | None = None
    snoozes: int = 0
    passed_to: str | None = None
    noted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is asked. ``seen`` is the version of the evidence that was looked at; None where nobody can tell."""

    what: What
    seen: int | None = None
    signed_in: bool = True
    # snooze
    until: datetime | None = None
    ends: Ends = "date"
    help_wanted: str | None = None
    # pass_on: an address.
    to: str | None = None
    # close, and whatever else is noted with a deed.
    note: str | None = None
    barrier: str | None = None
    reason: str | None = None


def judge(flag: Standing, deed: Deed, now: datetime) -> Verdict:
    """Whether it may be done now.

    1. By a link in a mail safety is never dealt with, and nothing but ``BY_TAP``.
    2. What is closed is closed: it is told, and nothing is changed.
    3. Whoever saw older evidence is shown the newer first.
    """
    if not deed.signed_in and (flag.kind == "safety" or deed.what not in BY_TAP):
        return Verdict.SIGN_IN
    if flag.closed:
        return Verdict.ALREADY
    if deed.seen is not None and deed.seen != flag.version:
        return Verdict.NEWER
    if flag.kind == "safety":
        return _safety(flag, deed)
    return _OF.get(deed.what, _may)(flag, deed, now)


def is_put_off(snoozed_until: datetime | None, now: datetime) -> bool:
    return snoozed_until is not None and snoozed_until > now


def counts_as_snooze(flag: Standing, now: datetime) -> bool:
    """Moving the day of one that is put off already is not putting it off again."""
    return not is_put_off(flag.snoozed_until, now)


def _may(flag: Standing, deed: Deed, now: datetime) -> Verdict:
    return Verdict.DO


def _safety(flag: Standing, deed: Deed) -> Verdict:
    if deed.what == "acknowledge":
        return Verdict.ALREADY if flag.acknowledged else Verdict.DO
    if deed.what != "close":
        return Verdict.NOT_SAFETY
    return Verdict.DO if flag.noted or (deed.note or "").strip() else Verdict.OUTCOME_NEEDED


def _acknowledge(flag: Standing, deed: Deed, now: datetime) -> Verdict:
    return Verdict.ALREADY if flag.acknowledged else Verdict.DO


def _pass_on(flag: Standing, deed: Deed, now: datetime) -> Verdict:
    return Verdict.ALREADY if flag.passed_to and flag.passed_to == deed.to else Verdict.DO


def _snooze(flag: Standing, deed: Deed, now: datetime) -> Verdict:
    if deed.until is None or deed.until <= now:
        return Verdict.TOO_SOON
    if deed.until > now + LONGEST:
        return Verdict.TOO_FAR
    same = flag.snooze_ends == deed.ends and (deed.ends == "reply" or flag.snoozed_until == deed.until)
    if same and is_put_off(flag.snoozed_until, now):
        return Verdict.ALREADY
    third = counts_as_snooze(flag, now) and flag.snoozes + 1 >= ASKED_AT_SNOOZE
    return Verdict.HELP_NEEDED if third and not deed.help_wanted else Verdict.DO


_OF: Mapping[str, Callable[[Standing, Deed, datetime], Verdict]] = {
    "snooze": _snooze,
    "pass_on": _pass_on,
    "acknowledge": _acknowledge,
}
