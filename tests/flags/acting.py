"""What tests do about flags, in a line each."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import flag_acts, flag_undo
from bot.conversation.flag_deeds import Deed, Verdict
from bot.flag_acts import By
from bot.flag_undo import Undone
from bot.models import Flag
from tests.flags.conftest import Cast

SAM, JO = "sam@example.org", "jo@example.org"


def act(cast: Cast, flag: Flag, what: str, by: str = SAM, via: Any = "page", **asked: Any) -> Verdict:
    with cast.database.write() as db:
        if what == "snooze" and "until" not in asked:
            asked["until"] = flag_acts.a_week_on(cast.library, flag, cast.now)
        return flag_acts.do(db, cast.library, flag.id, Deed(what=what, **asked), By(by, via), cast.now).verdict  # type: ignore[arg-type]


def note(cast: Cast, flag: Flag, **codes: str) -> None:
    with cast.database.write() as db:
        flag_acts.note(db, flag.id, By(SAM), cast.now, **codes)


def undo(cast: Cast, flag: Flag, after: timedelta = timedelta(), by: str = SAM) -> Undone:
    cast.now += after
    with cast.database.write() as db:
        return flag_undo.undo(db, flag.id, by, "page", cast.now)[0]


def now_is(cast: Cast, flag: Flag) -> Flag:
    [row] = cast.rows(Flag, Flag.id == flag.id)
    return row  # type: ignore[no-any-return]


def last(cast: Cast, what: str) -> Mapping[str, Any]:
    """The newest line of the history that says this, with who it was."""
    return cast.events(what)[-1]
