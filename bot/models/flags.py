"""Flags, digests, and the log of who did what."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Owned, belongs, unique_in_scheme


class Flag(Owned, Base):
    """Something a practitioner should know. One open flag a person and kind; new evidence updates it."""

    __tablename__ = "flag"
    __table_args__ = (
        unique_in_scheme("id"),
        belongs("service_user_id", "service_user"),
        Index(
            "uq_flag_open",
            "service_user_id",
            "kind",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND service_user_id IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND service_user_id IS NOT NULL"),
        ),
        Index("ix_flag_person", "scheme_id", "service_user_id"),
        Index("ix_flag_open", "scheme_id", "closed_at", "kind"),
        Index("ix_flag_wake_at", "wake_at"),
        # What a rule has raised lately (``flag_ledger``).
        Index("ix_flag_raised", "scheme_id", "raised_at"),
        Index(
            "ix_flag_passed",
            "scheme_id",
            "passed_to",
            sqlite_where=text("passed_to IS NOT NULL"),
            postgresql_where=text("passed_to IS NOT NULL"),
        ),
    )
    service_user_id: Mapped[uuid.UUID | None]
    # The text it is about, where nobody is behind the number (the unclaimed tray).
    message_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(String(20))
    loud: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    raised_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    wake_at: Mapped[datetime | None]
    told: Mapped[int] = mapped_column(default=0)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(254))
    # Put off: until then at the latest; what ends it ("date" or "reply"), who did, how often, what would help.
    snoozed_until: Mapped[datetime | None]
    snooze_ends: Mapped[str | None] = mapped_column(String(8))
    snoozed_by: Mapped[str | None] = mapped_column(String(254))
    snoozes: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    help_wanted: Mapped[str | None] = mapped_column(String(20))
    # Somebody else's to deal with, by their address, until then; the person stays with their practitioner.
    passed_to: Mapped[str | None] = mapped_column(String(254))
    passed_by: Mapped[str | None] = mapped_column(String(254))
    passed_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(254))
    closed_why: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[str | None] = mapped_column(Text)
    # What got in the way, and why they may have been silent: codes of ``conversation.flag_words``.
    barrier: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(20))
    # The last act, and how things stood before it: it can be taken back for a day (``flag_undo``).
    last_act: Mapped[dict[str, Any] | None]


class Digest(Owned, Base):
    """That a practitioner's digest was made for a day: made once, whoever rings."""

    __tablename__ = "digest"
    __table_args__ = (
        belongs("practitioner_id", "practitioner"),
        UniqueConstraint("practitioner_id", "day", "turn"),
    )
    practitioner_id: Mapped[uuid.UUID]
    day: Mapped[date]
    # 0 is the day's own; asking for one by hand adds to it.
    turn: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    counts: Mapped[dict[str, Any]]


class Event(Owned, Base):
    """Who did what, when, before and after. Append-only: triggers refuse a change (but see ``Erasure``)."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_person", "scheme_id", "service_user_id", "at"),
        # The newest tells whether the clock has been moved back.
        Index("ix_event_at", "at"),
    )
    service_user_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(String(40))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class Heartbeat(Base):
    """When each recurring duty last ended well: ``sweep``, ``worker``, ``inbound_list``; the phone's clock offset."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime | None]
    seconds: Mapped[int] = mapped_column(default=0)
