"""The rows that evidence is made of, newest first, and how a time and somebody's words stand in it."""

from datetime import datetime

from sqlalchemy import Select, select

from bot.models import Address, Answer, Message, ServiceUser, Step

LONGEST_WORDS = 160


def inbound(person: ServiceUser) -> Select[Message]:
    return messages(person).where(Message.direction == "in")


def outbound(person: ServiceUser) -> Select[Message]:
    return messages(person).where(Message.direction == "out")


def messages(person: ServiceUser) -> Select[Message]:
    mine = (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id)
    return select(Message).where(*mine).order_by(Message.created_at.desc())


def answers(person: ServiceUser) -> Select[Answer]:
    mine = (Answer.scheme_id == person.scheme_id, Answer.service_user_id == person.id)
    return select(Answer).where(*mine).order_by(Answer.at.desc())


def steps(person: ServiceUser) -> Select[Step]:
    mine = (Step.scheme_id == person.scheme_id, Step.service_user_id == person.id)
    return select(Step).where(*mine).order_by(Step.set_at.desc())


def addresses(person: ServiceUser) -> Select[Address]:
    return select(Address).where(Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def cut(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= LONGEST_WORDS else f"{flat[: LONGEST_WORDS - 3].rstrip()}..."
