"""Somebody else should: it becomes a colleague's, who is told, and nothing is lost between two people."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from bot import digest_matter, flag_acts, flag_passing, flags, practitioners, seeing
from bot.conversation.flag_deeds import Verdict
from bot.flag_rows import FlagRefused
from bot.models import Email, Flag, Practitioner
from bot.seeing import Viewer
from tests.flags.acting import JO, SAM, act, last, now_is, undo
from tests.flags.conftest import DAY, Cast

TODAY = date(2026, 11, 24)


@pytest.fixture
def jo(cast: Cast) -> UUID:
    return cast.practitioner("Jo")


def sees(cast: Cast, who: UUID, flag: Flag) -> tuple[bool, bool]:
    """Whether they see the flag, and its person."""
    with cast.database.read() as db:
        viewer: Viewer = seeing.viewer(db, db.get_one(Practitioner, who), TODAY)
        person = flag.service_user_id and seeing.person(db, viewer, flag.service_user_id)
        return seeing.flag(db, viewer, flag.id) is not None, bool(person)


def told(cast: Cast) -> list[Email]:
    return [mail for mail in cast.mails() if mail.kind == "handover"]


def test_it_is_theirs_and_they_are_told(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("asked_for_you", loud=True, message_id=cast.wrote("can you ring me about the money"))
    assert act(cast, flag, "pass_on", to=JO) is Verdict.DO
    passed = now_is(cast, flag)
    assert (passed.passed_to, passed.passed_by) == (JO, SAM)
    assert last(cast, "flag_passed")["to"] == JO
    [mail] = told(cast)
    assert mail.to == JO
    assert "Sam passes this on to you: ASKED FOR YOU." in mail.body
    assert "Leon" in mail.body
    assert "money" not in mail.body
    assert max(map(len, mail.body.splitlines())) <= 70


def test_they_see_the_person_until_it_is_closed(cast: Cast, jo: UUID) -> None:
    flag, other = cast.flag("quiet"), cast.person("Amina")
    assert sees(cast, jo, flag) == (False, False)
    act(cast, flag, "pass_on", to=JO)
    assert sees(cast, jo, flag) == (True, True)
    assert sees(cast, cast.sam, flag) == (True, True)
    assert sees(cast, jo, cast.flag("quiet", other)) == (False, False)
    act(cast, flag, "in_touch", by=JO)
    # What they closed they may have to take back; the person they see no more.
    assert sees(cast, jo, flag) == (True, False)
    undo(cast, flag, by=JO)
    assert sees(cast, jo, flag) == (True, True)


def test_what_nobody_deals_with_comes_back_after_three_working_days(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "pass_on", to=JO)
    ends = now_is(cast, flag).wake_at
    assert ends == cast.now + 3 * DAY  # a Friday
    for at in (ends - DAY, ends):
        cast.now = at
        with cast.database.write() as db:
            flags.wake(db, cast.library, flag.id, cast.now)
        assert (now_is(cast, flag).passed_to is None) == (at == ends)
    assert len(cast.events("flag_returned")) == 1


@pytest.mark.parametrize("what", ["snooze", "acknowledge"])
def test_what_they_deal_with_stays_theirs(cast: Cast, jo: UUID, what: str) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "pass_on", to=JO)
    act(cast, flag, what, by=JO)
    assert (now_is(cast, flag).passed_to, now_is(cast, flag).passed_until) == (JO, None)


def test_whoever_acts_instead_has_taken_it_back(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "pass_on", to=JO)
    act(cast, flag, "snooze", by=SAM)
    assert now_is(cast, flag).passed_to is None


def test_they_hear_that_it_was_taken_back(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "pass_on", to=JO)
    undo(cast, flag)
    assert [mail.to for mail in told(cast)] == [JO, JO]
    assert "Sam has taken a flag back: QUIET." in told(cast)[-1].body


def test_back_to_whose_person_it_is_is_simply_back(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "pass_on", to=JO)
    act(cast, flag, "pass_on", by=JO, to=SAM)
    back = now_is(cast, flag)
    assert (back.passed_to, back.passed_until, back.wake_at) == (None, None, None)
    assert told(cast)[-1].to == SAM


def test_a_second_ask_is_told_to_both(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("asked_for_you", loud=True)
    act(cast, flag, "pass_on", to=JO)
    cast.now += DAY
    cast.flag("asked_for_you", loud=True)
    assert {mail.to for mail in cast.mails() if mail.created_at == cast.now} == {SAM, JO}


@pytest.mark.parametrize(
    "someone",
    [
        {"name": "Ed", "role": "editor"},
        {"name": "Ed", "retired_at": True},
        {"name": "Nobody"},
    ],
    ids=["an editor", "somebody who has left", "a stranger"],
)
def test_only_to_somebody_who_can_deal_with_it(cast: Cast, someone: dict[str, Any]) -> None:
    name = someone.pop("name")
    if someone.get("retired_at"):
        someone["retired_at"] = cast.now
    if someone:
        cast.practitioner(name, **someone)
    flag = cast.flag("quiet")
    with pytest.raises(FlagRefused):
        act(cast, flag, "pass_on", to=f"{name.lower()}@example.org")
    assert now_is(cast, flag).passed_to is None


def test_whom_it_can_be_passed_to(cast: Cast, jo: UUID) -> None:
    scheme = cast.library.scheme("tyneside")
    cast.practitioner("Mo", role="lead")
    cast.practitioner("Ed", role="editor")
    cast.practitioner("Old", retired_at=cast.now)
    cast.practitioner("Duty", email=scheme.duty_contacts[0].email)
    flag = cast.flag("quiet")

    def offered() -> list[tuple[str, bool, bool]]:
        with cast.database.read() as db:
            found = flag_passing.hands(db, scheme, db.get_one(Flag, flag.id), SAM)
        return [(hand.name, hand.lead, hand.duty) for hand in found]

    everybody = [("Mo", True, False), ("Duty", False, True), ("Jo", False, False)]
    assert offered() == everybody
    act(cast, flag, "pass_on", to=JO)
    assert offered() == everybody[:2]


@pytest.mark.parametrize("dealt_with", [False, True])
def test_whoever_leaves_keeps_nothing(cast: Cast, jo: UUID, dealt_with: bool) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "pass_on", to=JO)
    if dealt_with:
        act(cast, flag, "acknowledge", by=JO)
    with cast.database.write() as db:
        practitioners.retire(db, "tyneside", JO, cast.now)
    back = now_is(cast, flag)
    assert (back.passed_to, back.passed_until, back.acknowledged_by) == (None, None, None)


def test_away_is_with_somebody_else(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("quiet")
    assert not flag_passing.is_away(flag, SAM)
    act(cast, flag, "pass_on", to=JO)
    assert flag_passing.is_away(now_is(cast, flag), SAM)
    assert not flag_passing.is_away(now_is(cast, flag), JO)


def test_a_standing_is_of_the_flag(cast: Cast) -> None:
    flag = cast.flag("safety", loud=True)
    assert flag_acts.standing(flag).kind == "safety"


def told_now(cast: Cast, who: UUID) -> list[str]:
    """The kinds of flags that stand in somebody's digest at this moment."""
    scheme = cast.library.scheme("tyneside")
    with cast.database.read() as db:
        caseload = digest_matter.caseload_of(db, db.get_one(Practitioner, who), cast.now.date())
        found = digest_matter.flags_of(db, scheme, caseload, cast.now)
        return [item.kind for item in digest_matter.matter_of(db, scheme, caseload, found, cast.now).items]


def test_it_stands_in_one_digest_at_a_time(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("misread")
    assert (told_now(cast, cast.sam), told_now(cast, jo)) == (["misread"], [])
    act(cast, flag, "pass_on", to=JO)
    assert (told_now(cast, cast.sam), told_now(cast, jo)) == ([], ["misread"])
    act(cast, flag, "snooze", by=JO)
    assert (told_now(cast, cast.sam), told_now(cast, jo)) == ([], [])
    cast.now += 8 * DAY
    # She has dealt with it before, so it comes back to her.
    assert (told_now(cast, cast.sam), told_now(cast, jo)) == ([], ["misread"])


def test_what_nobody_dealt_with_is_in_the_practitioners_digest_again(cast: Cast, jo: UUID) -> None:
    flag = cast.flag("misread")
    act(cast, flag, "pass_on", to=JO)
    cast.now = now_is(cast, flag).passed_until or cast.now
    assert (told_now(cast, cast.sam), told_now(cast, jo)) == (["misread"], [])
