"""The practitioner's desk: pages behind a sign-in, and the few that need none. They ask the use cases."""

from collections.abc import Sequence

from flask import Blueprint, Flask

from bot.settings import Settings
from bot.web.desk import (
    cadence,
    caseload,
    cover,
    enrol,
    enrol_file,
    exports,
    flag,
    frame,
    ladder,
    mailbox,
    me,
    met,
    notes,
    one_tap,
    person,
    promises,
    record,
    report_page,
    scheme,
    signing,
    statements,
    team,
    thread,
    today,
    transfer,
    unclaimed,
)

BLUEPRINTS: Sequence[Blueprint] = (
    signing.blueprint,
    statements.blueprint,
    today.blueprint,
    flag.blueprint,
    one_tap.blueprint,
    cadence.blueprint,
    caseload.blueprint,
    person.blueprint,
    thread.blueprint,
    notes.blueprint,
    promises.blueprint,
    met.blueprint,
    ladder.blueprint,
    record.blueprint,
    transfer.blueprint,
    scheme.blueprint,
    enrol.blueprint,
    enrol_file.blueprint,
    team.blueprint,
    cover.blueprint,
    me.blueprint,
    report_page.blueprint,
    exports.blueprint,
    unclaimed.blueprint,
)


def install(app: Flask, settings: Settings) -> None:
    """Put the pages on; where mails go into a folder and everybody is made up, the mailbox too."""
    frame.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if mailbox.is_here(settings):
        app.register_blueprint(mailbox.blueprint)
