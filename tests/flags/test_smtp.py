"""Mail by SMTP, to a real server: encrypted or not at all, signed in, and each refusal as what it is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from bot import mail, post
from bot.models import Email
from bot.post import NotSent
from bot.settings import Settings
from tests.flags.conftest import Cast
from tests.flags.office import Answers, certificate, office

MINUTE = timedelta(minutes=1)
LOGIN = "sam%40example.org:pass%20word@"
Open = Callable[..., Settings]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "ours": certificate(folder / "ours"),
        "another's": certificate(folder / "anothers", "DNS:elsewhere.example"),
        "over": certificate(folder / "over", until="20200201000000Z"),
    }


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def opened(settings: Settings, answers: Answers) -> Iterator[Open]:
    """Opens a server, and gives the settings of whoever sends by it."""
    with ExitStack() as running:

        def opens(scheme: str = "smtp", login: str = "", **values: Any) -> Settings:
            port = running.enter_context(office(answers, **values))
            return replace(settings, mail_url=f"{scheme}://{login}localhost:{port}")

        yield opens


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Has this machine vouch for a certificate."""
    return lambda file: monkeypatch.setenv("SSL_CERT_FILE", str(file))


def queue(cast: Cast, to: str = "sam@example.org", **changes: object) -> UUID:
    values = {
        "id": uuid4(), "scheme_id": "tyneside", "to": to, "kind": "digest", "subject": "Check-ins", "body": "Hello\n",
        "intention": f"test:{uuid4()}", "due_at": cast.now, "created_at": cast.now, **changes,
    }  # fmt: skip
    cast.add(Email(**values))
    return values["id"]  # type: ignore[return-value]


def deliver(cast: Cast, settings: Settings, after: timedelta = timedelta()) -> int:
    cast.now += after
    return mail.deliver(cast.database, settings, lambda: cast.now)


def row(cast: Cast, email_id: UUID) -> Email:
    [found] = cast.rows(Email, Email.id == email_id)
    return found


# ---------------------------------------------------------------- encrypted, or not at all


@pytest.mark.parametrize("way", ["starttls", "smtps"])
def test_it_leaves_encrypted_and_signed_in(
    cast: Cast, opened: Open, answers: Answers, certificates: dict[str, Path], trusted: Any, way: str
) -> None:
    trusted(certificates["ours"])
    answers.password = b"pass word"
    there = opened("smtps" if way == "smtps" else "smtp", LOGIN, **{way: certificates["ours"]})
    queue(cast, "jo@example.org")
    assert deliver(cast, there) == 1
    [taken] = answers.taken
    assert (taken.sender, taken.to) == ("sam@example.org", ["jo@example.org"])
    assert (taken.encrypted, taken.signed_in) == (True, True)
    assert taken.mail.get_content().splitlines() == ["Hello"]


@pytest.mark.parametrize("way", ["starttls", "smtps"])
@pytest.mark.parametrize("which", ["ours", "another's", "over"])
def test_a_certificate_is_looked_at_before_a_word_is_said(
    cast: Cast, opened: Open, answers: Answers, certificates: dict[str, Path], trusted: Any, way: str, which: str
) -> None:
    """Nobody vouches for ours here; the others are vouched for, but of another host, or out of date."""
    if which != "ours":
        trusted(certificates[which])
    answers.password = b"pass word"
    there = opened("smtps" if way == "smtps" else "smtp", LOGIN, **{way: certificates[which]})
    email_id = queue(cast)
    assert deliver(cast, there) == 0
    assert (answers.taken, answers.asked) == ([], [])
    assert row(cast, email_id).state == "queued"
    assert row(cast, email_id).error == "SSLCertVerificationError"


def test_a_server_that_insists_on_tls_is_taken_at_its_word_even_here(
    cast: Cast, opened: Open, answers: Answers, certificates: dict[str, Path], trusted: Any
) -> None:
    trusted(certificates["ours"])
    queue(cast)
    assert deliver(cast, opened(starttls=certificates["ours"])) == 1
    assert answers.taken[0].encrypted


def test_a_server_elsewhere_without_tls_gets_no_password_and_no_mail(
    cast: Cast, opened: Open, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = opened(login=LOGIN)
    monkeypatch.setattr(post, "_this_machine", lambda host: False)
    email_id = queue(cast)
    assert deliver(cast, there) == 0
    assert (answers.taken, answers.asked, row(cast, email_id).error) == ([], [], "SMTPNotSupportedError")


def test_a_wrong_password_is_a_server_that_does_not_talk_to_us(
    cast: Cast, opened: Open, answers: Answers, certificates: dict[str, Path], trusted: Any
) -> None:
    trusted(certificates["ours"])
    answers.password = b"another one"
    there = opened(login=LOGIN, starttls=certificates["ours"])
    email_id = queue(cast)
    assert deliver(cast, there) == 0
    assert (row(cast, email_id).state, row(cast, email_id).error) == ("queued", "SMTPAuthenticationError 535")
    with pytest.raises(NotSent, match="SMTPAuthenticationError 535"):
        post.knock(there.mail_url)
    answers.password = b"pass word"
    post.knock(there.mail_url)
    assert deliver(cast, there, MINUTE) == 1


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        ("550 no such user", "failed", "refused 550"),
        ("552 full", "failed", "refused 552"),
        ("450 come back later", "queued", "refused 450"),
        ("451 greylisted", "queued", "refused 451"),
    ],
)
def test_what_an_address_is_refused_for(
    cast: Cast, opened: Open, answers: Answers, answer: str, state: str, error: str
) -> None:
    answers.rcpt["bad@example.org"] = answer
    there = opened()
    bad, good = queue(cast, "bad@example.org"), queue(cast, "good@example.org")
    assert deliver(cast, there) == 1
    assert (row(cast, bad).state, row(cast, bad).error) == (state, error)
    assert row(cast, good).state == "sent", "one address never stops the others"
    del answers.rcpt["bad@example.org"]
    assert deliver(cast, there, MINUTE) == (state == "queued")


@pytest.mark.parametrize(
    ("answer", "state"), [("554 looks like spam", "failed"), ("452 out of space", "queued"), ("451 later", "queued")]
)
def test_what_a_mail_is_refused_for(cast: Cast, opened: Open, answers: Answers, answer: str, state: str) -> None:
    answers.data = [answer]
    there = opened()
    email_id = queue(cast)
    assert deliver(cast, there) == 0
    assert (row(cast, email_id).state, row(cast, email_id).error) == (state, f"not taken {answer[:3]}")
    assert deliver(cast, there, MINUTE) == (state == "queued")


# ---------------------------------------------------------------- broken off


@pytest.mark.parametrize("where", ["MAIL", "RCPT", "ANSWER"])
def test_a_connection_that_breaks_off_costs_no_mail(cast: Cast, opened: Open, answers: Answers, where: str) -> None:
    """Broken off after the mail was handed over nobody can know: it comes twice, and is the same mail."""
    answers.drop[where] = 1
    there = opened()
    ids = [queue(cast, f"p{n}@example.org") for n in range(3)]
    assert deliver(cast, there) == 2
    assert deliver(cast, there, MINUTE) == 1
    assert all(row(cast, each).state == "sent" for each in ids)
    sent = [taken.mail["Message-ID"] for taken in answers.taken]
    assert set(sent) == {f"<{each.hex}@localhost>" for each in ids}
    assert len(sent) == 3 + (where == "ANSWER")


def test_nobody_there_is_waited_for(cast: Cast, settings: Settings, answers: Answers) -> None:
    with office(answers) as port:
        there = replace(settings, mail_url=f"smtp://localhost:{port}")
    email_id = queue(cast)
    assert deliver(cast, there) == 0
    assert (row(cast, email_id).state, row(cast, email_id).error) == ("queued", "ConnectionRefusedError")


# ---------------------------------------------------------------- what arrives


def test_every_word_and_link_arrives_as_it_was_written(cast: Cast, opened: Open, answers: Answers) -> None:
    link = f"https://x.example/f/{'Qk3' * 60}"
    body = f'1 of 1  QUIET - Zo\u00eb\n  "\N{GRINNING FACE}"\n.\n..dots\nDone or later: {link}\n'
    queue(cast, body=body, subject="Check-ins \N{EN DASH} 1 needs you", list_unsubscribe=link)
    assert deliver(cast, opened()) == 1
    [taken] = answers.taken
    assert taken.mail.get_content().splitlines() == body.splitlines()
    assert taken.mail["Subject"] == "Check-ins \N{EN DASH} 1 needs you"
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in taken.raw
    assert max(map(len, taken.raw.split(b"\r\n"))) <= 998, "no line is longer than SMTP allows"
    assert b"\n" not in taken.raw.replace(b"\r\n", b"")
