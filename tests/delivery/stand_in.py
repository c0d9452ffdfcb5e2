"""A stand-in for Twilio with a ledger that is only added to: the judge of what was sent, whatever our rows say."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

ACCOUNT = "AC00000000000000000000000000000001"
NUMBER = "+447400999000"


@dataclass
class StandIn:
    """What it does with the next sends stands in ``plan``; then it takes everything.

    ok · a Twilio code (refused) · 429 · 500 · cut (taken, and the connection breaks off) · hang (never taken,
    never answered) · swallow (taken, never answered).
    """

    url: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    plan: list[str] = field(default_factory=list)
    ledger: list[dict[str, str]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    # The port that each text came from.
    taken_from: list[int] = field(default_factory=list)
    readable: bool = True
    # A list that never answers; what it was asked; how many texts a page holds, whatever was wished for.
    list_hangs: bool = False
    listed: list[dict[str, list[str]]] = field(default_factory=list)
    most_a_page: int = 1000
    # The texts that were asked for one by one, by their ids.
    fetched: list[str] = field(default_factory=list)
    # What Twilio makes of a template, by its id: {{1}} is filled in.
    templates: dict[str, str] = field(default_factory=dict)
    tokens: frozenset[str] = frozenset({"token"})
    on_their_way: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def take(self, form: dict[str, str]) -> dict[str, Any]:
        """A text is taken: from here on it will be sent."""
        with self.lock:
            sid = f"SM{len(self.records):032x}"
            self.ledger.append({**form, "Sid": sid, "At": str(time()), "Now": self.now().isoformat()})
            self.arrived.set()
            body = form.get("Body") or self.rendered(form)
            return self.add(sid, form["To"], form.get("From", NUMBER), body, "outbound-api", "queued")

    def rendered(self, form: dict[str, str]) -> str:
        body = self.templates.get(form.get("ContentSid", ""), "")
        for name, value in json.loads(form.get("ContentVariables") or "{}").items():
            body = body.replace(f"{{{{{name}}}}}", str(value))
        return body

    def add(self, sid: str, to: str, sender: str, body: str, direction: str, status: str) -> dict[str, Any]:
        at = format_datetime(self.now())
        record = {
            "sid": sid,
            "to": to,
            "from": sender,
            "body": body,
            "direction": direction,
            "status": status,
            "date_created": at,
            "date_sent": at,
            "date_updated": at,
            "num_media": "0",
            "num_segments": "1",
            "error_code": None,
            "account_sid": ACCOUNT,
        }
        self.records.insert(0, record)
        return record

    def bodies(self) -> list[str]:
        return [form.get("Body", "") for form in self.ledger]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer leaves in one piece; in two, the second waits for the first to be acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: "Server"

    def do_POST(self) -> None:
        stand_in = self.server.stand_in
        length = int(self.headers["Content-Length"])
        written = self.rfile.read(length)
        if len(written) < length:
            # Whoever asked has died in the middle of it: nothing was asked.
            self.close_connection = True
            return None
        form = {key: values[0] for key, values in parse_qs(written.decode()).items()}
        with stand_in.lock:
            todo = stand_in.plan.pop(0) if stand_in.plan else "ok"
            stand_in.asked.append(form)
            stand_in.taken_from.append(self.client_address[1])
        if not self.is_ours():
            return self.answer(401, {"code": 20003, "message": "no", "status": 401})
        if todo == "ok":
            return self.answer(201, stand_in.take(form))
        if todo in ("cut", "swallow"):
            stand_in.take(form)
        if todo in ("hang", "swallow"):
            stand_in.released.wait(20)
        if todo in ("cut", "hang", "swallow"):
            self.close_connection = True
            return None
        status = int(todo) if todo in ("429", "500", "401") else 400
        return self.answer(status, {"code": int(todo), "message": "no", "status": status})

    def do_GET(self) -> None:
        stand_in = self.server.stand_in
        if not self.is_ours():
            return self.answer(401, {"code": 20003, "message": "no", "status": 401})
        if not stand_in.readable:
            return self.answer(500, {})
        sid = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".json")
        if sid != "Messages":
            return self.fetched(stand_in, sid)
        query = parse_qs(urlsplit(self.path).query)
        with stand_in.lock:
            stand_in.listed.append(query)
        if stand_in.list_hangs:
            stand_in.released.wait(20)
            self.close_connection = True
            return None
        asked = {"to": query.get("To"), "from": query.get("From")}
        found = [
            record for record in stand_in.records if all(not one or record[key] == one[0] for key, one in asked.items())
        ]
        size = min(int(query["PageSize"][0]), stand_in.most_a_page)
        page = int(query.get("Page", ["0"])[0])
        more = urlencode({**{name: values[0] for name, values in query.items()}, "Page": page + 1})
        rest = len(found) > (page + 1) * size
        next_page = f"{urlsplit(self.path).path}?{more}" if rest else None
        return self.answer(200, {"messages": found[page * size : (page + 1) * size], "next_page_uri": next_page})

    def fetched(self, stand_in: StandIn, sid: str) -> None:
        with stand_in.lock:
            stand_in.fetched.append(sid)
            found = next((record for record in stand_in.records if record["sid"] == sid), None)
        return self.answer(200, found) if found else self.answer(404, {"code": 20404, "message": "no", "status": 404})

    def do_DELETE(self) -> None:
        """A text that is still on its way is not deleted yet; one that is not there is not there."""
        stand_in = self.server.stand_in
        sid = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".json")
        if not stand_in.readable or not self.is_ours():
            return self.answer(500, {})
        with stand_in.lock:
            if sid in stand_in.on_their_way:
                return self.answer(409, {"code": 20009, "message": "not complete", "status": 409})
            left = [record for record in stand_in.records if record["sid"] != sid]
            known, stand_in.records[:] = len(left) < len(stand_in.records), left
        return self.answer(204 if known else 404, {})

    def is_ours(self) -> bool:
        given = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        account, _, token = given.partition(":")
        return account == ACCOUNT and token in self.server.stand_in.tokens

    def answer(self, status: int, body: dict[str, Any]) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    stand_in: StandIn

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up on us has said enough."""


@contextmanager
def running() -> Iterator[StandIn]:
    server = Server(("127.0.0.1", 0), Handler)
    server.stand_in = StandIn(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.stand_in
    finally:
        server.stand_in.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
