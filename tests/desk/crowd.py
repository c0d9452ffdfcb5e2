"""Five hundred people with two years of check-ins: what the pages are measured on."""

import uuid
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from bot.models import Answer, CheckIn, Flag, FlowVersion, Message, ServiceUser, Step
from tests.desk.conftest import Desk

WEEK = timedelta(days=7)
WORDS = (
    "yeah rang them, the woman said ring back thurs",
    "na not yet, bus fare is a joke at the min",
    "did it!! got the form in before the deadline and they said they will let me know by next friday",
    "6",
    "start at 6am now so bit knackered",
)
NAMES = ("Leon", "Priya", "Amina", "Dev", "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}")
STATES = ("active", "active", "active", "paused", "resting", "opted_out", "unreachable", "invited")
KINDS = ("quiet", "asked_for_you", "cant_reach", "confidence", "misread", "message")


def grow(desk: Desk, people: int = 500, weeks: int = 104, owners: tuple[str, ...] = ("sam",)) -> None:
    """Each week a check-in with four texts, three answers and a step; one in fifteen has a flag."""
    dice = Random(7)
    now = desk.now
    with desk.service.database.write() as db:
        db.add(FlowVersion(hash="v", scheme_id="tyneside", flow="weekly_check_in", files={}, first_used_at=now))
        db.flush()
        ids = [uuid.uuid4() for _ in range(people)]
        rows = [_person(desk, each, n, owners, dice) for n, each in enumerate(ids)]
        db.execute(insert(ServiceUser), rows)
        tables: dict[Any, list[dict[str, Any]]] = {CheckIn: [], Message: [], Step: [], Answer: [], Flag: []}
        for n, each in enumerate(ids):
            for week in range(weeks):
                _week(tables, each, now - (week + 1) * WEEK + timedelta(minutes=n), dice)
            if n % 15 == 0:
                tables[Flag].append(_flag(each, now, KINDS[n // 15 % len(KINDS)]))
        for table, found in tables.items():
            for start in range(0, len(found), 20_000):
                db.execute(insert(table), found[start : start + 20_000])


def _person(desk: Desk, person_id: uuid.UUID, n: int, owners: tuple[str, ...], dice: Random) -> dict[str, Any]:
    now, state = desk.now, STATES[n % len(STATES)]
    return {
        "id": person_id,
        "scheme_id": "tyneside",
        "practitioner_id": desk.staff[owners[n % len(owners)]],
        "first_name": f"{dice.choice(NAMES)}{n}",
        "reference": f"TYNE-{n:04}",
        "state": state,
        "enrolled_at": now - 105 * WEEK,
        "started_at": now - 104 * WEEK,
        "last_inbound_at": now - WEEK + timedelta(minutes=n),
        "last_person_sent_at": now - 3 * WEEK if n % 3 else None,
        "last_automatic_sent_at": now - timedelta(days=2),
        "resume_at": now + WEEK if state == "paused" else None,
    }


def _week(tables: dict[Any, list[dict[str, Any]]], person_id: uuid.UUID, at: datetime, dice: Random) -> None:
    owner = {"scheme_id": "tyneside", "service_user_id": person_id}
    check_in, step = uuid.uuid4(), uuid.uuid4()
    over = {"delivered_at": at, "answered_at": at, "ended_at": at}
    tables[CheckIn].append(
        {"id": check_in, **owner, "flow": "weekly_check_in", "flow_version": "v", "state": {}, "started_at": at, **over}
    )
    step_row = {"id": step, **owner, "words": dice.choice(WORDS), "day": at.date(), "set_at": at}
    tables[Step].append({**step_row, "outcome": dice.choice(("done", "not_yet", "some")), "outcome_at": at + WEEK})
    for n in range(4):
        out = n % 2 == 0
        tables[Message].append(
            {
                "id": uuid.uuid4(), **owner, "channel": "sms", "address": "+447700900100", "check_in_id": check_in,
                "direction": "out" if out else "in", "kind": "check_in" if out else "text",
                "body": "How did it go?" if out else dice.choice(WORDS), "state": "delivered" if out else "handled",
                "created_at": at + timedelta(minutes=n),
            }
        )  # fmt: skip
    for kept_as, value in (("step.confidence", str(dice.randint(0, 10))), ("step.words", "x"), (None, "yes")):
        tables[Answer].append(
            {
                "id": uuid.uuid4(), **owner, "check_in_id": check_in, "step_id": step, "node": "step/confidence",
                "kept_as": kept_as, "raw": value, "value": value, "certainty": "sure", "reason": "x", "at": at,
            }
        )  # fmt: skip


def _flag(person_id: uuid.UUID, now: datetime, kind: str) -> dict[str, Any]:
    at = now - timedelta(days=1)
    evidence = {"since": at.isoformat(), "why": "x", "details": {}, "done": []}
    evidence["last_words"] = {"words": WORDS[0], "at": at.isoformat()}
    times = {"raised_at": at, "updated_at": at}
    return {"id": uuid.uuid4(), "scheme_id": "tyneside", "service_user_id": person_id, "kind": kind,
            "evidence": evidence, "version": 1, "told": 0, "snoozes": 0, "loud": False, **times}  # fmt: skip
