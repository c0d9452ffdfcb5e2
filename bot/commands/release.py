"""``release``: the Procfile's first step."""

import click


@click.command("release")
def command() -> None:
    """Bring the database up to date before a new version starts: tables, and a row for each scheme.

    Flows with errors, or with an example that does not hold, are refused here, before anything is changed; so is
    a scheme that has lost its folder and not yet its people; and a restore that was broken off. Twice changes nothing.
    """
    from bot import backup, practitioners, schemes
    from bot.commands.parts import the_service
    from bot.database import upgrade
    from bot.library import Library
    from bot.outbox import halted

    service = the_service()
    backup.require_whole(service.settings.database_url)
    Library.load(service.settings.flows_dir, examples=True).require_sound()
    upgrade(service.settings.database_url)
    with service.database.write() as db:
        schemes.require_flows(db, service.library)
        practitioners.ensure_schemes(db, service.library.schemes, service.clock.now())
        halted.know_your_place(db)
        kept = schemes.kept_without_flows(db, service.library)
    service.database.close()
    for sentence in kept:
        click.echo(sentence, err=True)
    click.echo(f"up to date; schemes: {', '.join(sorted(service.library.schemes))}")
