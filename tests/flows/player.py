"""Plays a life: weeks of one person's texts, kept as YAML that a coordinator could correct.

The lines are those of an example (flows/README.md), and three more: `start: FLOW` is the host beginning a
flow, `says: WORDS` are words that the text just sent holds, and `set: {fact: value}` is something that a
person or the host did meanwhile (a practitioner handed back; day 21 passed).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.conversation.decision import Act, Keep, RaiseFlag, Say, State
from bot.conversation.examples import begin
from bot.conversation.flow import Example, Flows
from bot.conversation.given import given_facts, given_now
from bot.conversation.scheme import Scheme
from bot.conversation.sent import sent
from bot.conversation.spoken import parse_duration
from bot.conversation.stage import Stage

SETTABLE = ("state", "held_for", "silence", "silent_since")
UNASKED = ("check_in", "nudge")


@dataclass
class Player:
    """One phone after another. `sent` are the texts of the last life, by time.

    `places` are the nodes spoken at; `ways` the steps from an open question to where an answer led (None: the end).
    """

    flows: Flows
    scheme: Scheme
    places: set[str] = field(default_factory=set)
    ways: set[tuple[str, str | None]] = field(default_factory=set)
    sent: list[tuple[datetime, Say]] = field(default_factory=list)
    unheard: list[Say] = field(default_factory=list)
    last: Say | None = None

    def life(self, path: Path) -> None:
        """Play a file; AssertionError names the line that does not hold."""
        # Every word as it is written: no stays "no", 7 stays "7".
        life = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        stage = self._stage(_as_given(life["given"]))
        for number, line in enumerate(life["talk"], 1):
            [(kind, value)] = line.items()
            self._line(stage, kind, value, f"{path.name}, line {number} of the talk ({kind}: {value})")
        self._nothing_more(f"{path.name}, at its end")

    def example(self, flow_key: str, example: Example) -> None:
        """Play an example for the places it visits; whether it holds is proved by the checker."""
        stage = self._stage(example.given)
        first = example.talk[0]
        if first.kind != "them" or "at" in example.given:
            begin(stage, flow_key, str(example.given.get("at", "")))
            self._note(stage)
        for line in example.talk:
            if line.kind in ("them", "after"):
                self._line(stage, line.kind, line.value, "")

    def _stage(self, given: Mapping[str, object]) -> Stage:
        self.sent, self.unheard = [], []
        return Stage(self.flows, given_facts(given, self.scheme), given_now(given, self.scheme))

    def _line(self, stage: Stage, kind: str, value: Any, where: str) -> None:
        if kind in ("start", "them", "after", "set"):
            if where:
                self._nothing_more(where)
            before = stage.state
            _HAPPENS[kind](stage, value)
            self._note(stage)
            if kind == "them" and before:
                self._note_way(stage, before)
        elif kind == "us":
            self._us(value, where)
        elif kind == "says":
            assert self.last is not None, f"{where}: nothing was said"
            assert value in self.last.text, f"{where}: {self.last.text}"
        else:
            assert kind == "then", f"{where}: no such line"
            assert value in _happened(stage), f"{where}: what happened: {', '.join(_happened(stage))}"

    def _note(self, stage: Stage) -> None:
        self.unheard = list(stage.said)
        self.sent += [(stage.now, said) for said in stage.said]
        self.places |= {place for said in stage.said for place in said.nodes}

    def _note_way(self, stage: Stage, before: State) -> None:
        question = before.aside or before.at
        visited = stage.state.visited[len(before.visited) :] if stage.state else ()
        if question:
            self.ways.add((question, visited[0] if visited else None))

    def _nothing_more(self, where: str) -> None:
        assert not self.unheard, f"{where}: before it this came: {self.unheard[0].text}"

    def _us(self, expected: str, where: str) -> None:
        if expected == "nothing":
            self._nothing_more(where)
            return
        assert self.unheard, f"{where}: nothing was said"
        self.last = self.unheard.pop(0)
        came = "nudge" if self.last.kind == "nudge" else self.last.nodes[-1].partition("/")[2]
        assert came == expected, f"{where}: this came: {came} ({self.last.text})"


def _as_given(given: Mapping[str, Any]) -> dict[str, object]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


def _hear(stage: Stage, text: str) -> None:
    stage.hear(sent(text))


def _set(stage: Stage, changes: Mapping[str, str]) -> None:
    assert set(changes) <= set(SETTABLE), f"set: {changes}"
    values: dict[str, Any] = dict(changes)
    if values.get("held_for") == "":
        values["held_for"] = None
    if "silent_since" in values:
        values["silent_since"] = stage.now
    stage.facts = replace(stage.facts, **values)
    stage.decisions = []


_HAPPENS = {
    "start": lambda stage, flow: stage.start(flow),
    "them": _hear,
    "after": lambda stage, words: stage.wait(parse_duration(words)),
    "set": _set,
}


def _happened(stage: Stage) -> list[str]:
    found = []
    for effect in stage.effects:
        if isinstance(effect, Act):
            found.append(effect.action)
        elif isinstance(effect, RaiseFlag):
            found.append(f"flag {effect.kind}")
        elif isinstance(effect, Keep) and effect.value is not None:
            found.append(f"kept {effect.kept_as or 'note'} = {effect.value}")
    return [*found, "ended"] if stage.ended else found
