"""What a person has told, at length: every step, a year of numbers, a page to print, and the page to show to them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from bot import confidence, ladder, looks
from bot.web.desk import door, ladder_reads, person_facts
from bot.web.the_service import the_service

blueprint = Blueprint("ladder", __name__)

STEPS_A_PAGE = 30
A_YEAR_OF_CHECK_INS = 53


@blueprint.get("/people/<uuid:person_id>/steps")
@door.staff
def steps(person_id: UUID) -> ResponseReturnValue:
    """Every step, newest first, a page at a time; and what they put right of what we understood."""
    page = request.args.get("page", 1, type=int)
    with the_service().database.read() as db:
        person = door.person(db, person_id)
        rows = ladder.steps(db, person)
        shown: dict[str, Any] = {
            "name": person.first_name,
            "done": sum(step.outcome == "done" for step in rows),
            "ledger": person_facts.in_the_way(rows),
            "noted": person_facts.in_words(ladder.noted(db, person)),
            "corrected": ladder_reads.corrected(db, person),
        }
        every = person_facts.all_rungs(rows, person.zone)
    last = max(1, -(-len(every) // STEPS_A_PAGE))
    number = min(max(page, 1), last)
    rungs = every[(number - 1) * STEPS_A_PAGE : number * STEPS_A_PAGE]
    here = {"person_id": person_id, "number": number, "last": last, "count": len(every), "rungs": rungs}
    return render_template("desk/steps.html", **shown, **here)


@blueprint.get("/people/<uuid:person_id>/numbers")
@door.staff
def numbers(person_id: UUID) -> ResponseReturnValue:
    """A year of how sure they were."""
    with the_service().database.read() as db:
        person = door.person(db, person_id)
        said = confidence.newest(db, person, A_YEAR_OF_CHECK_INS)
        shown = person_facts.numbers(said, person, ladder.steps(db, person))
        name = person.first_name
    return render_template("desk/numbers.html", numbers=shown, person_id=person_id, name=name)


@blueprint.get("/people/<uuid:person_id>/print")
@door.staff
def printed(person_id: UUID) -> ResponseReturnValue:
    """A page without forms, for supervision."""
    with the_service().database.read() as db:
        person = door.person(db, person_id)
        shown = {**ladder_reads.whole(db, person), "texts": ladder_reads.texts(db, person)}
    _looked_at(person_id, looks.VIEWED)
    return render_template("desk/printed.html", **shown)


@blueprint.get("/people/<uuid:person_id>/with-them")
@door.staff
def together(person_id: UUID) -> ResponseReturnValue:
    """What we see, on a screen at which the person looks, too. The notes are on it only where that is asked."""
    with the_service().database.read() as db:
        person = door.person(db, person_id)
        shown = {
            **ladder_reads.whole(db, person),
            "looks": ladder_reads.looked(db, person, ladder_reads.SOME_LOOKS),
            "corrected": ladder_reads.corrected(db, person),
        }
    _looked_at(person_id, ladder_reads.SHOWN)
    return render_template("desk/together.html", **shown, with_notes="notes" in request.args)


@blueprint.get("/people/<uuid:person_id>/looked")
@door.staff
def looked(person_id: UUID) -> ResponseReturnValue:
    """Who has looked, newest first."""
    with the_service().database.read() as db:
        person = door.person(db, person_id)
        rows = ladder_reads.looked(db, person, ladder_reads.MOST_LOOKS)
        name = person.first_name
    shown = {"name": name, "looks": rows, "most": ladder_reads.MOST_LOOKS}
    return render_template("desk/looked.html", **shown, person_id=person_id)


def _looked_at(person_id: UUID, what: str) -> None:
    """Before anything is shown: a look that cannot be written down is none."""
    if request.method == "HEAD":
        return
    with the_service().database.write() as db:
        looks.note(db, door.person(db, person_id, lock=True), door.viewer().email, door.now(), what)
