"""The flows in the repository pass their own checker: no error, no advice, and every example holds."""

from bot.conversation import checker
from bot.conversation.flow import Flows
from bot.conversation.scheme import Scheme
from bot.conversation.walks import places
from bot.library import Library
from tests.flows.player import Player

# Said where no flow leads: the reminder on its day, and a number nobody knows.
SAID_BY_THE_BOT_OF_ITSELF = {"phrases/reminder", "phrases/unknown_number"}


def test_nothing_is_wrong_and_nothing_is_advised(library: Library, flows: Flows, scheme: Scheme) -> None:
    assert [str(fault) for fault in library.faults] == []
    assert [str(fault) for fault in checker.check(flows, scheme)] == []


def test_every_flow_carries_examples(flows: Flows) -> None:
    assert [key for key, flow in flows.by_key.items() if not flow.examples] == []


def test_every_text_is_shown(flows: Flows, scheme: Scheme) -> None:
    """Together the examples stand on every node: what no example shows, nobody has tried."""
    shown = shown_by_examples(flows, scheme).places
    every = {place for place, node in places(flows) if node.ask or node.say}
    assert sorted(every - shown - SAID_BY_THE_BOT_OF_ITSELF) == []


def test_every_way_on_from_a_question_is_shown(flows: Flows, scheme: Scheme) -> None:
    shown = shown_by_examples(flows, scheme).ways
    every = {
        (place, flows.target(place, target))
        for place, node in places(flows)
        if node.ask
        for target in node.goto.values()
    }
    assert sorted(map(str, every - shown)) == []


def shown_by_examples(flows: Flows, scheme: Scheme) -> Player:
    """All examples, played for where they come by; whether they hold is proved above."""
    player = Player(flows, scheme)
    for flow in flows.by_key.values():
        for example in flow.examples:
            player.example(flow.key, example)
    return player


def test_the_scheme_words_something_its_own_way(library: Library, flows: Flows) -> None:
    own = [node.file for node in flows.phrases.nodes.values() if node.file.startswith("tyneside/")]
    assert own
    assert not any(flow.file.startswith("tyneside/") for flow in flows.by_key.values() if flow.key != "phrases")
