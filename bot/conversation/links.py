"""How the files of a scheme hang together: every target is there, every wish is answered."""

from collections.abc import Iterator
from dataclasses import replace

from bot.conversation.faults import Fault, near
from bot.conversation.flow import END, OWN_PHRASES, WISHES, Flow, Flows, Node


def overlay(standard: Flow, own: Flow) -> Flow:
    """One wording of a flow over another: node by node and wish by wish, what ``own`` has wins."""
    return replace(
        standard,
        start=own.start,
        nodes={**standard.nodes, **own.nodes},
        wishes={**standard.wishes, **own.wishes},
        examples=(*standard.examples, *own.examples),
        places={**standard.places, **own.places},
    )


def targets(node: Node) -> Iterator[tuple[str, int]]:
    """Everywhere a node can lead, with the line that says so."""
    for case, target in node.goto.items():
        yield target, node.line_of("goto" if case == "*" else f"goto.{case}")
    for branch in node.choose:
        yield branch.goto, branch.line


def files_reached(flow: Flow) -> set[str]:
    """The keys of the other flows that ``flow`` leads to, by its nodes or its wishes."""
    said = [target for node in flow.nodes.values() for target, _ in targets(node)]
    files = (target.partition("/")[0] for target in (*said, *flow.wishes.values()))
    return {file.removesuffix(".yaml") for file in files if file.endswith(".yaml")} - {flow.key}


def broken(flows: Flows) -> list[Fault]:
    """Targets that are not there, and phrases that are missing."""
    faults = [fault for flow in flows.by_key.values() for fault in _broken_targets(flow, flows)]
    if "phrases" not in flows.by_key:
        return [
            *faults,
            Fault("phrases.yaml", 0, "there is no phrases.yaml: what holds everywhere (stop, safety, ...) is missing"),
        ]
    return faults + _missing_phrases(flows.phrases)


def _broken_targets(flow: Flow, flows: Flows) -> Iterator[Fault]:
    for node in flow.nodes.values():
        for target, line in targets(node):
            sentence = _what_is_wrong(target, flow, flows)
            if sentence:
                yield Fault(node.file or flow.file, line, sentence)
    for wish, target in flow.wishes.items():
        sentence = _what_is_wrong(target, flow, flows)
        if sentence:
            yield Fault(*flow.places.get(wish, (flow.file, 0)), sentence)


def _what_is_wrong(target: str, flow: Flow, flows: Flows) -> str | None:
    file, _, name = target.partition("/")
    if target == END or target in flow.nodes:
        return None
    if not file.endswith(".yaml"):
        hint = _hint(target, (*flow.nodes, END)) or ": name a node of this file, end, or another flow such as step.yaml"
        return f'unknown node "{target}" in goto{hint}'
    other = flows.by_key.get(file.removesuffix(".yaml"))
    if other is None:
        known = [f"{key}.yaml" for key in flows.by_key]
        return f'unknown flow "{file}" in goto{_hint(file, known) or ": there is no such file"}'
    if name and name not in other.nodes:
        return f'unknown node "{name}" of {file} in goto{_hint(name, tuple(other.nodes)) or ""}'
    return None


def _hint(word: str, known: tuple[str, ...] | list[str]) -> str | None:
    meant = near(word, known)
    return f': did you mean "{meant}"?' if meant else None


def _missing_phrases(phrases: Flow) -> list[Fault]:
    nodes = [
        f'the node "{name}" is missing: the bot says it of itself' for name in OWN_PHRASES if name not in phrases.nodes
    ]
    wishes = [f'the wish "{wish}" has no answer: add it under wishes' for wish in WISHES if wish not in phrases.wishes]
    return [Fault(phrases.file, 0, sentence) for sentence in (*nodes, *wishes)]
