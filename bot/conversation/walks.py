"""Where a conversation can begin and which texts a turn can join: what the checker walks along."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.conversation.flow import OWN_PHRASES, Flows, Node
from bot.conversation.links import targets

MAX_TURNS_FROM_A_PLACE = 200
# Flows that only an inbound text begins; all others that nothing leads to are begun by the bot, unasked.
ANSWERS = frozenset({"welcome_back", "phrases"})
REMINDER = "phrases/reminder"  # sent of itself, on the day of the step


@dataclass(frozen=True, slots=True)
class TurnWalk:
    """One turn: the places whose texts are joined, and the question it ends on, if any."""

    said: tuple[str, ...]
    ends_at: str | None
    circle: bool = False


def places(flows: Flows) -> Iterator[tuple[str, Node]]:
    for flow in flows.by_key.values():
        for name, node in flow.nodes.items():
            yield f"{flow.key}/{name}", node


def leads_to(flows: Flows, place: str) -> Iterator[str | None]:
    """Every place one step on; None for the end."""
    node = flows.node(place)
    if not node.goto and not node.choose:
        yield None
    for target, _ in targets(node):
        yield _target(flows, place, target)


def _target(flows: Flows, place: str, target: str) -> str | None:
    """As ``flows.target``; the end for a target that is not there (``links`` has said so)."""
    try:
        found = flows.target(place, target)
        return found if found and flows.node(found) else None
    except KeyError:
        return None


def begun_unasked(flows: Flows) -> tuple[str, ...]:
    """The starts of flows that the bot begins of itself: nothing leads to them."""
    led_to = {place for at, _ in places(flows) for place in leads_to(flows, at) if place and not _same(place, at)}
    wished = set(wished_for(flows).values())
    starts = (f"{flow.key}/{flow.start}" for flow in flows.by_key.values() if flow.key not in ANSWERS)
    files_led_to = {place.partition("/")[0] for place in led_to | wished}
    return tuple(start for start in starts if start.partition("/")[0] not in files_led_to)


def _same(one: str, other: str) -> bool:
    return one.partition("/")[0] == other.partition("/")[0]


def wished_for(flows: Flows) -> Mapping[str, str]:
    """Where each wish leads."""
    if "phrases" not in flows.by_key:
        return {}
    found = {wish: _target(flows, "phrases/", target) for wish, target in flows.phrases.wishes.items()}
    return {wish: place for wish, place in found.items() if place}


def entries(flows: Flows) -> tuple[str, ...]:
    """Every place a conversation can come to from outside: by the bot, by a wish, by what the bot says of itself."""
    phrases = flows.by_key.get("phrases")
    own = [f"phrases/{name}" for name in (*OWN_PHRASES, "reminder") if phrases and name in phrases.nodes]
    answers = [f"{key}/{flows.by_key[key].start}" for key in ("welcome_back",) if key in flows.by_key]
    return tuple(dict.fromkeys((*begun_unasked(flows), *answers, *wished_for(flows).values(), *own)))


def reached(flows: Flows) -> set[str]:
    """Every place that can be come to at all."""
    found: set[str] = set()
    todo = list(entries(flows))
    while todo:
        place = todo.pop()
        if place not in found:
            found.add(place)
            todo += [onward for onward in leads_to(flows, place) if onward]
    return found


def turns(flows: Flows, place: str) -> list[TurnWalk]:
    """Every way a turn that begins at ``place`` can go, whatever is known; bounded."""
    found: list[TurnWalk] = []
    todo: list[tuple[str | None, tuple[str, ...], tuple[str, ...]]] = [(place, (), ())]
    while todo and len(found) < MAX_TURNS_FROM_A_PLACE:
        at, said, seen = todo.pop()
        if at is None:
            found.append(TurnWalk(said, None))
        elif at in seen:
            found.append(TurnWalk(said, at, circle=True))
        else:
            node = flows.node(at)
            spoken = (*said, at) if node.ask or node.say else said
            if node.ask:
                found.append(TurnWalk(spoken, at))
            else:
                todo += [(onward, spoken, (*seen, at)) for onward in leads_to(flows, at)]
    return found


def turn_starts(flows: Flows) -> tuple[str, ...]:
    """Every place a turn can begin at: the entries, and where each answer leads."""
    there = reached(flows)
    after_answers = [
        onward for place in sorted(there) if flows.node(place).ask for onward in leads_to(flows, place) if onward
    ]
    return tuple(dict.fromkeys((*entries(flows), *after_answers)))


def circles(walks: Iterable[TurnWalk]) -> Iterator[str]:
    """Places at which a turn goes round without ever asking."""
    return (walk.ends_at for walk in walks if walk.circle and walk.ends_at)


def no_way_out(flows: Flows) -> Iterator[str]:
    """Questions from which no answer ever leads to an end."""
    ends: set[str] = set()
    onward = {place: list(leads_to(flows, place)) for place, _ in places(flows)}
    grown = True
    while grown:
        more = {place for place, to in onward.items() if place not in ends and any(t is None or t in ends for t in to)}
        grown = bool(more)
        ends |= more
    return (place for place in onward if place not in ends)
