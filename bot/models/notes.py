"""What staff write about a person, and what they have promised them."""

import uuid
from datetime import date, datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Owned, belongs, unique_in_scheme


class Note(Owned, Base):
    """A practitioner's note on a person, who may ask to see it. ``handover``: written for whoever gets them next.

    A day after it was written it stays as it is; what was wrong in it is put right by a note that ``corrects`` it.
    """

    __tablename__ = "note"
    __table_args__ = (
        unique_in_scheme("id"),
        belongs("service_user_id", "service_user"),
        belongs("corrects_id", "note"),
        Index("ix_note_person", "scheme_id", "service_user_id", "at"),
    )
    service_user_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(12), default="note")
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)
    edited_at: Mapped[datetime | None]
    corrects_id: Mapped[uuid.UUID | None]


class Promise(Owned, Base):
    """What a practitioner has said that they will do for a person, and by which day. ``ended``: kept or not needed."""

    __tablename__ = "promise"
    __table_args__ = (
        unique_in_scheme("id"),
        belongs("service_user_id", "service_user"),
        Index("ix_promise_person", "scheme_id", "service_user_id", "at"),
        # What is still to be done, by its day.
        Index(
            "ix_promise_open",
            "scheme_id",
            "day",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    service_user_id: Mapped[uuid.UUID]
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]
    # One of ``promises.WHAT``: what a mail may say. The words are for behind the sign-in.
    what: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text, default="")
    day: Mapped[date]
    moves: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    ended: Mapped[str | None] = mapped_column(String(12))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(254))
