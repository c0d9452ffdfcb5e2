"""Two tap at the same moment: one of them has done it, and the other is told so."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.conversation.flag_deeds import Verdict
from bot.flag_undo import Undone
from bot.models import Flag
from bot.retention import people as retention
from tests.flags.acting import JO, SAM, act, now_is, undo
from tests.flags.conftest import DAY, Cast

LONGEST_WAIT = 30


@pytest.mark.parametrize("second", ["in_touch", "not_a_concern", "snooze", "acknowledge", "pass_on"])
def test_one_of_two_has_done_it(cast: Cast, second: str) -> None:
    cast.practitioner("Jo")
    flag = cast.flag("asked_for_you", loud=True)
    together = Barrier(2)

    def tap(what: str, by: str) -> Verdict:
        together.wait(LONGEST_WAIT)
        return act(cast, flag, what, by=by, to=JO)

    with ThreadPoolExecutor(2) as both:
        first, other = (both.submit(tap, what, by) for what, by in (("in_touch", SAM), (second, JO)))
        verdicts = {first.result(), other.result()}
    closed = now_is(cast, flag)
    # What closes it second finds it closed; what does not may have gone before.
    assert verdicts in ({Verdict.DO, Verdict.ALREADY}, {Verdict.DO})
    assert len(cast.events("flag_closed")) == 1
    assert closed.closed_at is not None
    if second in ("in_touch", "not_a_concern"):
        assert verdicts == {Verdict.DO, Verdict.ALREADY}


def test_it_is_taken_back_once(cast: Cast) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "in_touch")
    together = Barrier(2)

    def back(_: int) -> Undone:
        together.wait(LONGEST_WAIT)
        return undo(cast, flag)

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(back, range(2))) == [Undone.DONE, Undone.NOTHING]
    assert len(cast.events("flag_undone")) == 1


def test_what_an_act_kept_for_its_undo_goes_with_their_words(cast: Cast) -> None:
    flag = cast.flag("misread")
    act(cast, flag, "snooze", note="told me about her brother")
    act(cast, flag, "in_touch", note="rang, the brother is back")
    cast.now += 400 * DAY
    with cast.database.write() as db:
        retention.erase_words(db, cast.get_in(db), cast.library.scheme("tyneside"), cast.now)
    [kept] = cast.rows(Flag)
    everything = str({column.name: getattr(kept, column.name) for column in Flag.__table__.columns})
    assert "brother" not in everything
    assert undo(cast, flag) is Undone.NOTHING
