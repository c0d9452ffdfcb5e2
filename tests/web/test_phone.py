"""The phone on a page: text, wait, settle, start over, all by plain forms."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from threading import Event as Pause
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from bot import flags
from bot.clock import monotonic
from bot.models import Event, Flag, Message, ServiceUser
from bot.service import Service
from bot.settings import Settings
from bot.web import create_app
from tests.web import pages
from tests.web.conftest import AMINA, add_person

A_WEEK = timedelta(days=7)


@pytest.fixture
def service(settings: Settings, database_url: str) -> Iterator[Service]:
    service = Service.from_settings(settings)
    yield service
    service.database.close()


@pytest.fixture
def client(settings: Settings, service: Service) -> FlaskClient:
    return create_app(settings, service).test_client()


@pytest.fixture
def amina(service: Service) -> uuid.UUID:
    return add_person(service.database, "Amina", AMINA, service.clock.now())


class Phone:
    """A browser without a script."""

    def __init__(self, client: FlaskClient, person_id: uuid.UUID) -> None:
        self.client, self.path = client, f"/phone/{person_id}"

    def look(self, query: str = "") -> str:
        answer = self.client.get(self.path + query)
        assert answer.status_code == 200
        pages.check(answer.text)
        return answer.text

    def post(self, where: str, **fields: str) -> str:
        """Send one of the page's forms and look at what comes back."""
        [token, *_] = re.findall(r'name="csrf_token" value="([^"]+)"', self.look())
        answer = self.client.post(self.path + where, data={"csrf_token": token, **fields})
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"{self.path}#phone"
        return self.look()

    def text(self, words: str) -> str:
        return self.post("/text", words=words)


@pytest.fixture
def phone(client: FlaskClient, amina: uuid.UUID) -> Phone:
    return Phone(client, amina)


def words(html: str) -> list[str]:
    return [
        " ".join(re.sub("<[^>]+>", "", each).split()) for each in re.findall(r'<p class="words">(.*?)</p>', html, re.S)
    ]


def news(html: str) -> str:
    [found] = re.findall(r'<div id="news".*?>(.*?)</div>', html, re.S)
    return re.sub("<[^>]+>", "", found).strip()


def test_it_begins_with_the_first_persons_phone(client: FlaskClient, phone: Phone) -> None:
    assert "<h1>Amina's phone</h1>" in client.get("/phone").text
    assert "No texts yet. The first comes" in phone.look()


def test_with_nobody_it_offers_the_example_people(client: FlaskClient) -> None:
    html = client.get("/phone").text
    pages.check(html)
    assert "Load the example people" in html


def test_the_front_page_leads_to_it(client: FlaskClient) -> None:
    html = client.get("/").text
    pages.check(html)
    assert 'href="/phone"' in html


def test_a_text_is_answered_on_the_phone(phone: Phone, service: Service) -> None:
    html = phone.text("can i talk to someone please")
    [wrote, got] = words(html)
    assert wrote == "can i talk to someone please"
    assert "Sam" in got
    assert "Amina asked for Sam" in html
    with service.database.read() as db:
        assert db.scalars(select(Message.state).where(Message.direction == "out")).all() == ["delivered"]


def test_where_the_bot_is_silent_the_page_says_so(phone: Phone) -> None:
    assert news(phone.text("please stop texting me")) == ""
    html = phone.text("alreet")
    assert len(words(html)) == 3
    assert news(html).startswith("Kept, and not answered")


def test_what_people_write_is_shown_and_never_run(phone: Phone) -> None:
    html = phone.text("<script>alert(1)</script> \u202egnirts \x07 & {{ 7*7 }}")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [U+202E]gnirts [U+0007] &amp; {{ 7*7 }}" in html


@pytest.mark.parametrize("text", ["", "   \r\n ", "x" * 1601])
def test_what_is_no_text_is_not_sent_and_the_page_says_why(phone: Phone, text: str) -> None:
    html = phone.text(text)
    assert words(html) == []
    assert news(html).startswith("Nothing was sent:")


def test_the_same_page_sent_twice_is_one_text(phone: Phone) -> None:
    once = uuid.uuid4().hex
    phone.post("/text", words="hello", once=once)
    html = phone.post("/text", words="hello", once=once)
    assert words(html).count("hello") == 1


def test_without_its_token_a_form_is_refused(client: FlaskClient, phone: Phone) -> None:
    for where in ("/text", "/wait", "/met", f"/flags/{uuid.uuid4()}"):
        answer = client.post(phone.path + where, data={"words": "hello", "hours": "24"})
        assert answer.status_code == 400
        pages.check(answer.text)
    assert client.post("/phone/start-over").status_code == 400
    assert words(phone.look()) == []


def test_time_passes_and_what_fell_due_happened_at_its_time(phone: Phone, service: Service, amina: uuid.UUID) -> None:
    before = service.clock.now()
    with service.database.write() as db:
        due = db.get_one(ServiceUser, amina).next_check_in_at
    html = phone.post("/wait", hours="168")
    assert timedelta(0) <= service.clock.now() - before - A_WEEK < timedelta(minutes=1)
    assert news(html).startswith("A week passed.")
    assert "went out to Amina" in news(html)
    with service.database.read() as db:
        [first, *_] = db.scalars(select(Message).where(Message.kind == "check_in")).all()
    assert due is not None
    assert first.created_at - due < timedelta(minutes=1) or first.created_at > due
    assert "Hi Amina" in words(html)[0]


@pytest.mark.parametrize("hours", ["0", "-24", "25", "1e9", "", "x"])
def test_only_the_waits_that_are_offered_are_taken(client: FlaskClient, phone: Phone, hours: str) -> None:
    [token, *_] = re.findall(r'name="csrf_token" value="([^"]+)"', phone.look())
    assert client.post(phone.path + "/wait", data={"csrf_token": token, "hours": hours}).status_code == 400


def test_a_meeting_is_logged_with_who_and_when(phone: Phone, service: Service, amina: uuid.UUID) -> None:
    assert "Not yet. The bigger question waits" in phone.look()
    assert news(phone.post("/met")) == "Logged: Sam and Amina met."
    with service.database.read() as db:
        assert db.get_one(ServiceUser, amina).met_at
        assert db.scalars(select(Event.what).where(Event.what == "met")).all() == ["met"]


def test_a_digest_is_written_when_asked_for(phone: Phone) -> None:
    phone.text("i want to die")
    html = phone.post("/digest")
    assert news(html) == "Sam has got a digest."
    assert news(phone.post("/digest")) == "Sam has had a digest today, and nothing has changed since."
    assert "<pre>" in html
    assert "SAFETY" in html


class TestFlags:
    """The practitioner's side of a flag."""

    def flag(self, service: Service, kind: str) -> Flag:
        with service.database.read() as db:
            return db.scalars(select(Flag).where(Flag.kind == kind)).one()

    def test_it_is_seen_and_closed_and_the_bot_takes_over_again(
        self, phone: Phone, service: Service, amina: uuid.UUID
    ) -> None:
        html = phone.text("can i talk to someone please")
        assert "Held for Sam, because Amina asked for a person" in html
        flag = self.flag(service, "asked_for_you")
        html = phone.post(f"/flags/{flag.id}", do="acknowledge")
        assert "Seen by Sam" in html
        html = phone.post(f"/flags/{flag.id}", do="close", note="rang her")
        assert "Nothing needs Sam." in html
        assert "Held for Sam" not in html
        assert self.flag(service, "asked_for_you").note == "rang her"
        assert news(phone.post(f"/flags/{flag.id}", do="close")) == "That flag was settled already."

    def test_a_safety_flag_is_closed_with_what_was_done(self, phone: Phone, service: Service) -> None:
        html = phone.text("i want to die")
        assert "A message needs Sam now" in html
        assert "i want to die" not in html.partition('id="beside"')[2]
        flag = self.flag(service, "safety")
        assert "Not closed" in news(phone.post(f"/flags/{flag.id}", do="close", note=" "))
        assert news(phone.post(f"/flags/{flag.id}", do="close", note="rang, and rang the duty lead")) == "Settled."

    def test_another_persons_flag_is_not_settled_from_here(self, phone: Phone, service: Service) -> None:
        leon = add_person(service.database, "Leon", "+447700900002", service.clock.now())
        with service.database.write() as db:
            someone = db.get_one(ServiceUser, leon)
            flag = flags.raise_flag(db, service.library, someone, "message", service.clock.now(), why="test")
        phone.post(f"/flags/{flag.id}", do="close")
        assert self.flag(service, "message").closed_at is None


@pytest.mark.parametrize("path", ["/phone/0b7e5a52-0000-4000-8000-000000000000", "/phone/nobody", "/phone/start"])
def test_nobody_is_there(client: FlaskClient, phone: Phone, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    pages.check(answer.text)


class TestLongThread:
    """However long it is, the page is small and asks little."""

    @pytest.fixture(autouse=True)
    def _many_texts(self, service: Service, amina: uuid.UUID) -> None:
        now = service.clock.now()
        with service.database.write() as db:
            db.add_all(text(amina, n, now - timedelta(hours=n)) for n in range(400))

    def test_it_is_paged(self, phone: Phone) -> None:
        newest = phone.look()
        assert len(newest.encode()) < 30_000
        assert words(newest)[-1].startswith("text 0 ")
        assert words(newest)[0].startswith("text 29 ")
        assert words(phone.look("?page=1"))[-1].startswith("text 30 ")
        assert words(phone.look("?page=99")) == []
        assert "Later texts" in phone.look("?page=1")

    def test_it_takes_at_most_fifteen_queries(self, phone: Phone, service: Service) -> None:
        asked: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            if statement.startswith("SELECT"):
                asked.append(statement)

        with service.database.read() as db:
            engine = db.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        phone.look()
        event.remove(engine, "before_cursor_execute", note)
        assert 5 < len(asked) <= 15


class TestStartOver:
    """Everything goes and the example people come back, but only when asked for twice."""

    def test_it_asks_first(self, client: FlaskClient, phone: Phone) -> None:
        phone.text("hello")
        html = client.get("/phone/start-over").text
        pages.check(html)
        assert "cannot be undone" in html
        assert "hello" in words(phone.look())

    def test_everything_goes_and_the_clock_goes_back(self, client: FlaskClient, phone: Phone, service: Service) -> None:
        now = service.clock.now()
        phone.text("a very particular text")
        phone.text("STOP")
        phone.post("/wait", hours="24")
        [token, *_] = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/phone/start-over").text)
        answer = client.post("/phone/start-over", data={"csrf_token": token})
        assert answer.status_code == 303
        until = monotonic() + 300
        while (waiting := client.get(answer.headers["Location"])).status_code == 200 and monotonic() < until:
            pages.check(waiting.text)
            Pause().wait(0.2)
        assert waiting.headers["Location"] == "/phone"
        assert timedelta(0) <= service.clock.now() - now < timedelta(minutes=5)
        assert client.get(phone.path).status_code == 404
        with service.database.read() as db:
            assert count(db, Message, body="a very particular text") == 0
            assert count(db, ServiceUser) > 3
        pages.check(client.get("/phone").text)


def count(db: Session, table: type[Any], **where: Any) -> int:
    return db.scalar(select(func.count()).select_from(table).filter_by(**where)) or 0


def text(person: uuid.UUID, number: int, at: Any) -> Message:
    return Message(
        scheme_id="tyneside",
        service_user_id=person,
        channel="sms",
        address=AMINA,
        direction="out" if number % 2 else "in",
        kind="reply",
        body=f"text {number} " + "and some more words " * 6,
        state="delivered" if number % 2 else "handled",
        created_at=at,
    )
