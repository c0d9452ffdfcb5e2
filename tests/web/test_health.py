"""Machines that watch get a plain answer, and nobody's data."""

import re
import uuid
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.models import Flag, Heartbeat, Message
from bot.service import Service
from tests.web.conftest import AMINA, Twilio


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_none_of_them_is_redirected_or_kept(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "10.0.0.7", "X-Forwarded-Proto": "http"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.head(path).status_code == 200


def test_ready_tells_how_old_the_last_sweep_and_the_oldest_waiting_row_are(
    client: FlaskClient, service: Service, amina: uuid.UUID
) -> None:
    assert client.get("/readyz").json == {
        "ready": True,
        "wrong": ["clock", "worker", "sweep", "inbound_list"],
        "database": True,
        "schemes": 1,
        "schemes_without_folder": 0,
        "halted_clock_moved_back": False,
        "halted": None,
        "last_sweep_age_seconds": None,
        "inbound_list_age_seconds": None,
        "oldest_waiting_age_seconds": None,
    }
    now = service.clock.now()
    with service.database.write() as db:
        db.add(Heartbeat(name="sweep", at=now - timedelta(seconds=30)))
        db.add(waiting(amina, now - timedelta(seconds=90)))
        db.add(waiting(amina, now + timedelta(days=1)))
    told = client.get("/readyz").json or {}
    assert told["last_sweep_age_seconds"] in range(30, 40)
    assert told["oldest_waiting_age_seconds"] in range(90, 100)


def test_without_tables_it_is_alive_and_not_ready(client: FlaskClient, service: Service) -> None:
    with service.database.write() as db:
        db.connection().exec_driver_sql("ALTER TABLE heartbeat RENAME TO elsewhere")
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 200
    assert "stepalong_database_up 0.0" in client.get("/metrics").text
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json or {})["database"] is False


def test_metrics_are_prometheus_text_about_nobody(
    client: FlaskClient, twilio: Twilio, service: Service, amina: uuid.UUID
) -> None:
    twilio.text("my secret words")
    twilio.raw("/twilio/inbound", "Body=x", "forged")
    client.get("/secret/words/in/a/path")
    now = service.clock.now()
    with service.database.write() as db:
        db.add(waiting(amina, now))
        db.add(
            Flag(
                scheme_id="tyneside",
                service_user_id=amina,
                kind="quiet",
                evidence={},
                raised_at=now,
                updated_at=now,
            )
        )
    answer = client.get("/metrics")
    assert answer.mimetype == "text/plain"
    for line in answer.text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) .+|[a-z_]+(\{[^{}]*\})? [0-9.e+-]+|.*\+Inf.*", line), line
    for expected in (
        'stepalong_open_flags{kind="quiet"} 1.0',
        'stepalong_webhooks_refused_total{why="signature"}',
        'endpoint="webhooks.inbound"',
        "stepalong_oldest_waiting_seconds",
    ):
        assert expected in answer.text
    for private in ("secret", AMINA, AMINA[1:], "Amina", "tyneside.example", str(amina)):
        assert private not in answer.text


def waiting(person: uuid.UUID, due_at: object) -> Message:
    return Message(
        scheme_id="tyneside",
        service_user_id=person,
        channel="sms",
        address=AMINA,
        direction="out",
        kind="check_in",
        body="my secret words",
        state="queued",
        due_at=due_at,
        created_at=due_at,
    )
