"""One open flag a person and kind; what cannot wait is told at once, and goes on being told."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from bot import flags
from bot.conversation import flag_kinds
from bot.conversation.scheme import Thresholds
from bot.models import Cover, Email, Flag, Message, Practitioner
from tests.flags.conftest import DAY, Cast

MINUTE = timedelta(minutes=1)
SECRET = "i cant go on"


def wake(cast: Cast, flag_id: UUID, after: timedelta) -> None:
    cast.now += after
    with cast.database.write() as db:
        flags.wake(db, cast.library, flag_id, cast.now)


def acknowledge(cast: Cast, flag: Flag, by: str = "sam@example.org") -> Flag:
    with cast.database.write() as db:
        return flags.acknowledge(db, flag.id, by, None, cast.now)


def close(cast: Cast, flag: Flag, note: str | None = None, why: str = "closed") -> Flag:
    with cast.database.write() as db:
        return flags.close(db, flag.id, "sam@example.org", note, cast.now, why)


def told(mails: list[Email]) -> list[str]:
    return [mail.to for mail in mails]


# ---------------------------------------------------------------- one open flag, with its evidence


def test_new_evidence_updates_the_open_flag(cast: Cast) -> None:
    first = cast.flag("confidence", why="a single low answer: 2")
    cast.now += DAY
    second = cast.flag("confidence", why="a single low answer: 1")
    assert (first.id, second.version) == (second.id, 2)
    assert second.evidence["why"] == "a single low answer: 1"
    assert second.evidence["since"] == first.evidence["since"]
    assert len(cast.open_flags()) == 1


@pytest.mark.parametrize(
    "kind", ["confidence", "quiet", "cant_reach", "misread", "asked_for_you", "safety", "step_too_big"]
)
def test_every_flag_says_its_rule_since_when_what_clears_it_and_what_was_done(cast: Cast, kind: str) -> None:
    evidence = cast.flag(kind).evidence
    assert {"rule", "rule_version", "since", "clears", "done", "why"} <= evidence.keys()
    assert all(evidence[key] for key in ("rule", "since", "clears"))


def test_last_words_come_with_their_day(cast: Cast) -> None:
    cast.wrote("start at 6am now so bit knackered")
    words = cast.flag("misread").evidence["last_words"]
    assert words == {"words": "start at 6am now so bit knackered", "at": cast.now.isoformat()}


def test_a_safety_flag_never_copies_words(cast: Cast) -> None:
    message_id = cast.wrote(SECRET)
    flag = cast.flag("safety", loud=True, message_id=message_id)
    assert flag.evidence["message"] == str(message_id)
    assert SECRET not in str(flag.evidence)
    assert all(SECRET not in mail.body + mail.subject for mail in cast.mails())


def test_a_second_cry_for_help_does_not_push_the_first_out(cast: Cast) -> None:
    """ "ive taken all my tablets", and then "dont want to be here": whoever comes to it reads both."""
    first, second = cast.wrote("ive taken all my tablets"), cast.wrote(SECRET)
    cast.flag("safety", message_id=first)
    cast.flag("safety", message_id=second)
    flag = cast.flag("safety", message_id=second)
    assert flag.evidence["messages"] == [str(first), str(second)]
    assert flag.evidence["message"] == str(second)


def test_what_was_passed_on_is_read_whatever_they_wrote_after_it(cast: Cast) -> None:
    cast.flag("message", message_id=cast.wrote("me mam came with me"))
    cast.wrote("8")
    flag = cast.flag("message", message_id=cast.wrote("the bus was late"))
    assert [each["words"] for each in flag.evidence["said"]] == ["me mam came with me", "the bus was late"]
    for n in range(30):
        flag = cast.flag("message", message_id=cast.wrote(f"and {n}"))
    words = [each["words"] for each in flag.evidence["said"]]
    assert (len(words), words[0], words[-1]) == (12, "me mam came with me", "and 29")


def test_what_somebody_had_taken_on_is_open_again_with_new_evidence(cast: Cast) -> None:
    flag = acknowledge(cast, cast.flag("message"))
    assert flag.acknowledged_by == "sam@example.org"
    assert cast.flag("message").acknowledged_at is None


def test_not_a_concern_is_believed_for_two_weeks_but_never_where_it_cannot_wait(cast: Cast) -> None:
    close(cast, cast.flag("misread"), why=flags.NOT_A_CONCERN)
    close(cast, cast.flag("safety"), "rang them", why=flags.NOT_A_CONCERN)
    cast.now += 13 * DAY
    assert cast.flag("misread").closed_at is not None
    assert cast.flag("safety").closed_at is None
    cast.now += 2 * DAY
    assert cast.flag("misread").closed_at is None


@pytest.mark.parametrize(("kind", "explained"), [("cant_reach", "quiet"), ("opted_out", "cant_reach")])
def test_one_flag_explains_another(cast: Cast, kind: str, explained: str) -> None:
    cast.flag(explained)
    cast.flag(kind)
    assert [flag.kind for flag in cast.open_flags()] == [kind]


CONFIDENCE = [
    ([2], False, "raise"),  # low, whatever is usual
    ([0, 8, 8], False, "raise"),
    ([5, 8, 8, 7], False, "raise"),  # fell by 3 against their usual
    ([6, 8, 8, 7], False, "leave"),  # by 2: not yet
    ([6, 8, 8, 7], True, "leave"),  # ... nor back yet
    ([7, 8, 8, 7], True, "clear"),  # back within 1
    ([4, 2], True, "clear"),
    ([8], True, "clear"),  # nothing to compare with, and not low
    ([], True, "leave"),
]


@pytest.mark.parametrize(("answers", "is_open", "expected"), CONFIDENCE)
def test_a_number_is_measured_against_their_own_usual(answers: list[int], is_open: bool, expected: str) -> None:
    assert flag_kinds.judge_confidence(answers, is_open, Thresholds()) == expected


def test_the_confidence_flag_goes_once_the_number_is_back(cast: Cast) -> None:
    for day, number in enumerate([8, 8, 3]):
        cast.answered_with(number, cast.now + day * DAY)
    cast.now += 3 * DAY
    evidence = cast.flag("confidence").evidence
    assert [each["value"] for each in evidence["answers"]] == [3, 8, 8]
    assert (evidence["usual"], evidence["pattern"]) == (8, "a single low answer, not a trend")
    for number, still_open in ((6, True), (7, False)):
        cast.now += DAY
        cast.answered_with(number, cast.now)
        with cast.database.write() as db:
            flags.settle_confidence(db, cast.library, cast.get_in(db), cast.now)
        assert bool(cast.open_flags("confidence")) is still_open


# ---------------------------------------------------------------- told at once


def test_safety_goes_to_the_practitioner_and_the_first_duty_contact(cast: Cast) -> None:
    cast.flag("safety", loud=True)
    assert told(cast.mails()) == ["jo.ridley@example.org", "sam@example.org"]
    for mail in cast.mails():
        assert "Leon" not in mail.subject + mail.body
        assert "Jo Ridley (duty)" in mail.body


def test_safety_goes_on_to_the_next_contact_at_15_30_and_60_minutes(cast: Cast) -> None:
    flag = cast.flag("safety", loud=True)
    start = cast.now
    rung = []
    for _ in range(90):
        before = len(cast.mails())
        wake(cast, flag.id, MINUTE)
        rung += [(cast.now - start) // MINUTE] * (len(cast.mails()) - before)
    assert rung == [15, 30, 60]
    assert told(cast.mails())[2:] == ["dev.anand@example.org", "duty@example.org", "jo.ridley@example.org"]


def test_after_an_outage_of_ours_everyone_whose_turn_has_passed_is_told_at_once(cast: Cast) -> None:
    flag = cast.flag("safety", loud=True)
    wake(cast, flag.id, 45 * MINUTE)
    assert sorted(told(cast.mails()[2:])) == ["dev.anand@example.org", "duty@example.org"]
    (after,) = cast.rows(Flag, Flag.id == flag.id)
    assert after.wake_at == flag.raised_at + 60 * MINUTE


def test_acknowledging_ends_the_escalation_and_the_flag_stays(cast: Cast) -> None:
    flag = acknowledge(cast, cast.flag("safety", loud=True))
    wake(cast, flag.id, 60 * MINUTE)
    assert len(cast.mails()) == 2
    assert cast.open_flags("safety")


def test_a_second_crisis_text_is_told_again_only_once_somebody_had_it(cast: Cast) -> None:
    flag = cast.flag("safety", loud=True)
    cast.flag("safety", loud=True)
    assert len(cast.mails()) == 2
    acknowledge(cast, flag)
    cast.flag("safety", loud=True)
    assert len(cast.mails()) == 4


def test_not_safe_to_ring_is_told_at_once_to_those_who_may_be_about_to(cast: Cast) -> None:
    cast.flag("safety", loud=True)
    cast.set(cast.leon, held_for="not_safe")
    cast.flag("safety", loud=True, why="said it is not safe to ring or text")
    assert len(cast.mails()) == 4
    assert sum("NOT SAFE to ring or text" in mail.body for mail in cast.mails()) == 2


def test_asked_for_you_goes_to_the_practitioner_at_once_with_their_words(cast: Cast) -> None:
    cast.wrote("can i speak to a person about the travel money")
    cast.flag("asked_for_you", loud=True)
    (mail,) = cast.mails()
    assert mail.to == "sam@example.org"
    assert '"can i speak to a person about the travel money"' in mail.body
    assert "Leon" not in mail.subject


@pytest.mark.parametrize("kind", ["quiet", "confidence", "cant_reach", "misread", "message", "opted_out"])
def test_what_can_wait_writes_no_mail(cast: Cast, kind: str) -> None:
    cast.flag(kind)
    assert cast.mails() == []


def test_a_cover_is_told_instead_between_two_dates(cast: Cast) -> None:
    pat = cast.practitioner("Pat")
    day = cast.now.date()
    cast.add(
        Cover(scheme_id="tyneside", practitioner_id=cast.sam, covered_by_id=pat, first_day=day, last_day=day + DAY)
    )
    cast.flag("asked_for_you", loud=True)
    cast.now += 2 * DAY
    acknowledge(cast, cast.open_flags()[0])
    cast.flag("asked_for_you", loud=True)
    assert told(cast.mails()) == ["pat@example.org", "sam@example.org"]


def test_of_a_practitioner_who_left_the_lead_is_told_else_the_first_duty_contact(cast: Cast) -> None:
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).retired_at = cast.now
    cast.flag("asked_for_you", loud=True)
    cast.practitioner("Kim", role="lead")
    acknowledge(cast, cast.open_flags()[0])
    cast.now += MINUTE
    cast.flag("asked_for_you", loud=True)
    assert told(cast.mails()) == ["jo.ridley@example.org", "kim@example.org"]


def test_a_crisis_from_a_number_nobody_knows_is_one_flag_a_number(cast: Cast) -> None:
    texts = [
        Message(
            id=uuid4(), scheme_id="tyneside", channel="sms", address=address, direction="in", kind="text",
            body=SECRET, state="unclaimed", created_at=cast.now,
        )
        for address in ("+447700900801", "+447700900801", "+447700900802")
    ]  # fmt: skip
    cast.add(*texts)
    with cast.database.write() as db:
        raised = [
            flags.raise_flag(db, cast.library, None, "safety", cast.now, why="", loud=True, message_id=text.id)
            for text in texts
        ]
    assert raised[0].id == raised[1].id != raised[2].id
    assert "a number we do not know" in cast.mails()[0].body
    assert all(SECRET not in mail.body and "7700900" not in mail.body for mail in cast.mails())


# ---------------------------------------------------------------- closing


def test_a_safety_flag_is_closed_with_what_was_done(cast: Cast) -> None:
    flag = cast.flag("safety", loud=True)
    with pytest.raises(flags.FlagRefused, match="--note"):
        close(cast, flag)
    assert close(cast, flag, "rang, they are with a friend").note == "rang, they are with a friend"
    assert cast.open_flags() == []


@pytest.mark.parametrize("kind", ["safety", "asked_for_you"])
def test_closing_hands_back(cast: Cast, kind: str) -> None:
    cast.set(cast.leon, held_for=kind, held_until=cast.now + DAY, resume_at=cast.now + DAY)
    close(cast, cast.flag(kind, loud=True), "done")
    leon = cast.get()
    assert (leon.held_for, leon.held_until, leon.resume_at) == (None, None, cast.now)


def test_a_hold_lasts_as_long_as_another_flag_needs_it(cast: Cast) -> None:
    cast.set(cast.leon, held_for="asked_for_you")
    asked, safety = cast.flag("asked_for_you", loud=True), cast.flag("safety", loud=True)
    close(cast, asked)
    assert cast.get().held_for == "safety"
    close(cast, safety, "done")
    assert cast.get().held_for is None


def test_not_safe_is_not_ended_by_closing_a_flag(cast: Cast) -> None:
    cast.set(cast.leon, held_for="not_safe")
    close(cast, cast.flag("safety", loud=True), "spoke to her at the centre")
    assert (cast.get().held_for, cast.get().resume_at) == ("not_safe", None)


def test_twice_is_once(cast: Cast) -> None:
    flag = cast.flag("asked_for_you", loud=True)
    acknowledge(cast, flag)
    assert acknowledge(cast, flag, "kim@example.org").acknowledged_by == "sam@example.org"
    close(cast, flag)
    cast.now += DAY
    assert close(cast, flag).closed_at == cast.now - DAY
    assert [len(cast.events(what)) for what in ("flag_acknowledged", "flag_closed")] == [1, 1]


def test_flags_are_found_by_the_start_of_their_id(cast: Cast) -> None:
    flag = cast.flag("misread")
    with cast.database.read() as db:
        for code in (flag.id.hex[:8], str(flag.id), flag.id.hex.upper()):
            assert [each.id for each in flags.find(db, code, "tyneside")] == [flag.id]
        assert not flags.find(db, flag.id.hex[:8], "elsewhere")
        assert not flags.find(db, "nothing") + flags.find(db, "")  # type: ignore[operator]
    with pytest.raises(flags.FlagRefused), cast.database.write() as db:
        flags.close(db, uuid4(), "sam@example.org", None, cast.now)


def test_the_history_says_what_was_done_and_never_their_words(cast: Cast) -> None:
    cast.flag("safety", loud=True, message_id=cast.wrote(SECRET))
    assert cast.events("flag_told") == [
        {
            "flag": str(cast.open_flags()[0].id),
            "kind": "safety",
            "version": 1,
            "told": ["Sam", "Jo Ridley (duty)"],
        }
    ]
    assert SECRET not in str(cast.events("flag_raised"))
