"""What ``check`` says of WhatsApp: whatever can be sent a day after their last message has a template that fits it.

Only where the scheme uses WhatsApp: its scheme.yaml has the key ``whatsapp_templates``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.conversation import fills, wording
from bot.conversation.certain import UNCERTAIN, after_actions, certain
from bot.conversation.faults import Fault, near, unknown
from bot.conversation.flow import WISHES, Node
from bot.conversation.scheme import Scheme
from bot.conversation.templates import Template, cases, main_language
from bot.conversation.walks import REMINDER, begun_unasked, places, reached, turns

if TYPE_CHECKING:
    from bot.conversation.checker import View

WINDOW = timedelta(hours=24)  # WhatsApp takes free text for so long after the person's last message
NO_TEMPLATE = "this can be sent when WhatsApp's 24 hours are over: give it a whatsapp_template, or it goes by SMS"
ID_MISSING = 'the template "{name}" has no id{language} under whatsapp_templates: once it is approved, put it there'


@dataclass(frozen=True, slots=True)
class Late:
    """A text that can be sent when the 24 hours are over, under the ``key`` of a node."""

    place: str
    key: str
    template: str | None


def template_errors(view: "View") -> Iterator[Fault]:
    """A template that is not there, or that cannot say or ask what its text does."""
    if not view.scheme or not view.scheme.uses_whatsapp:
        return
    yield from _unknown_ids(view, view.scheme)
    known = certain(view.flows)
    for place, node in places(view.flows):
        for key, name in _named(node):
            template = view.flows.templates.get(name)
            if template is None:
                yield view.fault(place, key, _unknown(view, name))
                continue
            at_hand = after_actions(node, known[place]) if place in known else UNCERTAIN
            yield from _unfit(view, place, key, template, at_hand)


def _named(node: Node) -> Iterator[tuple[str, str]]:
    if node.whatsapp_template:
        yield "whatsapp_template", node.whatsapp_template
    for nudge in node.nudges:
        if nudge.whatsapp_template:
            yield "nudges", nudge.whatsapp_template


def _unknown(view: "View", name: str) -> str:
    meant = near(name, view.flows.templates)
    hint = f'did you mean "{meant}"?' if meant else "write its words there"
    return f'the template "{name}" is not in whatsapp.yaml: {hint}'


def _unknown_ids(view: "View", scheme: Scheme) -> Iterator[Fault]:
    for name in scheme.whatsapp_templates or {}:
        if name not in view.flows.templates:
            sentence = f"whatsapp_templates: {unknown('template', name, view.flows.templates)}"
            yield Fault(_scheme_file(scheme), 0, sentence)


def _scheme_file(scheme: Scheme) -> str:
    return f"{scheme.key}/scheme.yaml"


def _unfit(view: "View", place: str, key: str, template: Template, at_hand: frozenset[str]) -> Iterator[Fault]:
    """Placeholders that can be empty there, and buttons that mean nothing there."""
    said = {name for wording in template.text.by_language.values() for name in fills.names_in(wording)}
    for name in sorted((said & UNCERTAIN) - at_hand):
        sentence = f'the template "{template.name}" says {{{name}}}, which can be empty here: use one without it'
        yield view.fault(place, key, sentence)
    offered = cases(view.flows.node(place))
    for case in template.buttons:
        if case not in offered and case not in WISHES:
            numbers_last = sorted(offered, key=lambda each: (each.isdecimal(), each.rjust(2)))
            choice = ", ".join(numbers_last) or "a wish such as hi, call_me or stop"
            sentence = f'the button "{case}" of the template "{template.name}" is no answer to this: use {choice}'
            yield view.fault(place, key, sentence)


# ---------------------------------------------------------------- advice


def template_advice(view: "View") -> Iterator[Fault]:
    """Texts that WhatsApp would not take, and go by SMS or not at all; and templates that wait for their id."""
    scheme = view.scheme
    if not scheme or not scheme.uses_whatsapp:
        return
    late = list(dict.fromkeys(late_texts(view, scheme)))
    for text in late:
        if not text.template:
            yield view.advice(text.place, text.key, NO_TEMPLATE)
    for name in sorted({text.template for text in late if text.template}):
        if name in view.flows.templates:
            yield from _without_id(scheme, view.flows.templates[name])
            yield from _words(view.flows.templates[name])


def _words(template: Template) -> Iterator[Fault]:
    for words in template.text.by_language.values():
        for sentence in wording.advice(words, by_sms=False):
            yield Fault(template.file, template.text.line or template.line, sentence, is_error=False)


def late_texts(view: "View", scheme: Scheme) -> Iterator[Late]:
    """Every text that is sent unasked: first texts, the reminder, and nudges that fall due outside the 24 hours."""
    starts = begun_unasked(view.flows)
    first = {walk.said[-1] for start in starts for walk in turns(view.flows, start) if walk.said}
    unasked = first | ({REMINDER} & reached(view.flows))
    slack = _quiet_length(scheme)
    for place, node in places(view.flows):
        if place in unasked:
            yield Late(place, "ask" if node.ask else "say", node.whatsapp_template)
        for nudge in node.nudges:
            # A nudge that falls due at night waits for the morning; a question nobody asked for opens no window.
            if place in unasked or nudge.after + slack >= WINDOW:
                yield Late(place, "nudges", nudge.whatsapp_template)


def _quiet_length(scheme: Scheme) -> timedelta:
    begins, ends = (at.hour * 60 + at.minute for at in (scheme.quiet_from, scheme.quiet_until))
    return timedelta(minutes=(ends - begins) % (24 * 60))


def _without_id(scheme: Scheme, template: Template) -> Iterator[Fault]:
    ids, main = scheme.template_ids(template.name), main_language(template, scheme.languages[0])
    for language in dict.fromkeys((main, *scheme.languages)):
        if language not in template.text.by_language:
            sentence = f'the template "{template.name}" has no wording in "{language}": "{main}" is sent in its place'
            yield Fault(template.file, template.line, sentence, is_error=False)
        elif not (ids.get(language) or (language == main and ids.get(""))):
            named = f' for "{language}"' if len(scheme.languages) > 1 else ""
            instead = "until then the text goes by SMS" if language == main else f'until then "{main}" is sent'
            sentence = f"{ID_MISSING.format(name=template.name, language=named)}; {instead}"
            yield Fault(_scheme_file(scheme), 0, sentence, is_error=False)
