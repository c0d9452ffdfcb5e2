"""For machines that watch: alive, able to serve, and numbers. None of them is ever redirected."""

import structlog
from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot.outbox.clock_moved import moved_back
from bot.schemes import without_flows
from bot.web import metrics, vitals
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

    A late sweep does not make it 503, nor does a clock that was moved back, which halts all sending: the
    webhook answers people all the same, and taking this machine out would silence it. Both are told here, and
    in /metrics, for whoever watches.
    """
    service = the_service()
    flows = len(service.library.schemes)
    try:
        with service.database.read() as db:
            ages = vitals.ages(vitals.look(db), service.clock.now())
            halted = moved_back(db, service.clock.now())
            lost = len(without_flows(db, service.library))
        database = True
    except SQLAlchemyError as error:
        log.error("database does not answer", exception=type(error).__name__)
        ages, halted, lost, database = vitals.Ages(None, None, None), None, None, False
    answer = jsonify(
        ready=database and flows > 0,
        database=database,
        schemes=flows,
        schemes_without_folder=lost,
        halted_clock_moved_back=halted,
        last_sweep_age_seconds=ages.sweep,
        inbound_list_age_seconds=ages.inbound_list,
        oldest_waiting_age_seconds=ages.waiting,
    )
    answer.status_code = 200 if database and flows else 503
    return answer


@blueprint.get("/metrics")
def numbers() -> Response:
    """Prometheus' text: counters of this process, and gauges read from the database now. Nobody's data."""
    service = the_service()
    try:
        with service.database.read() as db:
            metrics.set_gauges(vitals.look(db), service.clock.now())
            metrics.HALTED.set(moved_back(db, service.clock.now()))
        metrics.DATABASE_UP.set(1)
    except SQLAlchemyError:
        metrics.DATABASE_UP.set(0)
    return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)
