"""The evidence a flag carries: gathered once, kept with the flag, shown everywhere the same.

It is made of plain JSON values; times are ISO in UTC. A safety flag never carries words, only which text it is about.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from bot import evidence_rows as rows
from bot.channels import OPERATORS, codes
from bot.conversation import flag_kinds, flag_rules, timing
from bot.conversation.scheme import Scheme, Thresholds
from bot.gate import Reason
from bot.models import Address, Answer, ConsentEvent, Flag, Message, ServiceUser, Step

Evidence = dict[str, Any]

STATUS = {"failed": "refused", "undelivered": "not delivered"}
NO_RECEIPT = "sent; the network gave no receipt"
MOST_ATTEMPTS = 5
# How many of their own texts tell how often they usually answer.
RHYTHM_TEXTS = 12
ASKING = ("check_in", "nudge", "quiet")
MOST_PROMPTS = 6
A_DAY = timedelta(days=1)
# What a flag of these is about are their words; a later text must not push them out.
ITS_WORDS = ("asked_for_you", "distress", "message")
MOST_TEXTS = 12
T = TypeVar("T")
TO_THEM = exists().where(
    Address.scheme_id == Message.scheme_id,
    Address.service_user_id == Message.service_user_id,
    Address.channel == Message.channel,
    Address.address == Message.address,
)
"""Of a text: it went to an address that its person still has. What a number they have left answers is nobody's word."""


def gather(
    db: Session,
    person: ServiceUser | None,
    kind: str,
    now: datetime,
    *,
    why: str,
    details: Mapping[str, Any] | None = None,
    message_id: UUID | None = None,
    before: Flag | None = None,
    scheme: Scheme | None = None,
) -> Evidence:
    """What a flag of ``kind`` must show. Of an open flag, when it began and what was done stay.

    ``scheme``: whose bank holidays and usual rhythm a silence is seen against.
    """
    rule = flag_kinds.of(kind)
    known = before.evidence if before else {}
    evidence: Evidence = {
        **{key: known[key] for key in ("told",) if key in known},
        "rule": flag_rules.told(kind, scheme.thresholds if scheme else Thresholds()),
        "rule_version": rule.version,
        "since": known.get("since", now.isoformat()),
        "clears": rule.clears,
        "done": list(known.get("done", [])),
        "why": why,
        "details": {**_lasting(known.get("details", {})), **(details or {})},
        "message": str(message_id) if message_id else known.get("message"),
        "messages": _with(known.get("messages", []), str(message_id) if message_id else None),
    }
    if person is not None and kind in ITS_WORDS:
        said = _said(db, message_id)
        evidence["said"] = _with(known.get("said", []), said)
    if person is not None and kind != "safety":
        evidence |= {"last_words": last_words(db, person), "state": person.state, "channel": person.channel}
        evidence |= _OF_KIND[kind](db, person, now) if kind in _OF_KIND else {}
        evidence |= _around(person, scheme, evidence["since"], now) if kind == "quiet" and scheme else {}
    return evidence


def _around(person: ServiceUser, scheme: Scheme, since: str, now: datetime) -> Evidence:
    """What else may explain a silence: days on which nobody works, and how often they want to be asked."""
    first, last = (timing.local(person.zone, at).date() for at in (datetime.fromisoformat(since), now))
    chosen = person.every_weeks != scheme.every_weeks
    rhythm = "every week" if person.every_weeks == 1 else f"every {person.every_weeks} weeks"
    return {
        "holidays": [day.isoformat() for day in sorted(scheme.holidays) if first <= day <= last],
        "rhythm": f"a check-in {rhythm}, which they chose" if chosen else None,
    }


def _with(known: Sequence[T], new: T | None) -> list[T]:
    """What is known and the new one; of very many the first and the newest, for how it began matters, too."""
    every = [*known, *([new] if new is not None and new not in known else [])]
    return every if len(every) <= MOST_TEXTS else [every[0], *every[1 - MOST_TEXTS :]]


def _said(db: Session, message_id: UUID | None) -> dict[str, str] | None:
    message = db.get(Message, message_id) if message_id else None
    if message is None or not message.body:
        return None
    return {"words": rows.cut(message.body), "at": message.created_at.isoformat()}


def _lasting(details: Mapping[str, Any]) -> Evidence:
    """When a text was written is about that text, not about the next one."""
    return {name: fact for name, fact in details.items() if name != "written_at"}


def add_done(evidence: Mapping[str, Any], what: str, now: datetime, **facts: Any) -> Evidence:
    """The evidence with one more thing that the system has done by itself."""
    return {**evidence, "done": [*evidence.get("done", []), {"what": what, "at": now.isoformat(), **facts}]}


def last_words(db: Session, person: ServiceUser) -> dict[str, str] | None:
    """The newest thing they texted us, with its time."""
    newest = db.scalars(rows.inbound(person).where(Message.body != "").limit(1)).first()
    return {"words": rows.cut(newest.body), "at": newest.created_at.isoformat()} if newest else None


def _quiet(db: Session, person: ServiceUser, now: datetime) -> Evidence:
    since = person.silent_since or now
    step = _last_step(db, person)
    window = db.scalars(rows.addresses(person).where(Address.channel == "whatsapp")).first()
    return {
        "since": since.isoformat(),
        "usual_gap_days": _usual_gap(db, person),
        "prompts": prompts(db, person, since - A_DAY),
        "whatsapp_window_until": rows.iso(window.window_until if window else None),
        "paused_until": rows.iso(person.resume_at),
        "barrier": step.barrier if step else None,
        "step": rows.cut(step.words) if step else None,
        "noted_before": _noted_before(db, person),
    }


def _noted_before(db: Session, person: ServiceUser) -> Evidence | None:
    """What a practitioner noted at the last silence that they knew something of."""
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id, Flag.kind == "quiet")
    noted = (Flag.closed_at.is_not(None), or_(Flag.reason.is_not(None), Flag.barrier.is_not(None)))
    last = db.scalars(select(Flag).where(*mine, *noted).order_by(Flag.closed_at.desc()).limit(1)).first()
    return {"reason": last.reason, "barrier": last.barrier, "at": rows.iso(last.closed_at)} if last else None


def _confidence(db: Session, person: ServiceUser, now: datetime) -> Evidence:
    answers = confidence_answers(db, person)
    numbers = [value for value, _ in answers]
    normal = flag_kinds.usual(numbers[1:])
    newest = answers[0][1] if answers else None
    return {
        "answers": [{"value": value, "at": answer.at.isoformat()} for value, answer in answers[:4]],
        "question": newest.question if newest else None,
        "usual": normal,
        "reason": reason(db, person, newest.at) if newest else None,
        "pattern": _pattern(numbers, normal),
    }


def reason(db: Session, person: ServiceUser, since: datetime) -> Evidence | None:
    """Why it is that number, in their words. They are asked after it: an older reason was of an older number."""
    asked = rows.answers(person).where(Answer.kept_as.in_(("step.why", "step.higher")), Answer.at >= since)
    found = db.scalars(asked.limit(1)).first()
    return {"words": rows.cut(found.raw), "at": found.at.isoformat()} if found else None


def _pattern(numbers: Sequence[int], normal: float | None) -> str:
    """One low answer is not a trend, and the evidence says which it is."""
    if normal is None:
        return "their first number"
    lows = [number for number in numbers[:2] if normal - number >= flag_kinds.BACK_WITHIN]
    return "two answers below their usual" if len(lows) > 1 else "a single low answer, not a trend"


def _cant_reach(db: Session, person: ServiceUser, now: datetime) -> Evidence:
    """What was tried since a text last arrived, or since they last wrote, and what else there is to try."""
    sent = rows.outbound(person).where(TO_THEM)
    came = db.scalars(sent.where(Message.state.in_(codes.ARRIVED)).limit(1)).first()
    times = (came.created_at if came else None, person.last_inbound_at)
    since = max((at for at in times if at), default=None)
    refused = sent.where(Message.state.in_(codes.FAILED), Message.not_sent_reason == Reason.REFUSED)
    if since is not None:
        refused = refused.where(Message.created_at >= since)
    failed = [each for each in db.scalars(refused) if codes.fault(each.error_code or "") not in OPERATORS]
    open_ones = db.scalars(rows.addresses(person).where(Address.unreachable_since.is_(None))).all()
    others = [each for each in open_ones if each.channel != (failed[0].channel if failed else person.channel)]
    stop = db.scalars(
        select(ConsentEvent.at)
        .where(ConsentEvent.service_user_id == person.id, ConsentEvent.what == "opted_out")
        .order_by(ConsentEvent.at.desc())
    ).first()
    return {
        "tries": len(failed),
        "attempts": [_attempt(each) for each in failed[:MOST_ATTEMPTS]],
        "last_arrived_at": rows.iso(came.delivered_at if came else None),
        "other_channels": sorted({each.channel for each in others if each.consented}),
        "not_agreed_to": sorted({each.channel for each in others if not each.consented}),
        "stopped_at": rows.iso(stop),
    }


def _attempt(message: Message) -> Evidence:
    """The provider's word on one text, in ours."""
    return {
        "at": (message.submitted_at or message.created_at).isoformat(),
        "channel": message.channel,
        "status": STATUS.get(message.state, message.state),
        "why": codes.words(message.error_code) or "no reason was given",
        "code": message.error_code,
    }


def _step_too_big(db: Session, person: ServiceUser, now: datetime) -> Evidence:
    steps = db.scalars(rows.steps(person).limit(2)).all()
    return {
        "steps": [
            {"words": rows.cut(step.words), "set_at": step.set_at.isoformat(), "barrier": step.barrier_words}
            for step in steps
        ]
    }


_OF_KIND = {
    "quiet": _quiet,
    "confidence": _confidence,
    "cant_reach": _cant_reach,
    "step_too_big": _step_too_big,
}


def confidence_answers(db: Session, person: ServiceUser) -> list[tuple[int, Answer]]:
    """Their numbers with the answers they came in, newest first. One that they put right is none of theirs."""
    theirs = (Answer.kept_as == "step.confidence", Answer.corrected_at.is_(None))
    answers = db.scalars(rows.answers(person).where(*theirs).limit(9)).all()
    return [(int(answer.value), answer) for answer in answers if (answer.value or "").isdecimal() and answer.value]


def _usual_gap(db: Session, person: ServiceUser) -> int | None:
    """How many days usually pass between their texts: the median, from at least three gaps."""
    times = [each.created_at for each in db.scalars(rows.inbound(person).limit(RHYTHM_TEXTS * 3))]
    days = sorted({at.date() for at in times}, reverse=True)[:RHYTHM_TEXTS]
    gaps = [(later - earlier).days for later, earlier in zip(days, days[1:], strict=False)]
    return round(median(gaps)) if len(gaps) >= 3 else None


def prompts(db: Session, person: ServiceUser, since: datetime) -> list[dict[str, Any]]:
    """What they were asked since then, oldest first, and whether it arrived."""
    # Columns, not rows: receipts change states behind the session's back.
    columns = (Message.kind, Message.state, Message.sent_at, Message.submitted_at, Message.delivered_at)
    told = (*columns, Message.no_receipt_at)
    asked = rows.outbound(person).with_only_columns(*told).where(Message.kind.in_(ASKING), Message.created_at >= since)
    return [
        {
            "kind": each.kind,
            "sent": rows.iso(each.sent_at or each.submitted_at),
            "delivered": rows.iso(each.delivered_at) if each.state in codes.ARRIVED else None,
            **({"note": NO_RECEIPT} if each.no_receipt_at and each.state not in codes.ARRIVED else {}),
        }
        for each in reversed(db.execute(asked.limit(MOST_PROMPTS)).all())
    ]


def _last_step(db: Session, person: ServiceUser) -> Step | None:
    return db.scalars(rows.steps(person).limit(1)).first()
