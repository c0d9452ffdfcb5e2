"""What Prometheus may know: counts and times, never a person's number, name or words.

Counters are of this machine's web processes together: gunicorn's processes share them by files (gunicorn.conf.py).
Gauges are read from the rows, so every machine tells the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from bot.channels import codes
from bot.clock import monotonic
from bot.notices import Kind
from bot.outbox.halted import SENTENCES
from bot.vitals import SILENT, Vitals, age, wrong

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
REQUESTS = Counter("stepalong_http_requests", "Answers given.", ("endpoint", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "stepalong_http_seconds",
    "How long an answer took.",
    ("endpoint",),
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REFUSED = Counter("stepalong_webhooks_refused", "Webhooks refused, by reason.", ("why",), registry=REGISTRY)
RECEIPTS = Counter(
    "stepalong_receipts", "What became of texts, as the provider told.", ("state", "code"), registry=REGISTRY
)

WAITING_STATES = ("queued", "claimed", "submitting", "unknown", "mail")


def install(app: Flask) -> None:
    """Count every answer of the application."""
    app.before_request(_start)
    app.after_request(_count)


def receipt(status: str, error_code: str | None) -> None:
    """Count what the provider told of a text. A word or a code that we do not know could be anything."""
    known = codes.STATES.get(status, "other")
    code = error_code or ""
    RECEIPTS.labels(known, code if not code or codes.words(code) else "other").inc()


def text(vitals: Vitals | None, now: datetime) -> bytes:
    """Everything, as Prometheus reads it; ``vitals`` is None where the database does not answer."""
    rows = CollectorRegistry()
    rows.register(_Rows(vitals, now))
    return generate_latest(_counted()) + generate_latest(rows)


def _counted() -> CollectorRegistry:
    """What all processes of this machine have counted, where they share their counters."""
    if values.ValueClass is values.MutexValue:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


@dataclass(frozen=True, eq=False)
class _Rows:
    """Gauges made of what the rows say at this moment."""

    vitals: Vitals | None
    now: datetime

    def collect(self) -> Iterator[Metric]:
        yield _gauge("database_up", "Whether the database answers.", float(self.vitals is not None))
        if self.vitals is None:
            return
        yield from _beats(self.vitals, self.now)
        yield from _waiting(self.vitals, self.now)
        yield from _told(self.vitals, self.now)


def _beats(seen: Vitals, now: datetime) -> Iterator[Metric]:
    since = {name: float(age(at, now) or 0) for name, at in seen.beats.items()}
    yield _gauges("since_seconds", "Since a recurring duty last ended well.", "duty", since)
    silent = wrong(seen.beats, None, now)
    well = {name: float(name not in silent) for name in SILENT}
    yield _gauges("well", "Whether a recurring duty was done lately: 1, or 0 within two minutes.", "duty", well)
    halted = {why: float(why == seen.halted) for why in SENTENCES}
    yield _gauges("halted", "Nothing is sent, and why.", "why", halted)


def _waiting(seen: Vitals, now: datetime) -> Iterator[Metric]:
    waiting = {what: float(seen.waiting.get(what, 0)) for what in WAITING_STATES}
    yield _gauges("waiting", "Rows that still want to be sent, by state; and mails.", "what", waiting)
    oldest = float(age(seen.oldest, now) or 0)
    yield _gauge("oldest_waiting_seconds", "How long the oldest of them has been due.", oldest)
    mail = float(age(seen.oldest_mail_due, now) or 0)
    yield _gauge("oldest_mail_seconds", "How long the oldest mail has been due.", mail)
    yield _gauges("cap_used_ratio", "Share of today's cap that has left, by scheme; * is all.", "scope", seen.spent)


def _told(seen: Vitals, now: datetime) -> Iterator[Metric]:
    flags = {kind: float(count) for kind, count in seen.open_flags.items()}
    yield _gauges("open_flags", "Open flags, by kind.", "kind", flags)
    unheard = float(age(seen.unheard, now) or 0)
    yield _gauge("unacknowledged_seconds", "How long the oldest flag that cannot wait has been nobody's.", unheard)
    troubles = GaugeMetricFamily(
        "stepalong_troubles", "What the operator is told of: how often in 90 days.", labels=("kind", "detail")
    )
    met = {(kind.value, ""): 0 for kind in Kind} | dict(seen.troubles)
    for (kind, detail), count in sorted(met.items()):
        troubles.add_metric((kind, detail), count)
    yield troubles


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"stepalong_{name}", meaning, value=value)


def _gauges(name: str, meaning: str, label: str, by: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"stepalong_{name}", meaning, labels=(label,))
    for key, value in by.items():
        family.add_metric((key,), value)
    return family


def _start() -> None:
    g.started = monotonic()


def _count(response: Response) -> Response:
    # The name of the view and never the path: a path may hold anything a stranger types.
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, response.status_code).inc()
    if "started" in g:
        SECONDS.labels(endpoint).observe(monotonic() - g.started)
    return response
