"""What a host does between two turns, at its least."""

from datetime import date, time, timedelta

from bot.conversation.decision import Act, Decision, Effect, Keep, OutcomeOfLastStep, Say
from bot.conversation.facts import Facts
from bot.conversation.given import given_facts, given_now
from bot.conversation.stage import Stage
from tests.conversation.small_flows import library

FLOW = """\
title: Weekly check-in
nodes:
  how_did_it_go:
    ask: "How did it go?"
    reply: progress
    keep: step.outcome
    goto: {yes: how_sure, partly: how_sure, no: how_sure}
  how_sure:
    ask: "How sure are you, 0 to 10?"
    reply: scale
    keep: step.confidence
    goto: {0-10: end}
"""


def stage(**given: object) -> Stage:
    made = library(FLOW)
    scheme = made.schemes["t"]
    return Stage(made.flows("t"), given_facts(given, scheme), given_now(given, scheme))


def test_what_a_check_in_learnt_is_history_for_the_next_one() -> None:
    played = stage(step="ring the college", confidence="6")
    played.start("weekly_check_in")
    played.hear("done")
    played.hear("8")
    assert played.ended
    assert (played.facts.wins, played.facts.confidences, played.facts.check_ins) == ((), (6,), 1)
    played.start("weekly_check_in")
    assert (played.facts.wins, played.facts.confidences, played.facts.check_ins) == (("ring the college",), (8, 6), 2)


def test_a_step_that_was_not_done_counts_in_a_row() -> None:
    played = stage(step="ring the college", undone_in_a_row="1")
    played.start("weekly_check_in")
    played.hear("not yet")
    played.start("weekly_check_in")
    assert played.facts.undone_in_a_row == 2


def kept(place: str, value: int | str | None, **more: object) -> Keep:
    return Keep("x/y", place, "?", str(value), value, "sure", "said so", **more)  # type: ignore[arg-type]


def after(effect: Effect, **given: object) -> Facts:
    """The facts once this has happened, and the next check-in has begun."""
    played = stage(**given)
    played._take([Decision(None, (effect,))])
    played.start("weekly_check_in")
    return played.facts


def test_a_new_step_stands_with_its_time() -> None:
    facts = after(kept("step", "find my cv", when_words="thurs 2pm", day=date(2026, 11, 26), time=time(14)))
    assert facts.step is not None
    assert (facts.step.words, facts.step.when_words, facts.step.minute) == ("find my cv", "thurs 2pm", 14 * 60)


def test_a_time_belongs_to_the_step_there_is() -> None:
    facts = after(kept("step.when", "fri", when_words="fri"), step="find my cv")
    assert facts.step is not None
    assert facts.step.when_words == "fri"
    assert after(kept("step.when", "fri", when_words="fri")).step is None


def test_an_answer_that_was_not_understood_changes_nothing() -> None:
    assert after(kept("step.confidence", None)).confidences == ()


def test_what_was_asked_and_told_is_remembered() -> None:
    now = stage().now
    assert after(kept("step.why", "because")).why_asked_at == now
    assert after(kept("strength", "patience")).strength_asked_at == now
    assert after(kept("dream", "a baker")).has_dream


def test_actions_change_the_person() -> None:
    assert after(Act("consent"), state="invited").started_at is not None
    assert after(Act("dream_later")).dream_asked_at is not None
    assert after(Act("pause")).state == "paused"
    assert after(Act("got_a_job")) == after(Act("remind"))


def test_the_same_step_stands_again_without_its_time() -> None:
    facts = after(Act("same_step"), step="find my cv", when="thurs", outcome="not_yet")
    assert facts.step is not None
    assert (facts.step.words, facts.step.when_words, facts.step.outcome) == ("find my cv", None, None)


def test_a_step_done_between_check_ins_counts() -> None:
    assert after(OutcomeOfLastStep("done", "did it", "said so"), step="find my cv").wins == ("find my cv",)
    assert after(OutcomeOfLastStep("done", "did it", "said so")).wins == ()


def test_what_was_said_is_remembered_where_it_counts() -> None:
    now = stage().now
    assert after(Say("Call 999.", ("phrases/crisis",), "safety")).signposted_at == now
    assert after(Say("Thanks.", ("phrases/passed_on",))).passed_on_at == now


def test_another_flow_is_no_weekly_check_in() -> None:
    played = stage()
    played.start("phrases", "fine")
    played.start("weekly_check_in")
    assert played.facts.check_ins == 0


def test_time_passes_even_where_nothing_wakes() -> None:
    played = stage()
    before = played.now
    played.wait(timedelta(days=3))
    assert played.now == before + timedelta(days=3)
    assert played.said == []
