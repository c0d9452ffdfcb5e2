"""For machines that watch: alive, able to serve, well, and numbers. None of them is ever redirected."""

import structlog
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot import vitals
from bot.outbox.halted import CLOCK
from bot.schemes import without_flows
from bot.vitals import age
from bot.web import metrics
from bot.web.the_service import the_service

blueprint = Blueprint("health", __name__)
log = structlog.get_logger()


@blueprint.get("/healthz")
def healthz() -> Response:
    """Alive: this process answers. It asks nothing of anything else."""
    return Response("alive\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Able to serve: the database answers and flows are loaded; 503 when not.

    A worker or a clock that has stopped does not make it 503, nor does sending that is halted: the webhook answers
    people all the same, and a balancer that took this machine out would silence it. ``wrong`` names them within
    two minutes. For whoever watches and has no say in where requests go: ``/readyz?well`` is 503 then, too.
    """
    told = _told()
    answer = jsonify(told)
    well = told["ready"] and not told["wrong"]
    answer.status_code = 200 if (well if "well" in request.args else told["ready"]) else 503
    return answer


def _told() -> dict[str, object]:
    service = the_service()
    now, flows = service.clock.now(), len(service.library.schemes)
    nothing = {"last_sweep_age_seconds": None, "inbound_list_age_seconds": None, "oldest_waiting_age_seconds": None}
    try:
        with service.database.read() as db:
            seen = vitals.look(db, service.library, now)
            lost = len(without_flows(db, service.library))
    except SQLAlchemyError as error:
        log.error("database does not answer", exception=type(error).__name__)
        down = {"ready": False, "wrong": ["database"], "database": False, "schemes": flows}
        return {**down, "schemes_without_folder": None, "halted_clock_moved_back": None, "halted": None, **nothing}
    return {
        "ready": flows > 0,
        "wrong": vitals.wrong(seen.beats, seen.halted, now),
        "database": True,
        "schemes": flows,
        "schemes_without_folder": lost,
        "halted_clock_moved_back": seen.halted == CLOCK,
        "halted": seen.halted,
        "last_sweep_age_seconds": age(seen.beats.get(vitals.SWEEP), now),
        "inbound_list_age_seconds": age(seen.beats.get(vitals.INBOUND_LIST), now),
        "oldest_waiting_age_seconds": age(seen.oldest, now),
    }


@blueprint.get("/metrics")
def numbers() -> Response:
    """Prometheus' text: what this machine's web processes have counted, and what the rows say now. Nobody's data."""
    service = the_service()
    now = service.clock.now()
    try:
        with service.database.read() as db:
            seen = vitals.look(db, service.library, now)
    except SQLAlchemyError:
        return Response(metrics.text(None, now), content_type=CONTENT_TYPE_LATEST)
    return Response(metrics.text(seen, now), content_type=CONTENT_TYPE_LATEST)
