"""What is certainly known at each node, whatever way led there: so that no placeholder is ever empty."""

from collections.abc import Iterator

from bot.conversation.case_loader import CASES
from bot.conversation.flow import Branch, Condition, Flows, Node
from bot.conversation.walks import REMINDER, entries, leads_to, reached

Known = frozenset[str]

# Placeholders that can be empty. All others are always there.
UNCERTAIN: Known = frozenset({"step", "when", "win", "wins", "confidence", "previous_confidence", "until"})
NOTHING: Known = frozenset()

# What the bot makes sure of before it says these of itself.
SURE_AT: dict[str, Known] = {
    REMINDER: frozenset({"step", "when"}),
    "phrases/noted_done": frozenset({"step", "win", "wins"}),
}

# What a condition that holds tells; what one that does not hold tells.
WHEN_TRUE: dict[str, Known] = {
    "has_step": frozenset({"step"}),
    "has_when": frozenset({"when"}),
    "can_remind": frozenset({"step", "when"}),
    "too_big": frozenset({"step"}),
    "pause_known": frozenset({"until"}),
}
COMPARED: dict[str, Known] = {
    "confidence": frozenset({"confidence"}),
    "previous_confidence": frozenset({"previous_confidence"}),
    "confidence_change": frozenset({"confidence", "previous_confidence"}),
}
WINS: Known = frozenset({"win", "wins"})


def certain(flows: Flows) -> dict[str, Known]:
    """What is known at every place that can be reached: what all ways to it have in common."""
    there = reached(flows)
    known = dict.fromkeys(there, UNCERTAIN)
    known |= {place: SURE_AT.get(place, NOTHING) for place in entries(flows)}
    todo = sorted(there)
    while todo:
        place = todo.pop()
        for onward, learnt in _onward(flows, place, known[place]):
            in_common = known[onward] & learnt
            if in_common != known[onward]:
                known[onward] = in_common
                todo.append(onward)
    return known


def _onward(flows: Flows, place: str, known: Known) -> Iterator[tuple[str, Known]]:
    node = flows.node(place)
    known = after_actions(node, known)
    if node.choose:
        pairs = list(_chosen(node.choose, known))
    else:
        pairs = [(target, _after_answer(node, case, target, known)) for case, target in node.goto.items()]
    for target, learnt in pairs:
        onward = _place(flows, place, target)
        if onward:
            yield onward, learnt


def _place(flows: Flows, place: str, target: str) -> str | None:
    """Where a target leads, if it is there at all."""
    try:
        found = flows.target(place, target)
    except KeyError:
        return None
    return found if found in set(leads_to(flows, place)) else None


def after_actions(node: Node, known: Known) -> Known:
    """What is known when the node speaks: its actions come first."""
    if "pause" in node.do:
        known |= {"until"}
    if "same_step" in node.do:  # the step stands again, without a time
        known -= {"when"}
    return known


def _after_answer(node: Node, case: str, target: str, known: Known) -> Known:
    """What an answer adds to what is known."""
    understood = case in CASES.get(node.reply or "", ()) or case == "*" or case in node.options
    if node.keep == "step":
        is_plan = case in ("plan", "*") or (case in node.options and target == node.goto.get("plan"))
        return (known | {"step"}) - {"when"} if is_plan else known
    if node.keep == "step.when" and case in ("when", "unclear", "*"):
        return known | {"when"}  # clear or not, their words are the plan
    if node.keep == "step.confidence" and (case.isdecimal() or case == "*"):
        return known | {"confidence"}
    if node.keep == "step.outcome" and case == "yes" and "step" in known:
        return known | WINS
    if node.keep == "pause.weeks" and understood:
        return known | {"until"}
    return known


def _chosen(branches: tuple[Branch, ...], known: Known) -> Iterator[tuple[str, Known]]:
    for branch in branches:
        learnt = known.union(*(_if_it_holds(condition) for condition in branch.conditions))
        yield branch.goto, learnt
        if len(branch.conditions) == 1:
            known = known | _if_not(branch.conditions[0])


def _if_it_holds(condition: Condition) -> Known:
    if condition.operator == "is":
        return WHEN_TRUE.get(condition.fact, NOTHING) if condition.value is True else NOTHING
    if condition.fact == "wins":
        return WINS if _at_least_one(condition) else NOTHING
    return COMPARED.get(condition.fact, NOTHING)


def _if_not(condition: Condition) -> Known:
    """What is known once a line did not hold. A number that is not there makes no line hold, so it tells nothing."""
    if condition.operator == "is":
        return WHEN_TRUE.get(condition.fact, NOTHING) if condition.value is False else NOTHING
    if condition.fact == "wins" and isinstance(condition.value, int):
        none_at_all = condition.operator in ("=", "<=") and condition.value == 0
        return WINS if none_at_all or (condition.operator == "<" and condition.value == 1) else NOTHING
    return NOTHING


def _at_least_one(condition: Condition) -> bool:
    number = int(condition.value)
    return (condition.operator in (">=", "=") and number >= 1) or (condition.operator == ">" and number >= 0)
