"""The settings: read once, at the door, and every fault is named at once.

A plain dataclass and not pydantic-settings, whose messages repeat the value that was wrong: ours may
be a secret.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from bot.secret_key import kept_key
from bot.settings_faults import SettingsError
from bot.settings_reader import Reader, Sender

__all__ = ["ROOT", "Sender", "Settings", "SettingsError"]

ROOT = Path(__file__).resolve().parent.parent
TWILIO_API = "https://api.twilio.com"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the surroundings decide. What is or holds a secret is kept out of the repr."""

    root: Path
    var_dir: Path
    environment: Literal["development", "production"]
    port: int
    public_url: str
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    embedded_redis: Path | None
    """The embedded server's socket; None where REDIS_URL names another server."""
    channel: Literal["phone", "twilio"]
    twilio_account_sid: str
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)
    twilio_messaging_service_sid: str
    twilio_api_url: str
    senders: tuple[Sender, ...]
    flows_dir: Path
    mail_url: str = field(repr=False)
    sms_per_second: int
    """Texts a second from one of our numbers; Twilio's own limit for a UK long code is 10 (CHANNEL.md part 4)."""
    whatsapp_per_second: int
    operator_email: str
    """Who is told by mail of what is ours to mend; nobody where it is empty."""
    heartbeat_url: str = field(repr=False)
    """Asked for by the clock after each turn that went well; its address is the secret that it is."""
    sentry_dsn: str = field(repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, root: Path = ROOT) -> "Settings":
        """Read the settings, or raise one SettingsError that names every fault.

        1. An empty variable is one that is not set; a relative path starts at the project's folder.
        2. Outside production var/ is made, and a missing SECRET_KEY is made and kept there.
        """
        reader = Reader(os.environ if environ is None else environ, root)
        settings = _settings(reader)
        if reader.problems:
            raise SettingsError(reader.problems)
        if settings.production:
            return settings
        return replace(settings, secret_key=kept_key(settings.var_dir / "secret_key", settings.secret_key))

    @property
    def production(self) -> bool:
        """Whether real people are texted from here."""
        return self.environment == "production"


def _settings(reader: Reader) -> Settings:
    port = reader.port()
    redis_url, embedded_redis = reader.redis()
    return Settings(
        root=reader.root,
        var_dir=reader.var_dir,
        environment=reader.environment(),
        port=port,
        public_url=reader.public_url(port),
        secret_key=reader.secret_key(),
        database_url=reader.database_url(),
        redis_url=redis_url,
        embedded_redis=embedded_redis,
        channel=reader.channel(),
        twilio_account_sid=reader.sid("TWILIO_ACCOUNT_SID", "AC", needed=True),
        twilio_auth_tokens=reader.auth_tokens(),
        twilio_messaging_service_sid=reader.sid("TWILIO_MESSAGING_SERVICE_SID", "MG", needed=False),
        twilio_api_url=reader.web_address("TWILIO_API_URL", TWILIO_API),
        senders=reader.senders(),
        flows_dir=reader.flows_dir(),
        mail_url=reader.mail_url(),
        sms_per_second=reader.per_second("SMS_PER_SECOND", 10),
        whatsapp_per_second=reader.per_second("WHATSAPP_PER_SECOND", 80),
        operator_email=reader.operator_email(),
        heartbeat_url=reader.secret_address("HEARTBEAT_URL"),
        sentry_dsn=reader.secret_address("SENTRY_DSN"),
    )
