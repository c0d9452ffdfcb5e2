"""Where a node leads: the cases of ``goto`` and the lines of ``choose``."""

import re
from collections.abc import Mapping

from bot.conversation.faults import Desk, near, unknown
from bot.conversation.flow import Branch, Condition
from bot.conversation.known import FACTS
from bot.conversation.written import Item

# What each reader can find. Options come on top; a choice has nothing else.
CASES: Mapping[str, tuple[str, ...]] = {
    "progress": ("yes", "partly", "no"),
    "plan": ("plan",),
    "scale": tuple(str(number) for number in range(11)),
    "when": ("when",),
    "choice": (),
    "text": ("any",),
}
# Cases that a question may have and need not.
BESIDE = ("unclear", "skip", "later")

_RANGE = re.compile(r"(\d{1,2})\s*[-\u2013]\s*(\d{1,2})")
_COMPARISON = re.compile(r"(\w+)\s*(<=|>=|!=|==|=|<|>)\s*(\S+)")
_WORDS_FOR = {"yes": True, "true": True, "no": False, "false": False}


def read_goto(item: Item, reply: str | None, options: Mapping[str, tuple[str, ...]], desk: Desk) -> dict[str, str]:
    """Targets by case: ranges spread out, and ``*`` for one target or for any words."""
    if item.named is None:
        target = desk.word(item, "goto")
        return {"*": target} if target else {}
    if reply is None and not options:
        desk.wrong(item, "only a question can lead to several places: write one target, or use choose:")
        return {}
    goto: dict[str, str] = {}
    for key, value in item.named.items():
        target = desk.word(value, key) or ""
        for case in _cases(key.strip().lower(), value, reply, options, desk):
            if case in goto:
                desk.wrong(value, f'"{case}" is in two lines of goto: leave it in one')
            goto.setdefault(case, target)
    _all_handled(item, goto, reply, options, desk)
    return {"*" if case == "any" else case: target for case, target in goto.items() if target}


def _cases(key: str, item: Item, reply: str | None, options: Mapping[str, tuple[str, ...]], desk: Desk) -> list[str]:
    """The cases a key of ``goto`` stands for: itself, or all numbers of a range."""
    known = (*options, *CASES.get(reply or "", ()), *BESIDE)
    if key in known:
        return [key]
    spread = _RANGE.fullmatch(key) if reply == "scale" else None
    if spread and int(spread[1]) <= int(spread[2]) <= 10:
        return [str(number) for number in range(int(spread[1]), int(spread[2]) + 1)]
    shown = "0 to 10" if reply == "scale" else ", ".join(CASES.get(reply or "", ()))
    meant = near(key, known)
    hint = (
        f'did you mean "{meant}"?'
        if meant
        else f"this question has {', '.join(filter(None, (*options, shown, *BESIDE)))}"
    )
    desk.wrong(item, f'unknown case "{key}" in goto: {hint}')
    return []


def _all_handled(
    item: Item, goto: Mapping[str, str], reply: str | None, options: Mapping[str, tuple[str, ...]], desk: Desk
) -> None:
    missing = [case for case in (*options, *CASES.get(reply or "", ())) if case not in goto]
    if missing:
        desk.wrong(
            item, f"no way on for {', '.join(missing)}: give {'it' if len(missing) == 1 else 'each'} a target in goto"
        )


def read_choose(item: Item, desk: Desk) -> tuple[Branch, ...]:
    """The lines of a fork; the last is ``else``."""
    entries = desk.listed(item, "choose", "{if: confidence = 0, goto: smaller}")
    branches = [branch for entry in entries if (branch := _branch(entry, desk))]
    otherwise = [entry for entry in entries if entry.named and "else" in entry.named]
    if entries and (len(otherwise) != 1 or otherwise[0] is not entries[-1]):
        desk.wrong(item, "choose ends with one line {else: ...}: where to go when no other line holds")
    return tuple(branches)


def _branch(item: Item, desk: Desk) -> Branch | None:
    named = item.named or {}
    if named.keys() == {"else"}:
        target = desk.word(named["else"], "else")
        return Branch((), target, item.line) if target else None
    desk.unknown_keys(named, ("if", "goto", "else"))
    if named.keys() != {"if", "goto"}:
        desk.wrong(item, "a line of choose is written {if: ..., goto: ...} or {else: ...}")
        return None
    target = desk.word(named["goto"], "goto")
    conditions = _conditions(named["if"], desk)
    return Branch(conditions, target, item.line) if target and conditions else None


def _conditions(item: Item, desk: Desk) -> tuple[Condition, ...]:
    words = desk.word(item, "if") or ""
    if re.search(r"\bor\b", words):
        desk.wrong(item, 'there is no "or" in a condition: write two lines that lead to the same place')
        return ()
    found = [_condition(part.strip(), item, desk) for part in re.split(r"\band\b", words)] if words else []
    conditions = tuple(condition for condition in found if condition)
    return conditions if len(conditions) == len(found) else ()


def _condition(words: str, item: Item, desk: Desk) -> Condition | None:
    compared = _COMPARISON.fullmatch(words)
    if compared:
        return _comparison(compared[1], compared[2], compared[3], item, desk)
    fact = words.removeprefix("not ").strip()
    if _fact_type(fact, item, desk) is int:
        desk.wrong(item, f'"{fact}" is a number: compare it, such as {fact} >= 4')
        return None
    return Condition(fact, "is", not words.startswith("not ")) if fact in FACTS else None


def _comparison(fact: str, operator: str, value: str, item: Item, desk: Desk) -> Condition | None:
    kind = _fact_type(fact, item, desk)
    if operator == "==":
        desk.wrong(item, 'write = for "is the same as", not ==')
    if kind is bool and operator in ("=", "!=") and value.lower() in _WORDS_FOR:
        return Condition(fact, "is", _WORDS_FOR[value.lower()] is (operator == "="))
    if kind is bool:
        desk.wrong(item, f'"{fact}" is yes or no: write {fact} or not {fact}')
    if kind is int and not re.fullmatch(r"-?\d{1,3}", value):
        desk.wrong(item, f'"{fact}" is compared with a whole number, not with "{value}"')
        return None
    return Condition(fact, operator.replace("==", "="), int(value)) if kind is int else None


def _fact_type(fact: str, item: Item, desk: Desk) -> type | None:
    if fact not in FACTS:
        desk.wrong(item, unknown("fact", fact, FACTS))
        return None
    return FACTS[fact]
