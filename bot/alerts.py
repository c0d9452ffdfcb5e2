"""Who is told of a flag, and the mail that tells them at once. Rows only: ``mail`` sends them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from textwrap import wrap
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot import history
from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.models import Cover, Email, Flag, Practitioner, ServiceUser

# Minutes from one round of telling to the next: 15, 30 and 60 after the flag was raised.
ESCALATE_AFTER = (timedelta(minutes=15), timedelta(minutes=15), timedelta(minutes=30))

WIDTH = 70
NOBODY = "a number we do not know"
SUBJECTS = {
    "safety": "A message needs you now",
    "asked_for_you": "Someone asked to talk to you",
    "distress": "Someone is having a hard time",
}
NOT_SAFE = "It is NOT SAFE to ring or text them: they told us so."
READ_IT = "Read what they wrote:"
NOT_ANSWERED = "Our answer to them could not be delivered."


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody of the staff who is told. ``name`` is a first name and, of a duty contact, their duty."""

    email: str
    name: str


def flag_code(flag_id: UUID) -> str:
    """The short id by which people speak of a flag; commands take it as well as the whole id."""
    return flag_id.hex[:8]


def who(first_name: str, reference: str | None, person_id: UUID, detail: str) -> str:
    """How staff mail names a person: ``names`` and ``words`` by first name, ``codes`` by reference alone."""
    if detail == "codes":
        return reference or f"person {person_id.hex[:8]}"
    return f"{first_name} ({reference})" if reference else first_name


def initials(person: ServiceUser | None) -> str:
    """As little as will do where a mail is about safety."""
    if person is None:
        return NOBODY
    known = person.reference or f"person {person.id.hex[:8]}"
    return f"{person.first_name[:1]}. ({known})"


def looked_after_by(db: Session, scheme: Scheme, practitioner_id: UUID | None, day: date) -> Recipient:
    """Who a person's flags go to on ``day``.

    1. The practitioner; between two dates whoever covers for them.
    2. If they have retired, or nobody is behind the number: the scheme's lead, else the first duty contact.
    """
    theirs = db.get(Practitioner, practitioner_id) if practitioner_id else None
    covering = db.scalars(_cover(theirs, day)).first() if theirs else None
    chosen = covering or (theirs if theirs and not theirs.retired_at else None) or lead(db, scheme.key)
    if chosen is not None:
        return Recipient(chosen.email, chosen.first_name)
    return duty(scheme, 0)


def lead(db: Session, scheme_key: str) -> Practitioner | None:
    """The scheme's lead, the one who has been there longest."""
    leads = select(Practitioner).where(
        Practitioner.scheme_id == scheme_key, Practitioner.role == "lead", Practitioner.retired_at.is_(None)
    )
    return db.scalars(leads.order_by(Practitioner.created_at)).first()


def duty(scheme: Scheme, turn: int) -> Recipient:
    """The duty contact whose turn it is, round and round."""
    contact = scheme.duty_contacts[turn % len(scheme.duty_contacts)]
    return Recipient(contact.email, f"{contact.name} (duty)")


def escalate(db: Session, scheme: Scheme, flag: Flag, due: datetime, now: datetime) -> None:
    """Tell the next duty contact; after an outage of ours all whose turn has passed, at once."""
    told: list[str] = []
    at: datetime | None = due
    while at is not None and at <= now:
        told += [each.name for each in tell(db, flag, scheme, [duty(scheme, flag.told)], now)]
        _escalate_from(flag, at)
        at = flag.wake_at
    history.of_flag(db, flag, "flag_escalated", now, told=told)


def tell_first(db: Session, scheme: Scheme, flag: Flag, person: ServiceUser | None, now: datetime) -> None:
    """The practitioner at once; for safety the first duty contact too, and an alarm for the next one."""
    day = timing.local(scheme.zone, now).date()
    recipients = [looked_after_by(db, scheme, person.practitioner_id if person else None, day)]
    flag.told = 0
    if flag.kind == "safety":
        recipients.append(duty(scheme, 0))
    told = tell(db, flag, scheme, recipients, now)
    if flag.kind == "safety":
        _escalate_from(flag, now)
    history.of_flag(db, flag, "flag_told", now, told=[each.name for each in told])


def _escalate_from(flag: Flag, due: datetime) -> None:
    """Count this round of telling, and set the alarm for the next, if there is one."""
    flag.wake_at = due + ESCALATE_AFTER[flag.told] if flag.told < len(ESCALATE_AFTER) else None
    flag.told += 1


def tell(db: Session, flag: Flag, scheme: Scheme, recipients: Iterable[Recipient], now: datetime) -> list[Recipient]:
    """Write a mail to each address once, and note in the evidence who was told. Returns whom."""
    person = db.get(ServiceUser, flag.service_user_id) if flag.service_user_id else None
    told = list({each.email.casefold(): each for each in recipients}.values())
    before = flag.evidence.get("told", [])
    names = [*before, *({"who": each.name, "at": now.isoformat()} for each in told)]
    flag.evidence = {**flag.evidence, "told": names}
    for each in told:
        db.add(_mail(flag, scheme, person, each, now))
    return told


def _mail(flag: Flag, scheme: Scheme, person: ServiceUser | None, to: Recipient, now: datetime) -> Email:
    once = sha256(to.email.casefold().encode()).hexdigest()[:16]
    lines = _safety(flag, scheme, person) if flag.kind == "safety" else _asked(flag, scheme, person)
    return Email(
        scheme_id=scheme.key,
        to=to.email,
        kind="alert",
        subject=f"{SUBJECTS.get(flag.kind, 'Something needs you now')} ({flag_code(flag.id)})",
        body="\n".join([*lines, ""]),
        intention=f"alert:{flag.id.hex}:{flag.version}.{flag.told}:{once}",
        flag_id=flag.id,
        due_at=now,
        created_at=now,
    )


def _safety(flag: Flag, scheme: Scheme, person: ServiceUser | None) -> list[str]:
    code = flag_code(flag.id)
    told = ", ".join(dict.fromkeys(each["who"] for each in flag.evidence["told"]))
    return [
        "A message needs you now. Its words are not in this mail.",
        "",
        f"From:  {initials(person)}",
        f"Since: {_moment(scheme, flag)}",
        *_warnings(scheme, flag),
        "",
        *wrap(f"Told so far: {told}.", WIDTH),
        "Until someone says that they have it, the next duty contact is told",
        "after 15, 30 and 60 minutes.",
        "",
        READ_IT,
        f"  python -m bot flags show {code} --by YOU",
        "Say that you have it:",
        f"  python -m bot flags ack {code} --by YOU",
        "When it is dealt with, write what was done:",
        f"  python -m bot flags close {code} --by YOU --note WHAT",
    ]


def _asked(flag: Flag, scheme: Scheme, person: ServiceUser | None) -> list[str]:
    code = flag_code(flag.id)
    name = who(person.first_name, person.reference, person.id, scheme.digest_detail) if person else NOBODY
    said = flag.evidence.get("last_words") or {}
    quoted = f'"{said["words"]}"' if said and scheme.digest_detail == "words" else ""
    return [
        f"{SUBJECTS.get(flag.kind, 'Something needs you now')}.",
        "",
        f"From:  {name}",
        f"Since: {_moment(scheme, flag)}",
        *_warnings(scheme, flag),
        *wrap(quoted, WIDTH),
        "",
        f"Say that you have it:  python -m bot flags ack {code} --by YOU",
        f"When you have talked:  python -m bot flags close {code} --by YOU",
    ]


def _warnings(scheme: Scheme, flag: Flag) -> list[str]:
    details = flag.evidence.get("details", {})
    found = [NOT_SAFE] if details.get("not_safe") else []
    found += [NOT_ANSWERED] if details.get("answer_undelivered") else []
    found += _late(scheme, flag, details["written_at"]) if details.get("written_at") else []
    return ["", *found] if found else []


def _late(scheme: Scheme, flag: Flag, written_at: str) -> list[str]:
    """What reached us late may have been dealt with by now, or may be worse than it reads."""
    at = datetime.fromisoformat(written_at)
    minutes = max(0, int((flag.updated_at - at).total_seconds() // 60))
    waited = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    return wrap(f"It was written {_at(scheme, at)}, and reached us {waited} later.", WIDTH)


def _moment(scheme: Scheme, flag: Flag) -> str:
    return _at(scheme, flag.raised_at)


def _at(scheme: Scheme, moment: datetime) -> str:
    at = timing.local(scheme.zone, moment)
    return f"{at:%a} {at.day} {at:%b} {at:%H:%M}"


def _cover(practitioner: Practitioner, day: date) -> Select[Practitioner]:
    """Whoever covers for a practitioner on a day, both dates included."""
    return (
        select(Practitioner)
        .join(Cover, Cover.covered_by_id == Practitioner.id)
        .where(
            Cover.scheme_id == practitioner.scheme_id,
            Cover.practitioner_id == practitioner.id,
            Cover.first_day <= day,
            Cover.last_day >= day,
            Practitioner.retired_at.is_(None),
        )
        .order_by(Cover.first_day.desc())
    )
