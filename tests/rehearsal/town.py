"""Everybody outside: people who text all the time, and the provider between them and us.

The provider posts each text, signed; hands on the answer that comes back; says later what became of it; and
keeps a list of it all. What it was told with a 2xx, and what it sent, is all that the judge believes.
"""

import random
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from time import time
from urllib.parse import urlencode
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator

from tests.delivery.stand_in import ACCOUNT, NUMBER, StandIn

TWILIO_WAITS = 15
CANARY = "canary"
WORDS = ("yes", "no", "6", "not yet", "hello", "ring the college on thursday", f"my {CANARY} fell ill", "more time")
CRISIS = "i want to die"
# How the provider misbehaves now and then: too many at once, broken, taken without a word.
MOODS = ("429", "500", "cut")


@dataclass
class Town:
    """``posted``: what each text's webhook was told last, by the text's id; None where nobody answered.

    Behind one public address, the first, are several machines, asked in turn.
    """

    addresses: list[str]
    twilio: StandIn
    seed: int
    numbers: list[str]
    stoppers: list[str]
    posted: dict[str, int | None] = field(default_factory=dict)
    stopped_at: dict[str, float] = field(default_factory=dict)
    turn: Iterator[int] = field(default_factory=count)
    over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def wake_up(self, at_once: int = 12) -> None:
        """Begin to text. Each number is one thread's, so that nobody writes two texts at a time."""
        for number in range(at_once):
            chance = random.Random(f"{self.seed}/{number}")
            self._go(self._write, chance, self.numbers[number::at_once], self.stoppers[number::at_once])
        self._go(self._tell, random.Random(f"{self.seed}/receipts"))

    def fall_asleep(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _go(self, what: object, *arguments: object) -> None:
        self.threads.append(threading.Thread(target=what, args=arguments))  # type: ignore[arg-type]
        self.threads[-1].start()

    def _write(self, chance: random.Random, writers: list[str], stoppers: list[str]) -> None:
        while not self.over.wait(chance.uniform(0.1, 0.8)):
            if stoppers and chance.random() < 0.1:
                self._stop(stoppers.pop(), chance)
            elif chance.random() < 0.02:
                self._text(chance.choice(writers), CRISIS, chance)
            else:
                self._text(chance.choice(writers), chance.choice(WORDS), chance)
            if chance.random() < 0.02:
                self.twilio.plan.append(chance.choice(MOODS))

    def _stop(self, number: str, chance: random.Random) -> None:
        """They say stop, and no other word after it. From the 2xx on, nothing may leave."""
        if self._text(number, "STOP", chance):
            self.stopped_at[number] = time()

    def _text(self, number: str, body: str, chance: random.Random) -> bool:
        """A text is in the provider's list whether we took it or not; half of what failed is posted once more."""
        sid = f"SM{uuid.UUID(int=chance.getrandbits(128)).hex}"
        with self.twilio.lock:
            self.twilio.add(sid, NUMBER, number, body, "inbound", "received")
        params = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": number, "To": NUMBER, "Body": body, "NumMedia": "0"}
        taken = self._post_text(sid, params)
        if not taken and chance.random() < 0.5:
            taken = self._post_text(sid, params)
        return taken

    def _post_text(self, sid: str, params: Mapping[str, str]) -> bool:
        status, answer = self._post("/twilio/inbound", params)
        self.posted[sid] = status
        if status != 200:
            return False
        for message in ElementTree.fromstring(answer).iter("Message"):
            callback = message.get("statusCallback", "")
            self.twilio.take(
                {"To": params["From"], "From": NUMBER, "Body": message.text or "", "StatusCallback": callback}
            )
        return True

    def _tell(self, chance: random.Random) -> None:
        """Say what became of texts, in any order, some twice, some never."""
        told = 0
        while not self.over.wait(0.05):
            for form in self.twilio.ledger[told : told + 20]:
                told += 1
                states = ["sent", "delivered"] if chance.random() < 0.8 else []
                for state in chance.sample(states, len(states)):
                    params = {"MessageSid": form["Sid"], "AccountSid": ACCOUNT, "MessageStatus": state}
                    self._post("/twilio/status?" + form["StatusCallback"].partition("?")[2], params)

    def _post(self, path: str, params: Mapping[str, str]) -> tuple[int | None, bytes]:
        url = f"http://{self.addresses[0]}{path}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": RequestValidator("token").compute_signature(url, params),
        }
        connection = HTTPConnection(self.addresses[next(self.turn) % len(self.addresses)], timeout=TWILIO_WAITS)
        try:
            connection.request("POST", path, urlencode(params), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            return None, b""
        finally:
            connection.close()
