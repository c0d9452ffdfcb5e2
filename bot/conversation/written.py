"""YAML as it was written: every scalar a string, every value with its line. ``no`` stays "no" and 11:00 stays "11:00".

Only the plain part of YAML is taken: no tags, no anchors, one document. Nothing here raises on bad input.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.conversation.faults import Fault

MAX_FILE = 200_000  # characters
MAX_DEPTH = 12
MAX_ITEMS = 20_000

QUOTED = ("'", '"', "|", ">")

# The C parser is ten times as fast; both make the same events.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What the parser says, and what an editor needs to hear. The first whose words are in the problem.
_SENTENCES = (
    ("tab character", "this line is set in with a tab: use spaces"),
    ("cannot start any token", "a tab, or a sign of YAML's own before a text: use spaces, and quotes round the text"),
    ("alphabetic or numeric", "a text that begins with & or * needs quotes round it"),
    ("mapping values are not allowed", "a colon inside a text: put double quotes round the whole text"),
    ("unexpected end of stream", "a quotation mark or a bracket is opened here and never closed"),
    ("expected ',' or '}'", "a bracket { is opened here and not closed, or a text in it needs quotes"),
    ("expected ',' or ']'", "a bracket [ is opened here and not closed, or a text in it needs quotes"),
    ("could not find expected ':'", "there is a line here without a colon after its key"),
    ("unknown escape character", "a backslash inside double quotes: leave it out"),
    ("expected key", "this line is set in differently from the lines it belongs with, or a text needs quotes"),
    ("block end", "this line is set in differently from the lines it belongs with, or a text needs quotes"),
    ("'-' indicator", "this line is set in differently from the lines it belongs with"),
    ("block sequence entries are not allowed", "a list entry (-) stands where none can: put it on a line of its own"),
)  # fmt: skip


@dataclass(slots=True)
class Item:
    """A value of the file: a text, a list, or named values. ``line`` is where an editor looks for it: at its key."""

    line: int
    column: int
    value: "str | list[Item] | dict[str, Item]"
    quoted: bool = False

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def entries(self) -> "list[Item] | None":
        return self.value if isinstance(self.value, list) else None

    @property
    def named(self) -> "dict[str, Item] | None":
        return self.value if isinstance(self.value, dict) else None

    @property
    def empty(self) -> bool:
        return not self.value and not self.quoted


@dataclass(slots=True)
class _Refused(Exception):
    line: int
    column: int
    sentence: str


@dataclass(slots=True)
class _Builder:
    """Builds the tree from the parser's events, with limits, so that no file can make it large or deep."""

    file: str
    events: Iterator[Any]
    faults: list[Fault] = field(default_factory=list)
    items: int = 0

    def build(self, event: Any, depth: int = 0) -> Item:
        self._refuse_clever(event, depth)
        line, column = _mark(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            return Item(line, column, event.value, quoted=event.style in QUOTED)
        if isinstance(event, yaml.SequenceStartEvent):
            return Item(line, column, self._entries(depth))
        return Item(line, column, self._named(depth))

    def _refuse_clever(self, event: Any, depth: int) -> None:
        self.items += 1
        line, column = _mark(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(line, column, "a text that begins with & or * needs quotes round it")
        if getattr(event, "tag", None):
            raise _Refused(line, column, "a text that begins with ! needs quotes round it")
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise _Refused(line, column, "too much nesting or too many entries for a flow: split the file")

    def _entries(self, depth: int) -> list[Item]:
        entries = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            entries.append(self.build(event, depth + 1))
        return entries

    def _named(self, depth: int) -> dict[str, Item]:
        named: dict[str, Item] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.build(event, depth + 1)
            value = self.build(next(self.events), depth + 1)
            self._put(named, key, value)
        return named

    def _put(self, named: dict[str, Item], key: Item, value: Item) -> None:
        if key.text is None:
            raise _Refused(key.line, key.column, "a text that begins with { or [ needs quotes round it")
        if key.text in named:
            first = named[key.text].line
            sentence = f'"{key.text}" is written twice (first on line {first}): only one can hold, take one out'
            self.faults.append(Fault(self.file, key.line, sentence, column=key.column))
            return
        value.line = key.line
        named[key.text] = value


def read(text: str, file: str) -> tuple[Item | None, list[Fault]]:
    """The file's tree and what is wrong with it as YAML; no tree when it cannot be read or is empty."""
    if len(text) > MAX_FILE:
        return None, [Fault(file, 0, f"the file is longer than {MAX_FILE} characters: split it")]
    try:
        return _read(text.removeprefix("\ufeff"), file)
    except _Refused as refused:
        return None, [Fault(file, refused.line, refused.sentence, column=refused.column)]
    except yaml.YAMLError as error:
        return None, [_fault(file, text, error)]
    except UnicodeError:
        return None, [Fault(file, 0, "the file holds broken characters: save it as UTF-8")]


_MARKS = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def _read(text: str, file: str) -> tuple[Item | None, list[Fault]]:
    events = iter(yaml.parse(text, Loader=_Loader))
    builder = _Builder(file, events)
    tree: Item | None = None
    for event in events:
        if isinstance(event, _MARKS):
            continue
        if tree is not None:
            line, _ = _mark(event.start_mark)
            return tree, [*builder.faults, Fault(file, line, "a second document begins (---): one file is one flow")]
        tree = builder.build(event)
    if tree is None or tree.empty:
        return None, [Fault(file, 0, "the file is empty")]
    return tree, builder.faults


def _mark(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _fault(file: str, text: str, error: yaml.YAMLError) -> Fault:
    if not isinstance(error, yaml.MarkedYAMLError):
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 0
        return Fault(file, line, "a character here cannot stand in YAML: type the text anew")
    problem = " ".join(filter(None, (error.problem, error.context)))
    sentence = next((said for part, said in _SENTENCES if part in problem), f"this is not YAML: {problem}")
    # What is not closed is found at the end of the file; it is to be looked for where it was opened.
    unclosed = any(words in problem for words in ("end of stream", "quoted scalar", "or '}'", "or ']'"))
    mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
    line, column = _mark(mark) if mark else (0, 1)
    return Fault(file, line, sentence, column=column)
