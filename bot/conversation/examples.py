"""Plays the examples of a flow through the real engine; what comes otherwise than written is a fault with its line."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.conversation.decision import Act, Keep, RaiseFlag, Say
from bot.conversation.faults import Fault
from bot.conversation.flow import Example, ExampleLine, Flow, Flows
from bot.conversation.given import given_facts, given_now
from bot.conversation.scheme import Scheme
from bot.conversation.sent import sent
from bot.conversation.spoken import parse_duration
from bot.conversation.stage import Stage


def play_all(flows: Flows, flow: Flow, scheme: Scheme) -> list[Fault]:
    """Every example of ``flow``, each with a fault for the first line that does not hold."""
    return [fault for example in flow.examples for fault in play(flows, flow, example, scheme)]


def play(flows: Flows, flow: Flow, example: Example, scheme: Scheme) -> list[Fault]:
    """One example: no fault, or one."""
    try:
        stage = Stage(flows, given_facts(example.given, scheme), given_now(example.given, scheme))
    except ValueError as error:
        return [_fault(example, example.line, str(error))]
    player = _Player(flow, example, stage)
    for line in example.talk:
        sentence = player.sentence_of(line)
        if sentence:
            return [_fault(example, line.line, sentence)]
    return []


def _fault(example: Example, line: int, sentence: str) -> Fault:
    return Fault(example.file, line, f'example "{example.name}": {sentence}')


def begin(stage: Stage, flow_key: str, at: str) -> None:
    """Start where ``at`` says: a node of the flow, ``flow.yaml`` or ``flow.yaml/node``; nothing is the flow's start."""
    file, _, node = at.partition("/")
    if file.endswith(".yaml"):
        stage.start(file.removesuffix(".yaml"), node or None)
    else:
        stage.start(flow_key, at or None)


@dataclass(slots=True)
class _Player:
    flow: Flow
    example: Example
    stage: Stage
    unheard: list[Say] = field(default_factory=list)
    begun: bool = False

    def sentence_of(self, line: ExampleLine) -> str | None:
        """Play a line; what is wrong with it, or None."""
        try:
            return self._play(line)
        except KeyError as error:
            return f"the flow stumbles here: {error} is not known"
        except RecursionError as error:
            return f"the flow stumbles here: {error}"
        except ValueError as error:
            return str(error)

    def _play(self, line: ExampleLine) -> str | None:
        if not self.begun:
            self._begin(line)
        if line.kind == "them":
            self.stage.hear(sent(line.value))
            self.unheard = self.stage.said
        elif line.kind == "after":
            self.stage.wait(parse_duration(line.value))
            self.unheard = self.stage.said
        elif line.kind == "us":
            return self._us(line.value)
        else:
            return self._then(line.value)
        return None

    def _begin(self, line: ExampleLine) -> None:
        """The first line says who begins: us with a check-in, or them, out of the blue."""
        self.begun = True
        at = str(self.example.given.get("at", ""))
        if line.kind != "them" or at:
            begin(self.stage, self.flow.key, at)
            self.unheard = self.stage.said

    def _us(self, expected: str) -> str | None:
        said = self.unheard.pop(0) if self.unheard else None
        if expected == "nothing":
            return f"nothing was to be said, and this came: {_shown(said)}" if said else None
        if said is None:
            return f"us: {expected} was to come, and nothing was said"
        if expected == "nudge" and said.kind == "nudge":
            return None
        place = said.nodes[-1] if said.nodes else ""
        wanted = expected.replace(".yaml/", "/")
        if said.kind != "nudge" and (place == wanted or place.endswith(f"/{wanted}")):
            return None
        return f"us: {expected} was to come, and this came: {_shown(said)}"

    def _then(self, expected: str) -> str | None:
        happened = list(self._happened())
        wanted = " ".join(expected.split())
        if wanted.lower() in (what.lower() for what in happened):
            return None
        return f"then: {expected} was to happen; what happened: {', '.join(happened) or 'nothing'}"

    def _happened(self) -> Iterator[str]:
        for effect in self.stage.effects:
            if isinstance(effect, Act):
                yield effect.action
            elif isinstance(effect, RaiseFlag):
                yield f"flag {effect.kind}"
            elif isinstance(effect, Keep) and effect.value is not None:
                yield f"kept {effect.kept_as or 'note'} = {effect.value}"
        if self.stage.ended:
            yield "ended"


def _shown(said: Say) -> str:
    place = "nudge" if said.kind == "nudge" else (said.nodes[-1] if said.nodes else "")
    return f'{place.partition("/")[2] or place} ("{said.text}")'
