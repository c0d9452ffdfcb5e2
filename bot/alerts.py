"""Who is told of a flag, and the mail that tells them at once. Rows only: ``mail`` sends them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from textwrap import wrap
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot import history, links
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
NO_SIGN_IN = "You cannot sign in here, so ring whoever looks after them"
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
    """The practitioner at once, and whoever it was passed on to; for safety the first duty contact too, and an alarm
    for the next one."""
    day = timing.local(scheme.zone, now).date()
    recipients = [looked_after_by(db, scheme, person.practitioner_id if person else None, day)]
    recipients += _passed_to(db, flag)
    flag.told = 0
    if flag.kind == "safety":
        recipients.append(duty(scheme, 0))
    told = tell(db, flag, scheme, recipients, now)
    if flag.kind == "safety":
        _escalate_from(flag, now)
    history.of_flag(db, flag, "flag_told", now, told=[each.name for each in told])


def _passed_to(db: Session, flag: Flag) -> list[Recipient]:
    """The colleague who has it at the moment, if one does."""
    theirs = (Practitioner.scheme_id == flag.scheme_id, Practitioner.email == flag.passed_to)
    found = select(Practitioner).where(*theirs, Practitioner.retired_at.is_(None))
    return [Recipient(each.email, each.first_name) for each in db.scalars(found)] if flag.passed_to else []


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
    staff = _staff(db, scheme, told)
    keeper = db.get(Practitioner, person.practitioner_id) if person else lead(db, scheme.key)
    for each in told:
        reader = staff.get(each.email.casefold())
        lines = _asked(db, flag, scheme, person, reader)
        if flag.kind == "safety":
            lines = _safety(db, flag, scheme, reader, keeper)
        db.add(_mail(flag, scheme, each, lines, now))
    return told


def _staff(db: Session, scheme: Scheme, told: Iterable[Recipient]) -> Mapping[str, Practitioner]:
    """Who of them can sign in, by address: a duty contact need not be of the staff."""
    emails = func.lower(Practitioner.email).in_([each.email.casefold() for each in told])
    here = (Practitioner.scheme_id == scheme.key, Practitioner.retired_at.is_(None))
    return {row.email.casefold(): row for row in db.scalars(select(Practitioner).where(*here, emails))}


def _mail(flag: Flag, scheme: Scheme, to: Recipient, lines: Sequence[str], now: datetime) -> Email:
    once = sha256(to.email.casefold().encode()).hexdigest()[:16]
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


def _safety(
    db: Session, flag: Flag, scheme: Scheme, reader: Practitioner | None, keeper: Practitioner | None
) -> list[str]:
    """Nothing about the person: who they are and what they wrote is behind the sign-in."""
    told = ", ".join(dict.fromkeys(each["who"] for each in flag.evidence["told"]))
    page = links.of(db).flag(flag.id)
    read = ["", "Read it, and say that you have it (sign in):", page] if page and reader else []
    return [
        "A message needs you now. It is not in this mail.",
        "",
        *([] if flag.service_user_id else [f"From:  {NOBODY}"]),
        f"Since: {_moment(scheme, flag)}",
        *_warnings(scheme, flag),
        *read,
        *([] if reader else ["", *wrap(_without_sign_in(keeper, flag), WIDTH)]),
        "",
        *wrap(f"Told so far: {told}.", WIDTH),
        "Until someone says that they have it, the next duty contact is told",
        "after 15, 30 and 60 minutes.",
    ]


def _without_sign_in(keeper: Practitioner | None, flag: Flag) -> str:
    """A duty contact who is not of the staff can still see to it that somebody reads it."""
    whom = f": {keeper.first_name}, {keeper.phone}" if keeper else ""
    return f"{NO_SIGN_IN}{whom}. The number of this message is {flag_code(flag.id)}."


def _asked(
    db: Session, flag: Flag, scheme: Scheme, person: ServiceUser | None, reader: Practitioner | None
) -> list[str]:
    name = who(person.first_name, person.reference, person.id, scheme.digest_detail) if person else NOBODY
    said = flag.evidence.get("last_words") or {}
    quoted = f'"{said["words"]}"' if said and scheme.digest_detail == "words" else ""
    acts = links.of(db).of_flag(flag, person, reader, None) if reader else []
    return [
        f"{SUBJECTS.get(flag.kind, 'Something needs you now')}.",
        "",
        f"From:  {name}",
        f"Since: {_moment(scheme, flag)}",
        *_warnings(scheme, flag),
        *wrap(quoted, WIDTH),
        *(line for link in acts for line in ("", f"{link.label}:", link.url)),
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
