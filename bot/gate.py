"""The send gate: may this text leave now? Pure; asked when a row is claimed and again before it is submitted.

An answer to what they wrote goes at any hour, a safety text always. Everything else is
unasked and goes only where it is wanted, at a decent hour, in time, and not too often.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.conversation import timing
from bot.conversation.scheme import Caps
from bot.not_sent import SENTENCES as SENTENCES
from bot.not_sent import Reason as Reason

ANSWERS = frozenset({"reply", "safety"})
# Written by a practitioner, to one person, at that moment: neither a hold nor a cap is about those.
BY_HAND = "staff"
CAPPED = frozenset({"welcome", "check_in", "nudge", "reminder", "quiet"})

DAY = timedelta(days=1)
WORTH_SENDING = {
    "nudge": DAY,
    "reminder": DAY,
    "reply": DAY,
    "check_in": 3 * DAY,
    "quiet": 3 * DAY,
    "staff": 3 * DAY,
    "welcome": 14 * DAY,
}
"""How long after it was decided a text is still worth sending, where its row does not say."""

# Twilio's limits for ValidityPeriod, in seconds; it advises against less than 5.
SHORTEST_VALIDITY, LONGEST_VALIDITY = 10, 36_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The person at the moment of sending, and the address the text goes to: ``theirs``, or one they left."""

    state: str
    consented: bool
    theirs: bool = True
    reachable: bool = True
    held_for: str | None = None
    held_until: datetime | None = None
    last_inbound_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """How many unasked texts have been let through: to this person, from this scheme, by everyone."""

    person_day: int = 0
    person_week: int = 0
    scheme_day: int = 0
    all_day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A text that is due, with all the gate needs to know.

    ``settled_at`` is when its check-in was last answered or ended; ``counted`` says that the caps have
    let this very text through before; ``planned`` says that a practitioner wrote it for a later moment;
    ``recipient`` is None where nobody is behind the number.
    """

    kind: str
    created_at: datetime
    recipient: Recipient | None
    zone: str
    quiet_from: time
    quiet_until: time
    caps: Caps
    expires_at: datetime | None = None
    attempts: int = 0
    settled_at: datetime | None = None
    counted: bool = False
    planned: bool = False
    spent: Spent = Spent()

    @property
    def answers(self) -> bool:
        return self.kind in ANSWERS

    @property
    def capped(self) -> bool:
        return self.kind in CAPPED

    @property
    def expires(self) -> datetime:
        return self.expires_at or self.created_at + WORTH_SENDING.get(self.kind, DAY)


@dataclass(frozen=True, slots=True)
class Go:
    """It may leave now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not before ``until``."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Drop:
    """It will never leave."""

    reason: Reason


Verdict = Go | Wait | Drop


def judge(candidate: Candidate, now: datetime) -> Verdict:
    """Whether this text may leave at ``now``.

    1. A safety text always goes. A reply goes unless a later text of theirs or a new number has overtaken it.
    2. An unasked text is dropped where it is not wanted, overtaken or late.
    3. It waits for the end of the quiet hours, and for a day on which the caps have room. A text that
       would be late by then is dropped at once, for that reason.
    """
    if candidate.kind == "safety":
        return Go()
    dropped = _overtaken(candidate) if candidate.kind == "reply" else _unwanted(candidate, now)
    if dropped is None and now >= candidate.expires:
        dropped = Reason.STALE
    if dropped is not None:
        return Drop(dropped)
    waits = None if candidate.answers else _too_early(candidate, now)
    if waits is None:
        return Go()
    return Drop(waits.reason) if waits.until >= candidate.expires else waits


def validity(candidate: Candidate, now: datetime) -> int | None:
    """For how many seconds the provider may go on trying: not into the quiet hours. None: its own limit."""
    if candidate.answers:
        return None
    left = min(_quiet_begins(candidate, now), candidate.expires) - now
    return max(SHORTEST_VALIDITY, min(LONGEST_VALIDITY, int(left.total_seconds())))


def _overtaken(candidate: Candidate) -> Reason | None:
    """A reply to a number they left, or one that was late, or from before a stop, and they have written since."""
    person = candidate.recipient
    if person is not None and not person.theirs:
        return Reason.NUMBER_CHANGED
    if person is None or not _since(person.last_inbound_at, candidate):
        return None
    if person.state in ("opted_out", "closed"):
        return Reason.OPTED_OUT if person.state == "opted_out" else Reason.CLOSED
    return Reason.REPLIED if candidate.attempts else None


def _unwanted(candidate: Candidate, now: datetime) -> Reason | None:
    person = candidate.recipient
    if person is None:
        return Reason.NO_CONSENT
    state = _barred(person.state, candidate.kind)
    if state is not None:
        return state
    if not person.consented:
        return Reason.NO_CONSENT
    if not person.reachable:
        return Reason.UNREACHABLE
    return _held(person, candidate.kind, now) or _answered(candidate, person)


def _barred(state: str, kind: str) -> Reason | None:
    """The states in which a kind of text is not wanted."""
    by_hand = kind == BY_HAND
    bars = {
        "opted_out": Reason.OPTED_OUT,
        "closed": Reason.CLOSED,
        "unreachable": Reason.UNREACHABLE,
        "paused": None if by_hand else Reason.PAUSED,
        # The last text rests them in the same moment, and at day 90 they are asked once more.
        "resting": None if by_hand or kind == "quiet" else Reason.RESTING,
        # Until they say yes, only the question itself.
        "invited": None if by_hand or kind in ("welcome", "nudge") else Reason.NO_CONSENT,
    }
    return bars.get(state)


def _held(person: Recipient, kind: str, now: datetime) -> Reason | None:
    if person.held_for is None or (person.held_until is not None and person.held_until <= now):
        return None
    if person.held_for == "not_safe":
        return Reason.NOT_SAFE
    return None if kind == BY_HAND else Reason.HELD


def _answered(candidate: Candidate, person: Recipient) -> Reason | None:
    """They have written since it was decided: a nudge is not needed, a question may be answered already."""
    if candidate.kind == BY_HAND:
        # Whoever planned it looks first at what they have written since.
        return Reason.REPLIED if candidate.planned and _since(person.last_inbound_at, candidate) else None
    if candidate.kind in ("nudge", "reminder", "quiet") and _since(person.last_inbound_at, candidate):
        return Reason.REPLIED
    return Reason.REPLIED if _since(candidate.settled_at, candidate) else None


def _since(at: datetime | None, candidate: Candidate) -> bool:
    return at is not None and at > candidate.created_at


def _too_early(candidate: Candidate, now: datetime) -> Wait | None:
    allowed = timing.next_allowed(candidate.zone, candidate.quiet_from, candidate.quiet_until, now)
    if allowed > now:
        return Wait(allowed, Reason.QUIET_HOURS)
    if not candidate.capped or candidate.counted:
        return None
    over = _over(candidate.spent, candidate.caps)
    return Wait(_tomorrow(candidate, now), over) if over else None


def _over(spent: Spent, caps: Caps) -> Reason | None:
    limits = (
        (spent.person_day, caps.person_day, Reason.PERSON_DAY),
        (spent.person_week, caps.person_week, Reason.PERSON_WEEK),
        (spent.scheme_day, caps.scheme_day, Reason.SCHEME_DAY),
        (spent.all_day, caps.all_day, Reason.ALL_DAY),
    )
    return next((reason for count, limit, reason in limits if count >= limit), None)


def _tomorrow(candidate: Candidate, now: datetime) -> datetime:
    day = timing.local(candidate.zone, now).date() + DAY
    midnight = timing.instant(candidate.zone, day, time())
    return timing.next_allowed(candidate.zone, candidate.quiet_from, candidate.quiet_until, midnight)


def _quiet_begins(candidate: Candidate, now: datetime) -> datetime:
    """When the quiet hours next begin; far away where there are none."""
    if candidate.quiet_from == candidate.quiet_until:
        return candidate.expires
    today = timing.local(candidate.zone, now).date()
    begins = (timing.instant(candidate.zone, today + n * DAY, candidate.quiet_from) for n in range(3))
    return next(at for at in begins if at > now)
