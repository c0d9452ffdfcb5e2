"""What a flow is, once read: plain values. ``loader`` makes them, ``checker`` judges them, ``engine`` runs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.conversation.templates import Template

# Limits of the language.
MAX_NODES = 80
MAX_VISITED_IN_A_TURN = 20
MAX_TEXT_LENGTH = 480
MAX_NUDGES = 2
MAX_MISREADS = 2
MAX_SEGMENTS = 2  # what a node may ask for with ``segments:``; one otherwise
MAX_EXAMPLES = 60

READERS = ("progress", "plan", "scale", "when", "choice", "text")

# Where an answer can be kept. The raw words are kept whatever is said here.
KEEPS = (
    "step",  # a plan: their words and when
    "step.when",
    "step.confidence",
    "step.outcome",
    "step.helped",  # what helped, or how they managed it
    "step.barrier",  # what got in the way
    "step.why",  # why that number and not a lower one
    "step.higher",  # what would make the number one higher
    "strength",
    "dream",
    "contact.time",  # when check-ins suit them
    "pause.weeks",
    "call.time",  # when they would like to be rung
    "note",
)

# What a node can do beside speaking: ``do:``. Each is one effect of decision.py.
ACTIONS = (
    "consent",  # the person agreed to be texted
    "no_consent",
    "opt_out",
    "wrong_number",
    "start_again",  # START after an opt-out, or HI after a rest or pause
    "pause",  # for the time they named, or a week
    "hold_for_call",  # the bot keeps quiet until the practitioner hands back, at most three working days
    "hold_for_safety",  # ... until a person hands back
    "not_safe",  # and nobody rings or texts
    "same_step",  # the last step stands again
    "contact_time",  # check-ins come at the time kept as contact.time, or at any time
    "less",
    "more",
    "remind",  # one text on the day of their step
    "dream_asked",
    "dream_later",  # never raised again unasked
    "got_a_job",
    "finish",  # the person is done with check-ins, gladly
)

# What a person can want at any moment; ``wishes:`` in phrases.yaml says which node answers it.
WISHES = (
    "stop",
    "wrong_number",
    "start",
    "help",
    "who",
    "bot",
    "call_me",
    "pause",
    "later",
    "skip",
    "wins",
    "my_step",
    "got_a_job",
    "less",
    "more",
    "time",
    "remind",
    "dream",
    "small",
    "step",
    "hi",
    "safe",
    "not_safe",
)

# What the bot says of itself: these nodes of phrases.yaml must be there.
OWN_PHRASES = (
    "crisis",
    "distress",
    "not_understood",
    "handed_over",
    "passed_on",
    "cannot_open",
    "noted_done",
    "corrected",
    "unknown_number",
    "older_button",
)

END = "end"


@dataclass(frozen=True, slots=True)
class Text:
    """A text by language. ``{placeholders}`` are filled by ``fills``."""

    by_language: Mapping[str, str]
    line: int = 0

    def in_language(self, language: str, fallback: str = "en") -> str:
        """The text in ``language``, else in ``fallback``, else in the first language there is."""
        return self.by_language.get(language) or self.by_language.get(fallback) or next(iter(self.by_language.values()))


@dataclass(frozen=True, slots=True)
class Nudge:
    """A reminder while the question is open, ``after`` the question was sent."""

    after: timedelta
    say: Text
    whatsapp_template: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """``fact operator value``; a bare fact is ``fact is True``, ``not fact`` is ``fact is False``."""

    fact: str
    operator: str  # one of = != < <= > >= is
    value: int | str | bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of ``choose``: all conditions hold (none: ``else``), then ``goto``."""

    conditions: tuple[Condition, ...]
    goto: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A question (``ask``), a statement (``say``), or a fork (``choose``).

    ``goto`` maps a case to a target: an option's name, ``yes partly no`` (progress), ``0``..``10``
    (scale, ranges already spread out), ``plan`` / ``when`` (understood), ``unclear`` (no re-ask),
    ``skip``, ``later``, and ``*`` for whatever is left. A target is a node of this file, ``end``,
    ``flow.yaml`` (its start) or ``flow.yaml/node``. ``segments`` is what a turn with this node may cost.
    ``lines`` says where its keys stand in ``file``: ``goto``, ``goto.yes``, ``keep``, ...
    """

    name: str
    line: int = 0
    ask: Text | None = None
    say: Text | None = None
    brief: Text | None = None
    unclear: Text | None = None
    reply: str | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep: str | None = None
    do: tuple[str, ...] = ()
    nudges: tuple[Nudge, ...] = ()
    whatsapp_template: str | None = None
    goto: Mapping[str, str] = field(default_factory=dict)
    choose: tuple[Branch, ...] = ()
    segments: int = 1
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def line_of(self, key: str) -> int:
        """The line ``key`` stands on, else the node's own."""
        return self.lines.get(key) or self.lines.get(key.partition(".")[0]) or self.line


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation kept with the flow: ``check`` and the tests play it. Lines as in flows/README.md."""

    name: str
    given: Mapping[str, object]
    talk: tuple["ExampleLine", ...]
    line: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class ExampleLine:
    kind: str  # us | them | after | then
    value: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """One file. ``wishes`` stand only in phrases.yaml; ``places`` says in which file and line each was written."""

    key: str
    file: str
    title: str
    start: str
    nodes: Mapping[str, Node]
    wishes: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Flows:
    """All flows of one scheme, its own wordings already laid over the standard ones.

    ``templates`` are those of today, whatever version a check-in began with: what WhatsApp has approved.
    """

    by_key: Mapping[str, Flow]
    templates: Mapping[str, "Template"] = field(default_factory=dict)

    @property
    def phrases(self) -> Flow:
        return self.by_key["phrases"]

    def node(self, place: str) -> Node:
        """The node at ``flow/node``. KeyError when there is none."""
        key, _, name = place.partition("/")
        return self.by_key[key].nodes[name]

    def target(self, place: str, goto: str) -> str | None:
        """Where ``goto``, said at ``place``, leads: ``flow/node``, or None for the end."""
        if goto == END:
            return None
        file, _, name = goto.partition("/")
        if file.endswith(".yaml"):
            key = file.removesuffix(".yaml")
            return f"{key}/{name or self.by_key[key].start}"
        return f"{place.partition('/')[0]}/{goto}"
