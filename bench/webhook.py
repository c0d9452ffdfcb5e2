"""A signed text through the application, against a bare route: the same signature, the same inserts, one commit."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from uuid import uuid4

from flask import Flask, Response, request
from flask.testing import FlaskClient
from sqlalchemy import Table, insert, select, update
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from bench.measure import tell, timed
from bench.people import ACCOUNT, SCHEME, SENDER, TOKEN, URL, enrol, mobile, service
from bot import checkins
from bot.models import Address, Answer, Base, Message, ServiceUser
from bot.service import Service
from bot.web import create_app

PEOPLE = 60
WEEK = ("done", "loads, felt good", "write my cv on friday 10am", "7")
PATH = "/twilio/inbound"


def run() -> None:
    with service("twilio") as made:
        for each in enrol(made, PEOPLE, timedelta()):
            with made.database.write() as db:
                checkins.begin(db, made.library, each, made.clock.now())
        ours, floor = create_app(made.settings, made).test_client(), _bare(made).test_client()
        texts = [(person, words) for words in WEEK for person in range(PEOPLE)]
        # Turn by turn, so that whatever else the machine does is done to both.
        times = [(timed(post(floor, *text)), timed(post(ours, *text))) for text in texts]
        bare, turn = zip(*times, strict=True)
        tell("a bare route, signed, the same inserts", bare)
        tell("a webhook turn", turn, bare)


def post(client: FlaskClient, person: int, words: str) -> partial[TestResponse]:
    ours = {"AccountSid": ACCOUNT, "To": SENDER}
    params = {**ours, "MessageSid": "SM" + uuid4().hex, "From": mobile(person), "Body": words}
    signature = RequestValidator(TOKEN).compute_signature(URL + PATH, params)
    return partial(client.post, PATH, data=params, headers={"X-Twilio-Signature": signature})


def _bare(service: Service) -> Flask:
    app = Flask("floor")

    @app.post(PATH)
    def inbound() -> Response:
        if not RequestValidator(TOKEN).validate(URL + PATH, request.form, request.headers["X-Twilio-Signature"]):
            return Response(status=403)
        _keep(service, request.form)
        return Response("<Response><Message>Well done.</Message></Response>", content_type="application/xml")

    return app


def _table(model: type[Base]) -> Table:
    assert isinstance(model.__table__, Table)
    return model.__table__


def _keep(service: Service, params: Mapping[str, str]) -> None:
    """By Core: the text, the person read and changed, an answer, the reply."""
    now, heard, address, person = service.clock.now(), uuid4(), _table(Address), _table(ServiceUser)
    with service.database.write() as db:
        run = db.connection().execute
        where = (address.c.scheme_id == SCHEME, address.c.channel == "sms", address.c.address == params["From"])
        whose = run(select(address.c.service_user_id).where(*where)).scalar_one()
        theirs = {"scheme_id": SCHEME, "service_user_id": whose}
        text = {**theirs, "channel": "sms", "address": params["From"], "kind": "text", "body": params["Body"]}
        came = {"id": heard, "direction": "in", "state": "handled", "provider_id": params["MessageSid"]}
        goes = {"id": uuid4(), "direction": "out", "state": "submitting", "reply_to_id": heard}
        answer = {"node": "bare", "raw": params["Body"], "certainty": "sure", "reason": "bare", "at": now}
        run(insert(_table(Message)), {**text, **came, "created_at": now})
        run(select(person).where(person.c.id == whose)).one()
        run(update(person).where(person.c.id == whose), {"last_inbound_at": now})
        run(insert(_table(Answer)), {"id": uuid4(), **theirs, **answer})
        run(insert(_table(Message)), {**text, **goes, "created_at": now})
