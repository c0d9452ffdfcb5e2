"""A process in which everything goes wrong, with words of people's in every place: python -m tests.operation.erring."""

import logging
import os
import threading

import sentry_sdk
import structlog
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from bot import jobs, logs
from bot.service import Service
from bot.settings import Settings
from bot.web import create_app

CANARY = "canary-7f3a"
NUMBER = "+447700900123"


def in_the_web(settings: Settings, service: Service) -> None:
    """A text that cannot be kept: the statement and its values stand in the exception, the text in the request."""
    with service.database.write() as db:
        db.execute(text("ALTER TABLE message RENAME TO elsewhere"))
    path = f"/twilio/inbound?token={CANARY}"
    form = {"MessageSid": f"SM{CANARY}", "AccountSid": settings.twilio_account_sid, "From": NUMBER, "Body": CANARY}
    form["To"] = settings.senders[0].address
    signed = RequestValidator(settings.twilio_auth_tokens[0]).compute_signature(settings.public_url + path, form)
    headers = {"X-Twilio-Signature": signed, "User-Agent": CANARY, "Cookie": f"a={CANARY}"}
    answer = create_app(settings, service).test_client().post(path, data=form, headers=headers)
    assert answer.status_code == 500


def in_a_job(service: Service) -> None:
    jobs.serve(service)
    jobs.work(jobs.TEXTS, [f"{CANARY} {NUMBER}"])


def in_a_thread() -> None:
    def fails() -> None:
        words = CANARY
        raise LookupError(f"{words} {NUMBER}")

    thread = threading.Thread(target=fails, name=CANARY)
    thread.start()
    thread.join()


def in_a_chain() -> None:
    """An exception with a cause, met by a library that logs what it has at hand."""
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            raise RuntimeError(f"no {CANARY}") from error
    except RuntimeError:
        logging.getLogger("a.library").exception("failed for %s", CANARY, extra={"who": CANARY})
        structlog.get_logger().exception(f"failed for {CANARY}", body=CANARY, anything=CANARY)


def by_the_library_itself() -> None:
    """Whoever calls it past our handler: what it collects is reduced."""
    sentry_sdk.set_user({"id": CANARY, "email": f"{CANARY}@example.org"})
    sentry_sdk.set_tag(CANARY, CANARY)
    sentry_sdk.set_tag("request_id", "abc123")
    sentry_sdk.set_context("person", {"words": CANARY})
    sentry_sdk.add_breadcrumb(message=CANARY)
    sentry_sdk.capture_message(CANARY)
    try:
        words = CANARY
        int(words)
    except ValueError as error:
        error.add_note(CANARY)
        sentry_sdk.capture_exception(error)


def main() -> None:
    settings = Settings.from_env(os.environ)
    logs.configure(settings)
    service = Service.from_settings(settings)
    in_the_web(settings, service)
    in_a_job(service)
    in_a_thread()
    in_a_chain()
    by_the_library_itself()


if __name__ == "__main__":
    main()
