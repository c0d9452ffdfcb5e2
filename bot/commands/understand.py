"""``understand``: how texts are read."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import click

from bot import reading, understand

# A bare time is meant as the example scheme's clocks show it.
ZONE = "Europe/London"


def _now(ctx: click.Context, option: click.Parameter, written: str | None) -> datetime:
    if written is None:
        from bot.clock import Clock

        return Clock().now().astimezone(ZoneInfo(ZONE))
    try:
        now = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{written} is not a time: write it like 2026-11-24T11:00", ctx, option) from None
    return now.astimezone(ZoneInfo(ZONE)) if now.tzinfo else now.replace(tzinfo=ZoneInfo(ZONE))


@click.command("understand")
@click.argument("kind", type=click.Choice(reading.KINDS), required=False)
@click.option("--now", metavar="TIME", callback=_now, help="An ISO time; the clock's if left out.")
@click.option("--language", metavar="CODE", default="en", show_default=True)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with labelled texts (JSON lines).",
)
def command(kind: str | None, now: datetime, language: str, report: Path | None) -> None:
    """Read one text a line from the standard input; print one JSON object a line.

    Each says what was understood, whether it has to be asked again, and why. With --report, read labelled
    texts instead ({"kind": "scale", "text": "6 or 7", "expect": 6} a line) and say which were read otherwise.

    \b
    echo "bout a 6" | python -m bot understand scale
    echo "ring college thurs 2pm" | python -m bot understand plan --now 2026-11-24T11:00
    python -m bot understand --report my_texts.jsonl
    """
    if report:
        click.echo(_report(report))
        return
    if kind is None:
        raise click.UsageError(f"Say which kind: one of {', '.join(reading.KINDS)}.")
    for read in understand.understand(kind, _lines(sys.stdin.buffer), now, language):
        click.echo(json.dumps(read, ensure_ascii=False))


def _report(path: Path) -> str:
    try:
        return understand.report(path)
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException(
            f"{path} has a line that is not a labelled text ({type(error).__name__}): "
            'write each like {"kind": "scale", "text": "6 or 7", "expect": 6}'
        ) from error


def _lines(source: IO[bytes]) -> Iterator[str]:
    """Each line as a text; bytes that are no UTF-8 are read as Windows writes them."""
    for line in source:
        bare = line.rstrip(b"\r\n")
        try:
            yield bare.decode("utf-8")
        except UnicodeDecodeError:
            yield bare.decode("cp1252", "replace")
