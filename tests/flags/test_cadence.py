"""How often the digest comes: a practitioner may slow it, and what cannot wait comes all the same."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import pytest

from bot import cadence, digests, mail
from bot.conversation.spoken import parse_hours
from bot.models import Digest, Email, Event, Practitioner
from bot.settings import Settings
from tests.flags.conftest import DAY, Cast

WEEKDAYS = "Mon-Fri 09:00-17:00"
# Monday 30 November 2026, and a bank holiday on a Monday of May.
MONDAY, HOLIDAY = date(2026, 11, 30), date(2026, 5, 4)


@pytest.mark.parametrize(
    ("often", "hours", "first", "days"),
    [
        ("daily", WEEKDAYS, MONDAY, "Mon Tue Wed Thu Fri"),
        ("twice_a_week", WEEKDAYS, MONDAY, "Mon Thu"),
        ("weekly", WEEKDAYS, MONDAY, "Mon"),
        ("twice_a_week", "Tue, Fri 10:00-15:00", MONDAY, "Tue Fri"),
        ("twice_a_week", "Tue, Wed 10:00-15:00", MONDAY, "Tue"),  # after Wednesday it is next week's turn
        ("weekly", "Wed 10:00-15:00", MONDAY, "Wed"),
        ("weekly", WEEKDAYS, HOLIDAY, "Tue"),
        ("twice_a_week", WEEKDAYS, HOLIDAY, "Tue Thu"),
        ("of a later version", WEEKDAYS, MONDAY, "Mon Tue Wed Thu Fri"),
    ],
)
def test_the_days_of_a_cadence(often: str, hours: str, first: date, days: str) -> None:
    week = [first + n * DAY for n in range(7)]
    found = [day for day in week if cadence.is_day(often, parse_hours(hours), frozenset({HOLIDAY}), day)]
    assert " ".join(f"{day:%a}" for day in found) == days


def slow(cast: Cast, settings: Settings, often: str, via: str = "page") -> None:
    with cast.database.write() as db:
        cadence.change(db, settings, cast.sam, often, cast.now, via=via)


def make_on(cast: Cast, day: str) -> Email | None:
    cast.now = datetime.fromisoformat(f"{day}T08:30:00+00:00")
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).digest_at = cast.now
        return digests.make(db, cast.library, cast.sam, cast.now)


@pytest.mark.parametrize(
    ("often", "came"),
    [
        ("daily", ["2026-11-25", "2026-11-26", "2026-11-30"]),
        ("twice_a_week", ["2026-11-26", "2026-11-30"]),
        ("weekly", ["2026-11-30"]),
    ],
)
def test_a_slower_digest_tells_it_all_the_next_time(
    cast: Cast, settings: Settings, often: str, came: list[str]
) -> None:
    slow(cast, settings, often)
    cast.flag("misread")
    days = ["2026-11-25", "2026-11-26", "2026-11-30"]
    made = {day: email for day in days if (email := make_on(cast, day))}
    assert list(made) == came
    assert "1 of 1  WE MISREAD" in made["2026-11-30"].body


def test_an_open_safety_flag_is_told_every_working_day_however_slow(cast: Cast, settings: Settings) -> None:
    slow(cast, settings, "weekly")
    cast.flag("safety", loud=True)
    alerts = [email for email in cast.mails() if email.kind == "alert"]
    assert alerts, "and at once"
    made = make_on(cast, "2026-11-25")
    assert made
    assert "1 of 1  SAFETY" in made.body


def test_by_hand_it_comes_whatever_was_chosen(cast: Cast, settings: Settings) -> None:
    slow(cast, settings, "weekly")
    cast.flag("misread")
    with cast.database.write() as db:
        assert digests.make(db, cast.library, cast.sam, cast.now, by_hand=True)


def test_a_slowed_digest_says_so(cast: Cast, settings: Settings) -> None:
    slow(cast, settings, "weekly")
    made = make_on(cast, "2026-11-30")
    assert made
    assert "\nChange how often (now on Mondays only): http" in made.body


# ---------------------------------------------------------------- changed by a link


def test_a_token_is_of_one_practitioner_and_of_us(cast: Cast, settings: Settings) -> None:
    token = cadence.sign(settings, cast.sam)
    assert cadence.read(settings, token) == cast.sam
    others = replace(settings, secret_key="another secret, long enough for anything")
    for wrong in (token[:-1], token[1:], "", "nonsense", cadence.sign(others, cast.sam)):
        with pytest.raises(cadence.CadenceRefused):
            cadence.read(settings, wrong)


def test_who_is_slowed_by_a_link_is_told_by_mail_and_once(cast: Cast, settings: Settings) -> None:
    slow(cast, settings, "weekly", via="mail button")
    slow(cast, settings, "weekly", via="mail button")
    [told] = cast.mails()
    assert told.to == "sam@example.org"
    assert "On Mondays only." in told.body
    assert told.body.rstrip().endswith(cadence.url(settings, cast.sam))
    [event] = cast.rows(Event, Event.what == "digest_cadence")
    assert (event.who, event.before, event.after) == (
        "sam@example.org",
        {"cadence": "daily"},
        {"email": "sam@example.org", "cadence": "weekly", "via": "mail button"},
    )


def test_signed_in_nobody_is_sent_a_mail_about_it(cast: Cast, settings: Settings) -> None:
    slow(cast, settings, "weekly")
    assert cast.mails() == []


def test_there_is_no_other_cadence_and_nobody_is_changed_who_has_left(cast: Cast, settings: Settings) -> None:
    with pytest.raises(cadence.CadenceRefused):
        slow(cast, settings, "never")
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).retired_at = cast.now
    slow(cast, settings, "weekly")
    [sam] = cast.rows(Practitioner, Practitioner.id == cast.sam)
    assert sam.digest_cadence == "daily"


# ---------------------------------------------------------------- in the mail's headers


def files(settings: Settings) -> list[bytes]:
    return [each.read_bytes() for each in sorted(Path(settings.mail_url.removeprefix("file:")).glob("*.eml"))]


def test_a_digest_has_the_headers_of_one_click_and_an_alert_has_not(cast: Cast, settings: Settings) -> None:
    cast.flag("asked_for_you")
    digest = make_on(cast, "2026-11-30")
    assert digest
    mail.deliver(cast.database, settings, lambda: cast.now)
    alert, mailed = (message_from_bytes(each, policy=policy.default) for each in files(settings))
    assert "List-Unsubscribe" not in alert
    assert mailed["List-Unsubscribe"] == f"<{cadence.url(settings, cast.sam)}>"
    assert mailed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mailed["Message-ID"] == f"<{digest.id.hex}@localhost>"
    assert mailed["Auto-Submitted"] == "auto-generated"


def test_a_long_link_is_whole_in_header_and_body(cast: Cast, settings: Settings) -> None:
    long = replace(settings, public_url=f"https://{'check-ins.' * 12}example.org")
    url = cadence.url(long, cast.sam)
    email = Email(
        id=UUID(int=1), to="sam@example.org", kind="digest", subject="x", body=f"\u2713 {url}\n",
        created_at=datetime(2026, 11, 3, tzinfo=UTC), list_unsubscribe=url,
    )  # fmt: skip
    written = mail.compose(email, settings).as_bytes()
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in written
    assert url in message_from_bytes(written, policy=policy.default).get_content()  # type: ignore[attr-defined]


def test_the_next_days_digest_is_not_the_same_mail(cast: Cast) -> None:
    cast.flag("misread")
    first, second = make_on(cast, "2026-11-25"), make_on(cast, "2026-11-26")
    assert first
    assert second
    assert first.id != second.id
    assert [each.day for each in sorted(cast.rows(Digest), key=lambda row: row.day)] == [
        date(2026, 11, 25),
        date(2026, 11, 26),
    ]
    assert second.created_at - first.created_at == timedelta(days=1)
