"""Trying the readers on lines of text, and reporting how well they read labelled examples."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.reading import Plan, Reading, When, read

# Examples without a time of their own were labelled as if asked on this Monday morning.
_ASKED_AT = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
_UNCLEAR = "unclear"
# Nothing found is an answer to these, not a failure to understand.
_MAY_FIND_NOTHING = frozenset({"keyword", "concern"})


def understand(kind: str, lines: Iterable[str], now: datetime, language: str = "en") -> Iterator[dict[str, Any]]:
    """Each line read as one kind, as plain data: text, value, unclear and the reason."""
    for line in lines:
        text = line.rstrip("\r\n")
        reading = read(kind, text, now, language)
        yield {
            "text": text,
            "value": None if reading.unclear else _plain(reading.value),
            "unclear": reading.unclear and kind not in _MAY_FIND_NOTHING,
            "reason": reading.reason,
        }


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, When):
        return value.iso()
    if isinstance(value, Plan):
        return {"step": value.step, "when": value.when.iso() if value.when else None}
    return value


@dataclass(frozen=True, slots=True)
class Outcome:
    """One labelled example, and what it was read as."""

    kind: str
    text: str
    expected: str
    got: str
    reason: str


def outcomes(path: Path | str) -> Iterator[Outcome]:
    """Each example of a JSONL file, read."""
    with Path(path).open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield _outcome(json.loads(line))


def _outcome(example: dict[str, Any]) -> Outcome:
    kind, text = example["kind"], example["text"]
    reading = read(kind, text, _asked(example.get("now")), example.get("language", "en"))
    expected = example["expect"]
    return Outcome(kind, text, _label(expected), _got(reading, expected), reading.reason)


def _asked(written: str | None) -> datetime:
    if written is None:
        return _ASKED_AT
    asked = datetime.fromisoformat(written)
    return asked if asked.tzinfo else asked.replace(tzinfo=_ASKED_AT.tzinfo)


def _label(expected: Any) -> str:
    if isinstance(expected, dict) and expected.get("unclear"):
        return _UNCLEAR
    return json.dumps(expected, ensure_ascii=False)


def _got(reading: Reading, expected: Any) -> str:
    if reading.unclear:
        return _UNCLEAR
    value = _plain(reading.value)
    # A label that names only the day is about the day.
    if isinstance(reading.value, When) and isinstance(expected, str) and "T" not in expected:
        value = str(value)[:10]
    if isinstance(value, dict) and isinstance(expected, dict) and "T" not in str(expected.get("when")):
        value["when"] = value["when"] and value["when"][:10]
    return json.dumps(value, ensure_ascii=False)


def report(path: Path | str) -> str:
    """How well each kind is read: accuracy, what was taken for what, and every miss with its reason."""
    found = list(outcomes(path))
    kinds = list(dict.fromkeys(o.kind for o in found))
    parts = [_accuracy([o for o in found if o.kind == kind]) for kind in kinds]
    return "\n\n".join([*parts, _misses(found)])


def _accuracy(found: list[Outcome]) -> str:
    right = sum(o.expected == o.got for o in found)
    lines = [f"{found[0].kind}: {right} of {len(found)} ({right / len(found):.1%})"]
    mistaken = Counter((o.expected, o.got) for o in found if o.expected != o.got)
    lines += [f"  {expected:>12} read as {got:<12} {n}" for (expected, got), n in mistaken.most_common()]
    return "\n".join(lines)


def _misses(found: list[Outcome]) -> str:
    missed = [o for o in found if o.expected != o.got]
    lines = [f"  {o.kind}: {o.text!r} is {o.expected}, read as {o.got}: {o.reason}" for o in missed]
    return "\n".join(["Misses:", *lines]) if lines else "No misses."
