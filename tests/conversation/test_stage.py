"""What a host does between two turns, at its least."""

from datetime import timedelta

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


def test_time_passes_even_where_nothing_wakes() -> None:
    played = stage()
    before = played.now
    played.wait(timedelta(days=3))
    assert played.now == before + timedelta(days=3)
    assert played.said == []
