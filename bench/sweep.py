"""A sweep that finds nothing due, against the bare questions it must ask; with ten times the rows as fast."""

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from bench.measure import each, tell
from bench.people import enrol, service
from bot import mail
from bot.duties import DUTIES
from bot.models import Email, Message
from bot.outbox.states import WAITS
from bot.service import Service
from bot.sweep import sweep

PEOPLE, TEXTS, SWEEPS = 1000, 10, 50


def run() -> None:
    for people in (PEOPLE, PEOPLE * 10):
        with service("phone") as made:
            enrol(made, people, timedelta(days=3), TEXTS)
            floor = each(partial(_ask, made), SWEEPS)
            tell(f"the bare SQL, {people:,} people, {people * TEXTS:,} texts", floor)
            tell(f"a sweep, {people:,} people, {people * TEXTS:,} texts", each(partial(sweep, made), SWEEPS), floor)


def _ask(service: Service) -> None:
    now = service.clock.now()
    with service.database.read() as db:
        for duty in DUTIES:
            duty.due(db, now, 100)
        db.scalars(select(Message.id).where(WAITS, Message.due_at <= now).limit(100)).all()
        db.scalars(select(Email.id).where(mail.WAITS, Email.due_at <= now).limit(100)).all()
