"""How much one number is told, and when the bot stops talking to a machine: a table, and then real rows."""

from datetime import timedelta

import pytest

from bot import limits
from bot.limits import Sense, Text, Traffic
from bot.models import Answer, Flag, Message
from bot.reading.auto_reply import is_auto_reply
from tests.checkins.conftest import NOW, World

SECOND = timedelta(seconds=1)


def talk(*words: str, every: timedelta = timedelta(minutes=5), answers: int = 0) -> Traffic:
    """A conversation, oldest first: `<` is a text of theirs, `>` an answer of ours."""
    texts = [
        Text(words=each[1:].strip(), ours=each.startswith(">"), at=NOW + n * every) for n, each in enumerate(words)
    ]
    return Traffic(answers=answers, newest=tuple(reversed(texts)))


SAME = ("< I am away", "> Hello", "< I am away", "> Hello", "< i am AWAY!")
PINGPONG = ("< a", "> b") * limits.QUICK_TURNS


@pytest.mark.parametrize(
    ("traffic", "sense", "why"),
    [
        (talk(), Sense.NONE, None),
        (talk("< hello"), Sense.NONE, None),
        # the same words three times in a row
        (talk("< hello", "> hi", "< hello"), Sense.NONE, None),
        (talk("< hello", "> hi", "< hello", "> hi", "< Hello!!"), Sense.NONE, "same"),
        (talk(*SAME), Sense.NONE, "same"),
        (talk(*SAME), Sense.SOME, "same"),
        (talk(*SAME), Sense.ANSWER, None),
        (talk("< back at 10:42", "< back at 10:47", "< back at 11:03"), Sense.NONE, "same"),
        (talk("< away", "< away", "< not away", "< away"), Sense.NONE, None),
        # numbers are answers of their own, and a thumb is not a word
        (talk("< 7", "< 8", "< 6"), Sense.NONE, None),
        (talk("< 7", "< 7", "< 7"), Sense.NONE, "same"),
        (talk("< \U0001f44d", "< \U0001f44d", "< \U0001f44d"), Sense.NONE, None),
        (talk("< ", "< ", "< "), Sense.NONE, None),
        # what we say again ourselves is no loop
        (talk("> hi", "> hi", "> hi", "< hello"), Sense.NONE, None),
        # texts that come back faster than anybody writes
        (talk(*PINGPONG, "< c", every=SECOND), Sense.NONE, "robots"),
        (talk(*PINGPONG[2:], "< c", every=SECOND), Sense.NONE, None),
        (talk(*PINGPONG, "< c", every=SECOND), Sense.SOME, None),
        (talk(*PINGPONG, "< c", every=SECOND), Sense.ANSWER, None),
        (talk(*PINGPONG, "< c", every=20 * SECOND), Sense.NONE, None),
        # an hour's answers
        (talk("< hello", answers=limits.ANSWERS_AN_HOUR - 1), Sense.NONE, None),
        (talk("< hello", answers=limits.ANSWERS_AN_HOUR), Sense.NONE, "too many"),
        (talk("< hello", answers=limits.ANSWERS_AN_HOUR), Sense.ANSWER, "too many"),
    ],
)
def test_who_is_not_answered_and_why(traffic: Traffic, sense: Sense, why: str | None) -> None:
    # `a` over and over is the same words besides: what is asked here is the speed.
    numbered = [
        Text(f"{t.words} {'x' * n}" if t.words == "a" else t.words, t.ours, t.at) for n, t in enumerate(traffic.newest)
    ]
    assert limits.over(Traffic(traffic.answers, tuple(numbered)), sense) == why


@pytest.mark.parametrize("why", ["too many", "robots"])
def test_on_the_phones_page_only_the_same_words_are_too_much(why: str) -> None:
    quick = talk(*(f"{mark} {n}{mark}" for n in range(20) for mark in "<>"), "< c", every=SECOND)
    assert limits.over(Traffic(99 if why == "too many" else 0, quick.newest), Sense.NONE) == why
    assert limits.over(Traffic(99, quick.newest), Sense.NONE, metered=False) is None
    assert limits.over(talk(*SAME), Sense.NONE, metered=False) == "same"


MACHINES = [
    "I'm driving right now, I'll get back to you later",
    "I\u2019m driving with Do Not Disturb While Driving turned on. I\u2019ll see your message later.",
    'I\'m not receiving notifications. If this is urgent, reply "urgent" to send a notification through.',
    "This number is not monitored. Please do not reply to this message.",
    "This number isn't monitored",
    "The number you have texted is not in service",
    "This number is no longer in use.",
    "Out of office: I am away until 3 December",
    "I am currently out of the office and will reply when I return",
    "Auto-reply: in a meeting",
    "This is an automated message. Please do not reply.",
    "Thank you for your message. We will get back to you as soon as possible.",
    "Thanks for contacting Acme Tyres, our team will be in touch",
    "Your message could not be delivered",
    "This phone does not accept text messages",
]
PEOPLE = [
    "driving lesson went well",
    "im learning driving now",
    "thanks for your message, helped a lot",
    "got an automatic reply from asda",
    "rang them and the office was closed",
    "my phone is out of service till friday so ill ring from me mams",
    "is this an automatic text",
    "the number you gave me is wrong",
    "couldnt reply to this sooner sorry",
    "sorry was in a meeting. yes done it",
    "im out and about, will do it later",
]  # fmt: skip


@pytest.mark.parametrize("text", MACHINES)
def test_a_machines_text_is_known_and_is_no_answer(world: World, text: str) -> None:
    assert is_auto_reply(text)
    world.start()
    world.begin(world.person.next_check_in_at)
    answers, [asked] = len(world.rows(Answer)), world.open_check_ins
    assert world.text(text).reply is None
    assert len(world.rows(Answer)) == answers
    [still] = world.open_check_ins
    assert (still.state["at"], still.wake_at) == (asked.state["at"], asked.wake_at), "the question is still open"
    assert world.text("done").reply is not None


@pytest.mark.parametrize("text", PEOPLE)
def test_a_persons_text_is_not_taken_for_a_machines(text: str) -> None:
    assert not is_auto_reply(text)


def test_a_loop_is_broken_told_once_and_seen(world: World) -> None:
    world.start()
    replies = [world.text("Beep boop, I like texting", after=timedelta(minutes=4)).reply for _ in range(10)]
    assert [reply is not None for reply in replies][2:] == [False] * 8
    [flag] = world.rows(Flag, Flag.kind == "loop")
    assert flag.version == 1
    assert "three times" in flag.evidence["why"]
    kept = world.rows(Message, Message.body.like("Beep%"))
    assert {row.state for row in kept} == {"handled"}
    assert len(kept) == 10
    assert world.text("can sam ring me").reply is not None, "the bot is there for the person behind it"


def test_an_hour_has_twenty_answers_and_what_cannot_wait_has_no_limit(world: World) -> None:
    world.start()
    said = [world.text(f"{word} {n} {word}", after=timedelta(seconds=50)).reply for n in range(8) for word in "abcdef"]
    given = [reply for reply in said if reply]
    assert len(given) + 3 <= limits.ANSWERS_AN_HOUR + 1
    texts = ["who is this", "are you a bot", "WINS", "MY STEP", "how does this work"]
    hour = [world.text(texts[n % 5], after=timedelta(seconds=40)).reply for n in range(60)]
    assert 0 < sum(reply is not None for reply in hour) <= limits.ANSWERS_AN_HOUR
    assert hour[-1] is None
    assert world.open_flags.count("loop") == 1
    assert len(world.rows(Message, Message.direction == "in", Message.state == "handled")) == 111
    crisis = world.text("i want to kill myself", after=timedelta(seconds=1)).reply
    assert crisis is not None
    stop = world.text("please stop texting me", after=timedelta(seconds=1)).reply
    assert stop is not None
    assert world.person.state == "opted_out"


def test_after_an_hour_they_are_answered_again(world: World) -> None:
    world.start()
    for n in range(30):
        world.text(["who is this", "are you a bot", "WINS"][n % 3], after=timedelta(seconds=30))
    assert world.text("who is this", after=timedelta(seconds=30)).reply is None
    assert world.text("who is this", after=timedelta(hours=1)).reply is not None


def test_three_clear_answers_alike_are_three_answers(world: World) -> None:
    """The same number for three questions within the hour is a person's right."""
    world.start()
    for _ in range(3):
        world.begin(max(world.person.next_check_in_at or world.now, world.now))
        for words in ("done", f"felt good {world.now}", f"ring place {world.now:%d} on friday 10am"):
            world.text(words, after=timedelta(minutes=1))
        assert world.text("8", after=timedelta(minutes=1)).reply is not None
    assert "loop" not in world.open_flags


def test_two_machines_stop_though_no_text_is_like_another(world: World) -> None:
    world.start()
    words = ("who is this", "are you a bot", "how does this work", "is this real", "whos this")
    said = [world.text(f"{words[n % 5]} {'x' * n}", after=2 * SECOND).reply for n in range(18)]
    assert said[-1] is None
    assert sum(reply is not None for reply in said) <= limits.QUICK_TURNS + 3


@pytest.mark.parametrize("words", ["CALL", "can sam ring me"])
def test_of_a_loop_that_asks_for_a_person_the_practitioner_still_hears(world: World, words: str) -> None:
    world.start()
    replies = [world.text(words).reply for _ in range(4)]
    assert replies[0] is not None
    assert replies[-1] is None
    [flag] = world.rows(Flag, Flag.kind == "asked_for_you")
    assert flag.version == 4
    assert world.person.held_for == "asked_for_you"
