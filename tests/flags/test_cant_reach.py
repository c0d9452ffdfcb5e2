"""Can't reach: all that somebody needs to find another way, and over as soon as a text arrives or they write."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.conversation.flag_kinds import of
from bot.models import Address, Flag
from tests.flags.conftest import DAY, NOW, Cast

HOUR = timedelta(hours=1)


def flag(cast: Cast) -> Flag:
    return max(cast.rows(Flag, Flag.kind == "cant_reach"), key=lambda flag: flag.raised_at)


def three_days_lost(cast: Cast) -> None:
    for day in range(3):
        cast.now = NOW + day * DAY
        cast.lost("30003")


def test_it_says_what_was_tried_and_what_the_provider_said(cast: Cast) -> None:
    cast.now = NOW - 9 * DAY
    cast.lost("30005", kind="reply")
    cast.wrote("new phone")
    cast.now = NOW - 8 * DAY
    cast.asked()
    # Not for a reason of theirs: it proves nothing of their phone.
    cast.now = NOW - DAY
    cast.lost("21606")
    cast.also_on_whatsapp(cast.leon)
    three_days_lost(cast)
    shown = flag(cast).evidence
    off = "the phone was off or out of reach"
    assert [(each["at"][:10], each["channel"], each["status"], each["why"]) for each in shown["attempts"]] == [
        (f"{(NOW + day * DAY).date()}", "sms", "not delivered", off) for day in (2, 1, 0)
    ]
    assert shown["tries"] == 3
    assert shown["last_arrived_at"] == (NOW - 8 * DAY).isoformat()
    assert shown["other_channels"] == ["whatsapp"]
    assert shown["stopped_at"] is None
    assert shown["last_words"]["words"] == "new phone"
    assert (shown["rule"], shown["rule_version"], shown["clears"]) == (
        of("cant_reach").rule, of("cant_reach").version, of("cant_reach").clears
    )  # fmt: skip
    assert shown["since"] == (NOW + 2 * DAY).isoformat()
    assert [each["what"] for each in shown["done"]] == [
        "automatic texts stop until they write, a text arrives, or their number is changed"
    ]
    assert shown["details"] == {"code": "30003", "the provider says": off}


def test_another_way_that_they_have_not_agreed_to_is_told_apart(cast: Cast) -> None:
    cast.also_on_whatsapp(cast.leon)
    with cast.database.write() as db:
        for address in db.scalars(select(Address).where(Address.channel == "whatsapp")):
            address.consented = False
    cast.lost("30006")
    shown = flag(cast).evidence
    assert (shown["other_channels"], shown["not_agreed_to"]) == ([], ["whatsapp"])


def test_three_failures_of_one_evening_are_one_day(cast: Cast) -> None:
    for kind in ("check_in", "nudge", "reply", "staff"):
        cast.now += HOUR
        cast.lost("30003", kind=kind)
    assert cast.get().undelivered == 1
    assert cast.get().state == "active"


@pytest.mark.parametrize("ends", ["a text arrives", "they write"])
def test_it_is_over_when_a_text_arrives_or_they_write_and_that_is_written_down(cast: Cast, ends: str) -> None:
    three_days_lost(cast)
    assert (cast.get().state, flag(cast).closed_at) == ("unreachable", None)
    cast.now += DAY
    if ends == "they write":
        cast.wrote("got a new sim")
    else:
        cast.asked(kind="reply")
    why = "they_wrote" if ends == "they write" else "a_text_arrived"
    assert (flag(cast).closed_why, flag(cast).closed_by) == (why, "automatic")
    assert cast.events("flag_closed")[-1]["why"] == why
    assert (cast.get().state, cast.get().undelivered) == ("active", 0)


def test_what_it_had_explained_is_a_question_again_when_a_text_arrives(cast: Cast) -> None:
    cast.asked()
    cast.look(12 * DAY)
    cast.lost("30005", kind="quiet")
    assert [each.kind for each in cast.open_flags()] == ["cant_reach"]
    cast.now += DAY
    cast.asked(kind="reply")
    assert [each.kind for each in cast.open_flags()] == ["quiet"]


def test_it_goes_on_while_the_texts_still_fail(cast: Cast) -> None:
    three_days_lost(cast)
    version = flag(cast).version
    cast.now += DAY
    cast.lost("30003", kind="reply")
    assert (flag(cast).version, flag(cast).evidence["tries"]) == (version + 1, 4)
    assert flag(cast).evidence["since"] == (NOW + 2 * DAY).isoformat()
