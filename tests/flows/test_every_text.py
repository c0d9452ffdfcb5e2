"""Every text of the design is in the flows, at a place with a name, and says what it is there to say."""

import pytest

from bot.conversation.flow import Flows, Node
from bot.conversation.walks import places

# id, where it stands, and a few words it cannot do without (in the full wording, the brief one aside).
TEXTS = [
    ("W1 welcome", "welcome/hello", ("{name}", "{practitioner}", "{scheme}", "automatic", "OK or NO")),
    ("W2 rules", "welcome/good_to_know", ("999", "CALL", "STOP", "{link}", "No one watches")),
    ("W5 no", "welcome/no_thanks", ("won't text", "{phone}")),
    ("F1 first step", "welcome/first_step", ("one small thing", "when")),
    ("F1 again", "step/one_small_thing", ("one small thing", "when")),
    ("F2 no idea", "step/no_idea", ("1 ", "2 ", "3 ", "your own")),
    ("F3 too big", "step/first_bit", ("10 minutes", "when")),
    ("F4 no time came", "step/when", ("When", "SKIP")),
    ("F5 confidence", "step/how_sure", ("{step}", "{when}", "0 to 10")),
    ("F5 without a time", "step/how_sure_of_it", ("{step}", "0 to 10")),
    ("F6 why not lower", "step/why_not_lower", ("{confidence}", "not a lower")),
    ("F7 one higher", "step/one_higher", ("one higher",)),
    ("F8 zero", "step/smaller_or_call", ("SMALL", "CALL", "honest")),
    ("F9 close", "step/good_luck", ("{day}", "Good luck", "{practitioner}'s check-in")),
    ("F9 with a reminder", "step/good_luck_and_remind", ("REMIND", "{day}", "Good luck")),
    ("C0 no step set", "weekly_check_in/what_small_step", ("{name}", "small thing", "when", "SKIP")),
    ("C0 with STOP", "weekly_check_in/what_small_step_or_stop", ("STOP", "SKIP")),
    ("C1 check-in", "weekly_check_in/how_did_it_go", ("{step}", "DONE, SOME or NOT YET", "Any answer is fine")),
    ("C1 with STOP", "weekly_check_in/how_did_it_go_or_stop", ("{step}", "DONE, SOME or NOT YET", "STOP")),
    ("C2 done", "weekly_check_in/what_helped", ("Well done", "How did you manage it")),
    ("C3 bank it, and on", "weekly_check_in/next_step", ("{win}", "wins", "when")),
    ("C3 after some of it", "weekly_check_in/rest_or_new", ("SAME", "when")),
    ("C4 some", "weekly_check_in/which_bit", ("Some counts", "Which bit")),
    ("C5 not yet", "weekly_check_in/what_got_in_the_way", ("Thanks for telling me", "got in the way")),
    ("C6 after a barrier", "weekly_check_in/same_or_new", ("SAME", "smaller", "when")),
    ("C7 barrier not theirs", "weekly_check_in/not_down_to_you", ("not down to you", "CALL", "SMALL")),
    ("two in a row", "weekly_check_in/half_the_size", ("too big, not you", "half", "another way")),
    ("C9 number up", "step/number_up", ("{previous_confidence}", "{confidence}", "What changed")),
    ("C10 number down", "step/number_down", ("{previous_confidence}", "{confidence}", "goes up and down", "help most")),
    ("D1 ask first", "dream/may_i", ("OK", "LATER", "bigger question")),
    ("D2 dream", "dream/dream", ("anything was possible", "No one will laugh")),
    ("D3 back it", "dream/towards_it", ("we will back you", "tiny step")),
    ("D4 later", "dream/no_bother", ("won't ask again", "DREAM")),
    ("S1 strength", "strengths/proud_of", ("proud of",)),
    ("S2 others' eyes", "strengths/in_others_eyes", ("someone who knows you well",)),
    ("S3 play back", "strengths/you_did_that", ("{win}", "You did that")),
    ("Q2 day 12", "still_here/just_hello", ("SMALL, BREAK or CALL", "STOP", "No need to explain")),
    ("Q3 day 21", "last_text/leave_you_be", ("stop texting", "HI", "STOP")),
    ("R1 they return", "welcome_back/good_to_hear", ("Nothing to catch up on", "STEP or CALL")),
    ("R2 day 90", "try_again/start_again", ("{scheme}", "HI", "STOP")),
    ("P1 how long", "phrases/how_many_weeks", ("1, 2 or 4",)),
    ("P2 paused", "phrases/paused", ("{until}", "HI", "CALL")),
    ("M1 TIME", "phrases/time", ("day and time", "ANY")),
    ("M2 LESS", "phrases/less", ("two weeks", "MORE")),
    ("M3 MORE", "phrases/more", ("every week", "LESS")),
    ("M4 MY STEP", "phrases/your_step", ("{step}", "{when}", "SMALL", "CALL")),
    ("M5 WINS", "phrases/your_wins", ("{wins}", "CALL")),
    ("M5 with none yet", "phrases/no_wins", ("STEP",)),
    ("M6 REMIND, on the day", "phrases/reminder", ("reminder you asked for", "{step}", "Good luck")),
    ("M7 GOT A JOB", "phrases/brilliant", ("brilliant", "KEEP or FINISH")),
    ("H1 in hours", "phrases/call_in_hours", ("{practitioner}", "{hours}")),
    ("H2 out of hours", "phrases/call_out_of_hours", ("{back}", "{listening_line}", "999")),
    ("SG1 signpost", "phrases/signpost", ("automatic", "999", "{listening_line}", "{text_line}")),
    ("SG2 in hours", "phrases/safe_to_ring", ("SAFE or NOT SAFE",)),
    ("SG3 out of hours", "phrases/no_one_reads_now", ("No one here reads texts until {back}", "{health_line}", "999")),
    ("SG4 not safe", "phrases/not_safe", ("won't ring or text", "{abuse_line}", "999")),
    ("X1 stopped", "phrases/stop", ("stopped the texts", "{phone}", "START")),
    ("X2 wrong number", "phrases/wrong_number", ("taken this number off",)),
    ("X3 who is this", "phrases/who", ("{scheme}", "CALL", "STOP")),
    ("U1 free text", "phrases/passed_on", ("passed that on to {practitioner}",)),
    ("U2 picture", "phrases/cannot_see", ("pictures or files", "CALL")),
]

ASKING_AGAIN = [
    ("C11 a number", "step/how_sure", ("one number, 0 to 10", "SKIP")),
    ("C11 a number, no time", "step/how_sure_of_it", ("one number, 0 to 10", "SKIP")),
    ("a thumbs-up is no yes", "welcome/hello", ("OK or NO",)),
]

NUDGES = [
    ("Q1 at 48 h", "weekly_check_in/how_did_it_go", ("No rush", "LATER", "{practitioner}'s check-in")),
    ("Q1 with STOP", "weekly_check_in/how_did_it_go_or_stop", ("No rush", "LATER")),
    ("Q1 no step", "weekly_check_in/what_small_step", ("No rush", "LATER")),
    ("Q1 no step, STOP", "weekly_check_in/what_small_step_or_stop", ("No rush", "LATER")),
    ("the one repeat", "welcome/hello", ("OK or NO", "{scheme}")),
]

# STOP stands here and in no other text: a text about how to stop makes people stop.
WITH_STOP = {
    "welcome/good_to_know",
    "weekly_check_in/how_did_it_go_or_stop",
    "weekly_check_in/what_small_step_or_stop",
    "still_here/just_hello",
    "last_text/leave_you_be",
    "try_again/start_again",
    "phrases/who",
}


def wording(node: Node) -> str:
    text = node.ask or node.say
    assert text is not None
    return text.in_language("en")


@pytest.mark.parametrize(("name", "place", "words"), TEXTS, ids=[text[0] for text in TEXTS])
def test_is_there(flows: Flows, name: str, place: str, words: tuple[str, ...]) -> None:
    said = wording(flows.node(place))
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(("name", "place", "words"), ASKING_AGAIN, ids=[text[0] for text in ASKING_AGAIN])
def test_asks_again_kindly(flows: Flows, name: str, place: str, words: tuple[str, ...]) -> None:
    again = flows.node(place).unclear
    assert again is not None
    assert [word for word in words if word not in again.in_language("en")] == []


@pytest.mark.parametrize(("name", "place", "words"), NUDGES, ids=[text[0] for text in NUDGES])
def test_nudges_once(flows: Flows, name: str, place: str, words: tuple[str, ...]) -> None:
    [nudge] = flows.node(place).nudges
    assert nudge.after.total_seconds() == 48 * 3600
    assert [word for word in words if word not in nudge.say.in_language("en")] == []


def test_only_the_opening_questions_nudge(flows: Flows) -> None:
    nudging = {place for place, node in places(flows) if node.nudges}
    assert nudging == {place for _, place, _ in NUDGES}


def test_stop_stands_where_it_belongs_and_nowhere_else(flows: Flows) -> None:
    said = {
        place
        for place, node in places(flows)
        for text in (node.ask, node.say, node.brief, node.unclear, *(nudge.say for nudge in node.nudges))
        if text and "STOP" in text.in_language("en")
    }
    assert said == WITH_STOP
