"""``go-live``: what is missing before a scheme may start."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bot.commands.parts import in_scheme, with_service

if TYPE_CHECKING:
    from bot.go_live import Found
    from bot.service import Service


@click.command("go-live")
@in_scheme
@click.option("--all", "everything", is_flag=True, help="Also what is in order.")
@click.option("--link", is_flag=True, help="Only print the address of the same as a page; it opens for a day.")
@with_service
def command(service: "Service", scheme: str | None, everything: bool, link: bool) -> None:
    """Say for each scheme what is missing before it may start, each as a sentence with what to do.

    Stores, mail server and Twilio are asked, side by side; nothing is sent and nothing is changed. The exit status
    is 1 while anything is missing; advice changes nothing.

    \b
    python -m bot go-live
    python -m bot go-live --scheme tyneside --all
    python -m bot go-live --link
    """
    from bot import go_live

    if scheme is not None and scheme not in service.library.schemes:
        raise click.ClickException(f"There is no scheme {scheme}: {', '.join(sorted(service.library.schemes))}.")
    if link:
        from bot.web.go_live import address

        click.echo(address(service.settings))
        return
    report = go_live.look(service, scheme)
    _say("this machine", report.common, everything)
    for key, found in report.schemes.items():
        _say(key, found, everything)
        click.echo(f"{key} may go live" if report.ready(key) else f"{key} may not go live yet")
    if not all(report.ready(key) for key in report.schemes):
        raise SystemExit(1)


def _say(whose: str, found: "Sequence[Found]", everything: bool) -> None:
    good = [each for each in found if not each.sentence]
    click.echo(f"{whose}: {len(good)} in order, {len(found) - len(good)} not")
    for each in found:
        if each.sentence or everything:
            click.echo(f"  {each.weight}: {each.what}. {each.sentence}".rstrip())
