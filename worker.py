"""The workers' entry: `python worker.py` does what the clock rings for, `python worker.py clock` is the clock.

Both stop at a TERM or Ctrl-C once what they are doing is done. Neither remembers anything.
"""

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from bot import heartbeat, jobs, logs
from bot.clock import monotonic
from bot.library import FlowsRefused
from bot.service import Service
from bot.settings import Settings, SettingsError

log = structlog.get_logger()

TICK_SECONDS = 15
REST_SECONDS = 2
TOLD_SECONDS = 60


def main(arguments: list[str]) -> int:
    """Run until told to stop. 1 where the settings or the flows are wrong, 2 where what is asked for is not known."""
    if arguments not in ([], ["clock"]):
        sys.stderr.write("usage: python worker.py [clock]\n")
        return 2
    try:
        settings = Settings.from_env()
        logs.configure(settings)
        service = Service.from_settings(settings)
    except (SettingsError, FlowsRefused) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    over = _told_to_stop()
    if arguments:
        run_clock(service, over)
    else:
        run_worker(service, over)
    return 0


def run_clock(service: Service, over: threading.Event) -> None:
    """Every 15 seconds by a clock that nobody moves: ring for what is due. A turn that fails is not the last."""
    while not over.is_set():
        try:
            counts = +jobs.tick(service)
            # What was rung for, the workers tell.
            if counts.keys() - {"rung"}:
                log.info("tick", counts=counts)
            heartbeat.beat(service)
        except Exception:
            log.exception("a tick failed")
        over.wait(TICK_SECONDS)


def run_worker(service: Service, over: threading.Event) -> None:
    """Do jobs in this process, one after the other. A Redis that is away is waited for, and told of each minute."""
    jobs.serve(service, over)
    told_at = float("-inf")
    while not over.is_set():
        try:
            with jobs.connect(service.settings.redis_url, patience=None) as connection:
                Listener(connection, over).work(logging_level="WARNING")
        except RedisError as error:
            if monotonic() - told_at >= TOLD_SECONDS:
                told_at = monotonic()
                log.warning("the doorbell is dead", why=type(error).__name__)
            over.wait(REST_SECONDS)
        finally:
            _on_stop(lambda *_: over.set())


class Listener(SimpleWorker):
    """RQ's worker without a fork for each job, which would cost four times as much as the job.

    It takes no orders by way of Redis: only a signal stops it. Left alone, each of its attempts to reach a
    Redis that is away would leave a thread behind that never gives up.
    """

    def __init__(self, connection: Redis, over: threading.Event) -> None:
        super().__init__([jobs.queue(connection)], connection=connection, serializer=JSONSerializer)
        self.log_job_description = False
        self.over = over

    def subscribe(self) -> None:
        """No orders."""

    def unsubscribe(self) -> None:
        """No orders."""

    def _install_signal_handlers(self) -> None:
        _on_stop(self.told)

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = "", execution: Any = None
    ) -> None:
        """A job raises nothing, but what runs it may: of what an error quotes, Redis is told nothing."""
        super().handle_job_failure(job, queue, started_job_registry, "", execution)

    def told(self, *_: object) -> None:
        """Stop: at once when idle, else after the job that is being done."""
        self.over.set()
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested
        self._stop_requested = True


def _told_to_stop() -> threading.Event:
    over = threading.Event()
    _on_stop(lambda *_: over.set())
    return over


def _on_stop(told: Callable[..., None]) -> None:
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
