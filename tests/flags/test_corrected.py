"""A number they put right: the wrong one goes, and the numbers of other weeks stay theirs."""

from uuid import UUID, uuid4

from bot import answers, evidence, queries
from bot.applying import Applying
from bot.conversation.decision import Keep
from bot.models import Answer, CheckIn
from tests.flags.conftest import DAY, NOW, Cast

HOW_SURE = "step/how_sure"


def asked(cast: Cast, weeks_ago: int, number: int) -> UUID:
    """A check-in of some weeks ago, with the number they gave."""
    at = NOW - 7 * weeks_ago * DAY
    owner = {"scheme_id": "tyneside", "service_user_id": cast.leon}
    check_in = CheckIn(
        id=uuid4(), **owner, flow="weekly_check_in", flow_version="v", state={}, started_at=at,
        ended_at=None if weeks_ago == 0 else at,
    )  # fmt: skip
    how = {"certainty": "sure", "reason": "one number", "question": "How sure are you?"}
    given = {"node": HOW_SURE, "kept_as": "step.confidence", "raw": str(number), "value": str(number), "at": at}
    cast.add(check_in, Answer(**owner, **how, **given, check_in_id=check_in.id))
    return check_in.id


def test_only_this_weeks_number_is_put_right(cast: Cast) -> None:
    for weeks_ago, number in ((3, 7), (2, 8), (1, 7)):
        asked(cast, weeks_ago, number)
    open_one = asked(cast, 0, 1)
    with cast.database.write() as db:
        person = cast.get_in(db)
        gathered = queries.gather(db, cast.library, person, cast.now)
        at = Applying(db, cast.library, person, gathered.facts, None, cast.now + DAY, db.get(CheckIn, open_one))
        answers.keep(
            at,
            Keep(
                node=HOW_SURE, kept_as="step.confidence", question="How sure?", raw="no i meant 7", value=7,
                certainty="sure", reason="a correction", corrects=True,
            ),
        )  # fmt: skip
    with cast.database.read() as db:
        numbers = [number for number, _ in evidence.confidence_answers(db, cast.get_in(db))]
    assert numbers == [7, 7, 8, 7]
