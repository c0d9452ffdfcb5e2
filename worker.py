"""The workers' entry: `python worker.py` does what the clock rings for, `python worker.py clock` is the clock.

Both stop at a TERM or Ctrl-C once what they are doing is done. Neither remembers anything.
"""

import signal
import sys
import threading

import structlog
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from bot import jobs, logs
from bot.service import Service
from bot.settings import Settings, SettingsError

log = structlog.get_logger()

TICK_SECONDS = 15
REST_SECONDS = 2


def main(arguments: list[str]) -> int:
    """Run until told to stop. 1 where the settings are wrong, 2 where what is asked for is not known."""
    if arguments not in ([], ["clock"]):
        sys.stderr.write("usage: python worker.py [clock]\n")
        return 2
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    logs.configure(settings)
    service = Service.from_settings(settings)
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
            counts = jobs.tick(service)
            log.info("tick", counts={name: count for name, count in counts.items() if count})
        except Exception:
            log.exception("a tick failed")
        over.wait(TICK_SECONDS)


def run_worker(service: Service, over: threading.Event) -> None:
    """Do jobs in this process, one after the other. A Redis that is away is waited for."""
    jobs.serve(service)
    while not over.is_set():
        try:
            with jobs.connect(service.settings.redis_url, patience=None) as connection:
                # A fork for each job would cost four times as much as the job (and a new connection).
                worker = SimpleWorker([jobs.queue(connection)], connection=connection, serializer=JSONSerializer)
                worker.log_job_description = False
                # It takes over the signals, and comes back here when it has been told to stop.
                worker.work(logging_level="WARNING")
                over.set()
        except RedisError as error:
            log.warning("the doorbell is dead", why=type(error).__name__)
            over.wait(REST_SECONDS)


def _told_to_stop() -> threading.Event:
    over = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    return over


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
