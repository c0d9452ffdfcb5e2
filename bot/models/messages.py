"""Texts and mails: rows that wait to be sent, and what became of them."""

import uuid
from collections.abc import Mapping
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

# A text or a mail that waits with us; and a text that was handed over and of which nobody has said more.
WAITING = ("queued", "claimed")
HANDED_OVER = ("submitting", "unknown")
ON_THE_WAY = (*WAITING, *HANDED_OVER)
# The scope of a tally of all schemes together.
EVERYBODY = "*"
# What of a text goes with its words, and what is there instead.
NO_WORDS: Mapping[str, Any] = {
    "body": "",
    "template": None,
    "payload": None,
    "media_kinds": None,
    "opt_out_type": None,
}


class Message(Owned, Base):
    """A text, in or out. Out: a row written by the decision, sent by ``outbox`` alone."""

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
        # What goes before all that is unasked, and is rarely there at all.
        Index(
            "ix_message_first",
            "due_at",
            sqlite_where=text("state = 'queued' AND kind IN ('safety','reply','staff')"),
            postgresql_where=text("state = 'queued' AND kind IN ('safety','reply','staff')"),
        ),
        # Texts that came in and could not be handled yet.
        Index(
            "ix_message_unhandled",
            "due_at",
            sqlite_where=text("state = 'unhandled'"),
            postgresql_where=text("state = 'unhandled'"),
        ),
        # Texts that were taken, and of which no receipt has said what became of them.
        Index(
            "ix_message_unconfirmed",
            "confirm_at",
            sqlite_where=text("confirm_at IS NOT NULL"),
            postgresql_where=text("confirm_at IS NOT NULL"),
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
    # STOP, START or HELP: what the provider took a text for, where it says so.
    opt_out_type: Mapped[str | None] = mapped_column(String(8))
    media: Mapped[int] = mapped_column(default=0)
    # What came in place of words: "voice note", "picture, location". Nothing of it is downloaded or kept.
    media_kinds: Mapped[str | None] = mapped_column(String(60))
    # What a tapped button brought back: which template, which answer, which check-in.
    payload: Mapped[str | None] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(12))
    intention: Mapped[str | None] = mapped_column(String(120))
    provider_id: Mapped[str | None] = mapped_column(String(64))
    reply_to_id: Mapped[uuid.UUID | None]
    via: Mapped[str] = mapped_column(String(8), default="rest")
    due_at: Mapped[datetime | None]
    # The moment for which a practitioner wrote it, where that was not at once (``staff_texts``).
    planned_for: Mapped[datetime | None]
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
    # When to ask the provider what became of it, and since when it counts as arrived with no receipt.
    confirm_at: Mapped[datetime | None]
    no_receipt_at: Mapped[datetime | None]


class Tally(Base):
    """How many unasked texts have left on a day: of a scheme, or of all of them (``*``)."""

    __tablename__ = "tally"
    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    sent: Mapped[int] = mapped_column(default=0)


class SenderPace(Base):
    """How fast one of our numbers may send: when its next text may leave, and the provider's wish for a rest.

    ``sender`` is the number, or empty where the messaging service chooses one.
    """

    __tablename__ = "sender_pace"
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    sender: Mapped[str] = mapped_column(String(120), primary_key=True)
    free_at: Mapped[datetime]
    # Until when the provider has asked for less, and for how many seconds that was.
    slowed_until: Mapped[datetime | None]
    slowed_by: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class Email(Base):
    """A mail: a row written by the decision, sent by ``mail`` alone. One to the operator may be of no scheme."""

    __tablename__ = "email"
    __table_args__ = (
        Index("uq_email_intention", "intention", unique=True),
        Index("ix_email_flag", "flag_id"),
        Index(
            "ix_email_due",
            "due_at",
            sqlite_where=text("state IN ('queued','claimed')"),
            postgresql_where=text("state IN ('queued','claimed')"),
        ),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    scheme_id: Mapped[str | None] = mapped_column(String(40), ForeignKey("scheme.id"))
    to: Mapped[str] = mapped_column(String(254))
    kind: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    intention: Mapped[str] = mapped_column(String(160))
    flag_id: Mapped[uuid.UUID | None]
    # Where a mail reader's own button says that fewer of these are wanted (RFC 8058).
    list_unsubscribe: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))
