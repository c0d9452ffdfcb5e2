"""Links in mail: one that acts on one flag without signing in, and one that leads to a person, which needs it.

A link to a flag can be opened by anything that reads the mail before its reader does: opening it changes
nothing (``web.desk.one_tap``). A token is as good as a password for its flag: it is never logged.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from bot.clock import Clock
from bot.models import Flag, Practitioner, ServiceUser
from bot.settings import Settings

LASTS = timedelta(days=14)
NONCE_LASTS = timedelta(hours=1)
SALT = "flag-v1"
NONCE_SALT = "flag-nonce-v1"
# As much of a person's id as a mail shows: so many people are told apart by it in one caseload.
PERSON_DIGITS = 8


class TapRefused(ValueError):
    """No such link: its signature is not ours, or what it says is nothing we would say."""


class TapExpired(TapRefused):
    """It was ours, and its time is over."""


@dataclass(frozen=True, slots=True)
class Tap:
    """What a link says: which flag, to whom it was mailed, as of which evidence, and in which digest."""

    flag_id: UUID
    practitioner_id: UUID
    version: int
    digest_id: UUID | None = None


def link(settings: Settings, flag: Flag, practitioner: Practitioner, digest_id: UUID | None) -> str:
    """The address under which this practitioner settles or puts off this flag for 14 days, without signing in.

    ``digest_id``: of the digest that it stands in; None in another mail. A safety flag is only told of by it.
    """
    return f"{settings.public_url}/f/{sign(settings, Tap(flag.id, practitioner.id, flag.version, digest_id))}"


def person_link(settings: Settings, person: ServiceUser) -> str:
    """A short address that leads to a person's page, for whoever may see them and signs in."""
    return f"{settings.public_url}/p/{person.id.hex[:PERSON_DIGITS]}"


def sign(settings: Settings, tap: Tap, at: datetime | None = None) -> str:
    """The token of a link, made now or ``at`` a time."""
    ids = [_short(tap.flag_id), _short(tap.practitioner_id), tap.version]
    written = _serializer(settings, SALT, at).dumps([*ids, _short(tap.digest_id)] if tap.digest_id else ids)
    return str(written)


def read(settings: Settings, token: str) -> Tap:
    """What a link says. TapExpired after 14 days, TapRefused for what is none of ours."""
    said = _loads(settings, SALT, token, LASTS)
    try:
        flag, practitioner, version, *digest = said
        return Tap(_long(flag), _long(practitioner), int(version), _long(digest[0]) if digest else None)
    except (TypeError, ValueError) as error:
        raise TapRefused("what this link says is nothing we would say") from error


def nonce(settings: Settings, tap: Tap, at: datetime | None = None) -> str:
    """What a page that was shown puts into its form: for an hour, and for this flag of this reader."""
    said = [_short(tap.flag_id), _short(tap.practitioner_id), secrets.token_urlsafe(9)]
    return str(_serializer(settings, NONCE_SALT, at).dumps(said))


def check_nonce(settings: Settings, tap: Tap, given: str) -> None:
    """TapExpired after an hour, TapRefused for another flag's, or none of ours."""
    said = _loads(settings, NONCE_SALT, given, NONCE_LASTS)
    if not isinstance(said, list) or said[:2] != [_short(tap.flag_id), _short(tap.practitioner_id)]:
        raise TapRefused("this page was made for another flag")


def _loads(settings: Settings, salt: str, token: str, lasts: timedelta) -> Any:
    try:
        return _serializer(settings, salt).loads(token, max_age=int(lasts.total_seconds()))
    except SignatureExpired as error:
        raise TapExpired("its time is over") from error
    except BadData as error:
        raise TapRefused("not signed by us") from error


def _serializer(settings: Settings, salt: str, at: datetime | None = None) -> URLSafeTimedSerializer:
    """Of the machine's own time, as our one clock reads it: a mail is opened in that, whatever the phone page plays."""
    seconds = int((at or Clock().now()).timestamp())

    class _Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return seconds

    return URLSafeTimedSerializer(settings.secret_key, salt=salt, signer=_Signer)


def _short(known: UUID) -> str:
    return urlsafe_b64encode(known.bytes).rstrip(b"=").decode()


def _long(written: object) -> UUID:
    return UUID(bytes=urlsafe_b64decode(f"{written}=="))
