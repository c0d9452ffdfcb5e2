"""The example cast: at different points of their way, all of it written by the bot itself."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation.known import known
from bot.models import Dream, Email, Event, Flag, Message, Practitioner, ServiceUser, Step
from bot.queries import person_facts
from bot.seed import seed
from bot.seed.play import Played
from bot.service import Service
from bot.settings import Settings
from bot.sweep import sweep
from tests.databases import Databases

NOW = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def service(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose clock stands still, with the example cast in it."""
    folder = tmp_path_factory.mktemp("seed")
    with databases.migrated(folder) as url:
        service = stood_still(folder, url)
        seed(service, sweep)
        yield service
        service.database.close()


def stood_still(folder: Path, url: str) -> Service:
    environ = {"VAR_DIR": str(folder), "SECRET_KEY": "a secret for tests", "DATABASE_URL": url}
    return replace(Service.from_settings(Settings.from_env(environ)), clock=Played(NOW))


@pytest.fixture
def db(service: Service) -> Iterator[Session]:
    with service.database.read() as db:
        yield db


@pytest.fixture
def person(db: Session) -> Callable[[str], ServiceUser]:
    return lambda name: db.scalars(select(ServiceUser).where(ServiceUser.first_name == name)).one()


STATES = {
    "Amina": "invited",
    "Leon": "active",
    "Priya": "active",
    "Dev": "unreachable",
    "Tom": "active",
    "Mo": "opted_out",
    "Kim": "active",
}
FLAGS = {("Kim", "asked_for_you"), ("Dev", "cant_reach"), ("Tom", "quiet")}


def test_everybody_stands_where_the_story_wants_them(db: Session) -> None:
    people = db.execute(select(ServiceUser.first_name, ServiceUser.state)).all()
    assert {name: state for name, state in people} == STATES  # noqa: C416
    open_flags = select(ServiceUser.first_name, Flag.kind).join(Flag, Flag.service_user_id == ServiceUser.id)
    assert {tuple(row) for row in db.execute(open_flags.where(Flag.closed_at.is_(None)))} == FLAGS


def test_the_newcomers_welcome_is_due_now(person: Callable[[str], ServiceUser]) -> None:
    assert person("Amina").next_check_in_at == NOW


def test_the_bigger_question_is_near_for_the_one_who_is_mid_way(
    db: Session, service: Service, person: Callable[[str], ServiceUser]
) -> None:
    leon = person("Leon")
    assert leon.met_at is not None
    assert leon.dream_asked_at is None
    later = NOW + timedelta(days=14)
    facts = person_facts(db, service.library, leon, NOW)
    assert len(facts.confidences) >= 3
    assert facts.wins
    assert known(replace(facts, answered_check_ins=4), {}, later)["may_dream"]


def test_the_one_with_many_wins_has_told_a_dream(db: Session, person: Callable[[str], ServiceUser]) -> None:
    priya = person("Priya")
    won = select(func.count()).where(Step.service_user_id == priya.id, Step.outcome == "done")
    assert (db.scalar(won) or 0) >= 5
    assert db.scalars(select(Dream.words).where(Dream.service_user_id == priya.id)).all() == [
        "my own little cake stall, and then maybe a shop"
    ]


def test_silence_has_its_evidence(db: Session, person: Callable[[str], ServiceUser]) -> None:
    tom = person("Tom")
    assert tom.silence == "asked"
    flag = db.scalars(select(Flag).where(Flag.service_user_id == tom.id, Flag.kind == "quiet")).one()
    assert flag.evidence["last_words"]


def test_nothing_is_of_the_future_and_nothing_is_left_half_sent(db: Session) -> None:
    assert db.scalar(select(func.max(Event.at))) <= NOW
    assert db.scalar(select(func.max(Message.created_at))) <= NOW
    waiting = select(Message.state).where(Message.direction == "out", Message.due_at.is_not(None))
    assert db.scalars(waiting).all() == []


def test_no_reply_of_theirs_was_misread(db: Session) -> None:
    """The story is told in words that the readers understand."""
    lost = ("not_understood", "handed_over", "passed_on", "paused", "skip")
    odd = select(Message.body).where(Message.node.in_([f"phrases/{name}" for name in lost]))
    assert db.scalars(odd).all() == []


def test_old_digests_go_to_nobodys_mailbox_and_the_next_one_is_set(db: Session, service: Service) -> None:
    assert not list(Path(service.settings.mail_url.removeprefix("file:")).glob("*.eml"))
    assert db.scalars(select(Email).where(Email.state != "sent")).all() == []
    assert all(at > NOW for at in db.scalars(select(Practitioner.digest_at)))


def test_a_second_time_changes_nothing(service: Service) -> None:
    def rows() -> list[int | None]:
        with service.database.read() as db:
            return [db.scalar(select(func.count()).select_from(each)) for each in (ServiceUser, Message, Event)]

    before = rows()
    assert seed(service, sweep) == "the example cast is here already"
    assert rows() == before


def test_a_run_that_was_cut_off_is_taken_up(database_url: str, tmp_path: Path) -> None:
    service = stood_still(tmp_path / "var", database_url)
    sweeps = 0

    def sweep_until_killed(played: Service) -> object:
        nonlocal sweeps
        sweeps += 1
        if sweeps == 25:
            raise KeyboardInterrupt
        return sweep(played)

    with pytest.raises(KeyboardInterrupt):
        seed(service, sweep_until_killed)
    seed(service, sweep)
    with service.database.read() as db:
        people = db.execute(select(ServiceUser.first_name, ServiceUser.state)).all()
        assert sorted(map(tuple, people)) == sorted(STATES.items())
    service.database.close()
