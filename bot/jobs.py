"""The doorbell: jobs carry the name of a duty and ids, never a word or a number of anybody's.

The database is the memory. A job that is lost, doubled or late changes nothing but the hour: whatever it
names is still in the tables, and rung for again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Event
from uuid import UUID

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import digests_anew, duties, mail, outbox, provider_copies, retention
from bot.duties import DUTIES
from bot.models import Email, Message
from bot.outbox import Counts
from bot.outbox.halted import halted
from bot.outbox.states import WAITS, of_schemes
from bot.reconcile import reconcile
from bot.service import Service
from bot.sweep import SWEEP, sweep, tell_operator

log = structlog.get_logger()

QUEUE = "stepalong"
# A job carries a batch: starting one costs more than a row does.
IDS_A_JOB = 50
# What one ring looks for of each kind: more than is done until the next one at the busiest hour, 250 a second for
# 15 seconds. And how many jobs may wait before no more are added to them.
MOST_A_RING = 5000
MOST_WAITING = 40
SECONDS_A_JOB = 300
# As many as a worker deletes at the provider between two turns of the clock, a twentieth of a second each.
COPIES_A_JOB = 300
# How long a duty's job goes on to send what was decided: others wait for what comes after it.
SOON = 0.5
# A webhook rings before it answers: a dead doorbell may not cost it its second.
PATIENCE = 0.3
# The clock helps itself when nobody has answered the bell for so long.
UNANSWERED = timedelta(seconds=60)
SMALL_BATCH = 20
BUSY_BEAT = timedelta(seconds=15)

TEXTS, MAILS, LEFT_BEHIND, MISSED, BEAT = "texts", "mails", "left behind", "missed", "beat"
NIGHT, COPIES = "night", "copies"
WORKER = "worker"

Job = tuple[str, Sequence[UUID]]


def connect(url: str, patience: float | None = PATIENCE) -> Redis:
    """A connection that says at once when nobody is there. ``patience`` in seconds; None for a worker's."""
    at_once = Retry(NoBackoff(), 0)
    return Redis.from_url(url, socket_connect_timeout=patience, socket_timeout=patience, retry=at_once)


def answers(url: str) -> bool:
    """Whether anybody is at the bell."""
    try:
        with connect(url, patience=2.0) as connection:
            return bool(connection.ping())
    except RedisError:
        return False


def queue(connection: Redis) -> Queue:
    """The one queue. Its jobs are JSON: what comes out of Redis is never run as code."""
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer, default_timeout=SECONDS_A_JOB)


def ring(service: Service, flag_id: UUID) -> bool:
    """Say that a flag cannot wait, after its commit; whether anybody could be told.

    A dead doorbell is logged, and the sweep finds the flag's mails.
    """
    with service.database.read() as db:
        mails = db.scalars(select(Email.id).where(Email.flag_id == flag_id, Email.state == "queued")).all()
    return ring_for(service, mails=mails)


def ring_for(service: Service, *, mails: Sequence[UUID] = (), texts: Sequence[UUID] = ()) -> bool:
    """Say, after the commit, that somebody waits for these; whether anybody could be told. It never raises."""
    jobs = [*_batches(MAILS, mails), *_batches(TEXTS, texts)]
    try:
        with connect(service.settings.redis_url) as connection:
            _enqueue(queue(connection), jobs, at_front=True)
    except RedisError as error:
        log.warning("the doorbell is dead", why=type(error).__name__)
        return False
    return True


def tick(service: Service) -> Counts:
    """The clock's turn: ring for what is due; do a small batch here where nobody answers the bell.

    Two clocks are harmless: what both ring for is done once.
    """
    now = service.clock.now()
    with service.database.read() as db:
        answered = duties.last_beat(db, WORKER)
        jobs = _due(db, service, now)
    if jobs is None:
        # It does nothing but say why.
        return sweep(service)
    rung = _ring(service, jobs)
    if rung is None or answered is None or now - answered > UNANSWERED:
        return sweep(service, most=SMALL_BATCH)
    return Counts(rung=rung)


def work(kind: str, ids: Sequence[str]) -> None:
    """A job. It never raises: the queue would keep the error, with what the error quotes."""
    try:
        counts = +_do(_the_service(), kind, [UUID(each) for each in ids])
        # Three jobs of four find nothing to do: a line for each would bury what somebody looks for.
        if counts:
            log.info("job done", job=kind, counts=counts)
        _still_here(_the_service())
    except Exception:
        log.exception("job failed", job=kind, rows=len(ids))


def _still_here(service: Service) -> None:
    """A worker with much to do is no dead one, though its beat waits behind other jobs."""
    now = service.clock.now()
    if not _beaten or abs(now - _beaten[-1]) >= BUSY_BEAT:
        with service.database.write() as db:
            duties.beat(db, WORKER, now)
        _beaten[:] = [now]


_beaten: list[datetime] = []


def serve(service: Service, over: Event | None = None) -> None:
    """Give the jobs of this process their service, and say how they hear that it is to stop."""
    _serving.append((service, over or Event()))


# A job is called by its name alone, so what it needs waits here.
_serving: list[tuple[Service, Event]] = []


def _the_service() -> Service:
    return _serving[-1][0]


def _told() -> bool:
    return _serving[-1][1].is_set()


def _do(service: Service, kind: str, ids: Sequence[UUID]) -> Counts:
    if kind in duties.BY_KIND:
        return _duty(service, duties.BY_KIND[kind], ids)
    return _WORK[kind](service, ids)


def _duty(service: Service, duty: duties.Duty, ids: Sequence[UUID]) -> Counts:
    """The duty for each, and at once those of the texts it decided on that have a turn: the others are rung for."""
    counts = Counts()
    texts = duties.do(service, duty, ids, counts)
    if texts:
        counts.update(outbox.deliver(service, texts, seconds=SOON, told=_told))
    return counts


def _mails(service: Service, ids: Sequence[UUID]) -> Counts:
    digests_anew.refresh(service.database, service.library, service.clock.now(), ids)
    return Counts(mails=mail.deliver(service.database, service.settings, service.clock.now, ids))


def _left_behind(service: Service) -> Counts:
    counts = outbox.recover(service)
    counts.update(outbox.confirm(service))
    return counts


def _beat(service: Service, _: Sequence[UUID]) -> Counts:
    """The whole way works: a clock has rung, and a worker has heard it and reached the database.

    A worker that can do that can look, too, whether the operator is to be told of something.
    """
    with service.database.write() as db:
        for name in (WORKER, SWEEP):
            duties.beat(db, name, service.clock.now())
    return Counts({"operator told": tell_operator(service)})


_WORK: Mapping[str, Callable[[Service, Sequence[UUID]], Counts]] = {
    MISSED: lambda service, _: reconcile(service),
    LEFT_BEHIND: lambda service, _: _left_behind(service),
    TEXTS: lambda service, ids: outbox.deliver(service, ids or None, told=_told),
    MAILS: _mails,
    BEAT: _beat,
    NIGHT: lambda service, _: Counts(retention.run(service)),
    COPIES: lambda service, _: Counts(provider_copies.erase(service, COPIES_A_JOB)),
}


def _due(db: Session, service: Service, now: datetime) -> list[Job] | None:
    """What is due, by kind, in batches: read by indexed alarms. None where nothing may be done."""
    if halted(db, now):
        return None
    texts = select(Message.id).where(WAITS, Message.state == "queued", Message.due_at <= now)
    texts = texts.where(of_schemes(service.library.schemes))
    mails = select(Email.id).where(mail.WAITS, Email.due_at <= now)
    return [
        (BEAT, []),
        (MISSED, []),
        *(job for duty in DUTIES for job in _batches(duty.kind, duty.due(db, now, MOST_A_RING))),
        (LEFT_BEHIND, []),
        # All that is due, in the order in which it is to leave, which ids would not say.
        *([(TEXTS, ())] if db.scalar(texts.order_by(Message.due_at).limit(1)) else []),
        *_batches(MAILS, db.scalars(mails.order_by(Email.due_at).limit(MOST_A_RING)).all()),
        *([(NIGHT, ())] if retention.due(db, service.library, now) else []),
        *([(COPIES, ())] if provider_copies.due(db, now) else []),
    ]


def _batches(kind: str, ids: Sequence[UUID]) -> list[Job]:
    return [(kind, ids[start : start + IDS_A_JOB]) for start in range(0, len(ids), IDS_A_JOB)]


def _ring(service: Service, jobs: Sequence[Job]) -> int | None:
    """How many jobs were added; None where the bell is dead."""
    try:
        with connect(service.settings.redis_url) as connection:
            bell = queue(connection)
            # An alert waits for nothing. What else is not rung for now is still due in fifteen seconds.
            alerts = [job for job in jobs if job[0] == MAILS]
            others = [job for job in jobs if job[0] != MAILS] if bell.count <= MOST_WAITING else []
            return _enqueue(bell, others) + _enqueue(bell, alerts, at_front=True)
    except RedisError as error:
        log.warning("the doorbell is dead", why=type(error).__name__)
        return None


def _enqueue(bell: Queue, jobs: Sequence[Job], *, at_front: bool = False) -> int:
    bell.enqueue_many([_prepared(bell, kind, ids, at_front) for kind, ids in jobs])
    return len(jobs)


def _prepared(bell: Queue, kind: str, ids: Sequence[UUID], at_front: bool) -> EnqueueData:
    """Nothing is kept of a job that is over, neither its result nor its failure."""
    written = [kind, [str(each) for each in ids]]
    return bell.prepare_data(work, args=written, timeout=SECONDS_A_JOB, result_ttl=0, failure_ttl=60, at_front=at_front)
