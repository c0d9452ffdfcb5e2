"""The examples of a flow file: conversations that show it working."""

from bot.conversation.faults import Desk
from bot.conversation.flow import MAX_EXAMPLES, Example, ExampleLine
from bot.conversation.given import GIVEN
from bot.conversation.written import Item

KINDS = ("us", "them", "after", "then")
MAX_LINES = 80


def read_examples(item: Item | None, desk: Desk) -> tuple[Example, ...]:
    """All examples that have a shape; ``examples`` plays them."""
    if item is None or item.empty:
        return ()
    entries = desk.listed(item, "examples", "name: a step done")
    if len(entries) > MAX_EXAMPLES:
        desk.wrong(item, f"{len(entries)} examples are too many: {MAX_EXAMPLES} is the most")
    return tuple(example for entry in entries[:MAX_EXAMPLES] if (example := _example(entry, desk)))


def _example(item: Item, desk: Desk) -> Example | None:
    named = item.named
    if not named or not {"name", "talk"} <= named.keys():
        desk.wrong(item, "an example needs name: and talk:")
        return None
    desk.unknown_keys(named, ("name", "given", "talk"))
    lines = [line for entry in _talk(named["talk"], desk) if (line := _line(entry, desk))]
    return Example(
        name=desk.word(named["name"], "name") or "",
        given=_given(named.get("given"), desk),
        talk=tuple(lines),
        line=item.line,
        file=desk.file,
    )


def _talk(item: Item, desk: Desk) -> list[Item]:
    entries = desk.listed(item, "talk", "us: how_did_it_go")
    if len(entries) > MAX_LINES:
        desk.wrong(item, f"the talk has {len(entries)} lines and {MAX_LINES} is the most: make it two examples")
    return entries[:MAX_LINES]


def _line(item: Item, desk: Desk) -> ExampleLine | None:
    named = item.named
    if not named or len(named) != 1:
        desk.wrong(item, "a line of talk is one of us:, them:, after: or then:")
        return None
    desk.unknown_keys(named, KINDS)
    [(kind, value)] = named.items()
    text = value.text if kind == "them" and value.text is not None and value.quoted else desk.word(value, kind)
    return ExampleLine(kind, text, item.line) if text is not None and kind in KINDS else None


def _given(item: Item | None, desk: Desk) -> dict[str, object]:
    if item is None or item.empty:
        return {}
    if item.named is None:
        desk.wrong(item, "given is written as keys, such as {step: ring the college, confidence: 6}")
        return {}
    desk.unknown_keys(item.named, GIVEN)
    return {key: _value(value, key, desk) for key, value in item.named.items() if key in GIVEN}


def _value(item: Item, key: str, desk: Desk) -> object:
    if item.entries is not None:
        return desk.words(item, key)
    return desk.word(item, key) or ""
