"""What goes by itself: whose time is over, what goes and what stays, in the night, each person by themselves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import checkins, flags, people, retention, suppression
from bot.channels.phone import PhoneChannel
from bot.conversation.scheme import Scheme
from bot.database import Database
from bot.library import Library
from bot.models import (
    NO_WORDS,
    Answer,
    CheckIn,
    ConsentEvent,
    Email,
    Event,
    FormerAddress,
    Message,
    ProviderCopy,
    ServiceUser,
    SignInToken,
    Step,
    Suppression,
)
from bot.models import Scheme as SchemeRow
from bot.people import forgetting
from bot.people.importing import Imported
from bot.retention.times import CEILING_MONTHS, LOGS, months_before
from bot.service import Service
from bot.settings import Settings
from tests.people.conftest import A_TUESDAY, AMINA, LEON, NUMBER, Texts
from tests.people.test_forget import everything

Import = Callable[..., Imported]
SAM = "sam@example.org"
TRACES = ("Amina", NUMBER, "cormorant", "T-01")
CRY = "i want to kill myself by the lake"
A_DAY = timedelta(days=1)


@dataclass
class Hand:
    """A clock that is moved by hand."""

    at: datetime = A_TUESDAY

    def now(self) -> datetime:
        return self.at


@dataclass
class Nights:
    service: Service
    clock: Hand

    def on(self, day: datetime) -> dict[str, int]:
        """The night before that day: the alarm is set, and then it rings."""
        self.clock.at = day - A_DAY
        with self.service.database.write() as db:
            for row in db.scalars(select(SchemeRow)):
                row.retention_at = day
        self.clock.at = day
        return dict(retention.run(self.service))


@pytest.fixture
def nights(database: Database, library: Library, settings: Settings) -> Nights:
    clock = Hand()
    return Nights(Service(settings, database, library, clock, PhoneChannel()), clock)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _history(import_rows: Import, text: Texts, database: Database, library: Library) -> None:
    import_rows(AMINA, LEON)
    with database.write() as db:
        checkins.begin(db, library, people.find(db, NUMBER).id, A_TUESDAY)
    for words in ("ok", "feed a cormorant thurs", "7", "can someone ring me about my cormorant"):
        text(words)
    with database.write() as db:
        for flag in db.scalars(select(flags.Flag)).all():
            flags.close(db, flag.id, SAM, "rang Amina", A_TUESDAY)


def close(database: Database, when: datetime) -> None:
    with database.write() as db:
        people.close(db, people.find(db, NUMBER), SAM, when)


def amina(database: Database) -> ServiceUser:
    with database.read() as db:
        return db.scalars(select(ServiceUser).order_by(ServiceUser.reference.is_(None), ServiceUser.id)).first()  # type: ignore[return-value]


@pytest.mark.parametrize(("months", "gone"), [(12, True), (11, False)])
def test_words_and_names_go_a_year_after_they_left_and_not_before(
    nights: Nights, database: Database, months: int, gone: bool
) -> None:
    close(database, A_TUESDAY)
    later = datetime(2027, 11, 24, 12, tzinfo=UTC) if months == 12 else datetime(2027, 10, 24, 12, tzinfo=UTC)
    counts = nights.on(later)
    assert counts.get("people whose words were erased", 0) == (2 if gone else 0), "Leon never answered at all"
    left = everything(database)
    assert [trace for trace in TRACES if trace in left] == ([] if gone else [*TRACES])


def test_what_stays_is_numbers_and_dates_and_the_log_of_consents(nights: Nights, database: Database) -> None:
    close(database, A_TUESDAY)
    nights.on(A_TUESDAY + 366 * A_DAY)
    with database.read() as db:
        assert db.scalars(select(Answer.value).where(Answer.kept_as == "step.confidence")).all() == ["7"]
        assert [step.confidence for step in db.scalars(select(Step))] == [7]
        assert {"given", "agreed"} <= set(db.scalars(select(ConsentEvent.what)))
        assert set(db.scalars(select(ServiceUser.first_name))) == {"(left)"}
        proof = db.scalars(select(FormerAddress.address_hash)).all()
        assert suppression.address_hash(db, NUMBER) in proof
        assert db.scalars(select(Event.what).where(Event.what == "words_erased")).all() == ["words_erased"] * 2


def test_whoever_faded_away_is_closed_and_let_go_of(nights: Nights, database: Database) -> None:
    with database.write() as db:
        people.find(db, NUMBER).state = "resting"
    nights.on(A_TUESDAY + 366 * A_DAY)
    with database.read() as db:
        assert set(db.scalars(select(ServiceUser.state))) == {"closed"}


def test_a_late_text_or_a_late_leaving_begins_the_count_anew(nights: Nights, database: Database, text: Texts) -> None:
    close(database, A_TUESDAY + 100 * A_DAY)
    assert "people whose words were erased" in nights.on(A_TUESDAY + 370 * A_DAY), "Leon"
    assert "Amina" in everything(database)
    text("hello again", now=A_TUESDAY + 200 * A_DAY)
    nights.on(A_TUESDAY + 470 * A_DAY)
    assert "Amina" in everything(database)
    nights.on(A_TUESDAY + 570 * A_DAY)
    assert "Amina" not in everything(database)


def test_an_open_safety_flag_keeps_everything(nights: Nights, database: Database, text: Texts) -> None:
    text(CRY)
    counts = nights.on(A_TUESDAY + 500 * A_DAY)
    assert counts["people whose words were erased"] == 1, "Leon's alone"
    assert CRY in everything(database)
    with database.read() as db:
        shown = retention.preview(db, nights.service.library.scheme("tyneside"), nights.clock.now())
    assert shown["kept by an open safety flag"] == 1


def test_a_closed_safety_flag_keeps_name_text_and_note_as_long_as_the_policy_says(
    nights: Nights, database: Database, text: Texts
) -> None:
    text(CRY)
    with database.write() as db:
        for flag_id in db.scalars(select(flags.Flag.id).where(flags.Flag.kind == "safety")).all():
            flags.close(db, flag_id, SAM, "rang, with her sister now", A_TUESDAY)
    nights.on(A_TUESDAY + 500 * A_DAY)
    left = everything(database)
    assert all(kept in left for kept in ("Amina", CRY, "with her sister"))
    assert "cormorant" not in left
    nights.on(A_TUESDAY + 2300 * A_DAY)
    left = everything(database)
    assert [trace for trace in (*TRACES, CRY, "with her sister") if trace in left] == []


def test_after_six_years_nothing_is_left(nights: Nights, database: Database) -> None:
    close(database, A_TUESDAY)
    for days in (400, 2300):
        nights.on(A_TUESDAY + days * A_DAY)
    with database.read() as db:
        for table in (ServiceUser, Message, ConsentEvent, Answer, FormerAddress):
            assert db.scalars(select(table)).all() == []


def test_delivery_logs_go_after_ninety_days_and_texts_after_two_years_of_those_who_stay(
    nights: Nights, database: Database, text: Texts
) -> None:
    with database.write() as db:
        for message in db.scalars(select(Message)):
            message.error_code, message.attempts = "30003", 3
    nights.on(A_TUESDAY + LOGS + timedelta(hours=1))
    with database.read() as db:
        assert {(each.error_code, each.attempts) for each in db.scalars(select(Message)) if each.direction == "in"} == {
            (None, 0)
        }
        copies = set(db.scalars(select(ProviderCopy.provider_id)))
        assert copies >= {f"SM{n:032d}" for n in range(1, 5)}
        assert "cormorant" in everything(database)
    text("still here", now=A_TUESDAY + 700 * A_DAY)
    nights.on(A_TUESDAY + 740 * A_DAY)
    with database.read() as db:
        words = set(db.scalars(select(Message.body).where(Message.direction == "in")))
        assert words == {"", "still here"}
        assert [step.words for step in db.scalars(select(Step))] == ["feed a cormorant"], (
            "a step is still theirs to work on"
        )


# What of a text stays once its words have gone: that it was, when, by which way, and what became of it.
STAYS = {
    *("id", "scheme_id", "service_user_id", "check_in_id", "channel", "direction", "kind", "segments", "author"),
    *("node", "media", "state", "intention", "provider_id", "reply_to_id", "via", "due_at", "expires_at"),
    *("claimed_until", "attempts", "counted_at", "looked_up", "not_sent_reason", "created_at", "submitted_at"),
    *("sent_at", "delivered_at", "address", "sender", "error_code", "confirm_at", "no_receipt_at", "planned_for"),
}


def test_a_column_of_texts_goes_with_the_words_or_stays_on_purpose() -> None:
    assert {column.name for column in Message.__table__.columns} == STAYS | NO_WORDS.keys()
    assert not STAYS & NO_WORDS.keys()


@pytest.mark.parametrize("days", [740, 400], ids=["of who stays", "of who has left"])
def test_what_came_in_place_of_words_goes_with_them(nights: Nights, database: Database, text: Texts, days: int) -> None:
    """A button that was tapped tells what it said, and "STOP" that somebody left."""
    with database.write() as db:
        row = db.scalars(select(Message).where(Message.direction == "in").order_by(Message.created_at)).first()
        assert row
        row.body, row.payload, row.media_kinds, row.opt_out_type = "", "cormorant:yes", "a voice note", "STOP"
        row_id = row.id
    if days == 740:
        text("still here", now=A_TUESDAY + 700 * A_DAY)
    nights.on(A_TUESDAY + days * A_DAY)
    with database.read() as db:
        left = db.get_one(Message, row_id)
        assert (left.payload, left.media_kinds, left.opt_out_type) == (None, None, None)


def test_whoever_writes_after_two_years_of_silence_is_heard(nights: Nights, database: Database, text: Texts) -> None:
    """Their last check-in is still theirs, though nothing of what was said in it is left."""
    with database.write() as db:
        check_in = db.scalars(select(CheckIn)).one()
        check_in.ended_at, check_in.wake_at = check_in.ended_at or A_TUESDAY, None
        people.find(db, NUMBER).last_automatic_sent_at = A_TUESDAY + 700 * A_DAY
    nights.on(A_TUESDAY + 740 * A_DAY)
    with database.read() as db:
        assert db.scalars(select(CheckIn.state)).one().keys() == {"flow"}
    text("can you call me please", now=A_TUESDAY + 741 * A_DAY)
    with database.read() as db:
        assert db.scalars(select(Message.state).where(Message.body.like("can you%"))).all() == ["handled"]
        open_ones = select(flags.Flag.kind).where(flags.Flag.closed_at.is_(None))
        assert "asked_for_you" in set(db.scalars(open_ones))


def test_texts_of_strangers_mails_links_and_old_stops_go(
    nights: Nights, database: Database, text: Texts, tmp_path: Path, settings: Settings
) -> None:
    text("who is this", number="+447700900055")
    text("i want to die", number="+447700900066")
    with database.write() as db:
        sam = db.scalars(select(ServiceUser.practitioner_id)).first()
        old = {"scheme_id": "tyneside", "practitioner_id": sam, "expires_at": A_TUESDAY}
        db.add(SignInToken(token_hash="x", **old))
        suppression.suppress(db, "tyneside", "+447700900077", "opted_out", A_TUESDAY)
        db.query(Email).update({"state": "sent"})
    folder = Path(settings.mail_url.removeprefix("file:"))
    folder.mkdir(parents=True)
    for name in ("2026-11-24T110000-digest-1.eml", "2099-11-24T110000-digest-1.eml", "mine.eml"):
        (folder / name).touch()
    nights.service = replace(nights.service, settings=settings)
    counts = nights.on(A_TUESDAY + LOGS + A_DAY)
    left = everything(database)
    assert "+447700900055" not in left
    assert "+447700900066" in left, "nobody has dealt with the cry for help yet"
    assert {each.name for each in folder.iterdir()} == {"2099-11-24T110000-digest-1.eml", "mine.eml"}
    assert counts["links to sign in"] == 1
    with database.read() as db:
        assert db.scalars(select(Suppression)).all()
    nights.on(A_TUESDAY + 2300 * A_DAY)
    with database.read() as db:
        assert not db.scalars(select(Suppression)).all()


def test_by_day_nothing_goes_and_the_alarm_is_set_to_the_night(nights: Nights, database: Database) -> None:
    nights.clock.at = A_TUESDAY + 500 * A_DAY
    assert retention.run(nights.service) == {}
    with database.read() as db:
        [at] = db.scalars(select(SchemeRow.retention_at))
    assert at == retention.next_night(nights.service.library.scheme("tyneside"), nights.clock.now())
    assert "Amina" in everything(database)


QUIET = [("20:00", "09:00", 2, 30), ("22:00", "06:00", 2, 0), ("01:00", "05:00", 3, 0), ("00:00", "00:00", 0, 0)]


@pytest.mark.parametrize(("quiet_from", "quiet_until", "hour", "minute"), QUIET)
def test_the_night_is_the_middle_of_the_quiet_hours(
    library: Library, quiet_from: str, quiet_until: str, hour: int, minute: int
) -> None:
    at = {"quiet_from": time.fromisoformat(quiet_from), "quiet_until": time.fromisoformat(quiet_until)}
    scheme: Scheme = replace(library.scheme("tyneside"), **at)
    night = retention.next_night(scheme, A_TUESDAY)
    assert (night.hour, night.minute) == (hour, minute)
    assert A_TUESDAY < night <= A_TUESDAY + A_DAY


def test_a_turn_that_is_full_is_gone_on_with_and_one_that_fails_stops_nobody(
    nights: Nights, database: Database, monkeypatch: Any
) -> None:
    close(database, A_TUESDAY)
    later = A_TUESDAY + 400 * A_DAY
    with database.write() as db:
        db.scalars(select(SchemeRow)).one().retention_at = later
    nights.clock.at = later
    assert retention.run(nights.service, most=1)["people whose words were erased"] == 1
    refused = people.find

    def refuse(*_: object) -> None:
        raise RuntimeError(refused)

    with monkeypatch.context() as patched:
        patched.setattr("bot.people.numbers.leave_addresses", refuse)
        assert retention.run(nights.service)["put off a night"] == 1
    assert retention.run(nights.service) == {}, "the alarm is set to the next night"
    assert nights.on(later + A_DAY)["people whose words were erased"] == 1


def test_twice_in_a_night_changes_nothing_more(nights: Nights, database: Database) -> None:
    close(database, A_TUESDAY)
    nights.on(A_TUESDAY + 400 * A_DAY)
    before = everything(database)
    assert nights.on(A_TUESDAY + 400 * A_DAY) == {}
    assert everything(database) == before


MONTHS = [("2026-03-31", 1, "2026-02-28"), ("2028-03-31", 1, "2028-02-29"), ("2026-01-15", 13, "2024-12-15")]


@pytest.mark.parametrize(("now", "months", "before"), MONTHS)
def test_months_are_those_of_the_calendar(now: str, months: int, before: str) -> None:
    noon = datetime.fromisoformat(f"{now}T12:00+00:00")
    assert months_before(noon, months) == datetime.fromisoformat(f"{before}T12:00+00:00")
    assert months_before(noon, CEILING_MONTHS).year == noon.year - 2


def test_whoever_is_forgotten_after_their_words_went_is_forgotten_whole(nights: Nights, database: Database) -> None:
    close(database, A_TUESDAY)
    person = amina(database)
    nights.on(A_TUESDAY + 400 * A_DAY)
    with database.write() as db:
        forgetting.forget(db, people.find(db, str(person.id)), SAM, A_TUESDAY + 401 * A_DAY)
    with database.read() as db:
        assert db.get(ServiceUser, person.id) is None
