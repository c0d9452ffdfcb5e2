"""What a flow costs: for every way through it that answers each question, how many texts and segments."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.conversation import fills, segments
from bot.conversation.flow import Branch, Condition, Flows, Node
from bot.conversation.known import holds
from bot.conversation.walks import leads_to

MAX_PATHS = 20_000
MAX_STEPS = 200_000
# Ways round a question rather than through it.
ROUND = ("skip", "later", "unclear")

Supposed = tuple[tuple[str, int | bool], ...]  # what this path has taken to be so


@dataclass(frozen=True, slots=True)
class Cost:
    """One row of the table. ``more`` says that there are more ways than were counted."""

    flow: str
    title: str
    paths: int
    texts: tuple[int, int]
    segments: tuple[int, int]
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    place: str | None
    texts: int = 0
    segments: int = 0
    joined: str = ""
    seen: frozenset[str] = frozenset()
    supposed: Supposed = ()


def cost(flows: Flows, flow_key: str, language: str) -> Cost:
    """Count every way from the flow's start to an end, with the longest fills; no question is asked twice."""
    flow = flows.by_key[flow_key]
    todo = [_Way(f"{flow_key}/{flow.start}")]
    texts: set[int] = set()
    billed: set[int] = set()
    paths = steps = 0
    while todo and paths < MAX_PATHS and steps < MAX_STEPS:
        way = todo.pop()
        steps += 1
        if way.place is None or way.place in way.seen:
            way = _said(way)
            paths += 1
            texts.add(way.texts)
            billed.add(way.segments)
        else:
            todo += _onward(flows, way, language)
    return Cost(flow_key, flow.title, paths, (min(texts), max(texts)), (min(billed), max(billed)), more=bool(todo))


def _said(way: _Way) -> _Way:
    """The joined texts of a turn, sent."""
    if not way.joined:
        return way
    return _Way(way.place, way.texts + 1, way.segments + segments.count(way.joined), "", way.seen, way.supposed)


def _onward(flows: Flows, way: _Way, language: str) -> Iterator[_Way]:
    place = str(way.place)
    node = flows.node(place)
    text = node.ask or node.say
    joined = f"{way.joined} {fills.longest(text.in_language(language))}".strip() if text else way.joined
    here = _Way(place, way.texts, way.segments, joined, way.seen | {place}, way.supposed)
    if node.ask:
        here = _said(here)
    for target, supposed in _ways(node, here.supposed):
        yield _Way(_place(flows, place, target), here.texts, here.segments, here.joined, here.seen, supposed)


def _ways(node: Node, supposed: Supposed) -> list[tuple[str | None, Supposed]]:
    if node.choose:
        return list(_chosen(node.choose, supposed))
    cases = [(case, target) for case, target in node.goto.items() if case not in ROUND] or list(node.goto.items())
    found = {(target, _learnt(node, case, supposed)): None for case, target in cases}
    return list(found) or [(None, supposed)]


def _place(flows: Flows, place: str, target: str | None) -> str | None:
    try:
        found = flows.target(place, target) if target else None
    except KeyError:
        return None
    return found if found in set(leads_to(flows, place)) else None


def _learnt(node: Node, case: str, supposed: Supposed) -> Supposed:
    known = dict(supposed)
    if node.keep == "step":
        known.pop("too_big", None)
        known.pop("has_when", None)
        known["has_step"] = True
    if node.keep == "step.when":
        known |= {"asked_when": True}
    if node.keep == "step.confidence" and case.isdecimal():
        known["confidence"] = int(case)
    return tuple(sorted(known.items()))


def _chosen(branches: tuple[Branch, ...], supposed: Supposed) -> Iterator[tuple[str | None, Supposed]]:
    """The lines that may hold, given what is supposed; each supposes its own conditions."""
    for branch in branches:
        verdict = _verdict(branch, dict(supposed))
        if verdict is False:
            continue
        yield branch.goto, _supposing(branch.conditions, supposed)
        if verdict is True:
            return
        if len(branch.conditions) == 1 and branch.conditions[0].operator == "is":
            [condition] = branch.conditions
            supposed = _supposing([Condition(condition.fact, "is", not condition.value)], supposed)


def _verdict(branch: Branch, known: dict[str, int | bool]) -> bool | None:
    """Whether the line holds; None where that is open."""
    told = [holds([condition], known) for condition in branch.conditions if condition.fact in known]
    if not all(told):
        return False
    return True if len(told) == len(branch.conditions) else None


def _supposing(conditions: tuple[Condition, ...] | list[Condition], supposed: Supposed) -> Supposed:
    said = {c.fact: c.value for c in conditions if c.operator == "is" and isinstance(c.value, bool)}
    return tuple(sorted({**dict(supposed), **said}.items()))
