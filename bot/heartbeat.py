"""The clock's own beat, and the word to whoever watches from outside: all is well.

The watcher rings when the word stays away (a dead-man's switch): so it is given only when everything is well, and
nothing here has to work for somebody to hear that it does not.
"""

import threading
import urllib.request
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session

from bot import duties, vitals
from bot.database import insert_into
from bot.models import Heartbeat
from bot.outbox.halted import halted
from bot.service import Service

log = structlog.get_logger()

SECONDS = 5.0
# Over all clocks together.
ONCE_IN = timedelta(minutes=1)
GIVEN = "heartbeat_given"


def beat(service: Service) -> list[str]:
    """After a turn of the clock that went well. Returns what is wrong; then the word is not given.

    1. The clock's own beat is written down.
    2. All is well, and nobody has said so for a minute: HEARTBEAT_URL is asked for, outside of any transaction.
       It takes five seconds at most, and never fails.
    """
    now = service.clock.now()
    with service.database.write() as db:
        duties.beat(db, vitals.CLOCK, now)
        wrong = vitals.wrong(vitals.beats(db), halted(db, now), now)
        mine = bool(service.settings.heartbeat_url) and _claim(db, now)
    if mine and wrong:
        log.error("no heartbeat is given", wrong=wrong)
    elif mine:
        give(service.settings.heartbeat_url)
    return wrong


def give(url: str, seconds: float = SECONDS) -> bool:
    """Ask for the address; whether it was taken. The address is a secret: it is in no log, nor is what came back."""
    taken: list[bool] = []
    # A server that dribbles, or a name that nobody resolves, is waited for no longer either.
    asking = threading.Thread(target=lambda: taken.append(_ask(url, seconds)), daemon=True, name="heartbeat")
    asking.start()
    asking.join(seconds)
    if not taken:
        log.warning("the heartbeat was not taken", why="time-out")
    return bool(taken and taken[0])


def _ask(url: str, seconds: float) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=seconds):
            return True
    except Exception as error:
        log.warning("the heartbeat was not taken", why=type(error).__name__, status=getattr(error, "code", None))
        return False


def _claim(db: Session, now: datetime) -> bool:
    """Whether it is this clock's turn to say it: of two clocks, and of a restarted one, one a minute."""
    db.execute(insert_into(db, Heartbeat).values(name=GIVEN, at=None, seconds=0).on_conflict_do_nothing())
    # A time that is still to come is of a clock that ran ahead.
    free = or_(Heartbeat.at.is_(None), Heartbeat.at <= now - ONCE_IN, Heartbeat.at > now)
    taken = update(Heartbeat).where(Heartbeat.name == GIVEN, free).values(at=now)
    done = db.execute(taken, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], done).rowcount == 1
