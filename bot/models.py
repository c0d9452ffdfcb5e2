"""What is remembered: one class a table, DESIGN.md part 3.

Rows of a scheme carry ``scheme_id`` in their foreign keys, so that no row can point at another
scheme's. Times are aware UTC. Ids are random UUIDs; a scheme's id is the name of its folder.
"""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time. A naive one is refused: it would be somebody's guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        # SQLite keeps no zone; what is stored is always UTC.
        return value and value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    # A later migration can only change what has a name.
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcTime,
        date: Date,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        uuid.UUID: Uuid,
    }


class Owned:
    """A row that belongs to a scheme, with an id that other rows of the scheme can point at."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)

    @declared_attr
    def scheme_id(cls) -> Mapped[str]:
        return mapped_column(String(40), ForeignKey("scheme.id"))


def belongs(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key that carries the scheme."""
    return ForeignKeyConstraint(["scheme_id", column], [f"{table}.scheme_id", f"{table}.id"])


def unique_in_scheme(*columns: str) -> UniqueConstraint:
    return UniqueConstraint("scheme_id", *columns)


class Scheme(Base):
    """A scheme that has been loaded; its wording and hours stay in its folder."""

    __tablename__ = "scheme"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    created_at: Mapped[datetime]


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
    # Holding: why the bot keeps out of the way ("asked_for_you", "safety", "not_safe"), and until when.
    held_for: Mapped[str | None] = mapped_column(String(20))
    held_until: Mapped[datetime | None]
    # Three contact times, kept apart (PRACTITIONER.md part 1).
    last_inbound_at: Mapped[datetime | None]
    last_person_sent_at: Mapped[datetime | None]
    last_automatic_sent_at: Mapped[datetime | None]
    # Silence: when the first unanswered check-in was delivered, and how far the timeline has gone.
    silent_since: Mapped[datetime | None]
    silence: Mapped[str] = mapped_column(String(12), default="")
    # When a pause, a hold or a failed delivery stopped that count; the time until it goes on is not counted.
    silence_stopped_at: Mapped[datetime | None]
    misread_at: Mapped[datetime | None]
    # The dream gate (FLOWS.md part 5).
    met_at: Mapped[datetime | None]
    dream_asked_at: Mapped[datetime | None]
    dream_held_back: Mapped[bool] = mapped_column(default=False)
    enrolled_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    signposted_at: Mapped[datetime | None]
    undelivered: Mapped[int] = mapped_column(default=0)


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


class Message(Owned, Base):
    """A text, in or out. Out: a row written by the decision, sent by ``outbox`` alone (TRUST.md part 1)."""

    __tablename__ = "message"
    __table_args__ = (
        unique_in_scheme("id"),
        belongs("service_user_id", "service_user"),
        belongs("check_in_id", "check_in"),
        Index("uq_message_provider_id", "provider_id", unique=True),
        Index("uq_message_intention", "intention", unique=True),
        Index("ix_message_person", "scheme_id", "service_user_id", "created_at"),
        Index("ix_message_reply_to", "reply_to_id"),
        Index("ix_message_unclaimed", "scheme_id", "address", "created_at"),
        # What the sweep looks for: rows that still want something done.
        Index(
            "ix_message_due",
            "due_at",
            sqlite_where=text("state IN ('queued','claimed','submitting','unknown')"),
            postgresql_where=text("state IN ('queued','claimed','submitting','unknown')"),
        ),
    )
    service_user_id: Mapped[uuid.UUID | None]
    check_in_id: Mapped[uuid.UUID | None]
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(120))
    sender: Mapped[str | None] = mapped_column(String(120))
    direction: Mapped[str] = mapped_column(String(3))
    kind: Mapped[str] = mapped_column(String(12))
    body: Mapped[str] = mapped_column(Text)
    segments: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(String(254), default="automatic")
    node: Mapped[str | None] = mapped_column(String(120))
    template: Mapped[dict[str, Any] | None]
    media: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(12))
    intention: Mapped[str | None] = mapped_column(String(120))
    provider_id: Mapped[str | None] = mapped_column(String(64))
    reply_to_id: Mapped[uuid.UUID | None]
    via: Mapped[str] = mapped_column(String(8), default="rest")
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    # When it was counted toward the caps (once), and how often the provider's list was searched for it.
    counted_at: Mapped[datetime | None]
    looked_up: Mapped[int] = mapped_column(default=0)
    not_sent_reason: Mapped[str | None] = mapped_column(String(60))
    error_code: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


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
        Index("ix_flag_open", "scheme_id", "closed_at", "kind"),
        Index("ix_flag_wake_at", "wake_at"),
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
    snoozed_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(254))
    closed_why: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[str | None] = mapped_column(Text)


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


class Erasure(Base):
    """That a person was erased: written first, it is what lets their history go, and it outlives them."""

    __tablename__ = "erasure"
    service_user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    scheme_id: Mapped[str] = mapped_column(String(40), ForeignKey("scheme.id"))
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]


class Tally(Base):
    """How many unasked texts have left on a day: of a scheme, or of all of them (``*``)."""

    __tablename__ = "tally"
    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    sent: Mapped[int] = mapped_column(default=0)


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


class Email(Owned, Base):
    """A mail: a row written by the decision, sent by ``mail`` alone."""

    __tablename__ = "email"
    __table_args__ = (
        Index("uq_email_intention", "intention", unique=True),
        Index(
            "ix_email_due",
            "due_at",
            sqlite_where=text("state IN ('queued','claimed')"),
            postgresql_where=text("state IN ('queued','claimed')"),
        ),
    )
    to: Mapped[str] = mapped_column(String(254))
    kind: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    intention: Mapped[str] = mapped_column(String(160))
    flag_id: Mapped[uuid.UUID | None]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))


class SignInToken(Owned, Base):
    """A magic link, hashed: single use, 15 minutes."""

    __tablename__ = "sign_in_token"
    __table_args__ = (belongs("practitioner_id", "practitioner"),)
    practitioner_id: Mapped[uuid.UUID]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Heartbeat(Base):
    """When each recurring duty last ended well: ``sweep``, ``worker``, ``inbound_list``; the phone's clock offset."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime | None]
    seconds: Mapped[int] = mapped_column(default=0)
