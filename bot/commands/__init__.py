"""What can be asked for by a word in a terminal; a module a word, imported when it is asked for.

Results go to the standard output; what is wrong goes to the standard error as a sentence. The exit status is
0, or 1 where something could not be done, or 2 where the words of the command are not right.
"""

import importlib
from typing import Any

import click

from bot.commands.failures import said

WORDS = {
    "check": "Find what is wrong with the flows, and say where.",
    "talk": "Play a flow in the terminal.",
    "understand": "Show how texts are read, one a line.",
    "practitioners": "Add, list and retire practitioners.",
    "people": "Enrol, list and look after people.",
    "flags": "List flags, acknowledge and close them.",
    "unclaimed": "List and empty the tray of texts from numbers nobody knows.",
    "tick": "Do everything that is due now, once.",
    "digest": "Make and send the digests that are due.",
    "seed": "Put the example cast into the database.",
    "release": "Bring the database up to date before a new version starts.",
    "go-live": "Say what is missing before a scheme may start.",
    "backup": "Copy the database while everything runs (SQLite).",
    "restore": "Put a copy back, and make good what it has forgotten (SQLite).",
    "retention": "Show what goes tonight because its time is over.",
    "restored": "Make good what a restored database has forgotten.",
    "rekey": "Carry opt-outs over to another SECRET_KEY.",
    "forgotten": "List who was forgotten, by id, for after a restore.",
}


class Commands(click.Group):
    """A group that imports a command when it is asked for, and turns our own exceptions into sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(WORDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in WORDS:
            return None
        command: click.Command = importlib.import_module(f"bot.commands.{name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in WORDS and not args[0].startswith("-"):
            from bot.conversation.faults import unknown

            raise click.UsageError(unknown("command", args[0], WORDS), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list needs no command imported."""
        with formatter.section("Commands"):
            formatter.write_dl(list(WORDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            sentence = said(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: make run. Each command has its own --help, with examples.",
)
def commands() -> None:
    """Stepalong: check-ins by text for career-guidance schemes. Small steps, with someone alongside."""
