"""One node of a flow file: its shape, its texts, where it leads."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.conversation.case_loader import read_choose, read_goto
from bot.conversation.faults import Desk, near, unknown
from bot.conversation.fills import PLACEHOLDERS
from bot.conversation.flow import ACTIONS, KEEPS, MAX_NUDGES, MAX_SEGMENTS, MAX_TEXT_LENGTH, READERS, Node, Nudge, Text
from bot.conversation.spoken import parse_duration
from bot.conversation.written import Item

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_BRACES = re.compile(r"\{([^{}]*)\}")

KEYS = (
    "ask",
    "say",
    "brief",
    "reply",
    "options",
    "keep",
    "unclear",
    "nudges",
    "whatsapp_template",
    "segments",
    "do",
    "goto",
    "choose",
)
ONLY_ON_ASK = ("reply", "options", "keep", "unclear", "nudges")
ONLY_ON_TEXT = ("brief", "whatsapp_template", "segments")

# Some places are filled from one kind of answer only.
KEPT_FROM: Mapping[str, str] = {
    "step": "plan",
    "step.when": "when",
    "step.confidence": "scale",
    "step.outcome": "progress",
}


def read_node(name: str, item: Item, desk: Desk) -> Node:
    """The node, as far as it can be read; what cannot is a fault."""
    named = item.named
    if named is None:
        desk.wrong(item, f'"{name}" needs ask:, say:, choose: or do: under it')
        return Node(name, line=item.line, file=desk.file)
    desk.unknown_keys(named, KEYS)
    _shape(name, item, named, desk)
    values: dict[str, Any] = {key: read(named[key], desk) for key, read in _READ.items() if key in named}
    options = values.get("options", {})
    values["goto"] = read_goto(named["goto"], values.get("reply"), options, desk) if "goto" in named else {}
    _needs(item, named, values, desk)
    return Node(name, line=item.line, file=desk.file, lines=_lines(named), **values)


def _lines(named: Mapping[str, Item]) -> dict[str, int]:
    lines = {key: value.line for key, value in named.items()}
    lines |= (
        {f"goto.{case}": value.line for case, value in (named["goto"].named or {}).items()} if "goto" in named else {}
    )
    return lines


def _shape(name: str, item: Item, named: Mapping[str, Item], desk: Desk) -> None:
    kinds = [kind for kind in ("ask", "say", "choose") if kind in named]
    if len(kinds) > 1:
        desk.wrong(named[kinds[1]], f'"{name}" has both {kinds[0]} and {kinds[1]}: make it two nodes')
    if not kinds and "do" not in named:
        desk.wrong(item, f'"{name}" neither asks, says, chooses nor does anything: give it ask:, say:, choose: or do:')
    if "choose" in named and "do" in named:
        desk.wrong(named["do"], "do stands on a node that speaks, or alone: make it two nodes")
    if "choose" in named and "goto" in named:
        desk.wrong(named["goto"], "a node with choose goes on by its lines: take this goto out")
    _only_on(named, ONLY_ON_ASK, "ask" in named, "a question (ask)", desk)
    _only_on(named, ONLY_ON_TEXT, "ask" in named or "say" in named, "a node that speaks (ask or say)", desk)


def _only_on(named: Mapping[str, Item], keys: tuple[str, ...], fits: bool, where: str, desk: Desk) -> None:
    for key in keys:
        if key in named and not fits:
            desk.wrong(named[key], f'"{key}" belongs to {where}')


def _needs(item: Item, named: Mapping[str, Item], values: Mapping[str, Any], desk: Desk) -> None:
    """What a question cannot do without."""
    if "ask" not in named:
        return
    reply, keep = values.get("reply"), values.get("keep")
    if "reply" not in named:
        desk.wrong(item, f"a question needs reply: how the answer is read, one of {', '.join(READERS)}")
    if "goto" not in named:
        desk.wrong(item, "there is no way out of this question: give it goto:")
    if reply == "choice" and not values.get("options"):
        desk.wrong(named.get("reply", item), "a choice needs options: the words that pick each")
    needed = KEPT_FROM.get(keep or "")
    if needed and reply and reply != needed:
        desk.wrong(named["keep"], f'"{keep}" is kept from reply: {needed}, not from {reply}')


def read_text(item: Item, desk: Desk) -> Text | None:
    """A text, or one for each language."""
    if item.text is not None:
        return Text({"en": _wording(item, desk)}, item.line) if desk.word(item, "a text") else None
    if item.named is None:
        desk.wrong(item, "a text is one line in quotes, or one for each language: {en: ..., cy: ...}")
        return None
    if any(key in PLACEHOLDERS for key in item.named):
        desk.wrong(item, "a text that begins with { needs double quotes round it")
        return None
    for key, value in item.named.items():
        if not LANGUAGE.fullmatch(key):
            desk.wrong(value, f'"{key}" is not a language: use its code, such as en or cy')
    by_language = {key: _wording(value, desk) for key, value in item.named.items() if desk.word(value, key)}
    return Text(by_language, item.line) if by_language else None


def _wording(item: Item, desk: Desk) -> str:
    text = " ".join((item.text or "").split())
    if len(text) > MAX_TEXT_LENGTH:
        desk.wrong(item, f"the text is {len(text)} characters long and {MAX_TEXT_LENGTH} is the most")
    for name in _BRACES.findall(text):
        if name not in PLACEHOLDERS:
            desk.wrong(item, _unknown_placeholder(name))
    if "{" in _BRACES.sub("", text) or "}" in _BRACES.sub("", text):
        desk.wrong(item, "a curly bracket is left over: a placeholder is written {name}")
    return text


def _unknown_placeholder(name: str) -> str:
    meant = near(name, PLACEHOLDERS)
    return f"unknown placeholder {{{name}}}: " + (
        f"did you mean {{{meant}}}?" if meant else f"use one of {', '.join(sorted(PLACEHOLDERS))}"
    )


def _one_of(what: str, known: tuple[str, ...]) -> Callable[[Item, Desk], str | None]:
    def read(item: Item, desk: Desk) -> str | None:
        word = desk.word(item, what)
        if word is not None and word not in known:
            desk.wrong(item, unknown(what, word, known))
            return None
        return word

    return read


def _options(item: Item, desk: Desk) -> dict[str, tuple[str, ...]]:
    if not item.named:
        desk.wrong(item, "options are written by name, each with its words: {same: [same], smaller: [small, 2]}")
        return {}
    options: dict[str, tuple[str, ...]] = {}
    for name, value in item.named.items():
        words = tuple(word.lower() for word in desk.words(value, name))
        taken = {word: other for other, others in options.items() for word in others}
        for word in words:
            if word in taken:
                desk.wrong(value, f'"{word}" picks two options, {taken[word]} and {name}: leave it with one')
        options[name.lower()] = words
    return options


def _do(item: Item, desk: Desk) -> tuple[str, ...]:
    actions = desk.words(item, "do")
    for action in actions:
        if action not in ACTIONS:
            desk.wrong(item, unknown("action", action, ACTIONS))
    return tuple(action for action in actions if action in ACTIONS)


def _nudges(item: Item, desk: Desk) -> tuple[Nudge, ...]:
    entries = desk.listed(item, "nudges", '{after: 48h, say: "..."}')
    if len(entries) > MAX_NUDGES:
        desk.wrong(item, f"{len(entries)} nudges are too many: {MAX_NUDGES} is the most")
    nudges = [nudge for entry in entries if (nudge := _nudge(entry, desk))]
    for earlier, later in zip(nudges, nudges[1:], strict=False):
        if later.after <= earlier.after:
            desk.wrong(item, "nudges stand in the order of time: the second comes after the first")
    return tuple(nudges)


def _nudge(item: Item, desk: Desk) -> Nudge | None:
    named = item.named
    if not named or not {"after", "say"} <= named.keys():
        desk.wrong(item, 'a nudge is written {after: 48h, say: "..."}')
        return None
    desk.unknown_keys(named, ("after", "say", "whatsapp_template"))
    say = read_text(named["say"], desk)
    try:
        after = parse_duration(desk.word(named["after"], "after") or "")
    except ValueError as error:
        desk.wrong(named["after"], str(error))
        return None
    template = desk.word(named["whatsapp_template"], "whatsapp_template") if "whatsapp_template" in named else None
    return Nudge(after, say, template) if say else None


def _segments(item: Item, desk: Desk) -> int:
    if item.text in [str(number) for number in range(1, MAX_SEGMENTS + 1)]:
        return int(item.text or 1)
    desk.wrong(item, f"segments is 1 to {MAX_SEGMENTS}: how many a turn with this node may cost")
    return 1


_READ: Mapping[str, Callable[[Item, Desk], Any]] = {
    "ask": read_text,
    "say": read_text,
    "brief": read_text,
    "unclear": read_text,
    "reply": _one_of("reader", READERS),
    "options": _options,
    "keep": _one_of("place to keep an answer", KEEPS),
    "do": _do,
    "nudges": _nudges,
    "segments": _segments,
    "whatsapp_template": lambda item, desk: desk.word(item, "whatsapp_template"),
    "choose": read_choose,
}
