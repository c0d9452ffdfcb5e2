"""Texts a second by one worker, against raw kept-alive HTTP with as many threads, at a provider that takes 50 ms.

Also how long each write transaction holds the lock: on SQLite a webhook waits for it.
"""

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from time import perf_counter, process_time
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench import provider
from bench.measure import tell, timed
from bench.people import enrol, service
from bench.webhook import post
from bot import duties, outbox
from bot.channels.twilio import TwilioChannel
from bot.clock import Clock
from bot.database import Database
from bot.duties import BY_KIND
from bot.models import Message
from bot.outbox import Counts
from bot.service import Service
from bot.web import create_app

LATENCY, TEXTS, TURNS, COME_IN = 50, 1500, 3, 60
# No throttle of ours is to be felt.
FAST = 9999
BODY = "To=%2B447700900001&From=%2B447400999000&Body=" + "How+did+it+go%3F+" * 8


def run() -> None:
    with provider.running(LATENCY) as address:
        for _ in range(TURNS):
            with service("twilio") as made:
                turn(noon(made), address)
        with service("twilio") as made:
            beside(noon(made), address)


def beside(made: Service, address: str) -> None:
    """Texts that come in while a worker sends, in a process of its own: they share the database's lock."""
    sending = fast(made, address)
    duties.do(sending, BY_KIND["check-ins"], enrol(made, TEXTS, timedelta()), Counts())
    client = create_app(sending.settings, sending).test_client()
    writers = iter(range(TEXTS))
    alone = [timed(post(client, next(writers), "done")) for _ in range(COME_IN)]
    worker = get_context("fork").Process(target=outbox.deliver, args=(sending,))
    worker.start()
    while worker.is_alive() and not sent_any(sending):
        pass
    meanwhile = []
    while worker.is_alive():
        meanwhile.append(timed(post(client, next(writers), "done")))
    worker.join()
    tell("a webhook turn", alone)
    tell(f"a webhook turn while a worker sends, {len(meanwhile)} of them", meanwhile, alone)


def sent_any(sending: Service) -> bool:
    with sending.database.read() as db:
        return db.scalar(select(Message.id).where(Message.state == "accepted").limit(1)) is not None


def fast(made: Service, address: str) -> Service:
    settings = replace(made.settings, twilio_api_url=address, sms_per_second=FAST)
    return replace(made, settings=settings, channel=TwilioChannel(settings))


def turn(made: Service, address: str) -> None:
    """A Monday's check-ins: begun, a transaction a person, and sent."""
    database = Timed(made.settings.database_url)
    sending = replace(fast(made, address), database=database)
    people, counts = enrol(made, TEXTS, timedelta()), Counts()
    begun = timed(lambda: duties.do(sending, BY_KIND["check-ins"], people, counts))
    assert counts == {"check-ins": TEXTS}, counts
    database.held.clear()
    threads = sending.channel.at_once
    floor = min(raw(address, threads) for _ in range(2))
    worked = process_time()
    sent = timed(lambda: deliver(sending))
    worked = process_time() - worked
    rates = [f"{what} {TEXTS / seconds:4.0f}/s" for what, seconds in (("begun", begun), ("sent", sent), ("raw", floor))]
    # Where others use the machine, the processor's own time still says how fast it would be alone.
    told = f"{threads} threads: {'   '.join(rates)}   {worked / TEXTS * 1000:.2f} ms of a processor a text sent"
    print(f"  {told}{sent / floor:8.1f} x its floor")
    tell("a transaction that writes, while sending", database.held)
    database.close()


def noon(made: Service) -> Service:
    """At an hour at which people may be texted."""
    now = made.clock.now()
    until = now.replace(hour=12, minute=0) - now
    return replace(made, clock=Clock(lambda: until))


def deliver(sending: Service) -> None:
    counts = outbox.deliver(sending, limit=TEXTS, seconds=60)
    assert counts == {"sent": TEXTS}, counts


def raw(address: str, threads: int) -> float:
    """Nothing but the requests."""
    mine, host = threading.local(), urlsplit(address).netloc

    def post(_: int) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection(host)
        mine.connection.request("POST", "/", BODY, {"Content-Type": "application/x-www-form-urlencoded"})
        assert mine.connection.getresponse().read()

    with ThreadPoolExecutor(threads) as pool:
        begun = perf_counter()
        for _ in pool.map(post, range(TEXTS)):
            pass
        return perf_counter() - begun


class Timed(Database):
    """Notes how long each transaction that writes was open."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.held: list[float] = []

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as db:
            begun = perf_counter()
            yield db
        self.held.append(perf_counter() - begun)
