"""What explains a silence: no flag says then that somebody is quiet, and one that said so is closed."""

from collections.abc import Callable

import pytest

from bot import people, quiet
from bot.models import Flag
from tests.flags.acting import now_is
from tests.flags.conftest import DAY, Cast


def pause(cast: Cast) -> None:
    with cast.database.write() as db:
        people.pause(db, cast.get_in(db), 3, "sam@example.org", cast.now)


def cant_reach(cast: Cast) -> None:
    cast.flag("cant_reach")


def stop(cast: Cast) -> None:
    cast.flag("opted_out")


def write(cast: Cast) -> None:
    cast.wrote("here i am")


def leave(cast: Cast) -> None:
    with cast.database.write() as db:
        people.close(db, cast.get_in(db), "sam@example.org", cast.now)


WHYS = {pause: "paused", cant_reach: "cant_reach", stop: "opted_out", write: "they_wrote", leave: "left_the_scheme"}


@pytest.mark.parametrize(("do", "why"), WHYS.items(), ids=WHYS.values())
def test_an_open_quiet_flag_is_closed_by_what_explains_it(cast: Cast, do: Callable[[Cast], None], why: str) -> None:
    flag = cast.flag("quiet")
    do(cast)
    closed = now_is(cast, flag)
    assert (closed.closed_by, closed.closed_why) == ("automatic", why)
    assert cast.events("flag_closed")[-1]["why"] == why


@pytest.mark.parametrize("do", [pause, write, leave])
def test_nobody_is_called_quiet_meanwhile(cast: Cast, do: Callable[[Cast], None]) -> None:
    cast.asked()
    cast.now += 10 * DAY
    do(cast)
    cast.look(4 * DAY)
    assert cast.rows(Flag, Flag.kind == "quiet") == []


def test_a_hold_is_no_silence(cast: Cast) -> None:
    cast.asked()
    cast.now += 2 * DAY
    cast.set(cast.leon, held_for="asked_for_you", held_until=cast.now + 3 * DAY)
    with cast.database.write() as db:
        quiet.rearm(db, cast.library, cast.get_in(db), cast.now)
    cast.look(12 * DAY)
    assert cast.rows(Flag, Flag.kind == "quiet") == []
