"""What a flag must show, kind by kind: all that somebody needs before they ring."""

from datetime import timedelta
from uuid import uuid4

import pytest

from bot import flags, receiving
from bot.channels import Inbound
from bot.models import Address, Answer, Flag, Step
from tests.flags.acting import act, note, now_is
from tests.flags.conftest import DAY, NOW, Cast

WHY = "if me sister came"


def only(cast: Cast, kind: str) -> Flag:
    [flag] = cast.open_flags(kind)
    return flag


def said(cast: Cast, kept_as: str, words: str, value: str | None = None) -> None:
    owner = {"scheme_id": "tyneside", "service_user_id": cast.leon}
    how = {"certainty": "sure", "reason": "a test", "question": f"{kept_as}?"}
    cast.add(Answer(**owner, **how, node=kept_as, kept_as=kept_as, raw=words, value=value or words, at=cast.now))


def texted(cast: Cast, body: str) -> receiving.Received:
    address = cast.rows(Address)[0].address
    text = Inbound(provider_id=f"SM{uuid4().hex}", channel="sms", address=address, sender="phone:tyneside", body=body)
    with cast.database.write() as db:
        return receiving.receive(db, cast.library, "tyneside", text, cast.now)


# ---------------------------------------------------------------- quiet


def test_quiet_is_measured_against_their_own_rhythm_and_rules_us_out_first(cast: Cast) -> None:
    for days in (40, 34, 28, 22):
        cast.now = NOW - days * DAY
        cast.wrote(f"{days} days before")
    cast.also_on_whatsapp(cast.leon)
    cast.add(
        Step(
            scheme_id="tyneside", service_user_id=cast.leon, words="ring the college", barrier="travel", set_at=cast.now
        )
    )
    cast.set(cast.leon, every_weeks=2)
    cast.now = NOW
    first = cast.asked()
    cast.now += 7 * DAY
    cast.asked()
    cast.look(5 * DAY)
    shown = only(cast, "quiet").evidence
    assert shown["last_words"]["words"] == "22 days before"
    assert shown["usual_gap_days"] == 6
    assert [(each["kind"], each["delivered"]) for each in shown["prompts"]] == [
        ("check_in", NOW.isoformat()),
        ("check_in", (NOW + 7 * DAY).isoformat()),
    ]
    assert first is not None
    assert {"whatsapp_window_until", "paused_until"} <= shown.keys()
    assert (shown["barrier"], shown["step"]) == ("travel", "ring the college")
    assert shown["rhythm"] == "a check-in every 2 weeks, which they chose"
    assert shown["holidays"] == []


def test_quiet_over_christmas_says_so(cast: Cast) -> None:
    cast.now = NOW + 28 * DAY  # the 22nd
    cast.asked()
    cast.look(12 * DAY)
    holidays = only(cast, "quiet").evidence["holidays"]
    assert {"2026-12-25", "2027-01-01"} <= set(holidays)
    assert holidays == sorted(holidays)


def test_what_was_noted_of_a_silence_before_is_known_at_the_next(cast: Cast) -> None:
    before = cast.flag("quiet")
    note(cast, before, reason="shared_phone")
    act(cast, before, "in_touch", barrier="credit")
    cast.now += 20 * DAY
    shown = cast.flag("quiet").evidence["noted_before"]
    assert shown == {"reason": "shared_phone", "barrier": "credit", "at": NOW.isoformat()}


def test_any_text_ends_it_and_says_why(cast: Cast) -> None:
    flag = cast.flag("quiet")
    texted(cast, "\N{THUMBS UP SIGN}")
    assert now_is(cast, flag).closed_why == "they_wrote"
    assert cast.events("flag_closed")[-1]["why"] == "they_wrote"


# ---------------------------------------------------------------- confidence


def test_confidence_shows_the_last_four_with_their_days_and_their_usual(cast: Cast) -> None:
    for days, number in ((28, 7), (21, 8), (14, 7), (7, 7), (0, 3)):
        cast.answered_with(number, NOW - days * DAY)
    shown = cast.flag("confidence").evidence
    assert [(each["value"], each["at"]) for each in shown["answers"]] == [
        (number, (NOW - days * DAY).isoformat()) for days, number in ((0, 3), (7, 7), (14, 7), (21, 8))
    ]
    assert (shown["usual"], shown["question"]) == (7, "How sure are you?")
    assert shown["pattern"] == "a single low answer, not a trend"


def test_their_reason_is_the_one_they_gave_for_this_number(cast: Cast) -> None:
    cast.answered_with(8, NOW - 7 * DAY)
    cast.now = NOW - 7 * DAY + timedelta(minutes=1)
    said(cast, "step.why", "cos ive rung them before")
    cast.now = NOW
    cast.answered_with(3, NOW)
    flag = cast.flag("confidence")
    assert flag.evidence["reason"] is None
    cast.now += timedelta(minutes=2)
    said(cast, "step.higher", WHY)
    with cast.database.write() as db:
        flags.settle_confidence(db, cast.library, cast.get_in(db), cast.now)
    shown = now_is(cast, flag)
    assert shown.evidence["reason"] == {"words": WHY, "at": cast.now.isoformat()}
    # It is known, and no news: nobody has to look at it again.
    assert shown.version == flag.version


def test_a_number_they_put_right_is_none_of_theirs(cast: Cast) -> None:
    for days, number in ((21, 7), (14, 8), (7, 7)):
        cast.answered_with(number, NOW - days * DAY)
    cast.answered_with(1, NOW - timedelta(minutes=2))
    with cast.database.write() as db:
        wrong = next(each for each in db.query(Answer) if each.value == "1")
        wrong.corrected_at = NOW
    cast.answered_with(3, NOW)
    shown = cast.flag("confidence").evidence
    assert [each["value"] for each in shown["answers"]] == [3, 7, 8, 7]
    assert shown["usual"] == 7


# ---------------------------------------------------------------- asked for you, safety


def test_asked_for_you_shows_the_message_since_when_and_what_the_bot_answered(cast: Cast) -> None:
    received = texted(cast, "can i speak to a person about the travel money")
    flag = only(cast, "asked_for_you")
    assert received.reply is not None
    assert flag.evidence["answered"] == received.reply.body
    assert flag.evidence["said"] == [{"words": "can i speak to a person about the travel money", "at": NOW.isoformat()}]
    cast.now += timedelta(hours=15)
    texted(cast, "can someone ring me please")
    # The waiting began with the first.
    assert only(cast, "asked_for_you").evidence["since"] == NOW.isoformat()


@pytest.mark.parametrize(
    "thanks",
    [
        *(
            "thanks",
            "Thanks!",
            "thank you",
            "ty",
            "cheers",
            "cheers pet",
            "ta",
            "ok",
            "OK.",
            "okay thanks",
            "k",
            "great",
        ),
        *("\N{THUMBS UP SIGN}", "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", "ok thanks sam", "will do"),
        *("\N{PERSON WITH FOLDED HANDS}", "nice one", "great", "thanks for that", "no worries"),
    ],
)
def test_a_thank_you_asks_for_nobody(cast: Cast, thanks: str) -> None:
    texted(cast, thanks)
    assert cast.open_flags("asked_for_you") == []
    assert cast.mails() == []


def test_safety_says_who_else_was_told_and_never_what_was_written(cast: Cast) -> None:
    texted(cast, "i want to kill myself")
    shown = only(cast, "safety").evidence
    assert [each["who"] for each in shown["told"]][0] == "Sam"
    assert len(shown["told"]) == 2
    assert "kill" not in str(shown)
    assert shown["messages"]


def test_every_flag_tells_what_ends_it_in_its_own_words(cast: Cast) -> None:
    for kind in ("quiet", "cant_reach", "confidence", "asked_for_you", "safety"):
        shown = cast.flag(kind).evidence
        assert shown["rule"].endswith(".")
        assert shown["clears"].endswith(".")
        assert shown["rule_version"] >= 1
