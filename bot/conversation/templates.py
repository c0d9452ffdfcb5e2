"""WhatsApp templates: words approved by Meta, the only ones it takes a day after somebody's last message.

A template is written in our own placeholders; Meta and Twilio know them as ``{{1}}``, ``{{2}}``, in the order in
which they stand. Each button carries a payload that says which template, which answer and which check-in it
belongs to, so that a tap is understood in any language, and one on last week's message is known for what it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.conversation import fills
from bot.conversation.case_loader import CASES
from bot.conversation.flow import Node, Text

UTILITY, MARKETING = "utility", "marketing"
CATEGORIES = (UTILITY, MARKETING)
TAG_DIGITS = 8

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PAYLOAD = re.compile(r"([a-z][a-z0-9_]{0,39}):([^:]{1,40})(?::(.{0,40}))?")
_TAG = re.compile(rf"[0-9a-f]{{{TAG_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Template:
    """``buttons``: what each one means (a case of the question, or a wish) -> what stands on it, by language."""

    name: str
    text: Text
    category: str = UTILITY
    buttons: Mapping[str, Text] = field(default_factory=dict)
    file: str = ""
    line: int = 0

    def languages(self) -> tuple[str, ...]:
        return tuple(self.text.by_language)


@dataclass(frozen=True, slots=True)
class Filled:
    """``text`` as the person reads it, and the values that Twilio puts into it, by their numbers."""

    text: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tap:
    """A button that was tapped: on which template, what it means, and whether on a message of this check-in."""

    template: str
    case: str
    this_check_in: bool


def fill(template: Template, language: str, values: Mapping[str, str], tag: str) -> Filled | None:
    """The template in ``language`` with what it says of this person; None where a value is missing.

    Meta refuses a value that is empty, or has a line end, a tab or four spaces in it: ``values`` are ``fitted``
    already, and one of which nothing was left is shown as cut.
    """
    wording = template.text.by_language.get(language)
    if wording is None or any(name not in values for name in fills.names_in(wording)):
        return None
    said = [_one_line(values[name]) for name in fills.names_in(wording)]
    variables = {str(number): value for number, value in enumerate(said, 1)}
    if template.buttons:
        variables[str(len(said) + 1)] = tag
    each = iter(said)
    return Filled(_PLACEHOLDER.sub(lambda _: next(each), wording), variables)


def _one_line(value: str) -> str:
    return " ".join(value.split()) or fills.CUT


def numbered(wording: str) -> str:
    """``wording`` as it is submitted: ``Hi {{1}}, your step was {{2}}``."""
    numbers = iter(range(1, wording.count("{") + 1))
    return _PLACEHOLDER.sub(lambda _: f"{{{{{next(numbers)}}}}}", wording)


def payload(template: Template, case: str, language: str) -> str:
    """What a button brings back. Its last part is a variable, too: the check-in's tag."""
    number = len(fills.names_in(template.text.by_language[language])) + 1
    return f"{template.name}:{case}:{{{{{number}}}}}"


def tag_of(hexadecimal: str) -> str:
    """A check-in as its buttons name it: enough to tell it from the person's other ones, and nothing else."""
    return hexadecimal[:TAG_DIGITS]


def tapped(payload: str | None, tag: str | None) -> Tap | None:
    """The tap that a payload stands for; ``tag`` is that of the person's last check-in. None for one that is not ours.

    A payload without a readable tag (a template that was made by hand) is taken to be of this check-in.
    """
    found = _PAYLOAD.fullmatch(payload or "")
    if found is None:
        return None
    named = found[3] if _TAG.fullmatch(found[3] or "") else None
    return Tap(found[1], found[2].strip().lower(), this_check_in=tag is not None and named in (None, tag))


def cases(node: Node) -> frozenset[str]:
    """The answers that a question has names for, and a button can stand for."""
    return frozenset((*node.options, *CASES.get(node.reply or "", ()))) - {"any"}


def templates_of(node: Node) -> tuple[str, ...]:
    """The templates that a question is asked by: its own, and those of its nudges."""
    named = (node.whatsapp_template, *(nudge.whatsapp_template for nudge in node.nudges))
    return tuple(name for name in named if name)


def chosen(template: Template, ids: Mapping[str, str], language: str, first: str) -> tuple[str, str] | None:
    """The language to send in, and the approved id: the person's own, else the scheme's first; None without an id.

    ``ids`` by language; the one under "" was written without a language and is that of the main one.
    """
    main = main_language(template, first)
    for wanted in dict.fromkeys((language, main)):
        content_sid = ids.get(wanted) or (ids.get("") if wanted == main else None)
        if content_sid and wanted in template.text.by_language:
            return wanted, content_sid
    return None


def main_language(template: Template, first: str) -> str:
    """The scheme's first language where the template has it, else the template's own first."""
    return first if first in template.text.by_language else template.languages()[0]
