"""Ringing for flags that cannot wait. A dead doorbell is told and no more: the sweep finds the rows."""

import uuid
from collections.abc import Iterable

import structlog

from bot import jobs
from bot.web.the_service import the_service

log = structlog.get_logger()


def ring(flag_ids: Iterable[uuid.UUID]) -> None:
    """Say that these flags are there. It never fails, for the answer to the person is ready."""
    for flag_id in flag_ids:
        try:
            jobs.ring(the_service(), flag_id)
        except Exception as error:
            log.warning("doorbell dead", flag_id=flag_id, exception=type(error).__name__)
