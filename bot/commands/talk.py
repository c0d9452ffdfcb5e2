"""``talk``: the simulator in the terminal."""

import sys

import click


@click.command("talk")
@click.argument("flow")
@click.option("--scheme", metavar="KEY", help="Whose wording; the first scheme's if left out.")
@click.option("--given", metavar="KEY=VALUE", multiple=True, help="What is known: step='ring the college'.")
def command(flow: str, scheme: str | None, given: tuple[str, ...]) -> None:
    """Play a flow in the terminal: type replies, let time pass, see how a reply was read.

    Beside replies: /wait 2d, /why, /facts, /save NAME (writes the conversation into the flow as an example),
    /help, /quit. Nothing is sent and nothing is kept.

    \b
    python -m bot talk weekly_check_in
    python -m bot talk weekly_check_in --given step='ring the college' --given confidence=6
    """
    from bot.commands.check import flows_dir
    from bot.library import FlowsRefused, open_talk

    try:
        talk = open_talk(flows_dir(), flow, scheme, _given(given))
    except FlowsRefused:
        raise
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    show(talk.opening())
    # A line that was piped in is shown, so that the transcript reads like a talk.
    shown_by_terminal = sys.stdin.isatty()
    while not talk.done and (line := _line(shown_by_terminal)) is not None:
        show(talk.line(line))


def show(lines: list[str]) -> None:
    """Print what there is to see."""
    for line in lines:
        click.echo(line)


def _given(pairs: tuple[str, ...]) -> dict[str, object]:
    from bot.conversation.faults import unknown
    from bot.conversation.given import GIVEN

    given: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--given {pair} has no =: write it like --given step='ring the college'")
        if key not in GIVEN:
            raise click.UsageError(unknown("key", key, GIVEN))
        given[key] = value
    return given


def _line(shown_by_terminal: bool) -> str | None:
    click.echo("> ", nl=False)
    line = sys.stdin.readline()
    if not shown_by_terminal:
        click.echo(line.rstrip("\n"))
    return line if line else None
