"""A digest that we were too late for: it comes while they work, else at their next hour, and never at night."""

from datetime import datetime, timedelta

import pytest

from bot import digests
from bot.models import Digest, Email, Practitioner
from tests.flags.conftest import Cast


def at(written: str) -> datetime:
    return datetime.fromisoformat(f"{written}:00+00:00")


@pytest.mark.parametrize(
    ("due", "now", "made", "next_at"),
    [
        ("2026-11-24T08:30", "2026-11-24T09:15", True, "2026-11-25T08:30"),  # a bit late
        ("2026-11-24T08:30", "2026-11-24T16:50", True, "2026-11-25T08:30"),  # late, and they still work
        ("2026-11-24T08:30", "2026-11-24T23:40", False, "2026-11-25T08:30"),  # at night it waits for the morning
        ("2026-11-24T08:30", "2026-11-25T03:00", False, "2026-11-25T08:30"),  # and for the same morning
        ("2026-11-23T08:30", "2026-11-25T08:40", True, "2026-11-26T08:30"),  # days late, at the usual hour
        ("2026-11-27T08:30", "2026-11-28T11:00", False, "2026-11-30T08:30"),  # a Saturday is no day of theirs
    ],
)
def test_a_digest_that_is_late(cast: Cast, due: str, now: str, made: bool, next_at: str) -> None:
    cast.now = at(due) - timedelta(hours=1)
    cast.flag("misread")
    cast.now = at(now)
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).digest_at = at(due)
    with cast.database.write() as db:
        assert (digests.make(db, cast.library, cast.sam, cast.now) is not None) == made
    with cast.database.read() as db:
        assert db.get_one(Practitioner, cast.sam).digest_at == at(next_at)
        assert (db.query(Digest).count(), db.query(Email).filter_by(kind="digest").count()) == (made, made)
