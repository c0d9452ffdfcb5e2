"""What the operator is to be told: that something of ours wants mending, counted by the day."""

from datetime import date, datetime

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base


class Notice(Base):
    """How often a kind of trouble was met on a day. ``scope`` is a scheme's key, or ``*`` for none or all of them.

    ``detail`` tells what of a kind it was: a provider's code, a state. Never a name, a number or a word of anybody's.
    """

    __tablename__ = "notice"
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    detail: Mapped[str] = mapped_column(String(24), primary_key=True, default="")
    count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
