"""The operator is told what is ours to mend: one mail a day for each kind and scheme, with how often and since when."""

import re
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bot import notices
from bot.conversation.scheme import Caps
from bot.database import Database
from bot.library import Library
from bot.models import Email, Notice, Scheme, Tally
from bot.notices import Kind
from bot.notices.words import TROUBLES
from bot.settings import ROOT, Settings

NOON = datetime(2026, 6, 2, 11, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OPERATOR = "operator@example.org"


class Desk:
    """A database with a scheme, and an operator."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings, self.now = database, settings, NOON
        self.library = Library.load(ROOT / "flows")
        with database.write() as db:
            db.add(Scheme(id="tyneside", created_at=NOON))

    def note(self, kind: Kind = Kind.SETTING, scope: str = "tyneside", detail: str = "21606") -> None:
        with self.database.write() as db:
            notices.note(db, kind, self.now, scope, detail)

    def tell(self, after: timedelta = timedelta()) -> int:
        self.now += after
        with self.database.write() as db:
            return len(notices.tell(db, self.library, self.settings, self.now))

    def sent(self, sent: int, day: date, scope: str = "tyneside") -> None:
        with self.database.write() as db:
            db.merge(Tally(scope=scope, day=day, sent=sent))

    def mails(self) -> list[Email]:
        with self.database.read() as db:
            return list(db.scalars(select(Email).order_by(Email.created_at, Email.subject)))

    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.mails()]

    def noted(self) -> dict[tuple[str, str, str], int]:
        with self.database.read() as db:
            return {(row.kind, row.scope, row.detail): row.count for row in db.scalars(select(Notice))}


@pytest.fixture
def desk(database: Database, environ: dict[str, str]) -> Desk:
    settings = Settings.from_env({**environ, "OPERATOR_EMAIL": OPERATOR})
    return Desk(database, settings)


def test_it_is_counted_and_told_once_a_day_with_how_often(desk: Desk) -> None:
    for code in ("21606", "21606", "21408"):
        desk.note(detail=code)
    assert desk.tell(after=4 * MINUTE) == 0
    assert desk.tell(after=MINUTE) == 1
    [mail] = desk.mails()
    assert (mail.to, mail.scheme_id, mail.state, mail.kind) == (OPERATOR, None, "queued", "operator")
    assert mail.subject == "Stepalong: texts were refused for a setting of ours (tyneside)"
    assert "Since:   Tue 2 Jun 11:00 UTC\nScheme:  tyneside\nSo far:  3 texts were refused" in mail.body
    assert "  21606, 2 times: the number we send from is not ours" in mail.body
    assert "  21408: texts to this country are not switched on" in mail.body
    desk.note()
    assert desk.tell(after=6 * HOUR) == 0


def test_the_next_day_it_is_told_again_with_when_it_began(desk: Desk) -> None:
    for _ in range(3):
        desk.note()
        desk.tell(after=HOUR)
        desk.now += DAY - HOUR
    assert len(desk.mails()) == 3
    assert "Since:   Tue 2 Jun 11:00 UTC" in desk.mails()[-1].body
    assert "So far:  1 text was refused" in desk.mails()[-1].body
    # A day without it: what comes later begins anew.
    desk.now += 2 * DAY
    desk.note()
    desk.tell(after=HOUR)
    assert "Since:   Sun 7 Jun 11:00 UTC" in desk.mails()[-1].body


def test_what_is_met_before_midnight_is_told_after_it(desk: Desk) -> None:
    desk.now = NOON.replace(hour=23, minute=58)
    desk.note()
    assert desk.tell(after=10 * MINUTE) == 1


def test_each_scheme_and_each_kind_has_its_own(desk: Desk) -> None:
    desk.note()
    desk.note(scope="wearside")
    desk.note(Kind.AUTH, notices.EVERYWHERE, "20003")
    desk.note(Kind.NEW_CODE, detail="12345")
    assert desk.tell(after=HOUR) == 4
    assert len(set(desk.subjects())) == 4


def test_ten_at_once_count_all_and_write_it_once(desk: Desk) -> None:
    def turn() -> None:
        desk.note()
        with desk.database.write() as db:
            told.append(notices.tell(db, desk.library, desk.settings, NOON + HOUR))

    told: list[list[UUID]] = []
    threads = [threading.Thread(target=turn) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, told)) == [0] * 9 + [1]
    assert len(desk.mails()) == 1
    assert desk.noted() == {("setting", "tyneside", "21606"): 10}


def test_what_something_else_explains_is_counted_and_not_told(desk: Desk) -> None:
    """One outage is one mail: the texts that were given up in it are in the numbers."""
    desk.note(Kind.GIVEN_UP, detail="unknown")
    desk.now += HOUR
    desk.note(Kind.INBOUND_LIST, notices.EVERYWHERE, "500")
    assert desk.tell(after=HOUR) == 1
    assert desk.subjects() == ["Stepalong: the list of what people wrote cannot be read"]
    desk.now += DAY
    desk.note(Kind.GIVEN_UP, detail="unknown")
    assert desk.tell(after=2 * HOUR) == 1


def test_with_nobody_to_tell_it_is_only_counted(desk: Desk) -> None:
    desk.settings = replace(desk.settings, operator_email="")
    desk.note()
    assert desk.tell(after=HOUR) == 0
    assert (desk.mails(), desk.noted()) == ([], {("setting", "tyneside", "21606"): 1})


def test_what_holds_on_is_counted_once_a_day_and_told_at_once(desk: Desk) -> None:
    with desk.database.write() as db:
        assert notices.note_once(db, Kind.CLOCK, NOON)
        assert not notices.note_once(db, Kind.CLOCK, NOON + HOUR)
    assert desk.tell() == 1
    assert "So far" not in desk.mails()[0].body


# ---------------------------------------------------------------- how much of the day is used

USED = [(2499, None), (2500, Kind.CAP_50), (4000, Kind.CAP_80), (4999, Kind.CAP_80), (5000, Kind.CAP_100)]


@pytest.mark.parametrize(("sent", "told"), USED)
def test_half_four_fifths_and_all_of_a_schemes_day(desk: Desk, sent: int, told: Kind | None) -> None:
    desk.sent(sent, NOON.date())
    assert desk.tell() == (1 if told else 0)
    assert desk.tell(after=HOUR) == 0
    assert desk.noted() == ({(told.value, "tyneside", "5000 a day"): 1} if told else {})


def test_the_three_steps_of_a_day_are_three_mails(desk: Desk) -> None:
    for sent in (2600, 3000, 4100, 5000):
        desk.sent(sent, NOON.date())
        desk.tell(after=MINUTE)
    titles = [TROUBLES[kind].title for kind in (Kind.CAP_50, Kind.CAP_80, Kind.CAP_100)]
    assert desk.subjects() == [f"Stepalong: {title} (tyneside)" for title in titles]


def test_everybodys_day_has_its_cap_too(desk: Desk) -> None:
    scheme = replace(desk.library.scheme("tyneside"), caps=Caps(all_day=10))
    desk.library = replace(desk.library, schemes={"tyneside": scheme})
    desk.sent(10, NOON.date(), "*")
    assert desk.tell() == 1
    assert desk.subjects() == ["Stepalong: the day's texts are used up"]


USUAL = [([90, 100, 110], 299, False), ([90, 100, 110], 300, True), ([10, 10], 99, False), ([100], 900, False)]


@pytest.mark.parametrize(("weeks", "today", "told"), USUAL)
def test_three_times_as_many_as_on_that_weekday(desk: Desk, weeks: list[int], today: int, told: bool) -> None:
    for week, sent in enumerate(weeks, start=1):
        desk.sent(sent, NOON.date() - 7 * week * DAY)
        desk.sent(5, NOON.date() - 7 * week * DAY + DAY)
    desk.sent(today, NOON.date())
    desk.tell()
    assert (("spend", "tyneside", "usually 100") in desk.noted()) == told


# ---------------------------------------------------------------- the words


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_says_what_happened_and_what_to_do(desk: Desk, kind: Kind) -> None:
    desk.note(kind, detail="")
    desk.tell(after=2 * HOUR)
    [mail] = desk.mails()
    assert len(mail.subject) <= 100
    assert all(len(line) <= 70 for line in mail.body.splitlines())
    assert mail.body.isascii()
    assert "What to do:\n  " in mail.body
    for sentence in (TROUBLES[kind].happened, TROUBLES[kind].do):
        assert sentence.endswith((".", "--accept-clock", "restored"))
        assert " ".join(sentence.split()) in " ".join(mail.body.split())


def test_every_kind_fits_its_column() -> None:
    assert set(TROUBLES) == set(Kind)
    assert all(len(kind) <= 24 and re.fullmatch("[a-z_0-9]+", kind) for kind in Kind)


def test_old_notes_go(desk: Desk) -> None:
    desk.note()
    desk.now += 100 * DAY
    desk.note()
    desk.tell(after=HOUR)
    with desk.database.read() as db:
        assert len(db.scalars(select(Notice)).all()) == 1
