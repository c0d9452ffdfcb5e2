"""What is missing before a scheme may start: each thing as a sentence that says what to do.

The same for the command and for the page. It asks stores, the mail server and Twilio, side by side; each has a few
seconds, and each that fails does so by itself. Nothing is sent and nothing is changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.go_live import of_machine, of_provider, of_scheme
from bot.go_live.found import Found, Weight
from bot.models import Practitioner, ServiceUser
from bot.schemes import OVER
from bot.service import Service

__all__ = ["Found", "Report", "Weight", "look"]

log = structlog.get_logger()

Asked = Callable[[Service], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, of everything and of each scheme."""

    common: Sequence[Found]
    schemes: Mapping[str, Sequence[Found]]

    def ready(self, key: str) -> bool:
        """Whether a scheme may go live."""
        return not any(each.weight is Weight.MISSING for each in (*self.common, *self.schemes[key]))


def look(service: Service, only: str | None = None) -> Report:
    """Look at everything, and at each scheme or ``only`` one."""
    asked: dict[str, Asked] = {
        "settings": of_machine.settings,
        "the database": of_machine.database,
        "Redis": of_machine.redis,
        "the processes": of_machine.processes,
        "mail": of_machine.mail,
    }
    if service.settings.channel == "twilio":
        asked |= {
            "the way in": of_machine.way_in,
            "the account at Twilio": of_provider.account,
            "the list of what came in": of_provider.inbound_list,
        }
    keys = [key for key in sorted(service.library.schemes) if only in (None, key)]
    with ThreadPoolExecutor(len(asked) + 2, thread_name_prefix="go-live") as pool:
        common = {what: pool.submit(_asked, what, each, service) for what, each in asked.items()}
        staffed = pool.submit(_staffed_safely, service)
        webhooks = pool.submit(_webhooks, service)
        found = [each for answer in common.values() for each in answer.result()]
        schemes = {key: [*_of_scheme(service, key, staffed.result()), *webhooks.result().get(key, [])] for key in keys}
    return Report(found, schemes)


def _asked(what: str, ask: Asked, service: Service) -> list[Found]:
    """Whatever goes wrong here is this thing's alone."""
    try:
        return list(ask(service))
    except Exception as error:
        log.warning("could not be looked at", what=what, exception=type(error).__name__)
        return [_unseen(what, error)]


def _unseen(what: str, error: Exception) -> Found:
    return Found(
        what, Weight.MISSING, f"It could not be looked at ({type(error).__name__}): try again, and see the log."
    )


def _of_scheme(service: Service, key: str, staffed: "Mapping[str, of_scheme.Staffed] | Found") -> Iterator[Found]:
    if isinstance(staffed, Found):
        yield staffed
        return
    nobody = of_scheme.Staffed(0, 0, 0)
    yield from of_scheme.look(service.library.scheme(key), service.settings.senders, staffed.get(key, nobody))


def _webhooks(service: Service) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    if service.settings.channel != "twilio":
        return found
    try:
        for key, each in of_provider.webhooks(service):
            found.setdefault(key, []).append(each)
    except Exception as error:
        unseen = _unseen("webhooks at Twilio", error)
        return {key: [unseen] for key in service.library.schemes}
    return found


def _staffed_safely(service: Service) -> "Mapping[str, of_scheme.Staffed] | Found":
    try:
        with service.database.read() as db:
            return _staffed(db)
    except Exception as error:
        return _unseen("practitioners and people", error)


def _staffed(db: Session) -> dict[str, of_scheme.Staffed]:
    """Two queries, however many schemes there are."""
    counted = select(ServiceUser.scheme_id, func.count()).where(ServiceUser.state.not_in(OVER))
    people = dict(db.execute(counted.group_by(ServiceUser.scheme_id)).all())
    serving = select(Practitioner.scheme_id, Practitioner.role, Practitioner.phone, Practitioner.email)
    rows = db.execute(serving.where(Practitioner.retired_at.is_(None))).all()
    keys = people.keys() | {row.scheme_id for row in rows}
    return {
        key: of_scheme.Staffed(
            practitioners=sum(row.scheme_id == key for row in rows),
            leads=sum((row.scheme_id, row.role) == (key, "lead") for row in rows),
            people=people.get(key, 0),
            fiction=sum(row.scheme_id == key and of_scheme.is_fiction(row.phone) for row in rows),
            emails=frozenset(row.email.casefold() for row in rows if row.scheme_id == key),
        )
        for key in keys
    }
