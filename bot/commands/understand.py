"""``understand``: how texts are read."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

import click

from bot import reading
from bot.reading import Plan, Reading, When

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
    "--report", metavar="FILE", type=click.File(encoding="utf-8"), help="Compare with labelled texts (JSON lines)."
)
def command(kind: str | None, now: datetime, language: str, report: IO[str] | None) -> None:
    """Read one text a line from the standard input; print one JSON object a line.

    Each says what was understood, whether it has to be asked again, and why. With --report, read labelled
    texts instead ({"kind": "scale", "text": "6 or 7", "expect": 6} a line) and say which were read otherwise.

    \b
    echo "bout a 6" | python -m bot understand scale
    echo "ring college thurs 2pm" | python -m bot understand plan --now 2026-11-24T11:00
    python -m bot understand --report my_texts.jsonl
    """
    if report:
        return compare(report, kind, now, language)
    if kind is None:
        raise click.UsageError(f"Say which kind: one of {', '.join(reading.KINDS)}.")
    for line in _lines(sys.stdin.buffer):
        click.echo(as_json(line, reading.read(kind, line, now, language)))
    return None


def as_json(text: str, read: Reading) -> str:
    """The line that is printed for a text."""
    found = {"text": text, "value": plain(read), "unclear": read.unclear, "reason": read.reason}
    return json.dumps(found, ensure_ascii=False)


def plain(read: Reading) -> Any:
    """A reading's value as JSON has it; None where nothing was understood."""
    value = None if read.unclear else read.value
    if isinstance(value, When):
        return value.iso()
    if isinstance(value, Plan):
        return {"step": value.step, "when": value.when.iso() if value.when else None}
    return value


def compare(labelled: IO[str], only: str | None, now: datetime, language: str) -> None:
    """Print every text that is read otherwise than its label says, and how many there are of each kind."""
    texts: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for number, line in enumerate(labelled, 1):
        label = _label(number, line)
        if label is None or (only and label["kind"] != only):
            continue
        kind, text = label["kind"], str(label["text"])
        read = reading.read(kind, text, now, language)
        found = {"unclear": True} if read.unclear else plain(read)
        texts[kind] += 1
        right[kind] += found == label["expect"]
        if found != label["expect"]:
            wanted, got = json.dumps(label["expect"]), json.dumps(found)
            click.echo(f"line {number}, {kind}: {text!r} should be {wanted}, is {got} ({read.reason})")
    for kind in texts:
        click.echo(f"{kind}: {right[kind]} of {texts[kind]}")


def _label(number: int, line: str) -> dict[str, Any] | None:
    if not line.strip():
        return None
    try:
        label: dict[str, Any] = json.loads(line)
        complete = label["kind"] in reading.KINDS and "text" in label and "expect" in label
    except (ValueError, TypeError, KeyError):
        complete = False
    if not complete:
        raise click.ClickException(
            f'line {number} is not a labelled text: write it like {{"kind": "scale", "text": "6 or 7", "expect": 6}}'
        )
    return label


def _lines(source: IO[bytes]) -> Iterator[str]:
    """Each line as a text; bytes that are no UTF-8 are read as Windows writes them."""
    for line in source:
        bare = line.rstrip(b"\r\n")
        try:
            yield bare.decode("utf-8")
        except UnicodeDecodeError:
            yield bare.decode("cp1252", "replace")
