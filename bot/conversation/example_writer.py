"""A conversation written down as an example at the end of a flow file; everything else in the file stays as it was."""

import json
import re
from collections.abc import Iterable

from bot.conversation.flow import Example, ExampleLine
from bot.conversation.loader import load

NAME = re.compile(r"[^\W_][\w ,.'!?()-]{2,79}")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ /.'-]*")
_KEY = re.compile(r"^[A-Za-z_]+:")


def with_example(text: str, file: str, example: Example) -> str:
    """The file's text with ``example`` after its other examples.

    Raises ValueError with a sentence: for a name that cannot be used or is taken, for a file that has
    errors, or writes its examples in brackets.
    """
    before = load(text, file)
    if before.flow is None or any(fault.is_error for fault in before.faults):
        raise ValueError(f"{file} has errors: put them right first (python -m bot check)")
    _refuse_name(example.name, [other.name for other in before.flow.examples])
    newline = "\r\n" if "\r\n" in text else "\n"
    written = newline.join(_inserted(text.splitlines(), example)) + newline
    after = load(written, file)
    saved = after.flow.examples if after.flow else ()
    if after.faults or len(saved) != len(before.flow.examples) + 1 or saved[-1].talk != _as_read(saved[-1], example):
        raise ValueError(f"{file} is laid out in a way that cannot be added to: write examples: on a line of its own")
    return written


def _refuse_name(name: str, taken: Iterable[str]) -> None:
    if not NAME.fullmatch(name):
        raise ValueError("a name is a few words that say what it shows, such as: a step done, and a new one")
    if name in taken:
        raise ValueError(f'there is an example "{name}" already: choose another name')


def _as_read(saved: Example, example: Example) -> tuple[ExampleLine, ...]:
    """The lines of ``example`` with the places they were read back from."""
    pairs = zip(example.talk, saved.talk, strict=False)
    return tuple(ExampleLine(line.kind, line.value, read.line) for line, read in pairs)


def _inserted(lines: list[str], example: Example) -> list[str]:
    at = next((n for n, line in enumerate(lines) if re.match(r"^examples:\s*(#.*)?$", line)), None)
    if at is None:
        return [*_without_blank_end(lines), "", "examples:", *_written(example, "  ")]
    end = next((n for n in range(at + 1, len(lines)) if _KEY.match(lines[n])), len(lines))
    while end < len(lines) and lines[end - 1].startswith("#"):  # such a comment belongs to the key below it
        end -= 1
    block = _without_blank_end(lines[at + 1 : end])
    first = next((line for line in block if line.lstrip().startswith("- ")), "  - ")
    indent = first[: len(first) - len(first.lstrip())]
    rest = lines[end:]
    return [*lines[: at + 1], *block, "", *_written(example, indent), *([""] if rest else []), *rest]


def _without_blank_end(lines: list[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _written(example: Example, indent: str) -> list[str]:
    given = ", ".join(f"{key}: {_value(value)}" for key, value in example.given.items())
    lines = [f"- name: {_scalar(example.name)}", *([f"  given: {{{given}}}"] if given else []), "  talk:"]
    lines += [f"    - {line.kind}: {_scalar(line.value)}" for line in example.talk]
    return [indent + line for line in lines]


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_scalar(str(word)) for word in value)}]"
    return _scalar(str(value))


def _scalar(words: str) -> str:
    """Plain where YAML has nothing to misread, else in double quotes."""
    plain = _PLAIN.fullmatch(words) or words.isdecimal()
    return words if plain and words == words.strip() else json.dumps(words, ensure_ascii=False)
