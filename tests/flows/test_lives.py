"""Whole conversations, weeks long, through the engine: what each week leaves behind is what the next one stands on."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation import segments
from bot.conversation.flow import Flows
from bot.conversation.scheme import Scheme
from tests.flows.player import UNASKED, Player

LIVES = sorted(Path(__file__).parent.joinpath("conversations").glob("*.yaml"))
TWO_SEGMENTS = {"welcome/first_step", "phrases/safe_to_ring", "phrases/no_one_reads_now", "phrases/your_wins"}
WEEK = timedelta(days=7)


@pytest.mark.parametrize("path", LIVES, ids=[path.stem for path in LIVES])
def test_a_life(flows: Flows, scheme: Scheme, path: Path) -> None:
    player = Player(flows, scheme)
    player.life(path)
    for _, said in player.sent:
        assert segments.is_gsm(said.text)
        assert "{" not in said.text
        assert segments.count(said.text) <= (2 if said.nodes[-1] in TWO_SEGMENTS else 1), said.text
    unasked = [at for at, said in player.sent if said.kind in UNASKED]
    for at in unasked:
        assert sum(at - WEEK < other <= at for other in unasked) <= 3, "more than three unasked texts in seven days"
