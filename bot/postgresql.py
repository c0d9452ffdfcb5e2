"""How we connect to PostgreSQL: by name, in UTC, and never hanging on a server or on somebody's lock.

A process keeps two connections at most while it has nothing to do; docs/postgresql.md has the sums.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import Engine, create_engine, event, make_url

# A process does one thing at a time, on one connection; a second reads the phone's clock meanwhile. What more
# threads of a test or a script ask for is closed when they are done.
KEPT, MORE = 2, 8

CONNECT_SECONDS = 3
"""How long a server may take to be reached: Twilio waits 15 seconds, and is to hear a 5xx before that."""
LOCK_SECONDS = 10
"""How long somebody else's lock is waited for."""
STATEMENT_SECONDS = 30
IDLE_SECONDS = 60
"""A transaction that does nothing for so long belongs to a process that is stuck: its locks are let go."""

# A server that has gone without a word (its machine, its network) is noticed in so many seconds, not in hours.
NOTICED: Mapping[str, Any] = {
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
PROGRAMS = {"gunicorn": "web", "worker.py": "worker"}


def engine(url: str, *, migrating: bool = False) -> Engine:
    """Connections to this server. What the address itself says (``sslmode``, ``options``, ...) goes before ours.

    Each is asked whether it is still there before it is used: a server that was started anew is noticed by nobody.
    ``migrating`` takes as long as it takes; only for a lock it waits no longer.
    """
    given = make_url(url).query
    ours = {**NOTICED, "connect_timeout": CONNECT_SECONDS, "application_name": _application()}
    ours["options"] = _options(migrating)
    made = create_engine(
        url,
        pool_size=KEPT,
        max_overflow=MORE,
        pool_timeout=LOCK_SECONDS,
        pool_pre_ping=True,
        connect_args={name: value for name, value in ours.items() if name not in given},
    )
    event.listen(made, "connect", _without_nul)
    return made


def _options(migrating: bool) -> str:
    wished = {
        "timezone": "UTC",
        "lock_timeout": f"{LOCK_SECONDS}s",
        "statement_timeout": "0" if migrating else f"{STATEMENT_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    }
    return " ".join(f"-c {name}={value}" for name, value in wished.items())


def _application() -> str:
    """What pg_stat_activity calls this process: stepalong web, worker, clock, release, ..."""
    program, *words = sys.argv
    name = Path(program).name
    if name in ("worker.py", "__main__.py") and words:
        return f"stepalong {words[0]}"
    return f"stepalong {PROGRAMS.get(name, name)}".strip()


class _WithoutNul(StrDumperUnknown):
    """A text without the one character that PostgreSQL cannot keep: nobody's text may be refused for it."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", ""))


def _without_nul(connection: "Connection[Any]", _: Any) -> None:
    connection.adapters.register_dumper(str, _WithoutNul)
