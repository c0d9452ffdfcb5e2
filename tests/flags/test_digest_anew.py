"""A digest that waits for the mail server tells what is so when it leaves, and nothing twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot import digests, digests_anew, flags, mail
from bot.models import Digest, Email, Flag, Notice, Practitioner
from bot.settings import Settings
from tests.flags.conftest import Cast
from tests.flags.smtp import Letterbox, letterbox

HOUR = timedelta(hours=1)


@pytest.fixture
def box() -> Iterator[Letterbox]:
    with letterbox(Letterbox(silent=True)) as box:
        yield box


@pytest.fixture
def by_smtp(settings: Settings, box: Letterbox) -> Settings:
    return replace(settings, mail_url=f"smtp://127.0.0.1:{box.port}")


def make(cast: Cast, at: str = "2026-11-24T08:30") -> Email:
    cast.now = datetime.fromisoformat(f"{at}:00+00:00")
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).digest_at = cast.now
        made = digests.make(db, cast.library, cast.sam, cast.now)
    assert made
    return made


def deliver(cast: Cast, settings: Settings, after: timedelta = timedelta()) -> int:
    """As a sweep does."""
    cast.now += after
    digests_anew.refresh(cast.database, cast.library, cast.now)
    return mail.deliver(cast.database, settings, lambda: cast.now)


def row(cast: Cast, email: Email) -> Email:
    [found] = cast.rows(Email, Email.id == email.id)
    return found


def close(cast: Cast, flag: Flag) -> None:
    with cast.database.write() as db:
        flags.close(db, flag.id, "sam@example.org", None, cast.now)


def test_what_was_handled_while_the_server_was_down_is_not_told(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    handled, _ = cast.flag("misread"), cast.flag("step_too_big")
    made = make(cast)
    assert deliver(cast, by_smtp) == 0
    close(cast, handled)
    box.silent = False
    assert deliver(cast, by_smtp, 2 * HOUR) == 1
    [mailed] = box.mails
    assert mailed["Subject"] == "Check-ins Tue 24 Nov: 1 needs you"
    assert "MISREAD" not in mailed.get_content()
    assert mailed["Message-ID"] == f"<{made.id.hex}@localhost>"
    [digest] = cast.rows(Digest)
    assert (digest.made_at, digest.counts["need"]) == (cast.now, 1)


def test_one_that_leaves_at_once_is_left_as_it_was_made(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    handled = cast.flag("misread")
    make(cast)
    box.silent = False
    close(cast, handled)
    assert deliver(cast, by_smtp, timedelta(minutes=5)) == 1
    assert "MISREAD" in box.mails[0].get_content()


def test_facts_that_were_told_to_nobody_are_told(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    cast.flag("misread")
    fact = cast.flag("good_news")
    make(cast)
    assert deliver(cast, by_smtp) == 0
    box.silent = False
    assert deliver(cast, by_smtp, 2 * HOUR) == 1
    assert "GOOD NEWS  Leon" in box.mails[0].get_content()
    [after] = cast.rows(Flag, Flag.id == fact.id)
    assert (after.closed_why, after.closed_at) == ("told", cast.now)


@pytest.mark.parametrize("after", [timedelta(hours=14), timedelta(hours=20)], ids=["at night", "early"])
def test_nobodys_phone_goes_off_at_night_for_it(
    cast: Cast, by_smtp: Settings, box: Letterbox, after: timedelta
) -> None:
    cast.flag("misread")
    fact = cast.flag("good_news")
    made = make(cast)
    assert deliver(cast, by_smtp) == 0
    box.silent = False
    assert deliver(cast, by_smtp, after) == 0
    assert (row(cast, made).state, row(cast, made).error) == ("failed", digests_anew.OVERTAKEN)
    assert [each.closed_at for each in cast.rows(Flag, Flag.id == fact.id)] == [None]
    assert len(cast.rows(Notice)) == 1, "the operator hears of it"
    made = make(cast, "2026-11-25T08:30")
    assert "GOOD NEWS  Leon" in made.body
    assert deliver(cast, by_smtp) == 1


def test_a_later_digest_overtakes_it(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    cast.flag("misread")
    first = make(cast)
    assert deliver(cast, by_smtp) == 0
    second = make(cast, "2026-11-25T08:30")
    box.silent = False
    assert deliver(cast, by_smtp, timedelta(minutes=10)) == 1
    assert (row(cast, first).state, row(cast, second).state) == ("failed", "sent")
    assert [mailed["Message-ID"] for mailed in box.mails] == [f"<{second.id.hex}@localhost>"]


def test_one_digest_that_cannot_be_made_anew_leaves_as_it_is(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    cast.flag("misread")
    made = make(cast)
    with cast.database.write() as db:
        db.get_one(Email, made.id).intention = "digest:nonsense"
    box.silent = False
    assert deliver(cast, by_smtp, 2 * HOUR) == 1


def test_other_mails_are_never_touched(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    cast.flag("asked_for_you")
    [alert] = cast.mails()
    assert digests_anew.refresh(cast.database, cast.library, cast.now + 5 * HOUR) == 0
    assert row(cast, alert).body == alert.body
