"""Conversations: versions of flows, check-ins, answers, steps and dreams."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Owned, belongs, unique_in_scheme


class FlowVersion(Base):
    """The text of a flow with all that it leads to, kept by its hash when first used."""

    __tablename__ = "flow_version"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    scheme_id: Mapped[str] = mapped_column(String(40), ForeignKey("scheme.id"))
    flow: Mapped[str] = mapped_column(String(60))
    files: Mapped[dict[str, Any]]
    first_used_at: Mapped[datetime]


class CheckIn(Owned, Base):
    """One run of a flow with one person. ``version`` counts decisions; ``wake_at`` is the nudge's alarm."""

    __tablename__ = "check_in"
    __table_args__ = (
        unique_in_scheme("id"),
        belongs("service_user_id", "service_user"),
        Index(
            "uq_check_in_open",
            "service_user_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_check_in_person", "scheme_id", "service_user_id", "started_at"),
        Index("ix_check_in_wake_at", "wake_at"),
        Index("ix_check_in_remind_at", "remind_at"),
    )
    service_user_id: Mapped[uuid.UUID]
    flow: Mapped[str] = mapped_column(String(60))
    flow_version: Mapped[str] = mapped_column(ForeignKey("flow_version.hash"))
    state: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    wake_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(String(20))


class Answer(Owned, Base):
    """The value kept for a node, with their raw words, how sure the reading was, and why."""

    __tablename__ = "answer"
    __table_args__ = (
        belongs("service_user_id", "service_user"),
        belongs("check_in_id", "check_in"),
        Index("ix_answer_person", "scheme_id", "service_user_id", "at"),
    )
    service_user_id: Mapped[uuid.UUID]
    check_in_id: Mapped[uuid.UUID | None]
    step_id: Mapped[uuid.UUID | None]
    node: Mapped[str] = mapped_column(String(120))
    kept_as: Mapped[str | None] = mapped_column(String(30))
    question: Mapped[str | None] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    corrected_at: Mapped[datetime | None]


class Step(Owned, Base):
    """The small thing a person chose to do: their words, when, confidence, outcome, what got in the way."""

    __tablename__ = "step"
    __table_args__ = (
        unique_in_scheme("id"),
        belongs("service_user_id", "service_user"),
        Index("ix_step_person", "scheme_id", "service_user_id", "set_at"),
        # The week's good news.
        Index(
            "ix_step_done",
            "scheme_id",
            "outcome_at",
            sqlite_where=text("outcome = 'done'"),
            postgresql_where=text("outcome = 'done'"),
        ),
    )
    service_user_id: Mapped[uuid.UUID]
    check_in_id: Mapped[uuid.UUID | None]
    words: Mapped[str] = mapped_column(Text)
    when_words: Mapped[str | None] = mapped_column(Text)
    day: Mapped[date | None]
    minute: Mapped[int | None]
    confidence: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    helped: Mapped[str | None] = mapped_column(Text)
    barrier: Mapped[str | None] = mapped_column(String(20))
    barrier_words: Mapped[str | None] = mapped_column(Text)
    set_at: Mapped[datetime]
    outcome_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Dream(Owned, Base):
    """What they would love to do, in full and in their own words."""

    __tablename__ = "dream"
    __table_args__ = (
        belongs("service_user_id", "service_user"),
        Index("ix_dream_person", "scheme_id", "service_user_id"),
    )
    service_user_id: Mapped[uuid.UUID]
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
