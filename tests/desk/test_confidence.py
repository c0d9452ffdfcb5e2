"""What a chart is made of: the numbers as they were given, and the check-ins that have none, each for its reason."""

from datetime import timedelta

from bot import confidence
from bot.confidence import NO_NUMBER, NOT_ANSWERED, NOT_DELIVERED
from bot.models import Answer, ServiceUser
from tests.desk.conftest import Desk
from tests.desk.lives import Week, begin, live


def said(desk: Desk, name: str = "amina", check_ins: int = 20) -> list[tuple[int | None, str]]:
    with desk.service.database.read() as db:
        person = db.get_one(ServiceUser, desk.people[name])
        return [(each.value, each.why) for each in confidence.newest(db, person, check_ins)]


def test_numbers_in_order_with_what_is_missing_and_why(desk: Desk) -> None:
    desk.add_person("Amina")
    silent, lost, skipped = Week(answered=False), Week(arrived=False), Week("print cv")
    live(desk, "amina", [silent, Week("ring college", 7), silent, Week("ring again", 6), lost, skipped, Week("go", 4)])
    assert said(desk) == [
        (7, ""),
        (None, NOT_ANSWERED),
        (6, ""),
        (None, NOT_DELIVERED),
        (None, NO_NUMBER),
        (4, ""),
    ], "what was before the first number is nothing to be missed"


def test_of_the_newest_so_many(desk: Desk) -> None:
    desk.add_person("Amina")
    live(desk, "amina", [Week("a", n) for n in range(8)])
    assert said(desk, check_ins=3) == [(5, ""), (6, ""), (7, "")]


def test_an_open_check_in_is_not_missed_yet_and_a_dream_asks_for_no_number(desk: Desk) -> None:
    desk.add_person("Amina")
    live(desk, "amina", [Week("a", 5)])
    live(desk, "amina", [Week(answered=False)], flow="dream")
    begin(desk, "amina", Week())
    assert said(desk) == [(5, "")]


def test_a_number_that_was_put_right_counts_once(desk: Desk) -> None:
    desk.add_person("Amina")
    live(desk, "amina", [Week("a", 5)])
    with desk.service.database.write() as db:
        [wrong] = db.query(Answer).all()
        wrong.corrected_at = wrong.at + timedelta(minutes=1)
        same = {"check_in_id": wrong.check_in_id, "step_id": wrong.step_id, "node": wrong.node}
        owns = {"scheme_id": wrong.scheme_id, "service_user_id": wrong.service_user_id}
        read = {"raw": "no 8", "value": "8", "certainty": "sure", "reason": "", "at": wrong.corrected_at}
        db.add(Answer(**owns, **same, kept_as="step.confidence", **read))
    assert said(desk) == [(8, "")]


def test_each_number_has_the_reason_that_followed_it(desk: Desk) -> None:
    desk.add_person("Amina")
    live(desk, "amina", [Week("a", 5, reason="a lift would help"), Week("b", 6)])
    with desk.service.database.read() as db:
        found = confidence.newest(db, db.get_one(ServiceUser, desk.people["amina"]), 9)
    assert [each.reason for each in found] == ["a lift would help", ""]


def test_of_many_people_in_one_query_each_their_own(desk: Desk) -> None:
    names = [f"P{n}" for n in range(12)]
    for n, name in enumerate(names):
        desk.add_person(name)
        live(desk, name.lower(), [Week("a", (n + m) % 11) for m in range(n)])
    with desk.service.database.read() as db:
        people = [db.get_one(ServiceUser, desk.people[name.lower()]) for name in names]
        with desk.counted() as asked:
            found = confidence.lately(db, people)
    assert len(asked) == 1
    for n, person in enumerate(people):
        expected = [(n + m) % 11 for m in range(n)][-8:]
        assert [point.value for point in found.get(person.id, [])] == expected
    assert {len({point.at for point in points}) == len(points) for points in found.values()} == {True}
