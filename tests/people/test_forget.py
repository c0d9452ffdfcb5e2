"""Erasing a person: every table, the mails that name them, what waits to leave; and what stays on purpose."""

import re
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, String, Text, cast, select

from bot import checkins, flags, outbox, people, provider_copies, suppression
from bot.channels import Fault, Outcome, Outgoing, Refused, Sent, Unknown
from bot.channels.phone import PhoneChannel
from bot.database import Database
from bot.library import Library
from bot.models import Base, Email, Erasure, Flag, Message, ProviderCopy, ServiceUser, Suppression
from bot.people import PersonRefused, forgetting
from bot.people.forgetting import Forgotten
from bot.people.importing import Imported
from bot.people.scrub import scrub
from bot.service import Service
from bot.settings import Settings
from tests.delivery.people import HandClock
from tests.people.conftest import A_TUESDAY, AMINA, LEON, NUMBER, Texts

Import = Callable[..., Imported]
SAM = "sam@example.org"
NAME, WORDS = "Zebulonia", "a cormorant & <b>me</b>"
TRACES = (NAME, NUMBER, "cormorant", "T-01")


@pytest.fixture(autouse=True)
def _history(import_rows: Import, text: Texts, database: Database, library: Library) -> None:
    text(f"{WORDS} before anybody knew")
    import_rows(AMINA.replace("Amina", NAME), LEON)
    with database.write() as db:
        checkins.begin(db, library, people.find(db, NUMBER).id, A_TUESDAY)
    for words in ("ok", f"{WORDS} thurs", "7", "can someone ring me"):
        text(words)


@pytest.fixture
def forget(database: Database) -> Callable[[], Forgotten]:
    def forget() -> Forgotten:
        with database.write() as db:
            return forgetting.forget(db, people.find(db, NUMBER), SAM, A_TUESDAY)

    return forget


def everything(database: Database) -> str:
    """Every word in every table."""
    with database.read() as db:
        return "\n".join(
            str(value)
            for table in Base.metadata.sorted_tables
            for column in table.columns
            if isinstance(column.type, String | Text | JSON)
            for value in db.scalars(select(cast(column, Text)).select_from(table))
        )


def test_nothing_is_left_in_any_table_but_the_hash(database: Database, forget: Callable[[], Forgotten]) -> None:
    before = everything(database)
    assert all(trace in before for trace in TRACES)
    forget()
    after = everything(database)
    assert not [trace for trace in TRACES if trace in after]
    with database.read() as db:
        assert db.scalars(select(ServiceUser.first_name)).all() == ["Leon"]
        assert db.scalars(select(Erasure.by)).all() == [SAM]
        assert db.scalars(select(Suppression.why)).all() == ["forgotten"]
        assert suppression.is_suppressed(db, "tyneside", NUMBER)


@pytest.mark.sqlite
def test_nothing_is_left_in_the_file(database: Database, database_url: str, forget: Callable[[], Forgotten]) -> None:
    forget()
    assert scrub(database_url)
    folder = Path(database_url.removeprefix("sqlite:///")).parent
    for file in folder.glob("stepalong.db*"):
        kept = file.read_bytes()
        for trace in TRACES:
            assert trace.encode() not in kept, f"{trace} is still in {file.name}"


@pytest.mark.sqlite
def test_a_file_in_use_is_not_called_clean(database: Database, database_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("bot.people.scrub.PATIENCE", 0.05)
    with database.write() as db:
        db.execute(select(ServiceUser))
        assert not scrub(database_url)
    assert scrub(database_url)


@pytest.mark.postgresql
def test_dead_rows_are_cleared_away(database: Database, database_url: str, forget: Callable[[], Forgotten]) -> None:
    forget()
    assert scrub(database_url)


def test_the_provider_is_to_delete_every_text_it_named(database: Database, forget: Callable[[], Forgotten]) -> None:
    gone = forget()
    with database.read() as db:
        named = set(db.scalars(select(ProviderCopy.provider_id).where(ProviderCopy.provider_id.is_not(None))))
        unnamed = len(db.scalars(select(ProviderCopy.id).where(ProviderCopy.provider_id.is_(None))).all())
    assert named == {f"SM{n:032d}" for n in range(1, 6)}
    assert unnamed == gone.copies - len(named) > 0, "answers that no receipt has named yet"


def test_a_text_delivered_again_does_not_come_back(
    database: Database, text: Texts, forget: Callable[[], Forgotten]
) -> None:
    forget()
    text(WORDS, sid=f"SM{3:032d}")
    assert "cormorant" not in everything(database)
    text("hello?", sid="SM" + "f" * 32)
    assert "hello?" in everything(database), "a new text is a stranger's"


def test_a_receipt_that_comes_late_names_what_is_still_to_be_deleted(
    database: Database, library: Library, forget: Callable[[], Forgotten]
) -> None:
    with database.read() as db:
        reply = db.scalars(select(Message.id).where(Message.direction == "out")).first()
    forget()
    late = {"provider_id": "SMlate", "status": "delivered", "error_code": None, "now": A_TUESDAY}
    for _ in range(2):
        with database.write() as db:
            outbox.status(db, library, message_id=reply, **late)
    with database.read() as db:
        assert db.scalars(select(ProviderCopy.message_id).where(ProviderCopy.provider_id == "SMlate")).all() == [reply]
        assert provider_copies.erased(db, "SMlate")


def test_mails_that_left_lose_their_words_and_what_waits_goes_without_them(
    database: Database, forget: Callable[[], Forgotten]
) -> None:
    mail = {"scheme_id": "tyneside", "to": SAM, "kind": "digest", "due_at": A_TUESDAY, "created_at": A_TUESDAY}
    bodies = {"sent": f"{NAME} did it", "queued": f"{NAME} is quiet", "claimed": "Leon"}
    with database.write() as db:
        db.add_all(Email(**mail, subject="s", body=body, state=key, intention=key) for key, body in bodies.items())
    forget()
    with database.read() as db:
        left = {mail.intention: mail.body for mail in db.scalars(select(Email))}
    assert left["sent"] == ""
    assert "erased while this mail waited" in left["queued"]
    assert left["claimed"] == "Leon"


FILES: Mapping[str, tuple[str, bool]] = {
    "a name": (f"1 of 2  QUIET - {NAME} (T-01)", True),
    "a reference alone": ("1 of 2  QUIET - T-01", True),
    "a name of another": ("1 of 2  QUIET - Leon", False),
    "a part of a word": ("Zebulonias are birds", False),
}


@pytest.mark.parametrize("case", FILES)
def test_mails_in_a_folder_that_name_them_are_deleted(
    tmp_path: Path, forget: Callable[[], Forgotten], case: str
) -> None:
    words, named = FILES[case]
    mail = EmailMessage()
    mail["Subject"] = "Check-ins"
    mail.set_content(words + "\n\N{WAVING HAND SIGN}", cte="quoted-printable")
    (tmp_path / "one.eml").write_bytes(mail.as_bytes())
    assert forgetting.clear_folder(f"file:{tmp_path}", forget().names) == named
    assert (tmp_path / "one.eml").exists() is not named


@pytest.mark.parametrize("written", ["Anne-\nMarie", "anne-marie", "Anne-\N{ZERO WIDTH JOINER}Marie said"])
def test_a_name_is_found_however_a_mail_wraps_it(written: str) -> None:
    assert forgetting.named_in(f"QUIET - {written}, since Mon", ["Anne-Marie"])


def test_somebody_forgotten_is_not_enrolled_again(import_rows: Import, forget: Callable[[], Forgotten]) -> None:
    forget()
    assert import_rows(AMINA).opted_out == 1


def test_nobody_is_forgotten_while_somebody_has_to_act_for_their_safety(database: Database, text: Texts) -> None:
    text("i want to kill myself")
    for act in (forgetting.forget, people.close):
        with pytest.raises(PersonRefused, match="open safety flag"), database.write() as db:
            act(db, people.find(db, NUMBER), SAM, A_TUESDAY)
    with database.write() as db:
        for flag_id in db.scalars(select(Flag.id).where(Flag.kind == "safety")).all():
            flags.close(db, flag_id, SAM, "rang, they are safe", A_TUESDAY)
        forgetting.forget(db, people.find(db, NUMBER), SAM, A_TUESDAY)


def test_a_table_of_a_later_version_is_erased_and_handed_over_too() -> None:
    """Both go by the column that says whose a row is; a table that knows people without it is named here."""
    known = {"service_user_id", *forgetting.POINTS_AT}
    columns = {(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns}
    ids = {
        name for _, name in columns if re.search("(person|service_user).*_id|^(flag|message|step|check_in)_id", name)
    }
    assert ids <= known


class Forgetful(PhoneChannel):
    """While a text to them is on its way, somebody erases them; then the provider says something."""

    def __init__(self, database: Database, outcome: Outcome) -> None:
        self.database, self.outcome = database, outcome

    def send(self, outgoing: Outgoing) -> Outcome:  # type: ignore[override]
        if outgoing.address != NUMBER:
            return super().send(outgoing)
        with self.database.write() as db:
            forgetting.forget(db, people.find(db, NUMBER), SAM, A_TUESDAY)
        return self.outcome


OUTCOMES = [Sent("SMjust"), Unknown("timeout"), Refused("30003", Fault.TRY_TOMORROW), Refused("429", Fault.TEMPORARY)]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda each: type(each).__name__)
def test_somebody_erased_while_a_text_leaves_stops_nobody_elses(
    database: Database, library: Library, settings: Settings, outcome: Outcome
) -> None:
    with database.write() as db:
        for person in db.scalars(select(ServiceUser)):
            person.state, person.held_for = "active", None
            number = NUMBER if person.first_name == NAME else "+447700900002"
            own = {"scheme_id": "tyneside", "service_user_id": person.id, "channel": "sms", "address": number}
            text = {"direction": "out", "kind": "reply", "body": "hello", "state": "queued", "sender": "phone:tyneside"}
            db.add(Message(**own, **text, intention=person.first_name, due_at=A_TUESDAY, created_at=A_TUESDAY))
    clock = HandClock(A_TUESDAY)
    service = Service(settings, database, library, clock, Forgetful(database, outcome))
    for _ in range(2):
        outbox.deliver(service)
        # A number that was told to go slower does.
        clock.move(minutes=10)
    with database.read() as db:
        left = db.scalars(select(Message.state).where(Message.body == "hello")).all()
        assert left == ["delivered"], "Leon's"
        assert provider_copies.erased(db, "SMjust") is isinstance(outcome, Sent)
