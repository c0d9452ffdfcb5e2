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
from time import perf_counter
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from bench import provider
from bench.measure import tell, timed
from bench.people import enrol, service
from bot import duties, outbox
from bot.channels.twilio import TwilioChannel
from bot.clock import Clock
from bot.database import Database
from bot.duties import BY_KIND
from bot.outbox import Counts
from bot.service import Service

LATENCY, TEXTS, TURNS = 50, 1500, 3
# No throttle of ours is to be felt.
FAST = 9999
BODY = "To=%2B447700900001&From=%2B447400999000&Body=" + "How+did+it+go%3F+" * 8


def run() -> None:
    with provider.running(LATENCY) as address:
        for _ in range(TURNS):
            with service("twilio") as made:
                turn(noon(made), address)


def turn(made: Service, address: str) -> None:
    """A Monday's check-ins: begun, a transaction a person, and sent."""
    settings = replace(made.settings, twilio_api_url=address, sms_per_second=FAST)
    database = Timed(settings.database_url)
    sending = replace(made, settings=settings, database=database, channel=TwilioChannel(settings))
    people, counts = enrol(made, TEXTS, timedelta()), Counts()
    begun = timed(lambda: duties.do(sending, BY_KIND["check-ins"], people, counts))
    assert counts == {"check-ins": TEXTS}, counts
    database.held.clear()
    threads = sending.channel.at_once
    floor = min(raw(address, threads) for _ in range(2))
    sent = timed(lambda: deliver(sending))
    rates = [f"{what} {TEXTS / seconds:4.0f}/s" for what, seconds in (("begun", begun), ("sent", sent), ("raw", floor))]
    print(f"  {threads} threads: {'   '.join(rates)}{sent / floor:8.1f} x its floor")
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
