"""Enrolling people from a file: who is taken, with which consent, and who is left alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import event, func, select

from bot import people, suppression
from bot.database import Database
from bot.library import Library
from bot.models import Address, ConsentEvent, FormerAddress, ServiceUser, Wording
from bot.people import importing
from bot.people.importing import Imported
from tests.people.conftest import A_TUESDAY, AMINA, HEADER, LEON

Import = Callable[..., Imported]
NUMBER = "+447700900001"


def everybody(database: Database) -> list[ServiceUser]:
    with database.read() as db:
        return list(db.scalars(select(ServiceUser).order_by(ServiceUser.first_name)))


def test_a_new_person_is_invited_and_welcomed_now(import_rows: Import, database: Database) -> None:
    assert len(import_rows(AMINA).enrolled) == 1
    [amina] = everybody(database)
    assert (amina.first_name, amina.reference, amina.state) == ("Amina", "T-01", "invited")
    assert (amina.zone, amina.language, amina.channel, amina.every_weeks) == ("Europe/London", "en", "sms", 1)
    assert amina.next_check_in_at == amina.enrolled_at == A_TUESDAY


def test_a_welcome_waits_for_the_window_of_a_weekday(import_rows: Import, database: Database) -> None:
    import_rows(AMINA, now=datetime(2026, 11, 24, 21, 30, tzinfo=UTC))
    assert everybody(database)[0].next_check_in_at == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def test_the_consent_keeps_who_when_how_and_the_words_of_the_day(
    import_rows: Import, database: Database, library: Library
) -> None:
    import_rows(AMINA.replace("2026-11-20", "20/11/2026 14:30").replace(",Sam,", ",Sam Taylor,"))
    with database.read() as db:
        consent = db.scalars(select(ConsentEvent)).one()
        wording = db.scalars(select(Wording)).one()
    assert (consent.by, consent.channel, consent.what) == ("Sam Taylor", "sms", "given")
    assert consent.at == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert wording.text == library.scheme("tyneside").consent_wording["en"]
    assert consent.wording_hash == wording.hash == sha256(wording.text.encode()).hexdigest()


def test_the_same_file_twice_changes_nothing(import_rows: Import, database: Database) -> None:
    import_rows(AMINA, LEON)
    before = [(each.id, each.next_check_in_at, each.enrolled_at) for each in everybody(database)]
    again = import_rows(AMINA, LEON, now=A_TUESDAY + timedelta(days=3))
    assert (again.enrolled, again.channels, again.unchanged) == ([], 0, 2)
    assert [(each.id, each.next_check_in_at, each.enrolled_at) for each in everybody(database)] == before
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(ConsentEvent)) == 2


def test_an_old_file_moves_nobody_back(import_rows: Import, database: Database) -> None:
    import_rows(AMINA)
    again = import_rows(AMINA.replace("sam@", "jo@"))
    assert again.unchanged == 1
    assert "another practitioner" in str(again.notices[0])


def test_consent_to_sms_is_no_consent_to_whatsapp(import_rows: Import, database: Database) -> None:
    import_rows(AMINA)
    with database.read() as db:
        assert db.scalars(select(Address.channel)).all() == ["sms"]
    assert import_rows(AMINA.replace(",sms,", ",whatsapp,").replace("2026-11-20", "2026-11-23")).channels == 1
    with database.read() as db:
        consents = db.execute(select(ConsentEvent.channel, ConsentEvent.at).order_by(ConsentEvent.at)).all()
    assert [(channel, at.day) for channel, at in consents] == [("sms", 20), ("whatsapp", 23)]
    assert [each.channel for each in everybody(database)] == ["sms"], "the channel they prefer stays"


def test_two_rows_with_two_channels_are_one_person(import_rows: Import, database: Database) -> None:
    done = import_rows(AMINA, AMINA.replace(",sms,", ",whatsapp,"), AMINA)
    assert (len(done.enrolled), done.channels, done.unchanged) == (1, 1, 1)
    assert len(everybody(database)) == 1


def test_a_person_who_opted_out_is_never_enrolled_again_and_it_says_so(import_rows: Import, database: Database) -> None:
    with database.write() as db:
        suppression.suppress(db, "tyneside", NUMBER, "opted_out", A_TUESDAY - timedelta(days=4))
    done = import_rows(AMINA, AMINA.replace(",sms,", ",whatsapp,"), LEON)
    assert [each.first_name for each in everybody(database)] == ["Leon"]
    assert done.opted_out == 2
    assert str(done.notices[0]).startswith("line 2: they said they want no texts on 20 November 2026")


def test_an_opt_out_holds_in_its_own_scheme_alone(database: Database) -> None:
    with database.write() as db:
        suppression.suppress(db, "tyneside", NUMBER, "opted_out", A_TUESDAY)
        assert suppression.is_suppressed(db, "tyneside", NUMBER)
        assert not suppression.is_suppressed(db, "wearside", NUMBER)
        suppression.lift(db, "tyneside", [NUMBER])
        assert not suppression.is_suppressed(db, "tyneside", NUMBER)


def close_everybody(database: Database) -> None:
    with database.write() as db:
        for person in db.scalars(select(ServiceUser)):
            people.close(db, person, "sam@example.org", A_TUESDAY + timedelta(days=1))


def test_somebody_who_has_left_comes_back_only_by_a_newer_consent(import_rows: Import, database: Database) -> None:
    import_rows(AMINA)
    close_everybody(database)
    later = A_TUESDAY + timedelta(days=30)
    assert import_rows(AMINA, now=later).unchanged == 1
    assert everybody(database)[0].state == "closed"
    assert len(import_rows(AMINA.replace("2026-11-20", "2026-12-20"), now=later).enrolled) == 1
    [amina] = everybody(database)
    assert (amina.state, amina.next_check_in_at) == ("invited", later)


def test_a_number_passes_on_from_somebody_who_has_left(import_rows: Import, database: Database) -> None:
    import_rows(AMINA)
    close_everybody(database)
    import_rows(AMINA.replace("Amina", "Zara"))
    zara = next(each for each in everybody(database) if each.first_name == "Zara")
    with database.read() as db:
        assert db.scalars(select(Address.service_user_id)).all() == [zara.id]
        [was] = db.scalars(select(FormerAddress))
        assert was.service_user_id != zara.id
        assert was.address_hash == suppression.address_hash(db, NUMBER)


CAFE = AMINA.replace("Amina", "Siân")
BROKEN = CAFE.replace("T-01", '"T-01\n"')
WRITTEN = [
    pytest.param(f"\ufeff{HEADER}\n{CAFE}\n".encode(), id="with a BOM"),
    pytest.param(f"{HEADER}\r\n{CAFE}\r\n".encode(), id="Windows lines"),
    pytest.param(f"{HEADER}\n{CAFE}".encode("cp1252"), id="Windows letters"),
    pytest.param(f"{HEADER}\n{CAFE}".encode("utf-16"), id="UTF-16"),
    pytest.param(f"{HEADER}\n{CAFE}".replace(",", ";").encode(), id="semicolons"),
    pytest.param(f"{HEADER}\n{CAFE}".replace(",", "\t").encode(), id="tabs"),
    pytest.param(f"sep=;\n{HEADER}\n{CAFE}".replace(",", ";").encode(), id="a separator line"),
    pytest.param(f"\n{HEADER}\n\n,,,,,,,,\n{CAFE}\n\n".encode(), id="blank lines"),
    pytest.param(f"{HEADER},,\n{CAFE},,\n".encode(), id="empty columns on the right"),
    pytest.param(f"{HEADER.upper().replace('_', ' ')}\n{CAFE}".encode(), id="a header in capitals"),
    pytest.param(f"{HEADER}\n{BROKEN}".encode(), id="a line break in quotes"),
    pytest.param(f"{HEADER}\n{CAFE.replace(',', ' , ')}".encode(), id="spaces around values"),
    pytest.param(f"{HEADER}\n{CAFE.replace('07700 900001', '447700900001')}".encode(), id="a dropped plus"),
]


@pytest.mark.parametrize("data", WRITTEN)
def test_it_takes_what_spreadsheets_write(database: Database, library: Library, data: bytes) -> None:
    with database.write() as db:
        assert len(importing.import_file(db, library, data, A_TUESDAY).enrolled) == 1
    [sian] = everybody(database)
    assert (sian.first_name, sian.reference) == ("Siân", "T-01")


def test_lines_are_counted_past_blank_lines_and_line_breaks_in_quotes(faults: Callable[..., list[str]]) -> None:
    broken = LEON.replace("Leon", '"Leon\n"')
    [sentence] = faults("", broken, AMINA.replace(",sms,", ",fax,"))
    assert sentence.startswith("line 5, channel")


def test_ten_thousand_people_take_few_statements(database: Database, library: Library) -> None:
    rows = (
        f"tyneside,sam@example.org,Amina,0740{n // 100000}1{n % 100000:05},sms,en,Sam,2026-11-20,"
        for n in range(10_000)
    )
    data = "\n".join((HEADER, *rows)).encode()
    statements: list[str] = []
    with database.write() as db:
        event.listen(db.connection(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        done = importing.import_file(db, library, data, A_TUESDAY)
    assert len(done.enrolled) == 10_000
    assert len(statements) < 60
