"""The text of a flow file -> ``Flow``, with everything that is wrong with it as faults. Nothing raises on bad input.

``load`` judges one file by itself; ``links`` how the files of a scheme hang together; ``checker`` what a
person would meet. ``scheme_loader`` does the same for ``scheme.yaml``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.conversation import written
from bot.conversation.example_loader import read_examples
from bot.conversation.faults import Desk, Fault, unknown
from bot.conversation.flow import END, MAX_NODES, WISHES, Flow, Node
from bot.conversation.node_loader import NAME, read_node
from bot.conversation.spoken import parse_hours
from bot.conversation.written import Item

__all__ = ["Loaded", "load", "parse_hours"]

KEYS = ("title", "start", "nodes", "wishes", "examples")
PHRASES = "phrases"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What could be read of a file: ``flow`` is None only when nothing could. Faults are in the order of lines."""

    flow: Flow | None
    faults: tuple[Fault, ...] = ()


def load(text: str, file: str) -> Loaded:
    """Read one flow. ``file`` names it in faults; its last part without ``.yaml`` is the flow's key."""
    tree, faults = written.read(text, file)
    desk = Desk(file, faults)
    flow = _flow(tree, desk, key_of(file)) if tree else None
    return Loaded(flow, tuple(sorted(set(faults))))


def key_of(file: str) -> str:
    """The key of the flow in ``file``: ``tyneside/step.yaml`` is ``step``."""
    return file.rpartition("/")[2].removesuffix(".yaml")


def _flow(tree: Item, desk: Desk, key: str) -> Flow | None:
    named = tree.named
    if named is None:
        desk.wrong(tree, "a flow is written as keys, such as title: and nodes:")
        return None
    desk.unknown_keys(named, KEYS)
    if "wishes" in named and key != PHRASES:
        desk.wrong(named["wishes"], "wishes stand only in phrases.yaml, where they hold for every flow")
    nodes = _nodes(tree, desk)
    if not nodes:
        return None
    return Flow(
        key=key,
        file=desk.file,
        title=_title(tree, desk, key),
        start=_start(named.get("start"), nodes, desk),
        nodes=nodes,
        wishes=_wishes(named.get("wishes"), desk),
        places={wish: (desk.file, item.line) for wish, item in _named(named.get("wishes")).items()},
        examples=read_examples(named.get("examples"), desk),
    )


def _title(tree: Item, desk: Desk, key: str) -> str:
    title = (tree.named or {}).get("title")
    if title and title.text:
        return title.text
    desk.wrong(title or tree, "a flow needs a title: say in a few words what it is")
    return key


def _nodes(tree: Item, desk: Desk) -> dict[str, Node]:
    item = (tree.named or {}).get("nodes")
    if item is None or not item.named:
        desk.wrong(item or tree, "a flow needs nodes: write each question or statement under nodes:")
        return {}
    if len(item.named) > MAX_NODES:
        desk.wrong(
            item, f"there are {len(item.named)} nodes and {MAX_NODES} is the most: split the flow into two files"
        )
    return {name: _node(name, value, desk) for name, value in item.named.items()}


def _node(name: str, item: Item, desk: Desk) -> Node:
    if not NAME.fullmatch(name) or name == END:
        desk.wrong(item, f'"{name}" cannot name a node: use small letters, digits and _, such as how_did_it_go')
    return read_node(name, item, desk)


def _start(item: Item | None, nodes: Mapping[str, Node], desk: Desk) -> str:
    first = next(iter(nodes))
    if item is None:
        return first
    start = item.text or ""
    if start not in nodes:
        desk.wrong(item, unknown("node", start, nodes))
        return first
    return start


def _named(item: Item | None) -> dict[str, Item]:
    return (item and item.named) or {}


def _wishes(item: Item | None, desk: Desk) -> dict[str, str]:
    if item is None:
        return {}
    if item.named is None:
        desk.wrong(item, "wishes are written as lines, such as call_me: call_now")
        return {}
    desk.unknown_keys(item.named, WISHES, "wish")
    return {wish: target for wish, value in item.named.items() if wish in WISHES and (target := desk.word(value, wish))}
