"""Numbers for Prometheus: of all the web processes together, of the rows, and of nobody."""

import os
import re
import tempfile
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from honcho.environ import parse_procfile

from bot import notices
from bot.models import Email, Flag, Tally
from bot.notices import Kind
from bot.settings import ROOT
from bot.web import create_app
from tests.delivery.people import NOON, World
from tests.operation.life import Life
from tests.operation.running import Run, term


@pytest.fixture
def client(world: World) -> FlaskClient:
    return create_app(world.service.settings, world.service).test_client()


def number(text: str, series: str) -> float:
    [found] = re.findall(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found)


# ---------------------------------------------------------------- several processes


@pytest.fixture
def address(database_url: str, environ: dict[str, str], port: int) -> Iterator[str]:
    """The Procfile's web, with three processes."""
    command = parse_procfile((ROOT / "Procfile").read_text()).processes["web"]
    environ = environ | {"PORT": str(port), "WEB_HOST": "127.0.0.1", "WEB_CONCURRENCY": "3"}
    environ["PATH"] = f"{ROOT / '.venv/bin'}{os.pathsep}{environ['PATH']}"
    with Run(["/bin/sh", "-c", command], environ) as web:
        web.until("Listening at")
        yield f"http://127.0.0.1:{port}"
        term(web)
        assert web.end() == 0
    assert not (Path(tempfile.gettempdir()) / f"stepalong-metrics-{web.process.pid}").exists()


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=120) as answer:
        return str(answer.read().decode())


def test_every_scrape_meets_the_counts_of_all_processes(address: str) -> None:
    """Whichever process answers."""
    get(f"{address}/healthz")
    series = 'stepalong_http_requests_total{endpoint="health.healthz",status="200"}'
    before = number(get(f"{address}/metrics"), series)
    for _ in range(60):
        get(f"{address}/healthz")
    seen = {number(get(f"{address}/metrics"), series) for _ in range(12)}
    assert seen == {before + 60}
    assert number(get(f"{address}/metrics"), 'stepalong_http_seconds_count{endpoint="health.healthz"}') == before + 60


# ---------------------------------------------------------------- what the rows say


def test_what_waits_by_state(world: World, client: FlaskClient) -> None:
    person = world.cast.person()
    for minutes, state in ((1, "queued"), (9, "unknown"), (-60, "queued")):
        world.cast.text(person, state=state, due_at=NOON - timedelta(minutes=minutes))
    with world.service.database.write() as db:
        mail = {"to": "sam@example.org", "kind": "alert", "subject": "s", "body": "b", "created_at": NOON}
        db.add(Email(scheme_id="tyneside", intention="x", due_at=NOON - timedelta(minutes=20), **mail))
    text = client.get("/metrics").text
    assert number(text, 'stepalong_waiting{what="queued"}') == 2
    assert number(text, 'stepalong_waiting{what="unknown"}') == 1
    assert number(text, 'stepalong_waiting{what="mail"}') == 1
    assert number(text, "stepalong_oldest_waiting_seconds") == 1200
    assert number(text, "stepalong_oldest_mail_seconds") == 1200


def test_how_long_a_flag_that_cannot_wait_has_been_nobodys(world: World, client: FlaskClient) -> None:
    raised = {"evidence": {}, "updated_at": NOON, "scheme_id": "tyneside"}
    with world.service.database.write() as db:
        db.add(Flag(kind="safety", raised_at=NOON - timedelta(minutes=40), acknowledged_at=NOON, **raised))
        db.add(Flag(kind="safety", raised_at=NOON - timedelta(minutes=30), **raised))
        db.add(Flag(kind="safety", raised_at=NOON - timedelta(minutes=50), closed_at=NOON, **raised))
        db.add(Flag(kind="quiet", raised_at=NOON - timedelta(days=3), **raised))
    assert number(client.get("/metrics").text, "stepalong_unacknowledged_seconds") == 1800


def test_how_much_of_todays_cap_has_left(world: World, client: FlaskClient) -> None:
    with world.service.database.write() as db:
        db.add(Tally(scope="tyneside", day=NOON.date(), sent=1250))
        db.add(Tally(scope="*", day=NOON.date(), sent=5000))
        db.add(Tally(scope="*", day=NOON.date() - timedelta(days=1), sent=9000))
    text = client.get("/metrics").text
    assert number(text, 'stepalong_cap_used_ratio{scope="tyneside"}') == 0.25
    assert number(text, 'stepalong_cap_used_ratio{scope="*"}') == 0.25


def test_what_the_operator_is_told_of_is_there_by_code(world: World, client: FlaskClient) -> None:
    with world.service.database.write() as db:
        for _ in range(3):
            notices.note(db, Kind.SETTING, NOON, "tyneside", "30007")
    text = client.get("/metrics").text
    assert number(text, 'stepalong_troubles{detail="30007",kind="setting"}') == 3
    assert number(text, 'stepalong_troubles{detail="",kind="given_up"}') == 0


def test_receipts_are_counted_by_state_and_by_codes_that_we_know(world: World) -> None:
    life = Life(world, world.service)
    facts = {"AccountSid": "AC00000000000000000000000000000001", "MessageSid": f"SM{uuid.uuid4().hex}"}
    before = life.client.get("/metrics").text
    for told in (
        {"MessageStatus": "undelivered", "ErrorCode": "30003"},
        {"MessageStatus": "sold", "ErrorCode": "07700"},
    ):
        life.post(f"/twilio/status?message={uuid.uuid4()}", facts | told)
    after = life.client.get("/metrics").text
    for series in ('{code="30003",state="undelivered"}', '{code="other",state="other"}'):
        name = f"stepalong_receipts_total{series}"
        assert number(after, name) == (number(before, name) if name in before else 0) + 1
    assert "07700" not in after
    assert "sold" not in after
