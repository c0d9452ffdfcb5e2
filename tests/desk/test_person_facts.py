"""The facts of a person on their page: their words first; small and quick however long they have been here."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.models import Event, Note, Promise, ServiceUser
from tests.desk.conftest import LARGEST_PAGE, Desk
from tests.desk.lives import Week, begin, dream, live

EVIL = "<script>alert(1)</script>\u202e=HYPERLINK(1)"
Check = Callable[[str], None]


def page(desk: Desk, path: str = "", who: str = "sam", name: str = "amina") -> str:
    return desk.signed_in(who).get(f"/people/{desk.people[name]}{path}").text


def flat(html: str) -> str:
    return " ".join(html.split())


@pytest.fixture
def amina(desk: Desk) -> Desk:
    desk.add_person("Amina")
    live(
        desk,
        "amina",
        [
            Week("ring the college", 7, "done", helped="me mam came"),
            Week("print my cv", 6, "not_yet", "a lift", barrier="travel", barrier_words="no bus fare"),
            Week(answered=False),
            Week("walk to the library", 3, "some"),
        ],
    )
    dream(desk, "amina", "run my own nursery")
    return desk


def test_their_words_and_what_became_of_each_step(amina: Desk, check_page: Check) -> None:
    html = page(amina)
    check_page(html)
    for shown in ("run my own nursery", "ring the college", "me mam came", "no bus fare", "walk to the library"):
        assert shown in html
    for became in ("Done", "Changed to another step", "Some of it done"):
        assert f"<strong>{became}</strong>" in html
    assert "Travel: in 1 step" in flat(html).replace("The cost of travel", "Travel")


def test_a_chart_with_its_table_and_a_gap(amina: Desk) -> None:
    html = page(amina)
    assert html.count('<circle cx="') == 3
    assert html.count('<circle class="none"') == 1
    # 7 and 6 are joined; the check-in without a number parts them from 3.
    assert html.count("<polyline") == 1
    rows = [flat(row) for row in html.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]]
    assert ["not answered" in row for row in rows] == [False, True, False, False]
    assert ">3<" in rows[0]
    assert "walk to the library" in rows[0]
    assert "a lift" in rows[2]
    assert "The dashed line is what is usual for Amina: 6.5." in flat(html)


def test_nothing_told_yet_is_a_good_page(desk: Desk, check_page: Check) -> None:
    desk.add_person("Amina")
    html = page(desk)
    check_page(html)
    for calm in ("No step yet.", "No number yet.", "Nothing is promised.", "dreams come after trust"):
        assert calm in html
    assert "<svg" not in html


def test_whose_choice_their_rhythm_is(desk: Desk) -> None:
    leon = desk.add_person("Leon", every_weeks=2, slot_weekday=1, slot_minute=660)
    assert "A check-in every 2 weeks, as the scheme sets it." in page(desk, name="leon")
    with desk.service.database.write() as db:
        event = {"who": "service user", "what": "rhythm", "after": {"every_weeks": 2}}
        db.add(Event(scheme_id="tyneside", service_user_id=leon, at=desk.now - timedelta(days=3), **event))
    html = page(desk, name="leon")
    assert "Leon chose every 2 weeks on " in html
    assert "Their own time: Tuesdays at 11:00." in html


def test_all_pages_are_safe_with_what_they_text(desk: Desk, check_page: Check) -> None:
    desk.add_person("Amina")
    with desk.service.database.write() as db:
        db.get_one(ServiceUser, desk.people["amina"]).first_name = f"Am{EVIL}"
    live(desk, "amina", [Week(EVIL, 3, "not_yet", EVIL, EVIL, "other", EVIL), Week(EVIL, 4)])
    dream(desk, "amina", EVIL)
    desk.add_text("amina", EVIL)
    desk.add_flag("amina", "message", note=EVIL, closed_at=desk.now)
    client, url = desk.signed_in("sam"), f"/people/{desk.people['amina']}"
    client.post(f"{url}/notes", data={"words": EVIL})
    client.post(f"{url}/promises", data={"what": "other", "day": f"{desk.now:%Y-%m-%d}", "about": EVIL})
    paths = ("", "/steps", "/numbers", "/print", "/with-them?notes=1", "/looked", "/notes", "/promises", "/met")
    for path in (*paths, "/transfer", "/record"):
        html = client.get(url + path).text
        check_page(html)
        assert "<script>alert" not in html, path
        assert "\u202e" not in html, path


@pytest.mark.parametrize(
    "words", ["a step in as many words as fit into a long text about it " * 4, "\U0001f9d1\u200d\U0001f33e" * 80]
)
def test_a_long_life_is_a_small_page_of_few_queries(desk: Desk, check_page: Check, words: str) -> None:
    desk.add_person("Amina", enrolled_at=desk.now - timedelta(weeks=104))
    week = Week(words, 5, "not_yet", words, words, "travel", words)
    live(desk, "amina", [Week(answered=False) if n % 5 == 4 else week for n in range(104)])
    dream(desk, "amina", words * 3)
    for n in range(60):
        desk.add_text("amina", f"text {n} {words}", created_at=desk.now - timedelta(hours=60 - n))
    person = desk.people["amina"]
    owns = {"scheme_id": "tyneside", "service_user_id": person, "by": "jo@example.org"}
    with desk.service.database.write() as db:
        for n in range(40):
            db.add(Note(**owns, at=desk.now - timedelta(days=n), words=words * 4))
            ended = {"ended": "kept", "ended_at": desk.now} if n > 5 else {}
            db.add(Promise(**owns, at=desk.now, what="ring", words=words, day=desk.now.date(), **ended))
    client = desk.signed_in("sam")
    client.get(f"/people/{person}")
    with desk.counted() as asked:
        html = client.get(f"/people/{person}").text
    assert len(asked) <= 15, asked
    check_page(html)
    assert "All 84 steps" in html
    for path in ("/steps", "/steps?page=3", "/numbers", "/print", "/with-them?notes=1", "/notes", "/promises"):
        with desk.counted() as asked:
            html = client.get(f"/people/{person}{path}").text
        assert len(asked) <= 20, path
        assert len(html.encode()) < LARGEST_PAGE, (path, len(html.encode()))


def test_every_step_and_a_year_of_numbers(desk: Desk, check_page: Check) -> None:
    desk.add_person("Amina")
    live(desk, "amina", [Week(f"step {n}", n % 11, "done") for n in range(70)])
    html = page(desk, "/steps?page=3")
    check_page(html)
    assert "70 steps chosen, 70 done." in flat(html)
    assert "step 0<" in html
    assert "step 10<" not in html
    assert "step 69<" in page(desk, "/steps?page=-7")
    html = page(desk, "/numbers")
    check_page(html)
    assert html.count('<circle cx="') == 53


def test_an_open_check_in_has_no_gap_yet(amina: Desk) -> None:
    before = page(amina).count('<circle class="none"')
    begin(amina, "amina", Week())
    assert page(amina).count('<circle class="none"') == before


def test_what_they_put_right_is_shown_with_both(amina: Desk) -> None:
    from bot.models import Answer

    with amina.service.database.write() as db:
        wrong = db.query(Answer).order_by(Answer.at).first()
        assert wrong is not None
        wrong.corrected_at = wrong.at + timedelta(minutes=2)
        owns = {"scheme_id": "tyneside", "service_user_id": wrong.service_user_id, "node": wrong.node}
        read = {"raw": "NOT RIGHT i said 2", "value": "2", "certainty": "sure", "reason": ""}
        db.add(Answer(**owns, **read, kept_as="step.confidence", at=wrong.corrected_at))
    for path in ("/steps", "/with-them"):
        html = flat(page(amina, path))
        assert "What they put right" in html
        assert "was taken to mean 7" in html
        assert "NOT RIGHT i said 2" in html


def test_no_number_stands_alone(amina: Desk) -> None:
    """Beside every number of theirs is its day, and in the table its step in their words."""
    for row in page(amina).partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]:
        assert "2026" in row or "2025" in row or "202" in row
        assert "not answered" in row or 'class="own"' in row


def test_what_staff_noted_that_got_in_the_way_stands_beside_what_they_said(amina: Desk, check_page: Check) -> None:
    for barrier in ("childcare", "childcare", "nothing"):
        amina.add_flag("amina", "quiet", barrier=barrier, closed_at=amina.now)
    html = page(amina, "/steps")
    check_page(html)
    assert "Childcare: 2 times" in flat(html)
    assert "Nothing got in the way" not in html


def test_what_the_editor_has_nothing_to_do_with_is_not_there(amina: Desk) -> None:
    client = amina.signed_in("ed")
    for path in ("", "/steps", "/print", "/with-them", "/record", "/transfer"):
        assert client.get(f"/people/{amina.people['amina']}{path}").status_code == 404


def test_looking_is_written_down_and_shown(amina: Desk) -> None:
    client, url = amina.signed_in("mo"), f"/people/{amina.people['amina']}"
    for path in ("/print", "/with-them", "/with-them"):
        client.get(url + path)
    html = flat(client.get(f"{url}/looked").text)
    assert html.count("<td>Mo</td><td>opened the page</td>") == 1
    assert html.count("<td>Mo</td><td>opened the page to show it</td>") == 1


def test_the_page_to_print_has_no_forms_and_no_word_of_a_safety_flags_note(amina: Desk) -> None:
    amina.add_flag("amina", "safety", note="a secret of that night", closed_at=amina.now)
    amina.add_flag("amina", "quiet", note="was at her sister's", closed_at=amina.now)
    amina.add_text("amina", "start at 6am now")
    html = page(amina, "/print")
    assert "<form" not in html.partition("<main")[2].partition("</main>")[0]
    for shown in ("run my own nursery", "start at 6am now", "was at her sister", "<polyline", "Printed by Sam"):
        assert shown in html
    assert "secret" not in html


def test_the_page_to_show_keeps_notes_for_when_they_are_asked_for(amina: Desk, check_page: Check) -> None:
    with amina.service.database.write() as db:
        owns = {"scheme_id": "tyneside", "service_user_id": amina.people["amina"], "by": "sam@example.org"}
        db.add(Note(**owns, at=amina.now, words="likes to be rung after six"))
    without, beside = page(amina, "/with-them"), page(amina, "/with-them?notes=1")
    check_page(without)
    check_page(beside)
    assert "rung after six" not in without
    assert "rung after six" in beside


def test_a_person_without_words_any_more_is_still_shown(amina: Desk, check_page: Check) -> None:
    from bot.retention import people as retained

    with amina.service.database.write() as db:
        person = db.get_one(ServiceUser, amina.people["amina"])
        retained.erase_words(db, person, amina.service.library.scheme("tyneside"), amina.now)
    html = page(amina)
    check_page(html)
    assert "words no longer kept" in html
    assert "nursery" not in html
