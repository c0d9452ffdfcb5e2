import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.service import Service
from bot.settings import ROOT, Sender, Settings, SettingsError

SECRET = "CANARY-f3a9"

PRODUCTION = {
    "STEPALONG_ENV": "production",
    "CHANNEL": "twilio",
    "DATABASE_URL": "postgres://bot:word@db.example.org/stepalong",
    "REDIS_URL": "rediss://:word@redis.example.org:6380/0",
    "PUBLIC_URL": "https://check-ins.example.org/",
    "SECRET_KEY": "k" * 32,
    "TWILIO_ACCOUNT_SID": "AC0123",
    "TWILIO_AUTH_TOKEN": "first, second",
    "SENDERS": "tyneside=+447400999000 tyneside=whatsapp:+447400999000 wearside=60777",
    "MAIL_URL": "smtp://user:word@mail.example.org:587",
}

# What is written, and a part of the sentence that it brings.
WRONG = [
    ({"PORT": "eight"}, "PORT is eight"),
    ({"PORT": "0"}, "PORT is 0"),
    ({"PORT": "65536"}, "PORT is 65536"),
    ({"PORT": "8\x1b[31m"}, r"PORT is 8\x1b[31m"),
    ({"CHANNEL": "pigeon"}, "CHANNEL is pigeon"),
    ({"STEPALONG_ENV": "prod"}, "STEPALONG_ENV is prod"),
    ({"PUBLIC_URL": "example.org"}, "PUBLIC_URL is not a web address"),
    ({"PUBLIC_URL": "https://[::1"}, "PUBLIC_URL is not a web address"),
    ({"PUBLIC_URL": "https://example.org:http"}, "PUBLIC_URL is not a web address"),
    ({"PUBLIC_URL": "https://user:word@example.org"}, "PUBLIC_URL holds more than an address"),
    ({"TWILIO_API_URL": "ftp://example.org"}, "TWILIO_API_URL is not a web address"),
    ({"DATABASE_URL": "mysql://bot@db/stepalong"}, "DATABASE_URL is not an address"),
    ({"DATABASE_URL": "postgresql+psycopg2://bot@db/stepalong"}, "DATABASE_URL is not an address"),
    ({"DATABASE_URL": "stepalong.db"}, "DATABASE_URL is not an address"),
    ({"DATABASE_URL": "postgresql://bot@db"}, "DATABASE_URL names no database"),
    ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL names no file"),
    ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL names no file"),
    ({"DATABASE_URL": "sqlite:////no/such/folder/a.db"}, "make the folder /no/such/folder"),
    ({"REDIS_URL": "localhost:6379"}, "REDIS_URL is not an address"),
    ({"REDIS_URL": "redis://"}, "REDIS_URL is not an address"),
    ({"FLOWS_DIR": "no/such/flows"}, "FLOWS_DIR is"),
    ({"MAIL_URL": "mail.example.org"}, "MAIL_URL is not an address"),
    ({"MAIL_URL": "file:"}, "MAIL_URL is not an address"),
    ({"SENDERS": "+447400999000"}, "SENDERS holds +447400999000"),
    ({"SENDERS": "tyneside=07400999000"}, "SENDERS holds tyneside=07400999000"),
    ({"SENDERS": "a=+447400999000 b=whatsapp:+447400999000"}, "SENDERS gives +447400999000 to two schemes"),
    ({"CHANNEL": "twilio"}, "TWILIO_ACCOUNT_SID is not set"),
    ({"CHANNEL": "twilio"}, "TWILIO_AUTH_TOKEN is not set"),
    ({"CHANNEL": "twilio"}, "SENDERS is not set"),
    ({"TWILIO_ACCOUNT_SID": "MG01"}, "TWILIO_ACCOUNT_SID does not begin with AC"),
    ({"TWILIO_MESSAGING_SERVICE_SID": "AC01"}, "TWILIO_MESSAGING_SERVICE_SID does not begin with MG"),
    ({**PRODUCTION, "CHANNEL": "phone"}, "CHANNEL is the phone on a page"),
    ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY is not set"),
    ({**PRODUCTION, "SECRET_KEY": "short"}, "SECRET_KEY has fewer"),
    ({**PRODUCTION, "DATABASE_URL": ""}, "DATABASE_URL is not set"),
    ({**PRODUCTION, "REDIS_URL": ""}, "REDIS_URL is not set"),
    ({**PRODUCTION, "PUBLIC_URL": ""}, "PUBLIC_URL is not set"),
    ({**PRODUCTION, "PUBLIC_URL": "http://example.org"}, "PUBLIC_URL is not encrypted"),
    ({**PRODUCTION, "MAIL_URL": ""}, "MAIL_URL is not set to a mail server"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's folder that has flows and nothing else."""
    (tmp_path / "flows").mkdir()
    return tmp_path


def test_nothing_set_is_the_phone_on_this_machine(root: Path) -> None:
    settings = Settings.from_env({}, root)
    assert (settings.channel, settings.environment, settings.port) == ("phone", "development", 8000)
    assert settings.public_url == "http://localhost:8000"
    assert settings.database_url == f"sqlite:///{root}/var/stepalong.db"
    assert settings.mail_url == f"file:{root}/var/mail"
    assert settings.flows_dir == root / "flows"
    assert settings.twilio_api_url == "https://api.twilio.com"


def test_production_as_it_should_be(root: Path) -> None:
    settings = Settings.from_env(PRODUCTION, root)
    assert settings.production
    assert settings.database_url == "postgresql+psycopg://bot:word@db.example.org/stepalong"
    assert settings.public_url == "https://check-ins.example.org"
    assert settings.twilio_auth_tokens == ("first", "second")
    assert settings.embedded_redis is None
    assert settings.senders == (
        Sender("tyneside", "sms", "+447400999000"),
        Sender("tyneside", "whatsapp", "+447400999000"),
        Sender("wearside", "sms", "60777"),
    )
    assert not (root / "var").exists()


@pytest.mark.parametrize(("written", "part"), WRONG)
def test_a_wrong_setting_brings_its_sentence(written: dict[str, str], part: str, root: Path) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_env(written, root)
    assert any(part in sentence for sentence in error.value.problems)
    assert not (root / "var").exists()


def test_every_fault_is_named_at_once(root: Path) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_env({"PORT": "x", "CHANNEL": "y", "SENDERS": "z w", "STEPALONG_ENV": "v"}, root)
    assert len(error.value.problems) == 5
    assert all(sentence in str(error.value) for sentence in error.value.problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"mysql://bot:{SECRET}@db/x"),
        ("DATABASE_URL", f"postgresql://bot:{SECRET}@db"),
        ("REDIS_URL", f"http://:{SECRET}@redis"),
        ("MAIL_URL", f"imap://user:{SECRET}@mail"),
        ("PUBLIC_URL", f"https://user:{SECRET}@example.org"),
        ("SECRET_KEY", SECRET),
        ("TWILIO_AUTH_TOKEN", SECRET),
    ],
)
def test_no_error_repeats_a_secret(name: str, value: str, root: Path) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_env({**PRODUCTION, "PORT": "x", name: value}, root)
    assert SECRET not in f"{error.value!r} {error.value}"


def test_no_secret_is_shown(root: Path) -> None:
    secrets = {
        "DATABASE_URL": f"postgresql://bot:{SECRET}@db/x",
        "REDIS_URL": f"redis://:{SECRET}@redis",
        "MAIL_URL": f"smtp://user:{SECRET}@mail:587",
        "SECRET_KEY": SECRET * 3,
        "TWILIO_AUTH_TOKEN": SECRET,
    }
    assert SECRET not in repr(Settings.from_env({**PRODUCTION, **secrets}, root))


def test_the_phone_is_where_the_port_is_and_twilio_where_it_signs(root: Path) -> None:
    twilio = {
        "CHANNEL": "twilio",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "t",
        "SENDERS": "a=+447400999000",
    }
    assert Settings.from_env({"PORT": "9000"}, root).public_url == "http://localhost:9000"
    assert Settings.from_env({"PORT": "9000", **twilio}, root).public_url == "http://localhost:8000"


def test_relative_paths_start_at_the_project(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "data").mkdir()
    monkeypatch.chdir("/")
    settings = Settings.from_env({"DATABASE_URL": "sqlite:///data/a.db?timeout=9", "MAIL_URL": "file:post"}, root)
    assert settings.database_url == f"sqlite:///{root}/data/a.db?timeout=9"
    assert settings.mail_url == f"file:{root}/post"
    assert (ROOT / "bot" / "settings.py").exists()


def test_the_embedded_server_is_found_by_its_socket(root: Path) -> None:
    # pytest's own folders make too long a path for a socket; and a blank is no good in an address.
    with TemporaryDirectory(prefix="step along") as folder:
        settings = Settings.from_env({"VAR_DIR": folder}, root)
        assert settings.embedded_redis == Path(folder) / "valkey" / "valkey.sock"
        assert settings.redis_url == f"unix://{folder.replace(' ', '%20')}/valkey/valkey.sock"


def test_a_long_path_gets_a_short_socket_of_its_own(root: Path) -> None:
    sockets = [
        Settings.from_env({"VAR_DIR": str(root / letter / ("long" * 25))}, root).embedded_redis
        for letter in ("a", "a", "b")
    ]
    assert all(len(str(socket)) <= 100 for socket in sockets)
    assert sockets[0] == sockets[1] != sockets[2]


def test_a_key_is_made_once_and_kept_private(root: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: Settings.from_env({}, root).secret_key, range(64)))
    [key] = keys
    assert len(key) >= 48
    assert stat.S_IMODE((root / "var").stat().st_mode) == 0o700
    [file] = (root / "var").iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode), file.read_text()) == ("secret_key", 0o600, key)


def test_an_emptied_key_is_not_made_anew_behind_anyones_back(root: Path) -> None:
    Settings.from_env({}, root)
    (root / "var" / "secret_key").write_text("")
    with pytest.raises(SettingsError, match="is empty"):
        Settings.from_env({}, root)


def test_a_key_that_cannot_be_kept_is_said(root: Path) -> None:
    (root / "var").write_text("a file where the folder should be")
    with pytest.raises(SettingsError, match="cannot be used"):
        Settings.from_env({}, root)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SMS_PER_SECOND", "0", "SMS_PER_SECOND is 0"),
        ("WHATSAPP_PER_SECOND", "many", "WHATSAPP_PER_SECOND is many"),
        ("OPERATOR_EMAIL", "nobody", "OPERATOR_EMAIL is nobody"),
        ("HEARTBEAT_URL", "sesame", "HEARTBEAT_URL is not a web address"),
        ("SENTRY_DSN", "sesame", "SENTRY_DSN is not a web address"),
    ],
)
def test_what_an_operator_sets_is_checked(root: Path, name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({name: value}, root)
    assert sentence in str(refused.value)
    assert "sesame" not in str(refused.value)


def test_every_setting_is_in_the_readme() -> None:
    read = "".join((ROOT / "bot" / each).read_text() for each in ("settings.py", "settings_reader.py"))
    names = set(re.findall(r'"([A-Z][A-Z_]{3,})"', read)) - {"ROOT"}
    readme = (ROOT / "README.md").read_text()
    assert len(names) > 12
    assert sorted(name for name in names if name not in readme) == []


def test_a_sender_of_a_scheme_that_is_not_there_is_refused(environ: dict[str, str]) -> None:
    written = Settings.from_env(environ | {"SENDERS": "tyneside=+447400999000 tynside=+447400999001"})
    with pytest.raises(SettingsError, match="SENDERS names the scheme tynside.*: schemes here: tyneside"):
        Service.from_settings(written)
