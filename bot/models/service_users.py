"""Service users, where they can be texted, and what they said to it."""

import uuid
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Owned, belongs, unique_in_scheme


class ServiceUser(Owned, Base):
    """The person who gets check-ins, with every alarm that can wake the bot for them."""

    __tablename__ = "service_user"
    __table_args__ = (
        unique_in_scheme("id"),
        belongs("practitioner_id", "practitioner"),
        Index("ix_service_user_next_check_in_at", "next_check_in_at"),
        Index("ix_service_user_quiet_at", "quiet_at"),
        Index("ix_service_user_resume_at", "resume_at"),
        Index("ix_service_user_practitioner", "scheme_id", "practitioner_id"),
        CheckConstraint(
            "state IN ('invited','active','paused','resting','opted_out','unreachable','closed')",
            name="state",
        ),
    )
    practitioner_id: Mapped[uuid.UUID]
    first_name: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12), default="invited")
    zone: Mapped[str] = mapped_column(String(40), default="Europe/London")
    language: Mapped[str] = mapped_column(String(8), default="en")
    channel: Mapped[str] = mapped_column(String(8), default="sms")
    # Their rhythm: weeks between check-ins, and the day (0 is Monday) and minute of the day they chose.
    every_weeks: Mapped[int] = mapped_column(default=1)
    slot_weekday: Mapped[int | None]
    slot_minute: Mapped[int | None]
    # Alarms.
    next_check_in_at: Mapped[datetime | None]
    quiet_at: Mapped[datetime | None]
    resume_at: Mapped[datetime | None]
    # Holding: why the bot keeps out of the way ("asked_for_you", "safety", "not_safe"), and until when. In a pause
    # ``resume_at`` is the end of the pause (``holds``).
    held_for: Mapped[str | None] = mapped_column(String(20))
    held_until: Mapped[datetime | None]
    # Three contact times, kept apart.
    last_inbound_at: Mapped[datetime | None]
    last_person_sent_at: Mapped[datetime | None]
    last_automatic_sent_at: Mapped[datetime | None]
    # Silence: when the first unanswered check-in was delivered, and how far the timeline has gone.
    silent_since: Mapped[datetime | None]
    silence: Mapped[str] = mapped_column(String(12), default="")
    # When a pause, a hold or a failed delivery stopped that count; the time until it goes on is not counted.
    silence_stopped_at: Mapped[datetime | None]
    misread_at: Mapped[datetime | None]
    # The dream gate.
    met_at: Mapped[datetime | None]
    dream_asked_at: Mapped[datetime | None]
    dream_held_back: Mapped[bool] = mapped_column(default=False)
    enrolled_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    signposted_at: Mapped[datetime | None]
    undelivered: Mapped[int] = mapped_column(default=0)
    # Retention: when their delivery logs were last cleared, and when their words and then their name went.
    tidied_at: Mapped[datetime | None]
    words_erased_at: Mapped[datetime | None]
    unnamed_at: Mapped[datetime | None]


class Address(Owned, Base):
    """Where a person can be texted. The address is an opaque string: WhatsApp ids need not be numbers."""

    __tablename__ = "address"
    __table_args__ = (
        unique_in_scheme("id"),
        unique_in_scheme("channel", "address"),
        belongs("service_user_id", "service_user"),
        Index("ix_address_person", "scheme_id", "service_user_id"),
    )
    service_user_id: Mapped[uuid.UUID]
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(120))
    sender: Mapped[str | None] = mapped_column(String(120))
    consented: Mapped[bool] = mapped_column(default=False)
    unreachable_since: Mapped[datetime | None]
    window_until: Mapped[datetime | None]
    last_inbound_at: Mapped[datetime | None]


class FormerAddress(Owned, Base):
    """That an address was theirs, as its keyed hash: it proves a consent when the address itself has gone."""

    __tablename__ = "former_address"
    __table_args__ = (
        belongs("service_user_id", "service_user"),
        Index("ix_former_address_person", "scheme_id", "service_user_id"),
    )
    service_user_id: Mapped[uuid.UUID]
    channel: Mapped[str] = mapped_column(String(8))
    address_hash: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


class ConsentEvent(Owned, Base):
    """Who asked, when, how and the words shown. Append-only."""

    __tablename__ = "consent_event"
    __table_args__ = (
        belongs("service_user_id", "service_user"),
        Index("ix_consent_person", "scheme_id", "service_user_id"),
    )
    service_user_id: Mapped[uuid.UUID]
    channel: Mapped[str] = mapped_column(String(8))
    what: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]
    wording_hash: Mapped[str | None] = mapped_column(String(64))
    words: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime]


class Wording(Base):
    """A text people were shown (consent wording), kept by its hash."""

    __tablename__ = "wording"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    first_used_at: Mapped[datetime]


class Suppression(Base):
    """A keyed hash of an address that must not be texted. It outlives erasure."""

    __tablename__ = "suppression"
    scheme_id: Mapped[str] = mapped_column(String(40), ForeignKey("scheme.id"), primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    why: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


class Erasure(Base):
    """That a person was erased: written first, it is what lets their history go, and it outlives them."""

    __tablename__ = "erasure"
    service_user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme_id: Mapped[str] = mapped_column(String(40), ForeignKey("scheme.id"))
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]


class ProviderCopy(Base):
    """A text's copy at the provider that is to be deleted there: ids alone, they outlive the text's own row.

    ``due_at`` is the alarm of the next attempt. A text that the provider has not named yet waits under
    ``message_id``, our own id, until a receipt names it. A row whose copy is gone stays: its id is still seen.
    """

    __tablename__ = "provider_copy"
    __table_args__ = (
        Index("uq_provider_copy_provider_id", "provider_id", unique=True),
        Index("ix_provider_copy_message", "message_id"),
        Index("ix_provider_copy_due_at", "due_at"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    scheme_id: Mapped[str] = mapped_column(String(40), ForeignKey("scheme.id"))
    message_id: Mapped[uuid.UUID | None]
    provider_id: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
