"""Who the example cast are, and what they text: ``cast.yaml``, with its days counted back from a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.conversation import timing
from bot.models import Message
from bot.people.mobiles import mobile

CAST = Path(__file__).parent / "cast.yaml"
# When things begin on a day of the past: in nobody's quiet hours.
MORNING = time(10, 15)


@dataclass(frozen=True, kw_only=True)
class Player:
    """One of the cast: what they do, and when."""

    name: str
    number: str
    practitioner: str
    reference: str
    enrolled_at: datetime
    answers_in: timedelta
    silent_from: datetime | None
    met_at: datetime | None
    lost_from: datetime | None
    says: tuple[tuple[datetime, str], ...]
    replies: Mapping[str, Sequence[str]]

    def answer(self, message: Message, before: int) -> str | None:
        """What they will text to the last text they had, if it asks something they were asked so often before."""
        words = self.replies.get(question(message.node or ""))
        if not words or message.delivered_at is None:
            return None
        silent = self.silent_from is not None and message.delivered_at >= self.silent_from
        return None if silent else words[before % len(words)]


@dataclass(frozen=True)
class Cast:
    """Everybody, up to the moment ``end``."""

    scheme: str
    practitioners: Sequence[Mapping[str, str]]
    players: Sequence[Player]


def read(zone: str, end: datetime) -> Cast:
    """The cast of ``cast.yaml``, whose past ends at ``end``; days are those of ``zone``."""
    written = yaml.safe_load(CAST.read_text("utf-8"))
    days = _Days(zone, end)
    players = [_player(name, facts, written["everybody"], days) for name, facts in written["people"].items()]
    return Cast(written["scheme"], written["practitioners"], players)


def question(place: str) -> str:
    """``weekly_check_in/how_did_it_go_or_stop`` asks what ``how_did_it_go`` does."""
    return place.rpartition("/")[2].removesuffix("_or_stop")


@dataclass(frozen=True)
class _Days:
    zone: str
    end: datetime

    def ago(self, days: int | None) -> datetime | None:
        return None if days is None else self.morning(days)

    def morning(self, days: int) -> datetime:
        """The morning of a day of the past; never later than the end."""
        day = timing.local(self.zone, self.end).date() - timedelta(days=days)
        return min(self.end, timing.instant(self.zone, day, MORNING)) if days else self.end


def _player(name: str, facts: Mapping[str, Any], everybody: Mapping[str, Sequence[str]], days: _Days) -> Player:
    return Player(
        name=name,
        number=mobile(facts["mobile"]),
        practitioner=facts["practitioner"],
        reference=facts["reference"],
        enrolled_at=days.morning(facts["days_ago"]),
        answers_in=timedelta(minutes=facts.get("answers_in", 30)),
        silent_from=days.ago(facts.get("until")),
        met_at=days.ago(facts.get("met")),
        lost_from=days.ago(facts.get("lost")),
        says=tuple((days.morning(each["days_ago"]), each["words"]) for each in facts.get("says", ())),
        replies={**everybody, **facts.get("replies", {})},
    )
