"""What the machine needs: its settings, its stores, its processes, its mail server, its way in from outside."""

import base64
import hashlib
import hmac
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from http.client import HTTPException
from urllib.parse import urlencode

from sqlalchemy import text

from bot import jobs, post, schemes, vitals
from bot.database import PROJECT
from bot.go_live.found import Found, Weight, unless
from bot.outbox.halted import REMEDIES, SENTENCES, halted
from bot.service import Service
from bot.settings import Settings

SECONDS = 5
SHORTEST_KEY, FEWEST_CHARACTERS = 32, 12
SMTP_SECONDS = 5


def settings(service: Service) -> Iterator[Found]:
    """What the environment says, beyond what is refused at the start anyway."""
    ours = service.settings
    production = "Set STEPALONG_ENV=production: whatever would be unsafe is then refused at the start."
    yield unless(ours.production, "production", production)
    yield unless(ours.channel == "twilio", "a channel", "Set CHANNEL=twilio: the phone on a page texts nobody.")
    key = (
        "SECRET_KEY is short or easy to guess: python3 -c 'import secrets; print(secrets.token_urlsafe(48))' makes one."
    )
    strong = len(ours.secret_key) >= SHORTEST_KEY and len(set(ours.secret_key)) >= FEWEST_CHARACTERS
    yield unless(strong, "the secret key", key)
    told = "Set OPERATOR_EMAIL: somebody has to hear by mail of what only they can mend."
    yield unless(ours.operator_email, "the operator's address", told, Weight.ADVICE)
    watched = "Set HEARTBEAT_URL and have somebody watch it: a service that is dead tells nobody."
    yield unless(ours.heartbeat_url, "a watcher outside", watched, Weight.ADVICE)


def database(service: Service) -> Iterator[Found]:
    """Reached, with the tables of this version, and no copy that nobody has made good."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory.from_config(Config(toml_file=PROJECT / "pyproject.toml")).get_current_head()
    with service.database.read() as db:
        here = db.scalar(text("SELECT version_num FROM alembic_version"))
        why = halted(db, service.clock.now())
        kept = schemes.kept_without_flows(db, service.library)
    yield unless(here == newest, "the database's tables", "They are of another version: run python -m bot release.")
    wrong = f"Nothing is sent: {SENTENCES[why]}. See python -m bot {REMEDIES[why]} --help." if why else ""
    yield unless(not why, "sending", wrong)
    yield from (Found("retention", Weight.ADVICE, sentence) for sentence in kept)


def redis(service: Service) -> Iterator[Found]:
    """The doorbell."""
    dead = (
        "Redis does not answer: look at REDIS_URL. Without it only the clock works, 20 of each kind every 15 seconds."
    )
    yield unless(jobs.answers(service.settings.redis_url), "Redis", dead)


def processes(service: Service) -> Iterator[Found]:
    """What has to beat."""
    with service.database.read() as db:
        silent = vitals.wrong(vitals.beats(db), None, service.clock.now())
    start = {
        vitals.CLOCK: "No clock runs: start python worker.py clock.",
        vitals.WORKER: "No worker runs: start python worker.py.",
        vitals.SWEEP: "Nothing has been looked after in the last minutes: see whether clock, Redis and worker run.",
        vitals.INBOUND_LIST: "Twilio's list of what came in has not been read within the hour: the log says why.",
    }
    for name, sentence in start.items():
        yield unless(name not in silent, f"beat of the {name.replace('_', ' ')}", sentence)


def mail(service: Service) -> Iterator[Found]:
    """The mail server takes us, with our password. No mail is sent."""
    try:
        post.knock(service.settings.mail_url, SMTP_SECONDS)
    except post.NotSent as error:
        yield Found("mail", Weight.MISSING, f"The mail server does not take us ({error.code}): look at MAIL_URL.")
    else:
        yield Found("mail")


def way_in(service: Service) -> Iterator[Found]:
    """Ask ourselves from outside, as Twilio would: a signed receipt for a text that never was, which changes nothing.

    204 means that PUBLIC_URL leads to us, that what is signed for it is believed, and that nothing on the way
    changes it. The same unsigned has to be refused.
    """
    ours = service.settings
    path = "/twilio/status"
    form = {"AccountSid": ours.twilio_account_sid, "MessageSid": f"SM{uuid.uuid4().hex}", "MessageStatus": "go-live"}
    signed, unsigned = (_status(ours, path, form, signature) for signature in (_signature(ours, path, form), "none"))
    away = f"PUBLIC_URL does not lead here: {signed}. Look at the name, the certificate and the proxy."
    refused = (
        "Our own signed webhook is refused (403): PUBLIC_URL has to be to the letter the address that Twilio is given."
    )
    other = f"Whatever PUBLIC_URL leads to answers a webhook with {signed}, which is not us."
    sentence = away if isinstance(signed, str) else refused if signed == 403 else other
    yield unless(signed == 204, "the way in", sentence)
    if signed == 204:
        yield unless(
            unsigned == 403, "the door", "A webhook that nobody signed was not refused: something answers for us."
        )


def _status(ours: Settings, path: str, form: dict[str, str], signature: str) -> int | str:
    """What the answer was, or why there was none."""
    url = ours.public_url + path
    request = urllib.request.Request(url, urlencode(form).encode(), {"X-Twilio-Signature": signature})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, HTTPException) as error:
        return f"nobody answers ({type(getattr(error, 'reason', error)).__name__})"


def _signature(ours: Settings, path: str, form: dict[str, str]) -> str:
    """As Twilio signs: CHANNEL.md part 2."""
    signed = ours.public_url + path + "".join(f"{key}{form[key]}" for key in sorted(form))
    made = hmac.new(ours.twilio_auth_tokens[0].encode(), signed.encode(), hashlib.sha1)
    return base64.b64encode(made.digest()).decode()
