"""The standard templates: each fits the texts that use it, and each of its buttons does what its question says."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.conversation import engine, fills
from bot.conversation.checker import View
from bot.conversation.decision import Keep, State
from bot.conversation.facts import Facts
from bot.conversation.flow import Flows, Node
from bot.conversation.given import given_facts, given_now
from bot.conversation.scheme import Scheme
from bot.conversation.template_checks import late_texts
from bot.conversation.templates import Tap, Template, cases, fill
from bot.library import Library
from bot.settings import ROOT

LIBRARY = Library.load(ROOT / "flows")
FLOWS, SCHEME = LIBRARY.flows("tyneside"), LIBRARY.scheme("tyneside")
LATE = [text for text in late_texts(View.of(FLOWS, SCHEME), SCHEME) if text.template]
BUTTONS = [(text.place, text.template, case) for text in LATE for case in FLOWS.templates[str(text.template)].buttons]


def test_there_is_something_to_prove() -> None:
    assert {text.place.partition("/")[0] for text in LATE} == {
        "welcome", "weekly_check_in", "phrases", "still_here", "last_text", "try_again"
    }  # fmt: skip
    assert len(BUTTONS) > 20


@pytest.mark.parametrize("template", FLOWS.templates.values(), ids=FLOWS.templates)
def test_a_template_holds_the_longest_words(template: Template) -> None:
    for language, wording in template.text.by_language.items():
        values = {name: "x" * fills.PLACEHOLDERS[name] for name in fills.names_in(wording)}
        filled = fill(template, language, values, "a1b2c3d4")
        assert filled is not None
        assert len(filled.text) <= 1024


@pytest.mark.parametrize("template", FLOWS.templates.values(), ids=FLOWS.templates)
def test_a_template_is_used_and_has_its_id(template: Template) -> None:
    assert template.name in {text.template for text in LATE}
    assert SCHEME.template_ids(template.name)


def asked(flows: Flows, scheme: Scheme, place: str) -> tuple[Node, State, Facts, datetime]:
    """Somebody who was asked this a day ago, and has not answered."""
    given = {"step": "ring the college", "day": "2026-11-27", "channel": "whatsapp", "check_ins": "3"}
    now = given_now({}, scheme)
    flow, _, _ = place.partition("/")
    invited = {"state": "invited", "step": None, "started_at": None} if flow == "welcome" else {}
    facts = replace(given_facts(given, scheme), **invited)
    open_question = place if flows.node(place).ask else None
    state = State(flow=flow, at=open_question, visited=(place,), asked_at=now - timedelta(days=1))
    return flows.node(place), state, facts, now


@pytest.mark.parametrize(("place", "template", "case"), BUTTONS)
def test_a_button_does_what_its_question_says(
    flows: Flows, scheme: Scheme, place: str, template: str, case: str
) -> None:
    node, state, facts, now = asked(flows, scheme, place)
    tap = Tap(template, case, this_check_in=True)
    # The words are those of no answer at all.
    decision = engine.hear(flows, state, "qwxz", replace(facts, tap=tap), now)
    assert decision.said is not None
    assert not {flag.kind for flag in decision.flags} & {"message", "misread"}
    if case in cases(node):
        kept = next(effect for effect in decision.effects if isinstance(effect, Keep))
        assert (kept.node, kept.raw, kept.reason) == (place, "qwxz", "tapped the button")
    old = engine.hear(flows, state, "qwxz", replace(facts, tap=replace(tap, this_check_in=False)), now)
    if case in cases(node) and case != "hi":
        assert [flag.kind for flag in old.flags] == ["message"]
        assert not any(isinstance(effect, Keep) for effect in old.effects)
        assert old.state is not None
        assert old.state.at == state.at
