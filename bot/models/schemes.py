"""Schemes and the people who work in them."""

import uuid
from datetime import date, datetime

from sqlalchemy import (
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Owned, belongs, unique_in_scheme


class Scheme(Base):
    """A scheme that has been loaded; its wording and hours stay in its folder."""

    __tablename__ = "scheme"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    created_at: Mapped[datetime]
    # The alarm of the night's retention (``retention``).
    retention_at: Mapped[datetime | None]


class Practitioner(Owned, Base):
    """A member of staff. ``digest_at`` is the alarm of the next digest."""

    __tablename__ = "practitioner"
    __table_args__ = (
        unique_in_scheme("id"),
        unique_in_scheme("email"),
        Index("ix_practitioner_digest_at", "digest_at"),
    )
    email: Mapped[str] = mapped_column(String(254))
    first_name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(20))
    hours: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20), default="practitioner")
    digest_at: Mapped[datetime | None]
    # How often they want it: one of ``cadence.CADENCES``.
    digest_cadence: Mapped[str] = mapped_column(String(12), default="daily", server_default=text("'daily'"))
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Cover(Owned, Base):
    """Who looks after a practitioner's people between two dates, both included."""

    __tablename__ = "cover"
    __table_args__ = (belongs("practitioner_id", "practitioner"), belongs("covered_by_id", "practitioner"))
    practitioner_id: Mapped[uuid.UUID]
    covered_by_id: Mapped[uuid.UUID]
    first_day: Mapped[date]
    last_day: Mapped[date]


class ReportNote(Owned, Base):
    """What the organisation has changed in a month, in its own words. ``month`` is its first day. Of nobody's."""

    __tablename__ = "report_note"
    __table_args__ = (unique_in_scheme("month"),)
    month: Mapped[date]
    words: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]


class SignInToken(Owned, Base):
    """A magic link, hashed: single use, 15 minutes."""

    __tablename__ = "sign_in_token"
    __table_args__ = (belongs("practitioner_id", "practitioner"),)
    practitioner_id: Mapped[uuid.UUID]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Owned, Base):
    """A practitioner signed in on one device, by the hash of the key that its cookie holds. One is live at a time."""

    __tablename__ = "sign_in"
    __table_args__ = (
        belongs("practitioner_id", "practitioner"),
        Index("ix_sign_in_practitioner", "scheme_id", "practitioner_id"),
    )
    practitioner_id: Mapped[uuid.UUID]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
