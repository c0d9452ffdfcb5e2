"""Mail: every row that is due leaves once, whatever happens to the others; nothing in it can do harm."""

import os
import shutil
import ssl
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from bot import mail
from bot.models import Email, Flag
from bot.settings import Settings
from tests.flags.conftest import NOW, Cast
from tests.flags.smtp import Letterbox, letterbox

MINUTE = timedelta(minutes=1)


@pytest.fixture
def box() -> Iterator[Letterbox]:
    with letterbox(Letterbox()) as box:
        yield box


@pytest.fixture
def by_smtp(settings: Settings, box: Letterbox) -> Settings:
    return replace(settings, mail_url=f"smtp://sam%40example.org:pass%20word@127.0.0.1:{box.port}")


def queue(cast: Cast, to: str = "sam@example.org", **changes: object) -> UUID:
    values = {
        "id": uuid4(), "scheme_id": "tyneside", "to": to, "kind": "digest", "subject": "Check-ins", "body": "Hello\n",
        "intention": f"test:{uuid4()}", "due_at": cast.now, "created_at": cast.now, **changes,
    }  # fmt: skip
    cast.add(Email(**values))
    return values["id"]  # type: ignore[return-value]


def deliver(cast: Cast, settings: Settings, after: timedelta = timedelta(), ids: list[UUID] | None = None) -> int:
    cast.now += after
    return mail.deliver(cast.database, settings, lambda: cast.now, ids)


def row(cast: Cast, email_id: UUID) -> Email:
    (found,) = cast.rows(Email, Email.id == email_id)
    return found


def files(settings: Settings) -> list[EmailMessage]:
    folder = Path(settings.mail_url.removeprefix("file:"))
    return [message_from_bytes(each.read_bytes(), policy=policy.default) for each in sorted(folder.glob("*"))]  # type: ignore[misc]


# ---------------------------------------------------------------- a file a mail


def test_one_mail_is_one_file_that_a_mail_reader_opens(cast: Cast, settings: Settings) -> None:
    queue(cast, body='Amina: "caf\N{LATIN SMALL LETTER E WITH ACUTE}, \N{GRINNING FACE}"\n')
    assert deliver(cast, settings) == 1
    (found,) = files(settings)
    assert (found["To"], found["From"]) == ("sam@example.org", "Check-ins <check-ins@localhost>")
    assert found["Auto-Submitted"] == "auto-generated"
    assert found.get_content_type() == "text/plain"
    assert found.get_content().splitlines() == ['Amina: "caf\N{LATIN SMALL LETTER E WITH ACUTE}, \N{GRINNING FACE}"']


def test_a_plain_mail_is_readable_in_its_file_and_only_by_us(cast: Cast, settings: Settings) -> None:
    queue(cast, body="1 of 3  QUIET - Leon\n")
    deliver(cast, settings)
    (file,) = Path(settings.mail_url.removeprefix("file:")).glob("*.eml")
    assert b"\r\n\r\n1 of 3  QUIET - Leon\r\n" in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_mail_written_twice_is_the_same_file(cast: Cast, settings: Settings) -> None:
    email_id = queue(cast)
    deliver(cast, settings)
    with cast.database.write() as db:
        db.get_one(Email, email_id).state = "queued"
    deliver(cast, settings)
    assert len(files(settings)) == 1


@pytest.mark.parametrize("evil", ["hello\r\nBcc: eve@example.org", "hello\nX-Evil: 1\n\nbody", "a\x00b\x1b[31m"])
def test_no_header_can_be_slipped_in(cast: Cast, settings: Settings, evil: str) -> None:
    queue(cast, subject=evil, body=evil)
    queue(cast, to="eve@example.org\nBcc: mallory@example.org")
    assert deliver(cast, settings) == 1
    (found,) = files(settings)
    assert set(found.keys()) & {"Bcc", "X-Evil"} == set()
    assert "\x1b" not in found.get_content() + found["Subject"]


def test_what_turns_the_direction_of_writing_is_left_out(cast: Cast, settings: Settings) -> None:
    queue(cast, body="\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe\n")
    deliver(cast, settings)
    assert files(settings)[0].get_content().splitlines() == ["gnp.exe"]


# ---------------------------------------------------------------- each once, and each on its own


def test_sent_mails_are_not_sent_again(cast: Cast, settings: Settings) -> None:
    queue(cast)
    assert [deliver(cast, settings, MINUTE) for _ in range(3)] == [1, 0, 0]


def test_only_the_mails_asked_for(cast: Cast, settings: Settings) -> None:
    first, _ = queue(cast), queue(cast)
    assert deliver(cast, settings, ids=[first]) == 1
    assert deliver(cast, settings, ids=[]) == 0


def test_a_mail_that_somebody_else_is_sending_is_left_to_them_for_the_lease(cast: Cast, settings: Settings) -> None:
    queue(cast, state="claimed", claimed_until=cast.now + mail.LEASE)
    assert deliver(cast, settings) == 0
    assert deliver(cast, settings, mail.LEASE) == 1


def test_one_address_never_stops_the_others(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    box.refuse["bad@example.org"] = 550
    refused = queue(cast, "bad@example.org")
    nonsense = queue(cast, "no address at all")
    queue(cast, "good@example.org")
    assert deliver(cast, by_smtp) == 1
    assert [found["To"] for found in box.mails] == ["good@example.org"]
    assert (row(cast, refused).state, row(cast, refused).error) == ("failed", "refused 550")
    assert (row(cast, nonsense).state, row(cast, nonsense).error) == ("failed", "not an address")


def test_tried_again_after_1_5_and_25_minutes_then_given_up(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    box.refuse["later@example.org"] = 451
    email_id = queue(cast, "later@example.org")
    waits: list[timedelta | None] = []
    for _ in range(4):
        deliver(cast, by_smtp)
        found = row(cast, email_id)
        waits.append(found.due_at - cast.now if found.state == "queued" else None)
        cast.now = max(cast.now, found.due_at)
    assert waits == [MINUTE, 5 * MINUTE, 25 * MINUTE, None]
    assert row(cast, email_id).state == "failed"


def test_while_the_server_is_down_mail_waits_for_it(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    box.silent = True
    ids = [queue(cast) for _ in range(5)]
    assert deliver(cast, by_smtp) == 0
    assert box.connections == mail.SERVER_IS_DOWN
    for _ in range(8):
        deliver(cast, by_smtp, 25 * MINUTE)
    assert all(row(cast, each).state == "queued" for each in ids)
    box.silent = False
    assert deliver(cast, by_smtp, 25 * MINUTE) == 5


def test_an_alert_nobody_will_read_rings_for_the_next_contact_now(
    cast: Cast, by_smtp: Settings, box: Letterbox
) -> None:
    box.refuse["sam@example.org"] = 550
    flag = cast.flag("safety", loud=True)
    deliver(cast, by_smtp, MINUTE)
    (after,) = cast.rows(Flag, Flag.id == flag.id)
    assert after.wake_at == cast.now


def test_a_folder_that_cannot_be_written_is_waited_for(cast: Cast, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where a folder should be")
    queue(cast)
    broken = replace(settings, mail_url=f"file:{tmp_path}/mail")
    assert deliver(cast, broken) == 0
    assert deliver(cast, settings, MINUTE) == 1


# ---------------------------------------------------------------- by SMTP


def test_many_mails_go_over_one_connection_signed_in_once(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    ids = [queue(cast, f"p{n}@example.org") for n in range(5)]
    assert deliver(cast, by_smtp) == 5
    assert (box.connections, len(box.logins), len(box.mails)) == (1, 1, 5)
    assert {found["Message-ID"] for found in box.mails} == {f"<{each.hex}@example.org>" for each in ids}
    assert box.mails[0]["From"] == "Check-ins <sam@example.org>"


def test_the_same_mail_keeps_its_message_id(cast: Cast, by_smtp: Settings, box: Letterbox) -> None:
    email_id = queue(cast)
    deliver(cast, by_smtp)
    with cast.database.write() as db:
        db.get_one(Email, email_id).state = "queued"
    deliver(cast, by_smtp)
    first, second = box.mails
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert datetime.fromisoformat(str(first["Date"].datetime.isoformat())) == NOW


def test_tls_is_taken_where_it_is_offered(
    cast: Cast, by_smtp: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    queue(cast)
    with letterbox(Letterbox(tls=context)) as secure:
        there = replace(by_smtp, mail_url=f"smtp://localhost:{secure.port}")
        assert deliver(cast, there) == 0  # a certificate nobody vouches for
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert deliver(cast, there, MINUTE) == 1
        assert secure.encrypted == [True]


def test_nothing_is_said_to_a_server_elsewhere_without_tls(
    cast: Cast, by_smtp: Settings, box: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.post._this_machine", lambda host: False)
    queue(cast)
    assert deliver(cast, by_smtp) == 0
    assert (box.logins, box.mails) == ([], [])


def _certificate(folder: Path) -> Path:
    """A certificate for localhost with its key in one file, made now."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl was not found: it makes the certificate for the test of mail over TLS")
    file = folder / "localhost.pem"
    command = [
        openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", str(folder / "key"), "-out", str(folder / "cert"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, env={"PATH": os.environ["PATH"]})
    file.write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    return file
