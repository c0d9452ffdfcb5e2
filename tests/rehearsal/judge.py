"""What became of it all, by the provider's ledger and by the 2xx it was given."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from sqlalchemy import select

from bot.database import Database
from bot.gate import Reason
from bot.models import Email, Message
from bot.outbox.states import CANCELLED, LEFT
from tests.rehearsal.town import Town

# A text that was already on its way may cross a STOP.
ON_ITS_WAY = 2.0
SENT = LEFT | {"accepted"}
# They said stop, are not safe, wait for a person or the end of a pause, or have written since.
GOOD_REASONS = frozenset({Reason.OPTED_OUT, Reason.NOT_SAFE, Reason.HELD, Reason.PAUSED, Reason.REPLIED})


@dataclass
class Verdict:
    """Ids of rows and of texts that are not as promised, by promise."""

    lost: list[str] = field(default_factory=list)
    handled_twice: list[str] = field(default_factory=list)
    not_handled: list[str] = field(default_factory=list)
    sent_twice: list[str] = field(default_factory=list)
    safety_twice: list[str] = field(default_factory=list)
    said_and_not_sent: list[str] = field(default_factory=list)
    sent_and_not_said: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    after_stop: list[str] = field(default_factory=list)

    def broken(self) -> dict[str, list[str]]:
        """The promises that were not kept. A safety text of which nobody knows is sent again: that is promised."""
        promised = vars(self).keys() - {"safety_twice"}
        return {name: getattr(self, name) for name in promised if getattr(self, name)}


def judge(town: Town, database: Database, now: datetime) -> Verdict:
    """Compare the rows with the ledger, once everything has settled."""
    with database.read() as db:
        rows = db.scalars(select(Message)).all()
        mails = db.scalars(select(Email)).all()
    verdict = Verdict()
    verdict.stuck = [f"{mail.id} {mail.kind} {mail.state} {mail.error}" for mail in mails if mail.state != "sent"]
    _came_in(verdict, town, [row for row in rows if row.direction == "in"])
    sent = _sent(town, rows)
    _went_out(verdict, [row for row in rows if row.direction == "out"], sent, now)
    verdict.after_stop = [
        form["Sid"]
        for form in town.twilio.ledger
        if float(form["At"]) > town.stopped_at.get(form["To"], float("inf")) + ON_ITS_WAY
    ]
    return verdict


def _came_in(verdict: Verdict, town: Town, rows: list[Message]) -> None:
    kept = Counter(row.provider_id for row in rows)
    # What nobody took is in the provider's list, and has been fetched by now.
    verdict.lost = [sid for sid in town.posted if kept[sid] == 0]
    verdict.handled_twice = [sid or "" for sid, count in kept.items() if count > 1]
    verdict.not_handled = [str(row.provider_id) for row in rows if row.state != "handled"]


def _went_out(verdict: Verdict, rows: list[Message], sent: Mapping[UUID, int], now: datetime) -> None:
    for row in rows:
        times = sent.get(row.id, 0)
        said = row.state in SENT
        if times > 1:
            twice = verdict.safety_twice if row.kind == "safety" else verdict.sent_twice
            twice.append(f"{row.id} {row.kind} by {row.via}, looked up {row.looked_up} times: {row.body}")
        if said and not times:
            verdict.said_and_not_sent.append(f"{row.id} {row.kind} by {row.via}, {row.provider_id}: {row.body}")
        if times and not said:
            verdict.sent_and_not_said.append(f"{row.id} {row.state} {row.not_sent_reason}")
        if row.state == CANCELLED and row.not_sent_reason not in GOOD_REASONS:
            verdict.dropped.append(f"{row.id} {row.kind} {row.not_sent_reason}")
        waiting = row.state == "queued" and row.due_at is not None and row.due_at > now + timedelta(minutes=30)
        if row.state in ("claimed", "submitting", "unknown", "queued", "failed") and not waiting:
            times = f"due {row.due_at}, made {row.created_at}, now {now}"
            verdict.stuck.append(f"{row.id} {row.kind} {row.state} {row.not_sent_reason} {row.error_code} {times}")


def _sent(town: Town, rows: Sequence[Message]) -> Counter[UUID]:
    """How often each row's text left.

    Two of the same words to the same number cannot be told apart when nobody knows what became of them, neither in
    the provider's list nor by who reads them: such a one is the row's that was found to be it. Else it is the one's
    that its callback names.
    """
    named = {row.provider_id: row for row in rows if row.direction == "out"}
    return Counter(
        found.id if (found := named.get(form["Sid"])) and _same(found, form) else _row_of(form)
        for form in town.twilio.ledger
    )


def _same(row: Message, form: Mapping[str, str]) -> bool:
    return (row.address, row.body) == (form["To"], form["Body"])


def _row_of(form: Mapping[str, str]) -> UUID:
    return UUID(parse_qs(urlsplit(form["StatusCallback"]).query)["message"][0])
