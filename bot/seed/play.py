"""Playing the cast's past: a clock that goes from alarm to alarm, a network that loses some, and what they text."""

import csv
import io
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot import digests, people, phone, practitioners
from bot.channels import Fault, Outgoing, Refused, Sent
from bot.channels.phone import PhoneChannel
from bot.clock import Clock
from bot.models import Address, Message, ServiceUser
from bot.people import importing
from bot.people.file import COLUMNS, OPTIONAL
from bot.seed.cast import Player, question, read
from bot.service import Service

ZONE = "Europe/London"
LONGEST_HOP = timedelta(days=1)
DIGESTS_FOR = timedelta(days=6)
UNREACHABLE = "30005"

Sweep = Callable[[Service], object]


@dataclass(frozen=True)
class Answer:
    """What somebody is about to text, to which text of ours."""

    player: Player
    person: ServiceUser
    message: Message
    words: str

    @property
    def at(self) -> datetime:
        return (self.message.delivered_at or self.message.created_at) + self.player.answers_in

    @property
    def message_id(self) -> str:
        return self.message.id.hex


class Played(Clock):
    """A clock that stands where the play is."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class Network(PhoneChannel):
    """A phone for each of the cast; some are lost on the way."""

    clock: Played
    lost: Mapping[str, datetime] = field(default_factory=dict)

    def send(self, outgoing: Outgoing) -> Sent | Refused:  # type: ignore[override]
        since = self.lost.get(outgoing.address)
        if since and self.clock.at >= since:
            return Refused(UNREACHABLE, Fault.BAD_ADDRESS)
        return super().send(outgoing)


class Play:
    """The cast's past, played up to ``end``."""

    def __init__(self, service: Service, sweep: Sweep, end: datetime) -> None:
        self.end, self.sweep = end, sweep
        cast = read(ZONE, end)
        self.scheme, self.staff, self.players = service.library.scheme(cast.scheme), cast.practitioners, cast.players
        self.clock = Played(min(player.enrolled_at for player in self.players))
        self.real = service
        self.here: list[Player] = []
        self.digests_begun = False
        self.said: set[tuple[str, int]] = set()

    def run(self) -> None:
        """From the first enrolment, or from where a run was cut off, to the end."""
        with tempfile.TemporaryDirectory(prefix="stepalong-seed-") as folder:
            # Old digests are no news: their rows stay, their mails go nowhere.
            settings = replace(self.real.settings, channel="phone", mail_url=f"file:{folder}")
            lost = {player.number: player.lost_from for player in self.players if player.lost_from}
            network = Network(self.clock, lost)
            self.service = replace(self.real, settings=settings, clock=self.clock, channel=network)
            self._hire()
            self.clock.at = max(self.clock.at, self._last_text() or self.clock.at)
            while self.clock.at < self.end:
                self._act()
                self.sweep(self.service)
                self.clock.at = self._next_stop()
            self._act()

    def _hire(self) -> None:
        for each in self.staff:
            with self.service.database.write() as db:
                practitioners.add(db, self.service.library, self.scheme.key, now=self.clock.at, **each)
                # Nobody reads the digests of two months ago, and making them is most of the work.
                practitioners.serving(db, self.scheme.key, each["email"]).digest_at = None

    def _begin_digests(self) -> None:
        with self.service.database.write() as db:
            for row, _ in practitioners.listed(db, self.scheme.key):
                row.digest_at = row.digest_at or digests.next_digest_at(self.scheme, row, self.clock.at)

    # ------------------------------------------------------------ what they do at a stop

    def _act(self) -> None:
        """Everything of the cast's that is due: enrolled, met, said, answered."""
        self._enrol()
        if not self.digests_begun and self.clock.at >= self.end - DIGESTS_FOR:
            self._begin_digests()
            self.digests_begun = True
        people_here = self._present()
        for player, person in people_here:
            self._meet(player, person)
            self._say(player, person)
        # An answer may lead to the next question, which is answered in its own time.
        while due := [answer for answer in self._answers(people_here) if answer.at <= self.clock.at]:
            for answer in due:
                self._text(answer.person, answer.words, f"to-{answer.message_id}")

    def _enrol(self) -> None:
        newcomers = [each for each in self.players if each.enrolled_at <= self.clock.at and each not in self.here]
        if not newcomers:
            return
        file = io.StringIO()
        csv.writer(file).writerows([(*COLUMNS, *OPTIONAL), *map(self._row, newcomers)])
        with self.service.database.write() as db:
            importing.import_file(db, self.service.library, file.getvalue().encode(), self.clock.at)
        self.here += newcomers

    def _row(self, player: Player) -> tuple[str, ...]:
        asked = (player.enrolled_at - timedelta(days=1)).isoformat()
        who = (self.scheme.key, player.practitioner, player.name, player.number)
        return *who, "sms", self.scheme.languages[0], player.practitioner, asked, player.reference

    def _present(self) -> list[tuple[Player, ServiceUser]]:
        held = select(Address.address, ServiceUser).join(ServiceUser, ServiceUser.id == Address.service_user_id)
        with self.service.database.read() as db:
            by_number = {row.address: row.ServiceUser for row in db.execute(held)}
        return [(each, by_number[each.number]) for each in self.here if each.number in by_number]

    def _meet(self, player: Player, person: ServiceUser) -> None:
        if player.met_at and player.met_at <= self.clock.at and person.met_at is None:
            with self.service.database.write() as db:
                people.met(db, people.find(db, person.id.hex), player.practitioner, self.clock.at)

    def _say(self, player: Player, person: ServiceUser) -> None:
        for number, (at, words) in enumerate(player.says):
            if at <= self.clock.at and (player.name, number) not in self.said:
                self.said.add((player.name, number))
                self._text(person, words, f"said-{number}")

    def _text(self, person: ServiceUser, words: str, once: str) -> None:
        # The same `once` again is the same text: a run that is taken up says nothing twice.
        phone.text(self.service, person, words, f"seed-{person.id}-{once}")

    def _answers(self, people_here: Iterable[tuple[Player, ServiceUser]]) -> list[Answer]:
        """What each of them is about to answer to the last text they had."""
        players = {person.id: (player, person) for player, person in people_here}
        with self.service.database.read() as db:
            last = db.scalars(_last_messages(players)).all()
            asked = _times_asked(db, last)
        return [
            Answer(*players[each.service_user_id], each, words)
            for each in last
            if each.service_user_id in players
            and (words := players[each.service_user_id][0].answer(each, asked[each.id])) is not None
        ]

    # ------------------------------------------------------------ when

    def _last_text(self) -> datetime | None:
        with self.service.database.read() as db:
            return db.scalar(select(func.max(Message.created_at)).where(Message.scheme_id == self.scheme.key))

    def _next_stop(self) -> datetime:
        with self.service.database.read() as db:
            alarm = phone.next_alarm(db, self.clock.at)
        stops = [*self._coming(), self.clock.at + LONGEST_HOP, self.end]
        return min(stop for stop in (*stops, alarm) if stop and stop > self.clock.at)

    def _coming(self) -> Iterable[datetime]:
        yield self.end - DIGESTS_FOR
        for player in self.players:
            yield from (at for at in (player.enrolled_at, player.met_at) if at)
            yield from (at for at, _ in player.says)
        yield from (answer.at for answer in self._answers(self._present()))


def _last_messages(people_here: Collection[uuid.UUID]) -> Select[Message]:
    """The last text of each, where it is one of ours that asks something and has arrived."""
    newest = func.row_number().over(
        partition_by=Message.service_user_id, order_by=(Message.created_at.desc(), Message.direction.desc())
    )
    ranked = select(Message.id, newest.label("rank")).where(Message.service_user_id.in_(people_here)).subquery()
    return (
        select(Message)
        .join(ranked, ranked.c.id == Message.id)
        .where(ranked.c.rank == 1, Message.direction == "out", Message.node.is_not(None))
    )


def _times_asked(db: Session, last: Collection[Message]) -> Mapping[uuid.UUID, int]:
    """How often each was asked the same question before."""
    people_here = {each.service_user_id for each in last}
    earlier = db.execute(
        select(Message.service_user_id, Message.node).where(
            Message.service_user_id.in_(people_here), Message.direction == "out", Message.node.is_not(None)
        )
    ).all()
    asked = Counter((person_id, question(node or "")) for person_id, node in earlier)
    return {each.id: asked[each.service_user_id, question(each.node or "")] - 1 for each in last}
