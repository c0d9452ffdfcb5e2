"""What Prometheus may know: counts and times, never a person's number, name or words.

Counters belong to one process, and carry its id: with several web processes, each scrape meets one
of them, and the series go on growing from where they were.
"""

import os
from datetime import datetime

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.clock import monotonic
from bot.notices import Kind
from bot.web.vitals import Vitals, age

REGISTRY = CollectorRegistry()
REQUESTS = Counter("stepalong_http_requests", "Answers given.", ("endpoint", "status", "process"), registry=REGISTRY)
SECONDS = Histogram(
    "stepalong_http_seconds",
    "How long an answer took.",
    ("endpoint", "process"),
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REFUSED = Counter("stepalong_webhooks_refused", "Webhooks refused, by reason.", ("why",), registry=REGISTRY)
DATABASE_UP = Gauge("stepalong_database_up", "Whether the database answers.", registry=REGISTRY)
HALTED = Gauge("stepalong_halted", "Nothing is sent: the clock has been moved back.", registry=REGISTRY)
WAITING = Gauge("stepalong_waiting", "Rows that still want to be sent.", ("what",), registry=REGISTRY)
OLDEST = Gauge("stepalong_oldest_waiting_seconds", "How long the oldest of them has been due.", registry=REGISTRY)
SINCE = Gauge("stepalong_since_seconds", "Since a recurring duty last ended well.", ("duty",), registry=REGISTRY)
TROUBLES = Gauge(
    "stepalong_troubles", "What the operator is told of, by kind: how often in 90 days.", ("kind",), registry=REGISTRY
)
OPEN_FLAGS = Gauge("stepalong_open_flags", "Open flags, by kind.", ("kind",), registry=REGISTRY)


def install(app: Flask) -> None:
    """Count every answer of the application."""
    app.before_request(_start)
    app.after_request(_count)


def set_gauges(vitals: Vitals, now: datetime) -> None:
    """Show the vitals."""
    OPEN_FLAGS.clear()
    for kind, count in vitals.open_flags.items():
        OPEN_FLAGS.labels(kind).set(count)
    for kind in Kind:
        TROUBLES.labels(kind.value).set(vitals.troubles.get(kind.value, 0))
    for what, count in vitals.waiting.items():
        WAITING.labels(what).set(count)
    for duty, at in vitals.heartbeats.items():
        SINCE.labels(duty).set(age(at, now) or 0)
    OLDEST.set(age(vitals.oldest_due, now) or 0)


def text() -> bytes:
    """Everything, as Prometheus reads it."""
    return generate_latest(REGISTRY)


def _start() -> None:
    g.started = monotonic()


def _count(response: Response) -> Response:
    # The name of the view and never the path: a path may hold anything a stranger types.
    endpoint, process = request.endpoint or "none", str(os.getpid())
    REQUESTS.labels(endpoint, response.status_code, process).inc()
    if "started" in g:
        SECONDS.labels(endpoint, process).observe(monotonic() - g.started)
    return response
