"""The simulator: a flow played line by line. ``python -m bot talk`` reads and prints; everything else is here.

talk = open_talk(flows_dir, "weekly_check_in")     # bot.library
print(*talk.opening(), sep="\\n")
while not talk.done:
    print(*talk.line(input("> ")), sep="\\n")
"""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.conversation import engine, fills, segments, timing
from bot.conversation.decision import Act, Decision, Keep, OutcomeOfLastStep, RaiseFlag, Say, State
from bot.conversation.examples import begin
from bot.conversation.faults import unknown
from bot.conversation.flow import Example, ExampleLine, Flows
from bot.conversation.given import GIVEN, given_facts, given_now
from bot.conversation.known import known
from bot.conversation.scheme import Scheme
from bot.conversation.sent import sent
from bot.conversation.spoken import parse_duration
from bot.conversation.stage import Stage
from bot.reading import Heard, Reading

HELP = (
    "Type what the person texts; (picture), (voice note) or (tap yes) is what it says. Beside that:",
    "  /wait 2d          let time pass (90 minutes, 48h, 5 days)",
    "  /why              how the last reply was read",
    "  /facts            what is known and what placeholders hold",
    "  /given step=...   start again as somebody else: step, when, confidence, check_ins, state, ...",
    "  /save NAME        write this conversation into the flow file, as an example",
    "  /quit",
)


@dataclass(slots=True)
class Talk:
    """One conversation in a terminal. ``save`` writes an example down and says where; it raises ValueError.

    ``line`` never raises on what is typed: it answers with a sentence.
    """

    flows: Flows
    flow_key: str
    scheme: Scheme
    save: Callable[[Example], str]
    given: Mapping[str, object] = field(default_factory=dict)
    done: bool = False
    _stage: Stage = field(init=False)
    _lines: list[ExampleLine] = field(init=False, default_factory=list)
    _heard: tuple[str, State | None, datetime] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._stage = Stage(self.flows, given_facts(self.given, self.scheme), given_now(self.given, self.scheme))

    def opening(self) -> list[str]:
        """Begin the check-in; the first text."""
        begin(self._stage, self.flow_key, str(self.given.get("at", "")))
        self._note_said()
        return ["Type a reply, or /help.", *self._shown()]

    def line(self, text: str) -> list[str]:
        """What there is to see after a line was typed: a reply, or a command that begins with /."""
        text = text.strip()
        if not text:
            return []
        try:
            return self._command(text) if text.startswith("/") else self._reply(text)
        except (ValueError, RecursionError) as error:
            return [str(error)]
        except KeyError as error:
            return [f"the flow stumbles here: {error} is not known (python -m bot check says where)"]

    # ------------------------------------------------------------ replies

    def _reply(self, text: str) -> list[str]:
        self._heard = (text, self._stage.state, self._stage.now)
        self._lines.append(ExampleLine("them", text))
        self._stage.hear(sent(text))
        self._note_said()
        self._note_happened()
        return self._shown()

    def _note_said(self) -> None:
        """Write down what was said, as an example would."""
        said = self._stage.said
        for text in said:
            self._lines.append(ExampleLine("us", "nudge" if text.kind == "nudge" else self._name(text.nodes[-1])))
        if not said:
            self._lines.append(ExampleLine("us", "nothing"))

    def _name(self, place: str) -> str:
        return place.partition("/")[2]

    def _note_happened(self) -> None:
        for effect in self._stage.effects:
            if isinstance(effect, Act):
                self._lines.append(ExampleLine("then", effect.action))
            elif isinstance(effect, RaiseFlag):
                self._lines.append(ExampleLine("then", f"flag {effect.kind}"))

    def _shown(self) -> list[str]:
        return [line for decision in self._stage.decisions for line in _shown(decision)]

    # ------------------------------------------------------------ commands

    def _command(self, text: str) -> list[str]:
        name, _, rest = text[1:].partition(" ")
        if name not in _COMMANDS:
            return [unknown("command", f"/{name}", [f"/{known_one}" for known_one in _COMMANDS])]
        return _COMMANDS[name](self, rest.strip())

    def _wait(self, words: str) -> list[str]:
        length = parse_duration(words)
        self._stage.wait(length)
        self._lines.append(ExampleLine("after", words))
        self._note_said()
        return [*self._shown(), f"It is {self._clock()} now."]

    def _clock(self) -> str:
        return f"{timing.local(self._stage.facts.zone, self._stage.now):%a %d %b, %H:%M}"

    def _why(self, _: str) -> list[str]:
        if not self._heard:
            return ["nothing has been read yet: type a reply first"]
        text, state, at = self._heard
        return _explained(engine.why(self.flows, state, text, self._stage.facts, at))

    def _facts(self, _: str) -> list[str]:
        stage = self._stage
        kept = stage.state.kept if stage.state else {}
        facts = known(stage.facts, kept, stage.now)
        values = fills.values(stage.facts, kept, stage.now)
        at = (stage.state and (stage.state.aside or stage.state.at)) or "none"
        return [
            f"It is {self._clock()}. The open question: {at}",
            *(f"  {name} = {_plain(value)}" for name, value in facts.items()),
            *(f"  {{{name}}} = {fills.fitted(name, value)}" for name, value in sorted(values.items())),
        ]

    def _given(self, words: str) -> list[str]:
        given = dict(self.given)
        for pair in shlex.split(words):
            key, equals, value = pair.partition("=")
            if not equals:
                return [f'write it like step="ring the college": "{pair}" has no =']
            if key not in GIVEN:
                return [unknown("key", key, GIVEN)]
            given[key] = value
        facts, now = given_facts(given, self.scheme), given_now(given, self.scheme)
        self.given, self._lines, self._heard = given, [], None
        self._stage = Stage(self.flows, facts, now)
        return self.opening()

    def _save(self, name: str) -> list[str]:
        return [self.save(Example(name, self.given, tuple(self._lines)))]

    def _help(self, _: str) -> list[str]:
        return list(HELP)

    def _quit(self, _: str) -> list[str]:
        self.done = True
        return []


_COMMANDS: Mapping[str, Callable[[Talk, str], list[str]]] = {
    "wait": Talk._wait,
    "why": Talk._why,
    "facts": Talk._facts,
    "given": Talk._given,
    "save": Talk._save,
    "help": Talk._help,
    "quit": Talk._quit,
}


# ---------------------------------------------------------------- what is shown


def _shown(decision: Decision) -> Iterator[str]:
    for effect in decision.effects:
        if isinstance(effect, Say):
            count = segments.count(effect.text)
            yield f"  {effect.text}"
            yield f"    [{effect.nodes[-1]}, {segments.length(effect.text)} characters, {_segments(count)}]"
        else:
            yield f"    ({_happened(effect)})"
    if decision.said is None and decision.silent:
        yield f"    (nothing is said: {decision.silent})"
    if decision.state is None or decision.state.finished:
        yield "    (the check-in has ended)"


def _segments(count: int) -> str:
    return f"{count} segment{'' if count == 1 else 's'}"


def _happened(effect: Act | Keep | RaiseFlag | OutcomeOfLastStep) -> str:
    if isinstance(effect, Act):
        return f"{effect.action}{f' until {effect.until}' if effect.until else ''}"
    if isinstance(effect, Keep):
        return f"kept {effect.kept_as or 'note'} = {effect.value}, {effect.certainty}"
    if isinstance(effect, OutcomeOfLastStep):
        return f"the last step: {effect.outcome}"
    return f"flag {effect.kind}{', loud' if effect.loud else ''}: {effect.why}"


def _explained(heard: Heard) -> list[str]:
    concern = f"{heard.concern.level or 'none'} ({heard.concern.reason})"
    wishes = ", ".join(f"{wish.name} ({wish.reason})" for wish in heard.wishes) or "none"
    lines = [f"  concern: {concern}", f"  wishes: {wishes}"]
    for name, reading in (("option", heard.option), ("answer", heard.answer), ("correction", heard.correction)):
        if reading:
            lines.append(f"  {name}: {_read(reading)}")
    return lines


def _read(reading: Reading) -> str:
    value = "not clear" if reading.value is None else reading.value
    return f"{value}, {reading.certainty} ({reading.reason})"


def _plain(value: int | bool | None) -> str:
    if value is None:
        return "not known"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
