"""Judges the flows of a scheme: errors that stop them from being used, advice, and what they cost."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from bot.conversation import fills, privacy_loader, segments, wording
from bot.conversation.certain import UNCERTAIN, after_actions, certain
from bot.conversation.examples import play_all
from bot.conversation.faults import Fault
from bot.conversation.flow import Flow, Flows, Node, Text
from bot.conversation.paths import Cost, cost
from bot.conversation.scheme import Scheme
from bot.conversation.template_checks import template_advice, template_errors
from bot.conversation.walks import (
    TurnWalk,
    circles,
    no_way_out,
    places,
    reached,
    turn_starts,
    turns,
)


@dataclass(frozen=True, slots=True)
class Report:
    """What ``check`` found: ``errors`` decide the exit status; ``text`` is for people."""

    faults: tuple[Fault, ...]
    costs: tuple[Cost, ...] = ()
    played: bool = True  # whether the examples were: a broken flow would make every one of them fail

    @property
    def errors(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.is_error)

    @property
    def advice(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if not fault.is_error)

    def text(self) -> str:
        """Errors, apart from advice, then the table of what each flow costs."""
        parts = [_section("Errors", self.errors), _section("Advice", self.advice), _table(self.costs)]
        summary = f"{_counted(len(self.errors), 'error')}, {_counted(len(self.advice), 'piece')} of advice."
        summary += "" if self.played else " The examples are played once these errors are put right."
        return "\n\n".join([*filter(None, parts), summary])


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _section(title: str, faults: tuple[Fault, ...]) -> str:
    return "\n".join([title, *(f"  {fault}" for fault in faults)]) if faults else ""


def _table(costs: tuple[Cost, ...]) -> str:
    if not costs:
        return ""
    rows = [
        (c.flow, f"{'over ' if c.more else ''}{c.paths}", _least_most(c.texts), _least_most(c.segments)) for c in costs
    ]
    head = ("Flow, with every question answered", "ways", "texts", "segments, longest fills")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    )


def _least_most(pair: tuple[int, int]) -> str:
    return f"{pair[0]}" if pair[0] == pair[1] else f"{pair[0]} to {pair[1]}"


# ---------------------------------------------------------------- all together


def check(flows: Flows, scheme: Scheme | None, *, examples: bool = True) -> tuple[Fault, ...]:
    """Everything wrong with a scheme's flows, and all advice, in the order of files and lines.

    Without ``examples`` something could not be read, and what that led to is not told to be unreached.
    """
    advice = tuple(rule for rule in ADVICE_RULES if examples or rule is not _unreached)
    return tuple(sorted({*errors(flows, scheme, examples=examples), *_found(advice, View.of(flows, scheme))}))


def errors(flows: Flows, scheme: Scheme | None, *, examples: bool) -> tuple[Fault, ...]:
    """The errors alone, with or without those of the examples, which take most of the time."""
    return tuple(sorted(_found((*ERROR_RULES, *((_failing_examples,) if examples else ())), View.of(flows, scheme))))


def _found(rules: tuple["Rule", ...], view: "View") -> set[Fault]:
    return {fault for rule in rules for fault in rule(view)}


def costs(flows: Flows, scheme: Scheme | None) -> tuple[Cost, ...]:
    """The table's rows. Phrases are said beside other flows and have none."""
    language = scheme.languages[0] if scheme else "en"
    return tuple(cost(flows, key, language) for key in sorted(flows.by_key) if key != "phrases")


@dataclass(frozen=True, slots=True)
class View:
    """What the rules look at."""

    flows: Flows
    scheme: Scheme | None
    turns: tuple[TurnWalk, ...]

    @classmethod
    def of(cls, flows: Flows, scheme: Scheme | None) -> "View":
        walks = (walk for start in turn_starts(flows) for walk in turns(flows, start))
        return cls(flows, scheme, tuple(dict.fromkeys(walks)))

    @property
    def languages(self) -> tuple[str, ...]:
        return self.scheme.languages if self.scheme else ("en",)

    def fault(self, place: str, key: str, sentence: str) -> Fault:
        node = self.flows.node(place)
        flow = self.flows.by_key[place.partition("/")[0]]
        return Fault(node.file or flow.file, node.line_of(key), sentence)

    def advice(self, place: str, key: str, sentence: str) -> Fault:
        return replace(self.fault(place, key, sentence), is_error=False)


def texts_of(node: Node) -> Iterator[tuple[str, Text]]:
    """Every text of a node, with the key it stands under."""
    for key, text in (("ask", node.ask), ("say", node.say), ("brief", node.brief), ("unclear", node.unclear)):
        if text:
            yield key, text
    for nudge in node.nudges:
        yield "nudges", nudge.say


# ---------------------------------------------------------------- errors


def _ways_out(view: View) -> Iterator[Fault]:
    for place in circles(view.turns):
        yield view.fault(
            place, "goto", "this goes round in a circle and never asks anything: lead it to a question or end"
        )
    for place in no_way_out(view.flows):
        if view.flows.node(place).ask:
            yield view.fault(place, "goto", "there is no way out: no answer ever leads to an end")


def _empty_placeholders(view: View) -> Iterator[Fault]:
    for place, known in certain(view.flows).items():
        node = view.flows.node(place)
        at_hand = after_actions(node, known)
        for key, text in texts_of(node):
            needed = {name for words in text.by_language.values() for name in fills.names_in(words)}
            for name in sorted((needed & UNCERTAIN) - at_hand):
                sentence = (
                    f"{{{name}}} can be empty here: some way leads to this node without it (ask first with choose)"
                )
                yield view.fault(place, key, sentence)


def _too_long(view: View) -> Iterator[Fault]:
    for language in view.languages:
        for walk in view.turns:
            yield from _turn_too_long(view, walk, language)
        for place, node in places(view.flows):
            for key, text in texts_of(node):
                yield from _over(view, place, key, (_longest(text, language),), node.segments)


def _turn_too_long(view: View, walk: TurnWalk, language: str) -> Iterator[Fault]:
    """Texts that are joined: the most that one of them allows is what all may cost."""
    if len(walk.said) < 2:
        return
    nodes = [view.flows.node(place) for place in walk.said]
    words = tuple(_longest(node.ask or node.say, language) for node in nodes)
    joined_with = " and ".join(place.partition("/")[2] for place in walk.said[:-1])
    key = "ask" if nodes[-1].ask else "say"
    yield from _over(view, walk.said[-1], key, words, max(node.segments for node in nodes), joined_with)


def _longest(text: Text | None, language: str) -> str:
    return fills.longest(text.in_language(language)) if text else ""


def _over(
    view: View, place: str, key: str, words: tuple[str, ...], most: int, joined_with: str = ""
) -> Iterator[Fault]:
    whole = " ".join(words)
    if segments.count(whole) <= most:
        return
    room = _room(whole, most)
    joined = f"joined with {joined_with}, " if joined_with else ""
    size = segments.length(whole)
    held = f"{_counted(most, 'segment')} {'holds' if most == 1 else 'hold'} {room}"
    sentence = f"{joined}with the longest fills this is {size} characters long, and {held}: take out {size - room}"
    yield view.fault(place, key, sentence)


def _room(text: str, most: int) -> int:
    plain = segments.is_gsm(text)
    if most == 1:
        return segments.GSM_ALONE if plain else segments.UCS2_ALONE
    return most * (segments.GSM_JOINED if plain else segments.UCS2_JOINED)


def _failing_examples(view: View) -> Iterator[Fault]:
    if view.scheme:
        for flow in view.flows.by_key.values():
            yield from play_all(view.flows, flow, view.scheme)


# ---------------------------------------------------------------- advice


def _unreached(view: View) -> Iterator[Fault]:
    there = reached(view.flows)
    for place, node in places(view.flows):
        if place not in there:
            yield view.advice(place, "", f'nothing leads to "{node.name}": lead to it, or take it out')


def _words(view: View) -> Iterator[Fault]:
    for place, node in places(view.flows):
        for key, text in texts_of(node):
            for words in text.by_language.values():
                yield from (view.advice(place, key, sentence) for sentence in wording.advice(words))


def _two_questions(view: View) -> Iterator[Fault]:
    """Texts that are joined and ask more than one thing between them."""
    for walk in view.turns:
        asking = [place for place in walk.said if "?" in _longest(_spoken(view, place), view.languages[0])]
        if len(asking) > 1:
            other = asking[-2].partition("/")[2]
            sentence = f'joined with "{other}", this makes two questions in one message'
            yield view.advice(walk.said[-1], "ask", sentence)


def _spoken(view: View, place: str) -> Text | None:
    node = view.flows.node(place)
    return node.ask or node.say


def _half_a_language(view: View) -> Iterator[Fault]:
    first = view.languages[0]
    for language in view.languages[1:]:
        for flow in view.flows.by_key.values():
            yield from _half_done(view, flow, language, first)


def _half_done(view: View, flow: Flow, language: str, first: str) -> Iterator[Fault]:
    all_texts = [(node, key, text) for node in flow.nodes.values() for key, text in texts_of(node)]
    lacking = [(node, key) for node, key, text in all_texts if language not in text.by_language]
    if len(lacking) == len(all_texts):
        sentence = f'nothing here is written in "{language}": "{first}" is sent in its place'
        yield Fault(flow.file, 0, sentence, is_error=False)
        return
    for node, key in lacking:
        yield view.advice(f"{flow.key}/{node.name}", key, f'no wording in "{language}": "{first}" is sent in its place')


def _privacy(view: View) -> Iterator[Fault]:
    yield from privacy_loader.advice(view.scheme)


Rule = Callable[[View], Iterable[Fault]]
ERROR_RULES: tuple[Rule, ...] = (_ways_out, _empty_placeholders, _too_long, template_errors)
ADVICE_RULES: tuple[Rule, ...] = (_unreached, _words, _two_questions, template_advice, _half_a_language, _privacy)
