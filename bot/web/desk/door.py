"""The door of the desk: who comes in, what they may open, and what is said to them on the next page.

Each view carries its rule (``@staff``, ``@public``); a test walks all routes and refuses one without.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast, overload
from urllib.parse import urlsplit
from uuid import UUID

from flask import abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot import seeing, sign_in
from bot.clock import Clock
from bot.conversation import timing
from bot.models import Flag, ServiceUser
from bot.seeing import Viewer
from bot.web.the_service import the_service

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

KEY = "key"
ALL_ROLES = ("practitioner", "lead", "editor")
PUBLIC = "public"
# The names of fields in which somebody writes more than a word.
TYPED = ("words", "note", "promise")


@overload
def staff(view: View, /) -> View: ...


@overload
def staff(*roles: str) -> Callable[[View], View]: ...


def staff(*roles: Any) -> Any:
    """Only for somebody who is signed in, of these roles (any, where none is named). Others find no such page."""
    if len(roles) == 1 and callable(roles[0]):
        return _guarded(roles[0], ALL_ROLES)
    return lambda view: _guarded(view, roles or ALL_ROLES)


def public(view: View) -> View:
    """For anybody: the view guards itself, or shows nothing about anybody."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def _guarded(view: View, roles: tuple[str, ...]) -> View:
    @wraps(view)
    def guarded(*args: Any, **values: Any) -> ResponseReturnValue:
        if _come_in() is None:
            return _sent_away()
        if viewer().role not in roles:
            abort(404)
        return view(*args, **values)

    guarded.access = roles  # type: ignore[attr-defined]
    return cast(View, guarded)


def viewer() -> Viewer:
    """Who is signed in. Only in views behind ``@staff``."""
    return cast(Viewer, g.viewer)


def now() -> datetime:
    """The moment of this request, by the service's clock. Only in views behind ``@staff``."""
    return cast(datetime, g.now)


def here() -> Viewer | None:
    """Who is signed in, if anybody, also where nobody need be."""
    return cast(Viewer | None, g.viewer) if "viewer" in g else _come_in()


def person(db: Session, person_id: UUID, *, lock: bool = False) -> ServiceUser:
    """One of the people they may see; for anybody else there is no such page."""
    return seeing.person(db, viewer(), person_id, lock=lock) or abort(404)


def flag(db: Session, flag_id: UUID, *, lock: bool = False) -> tuple[Flag, ServiceUser | None]:
    """A flag they may see, with its person."""
    return seeing.flag(db, viewer(), flag_id, lock=lock) or abort(404)


def say(sentence: str, kind: str = "done") -> None:
    """Said on the next page: ``done``, or ``wrong`` where something was not. No name and no word of anybody's: the
    cookie that carries it is signed, not secret."""
    flash(sentence, kind)


def wall() -> datetime:
    """The machine's own time: signing in does not follow the phone's clock."""
    return Clock().now()


def begin(key: str) -> None:
    """This browser has the key from now on. What its cookie held before is gone."""
    session.clear()
    session[KEY] = key
    session.permanent = True


def end() -> None:
    """Sign this browser out."""
    key = session.get(KEY)
    session.clear()
    g.pop("viewer", None)
    if isinstance(key, str):
        with the_service().database.write() as db:
            sign_in.leave(db, key, wall())


def safe_path(path: str) -> str:
    """A path of ours, or nothing: nobody is led elsewhere by a link to us."""
    parts = urlsplit(path)
    ours = not parts.scheme and not parts.netloc and path.startswith("/") and path[1:2] not in ("/", "\\")
    return path if ours and path.isprintable() and len(path) < 300 else ""


def _come_in() -> Viewer | None:
    """Look who has the cookie's key: one read, and a write a minute."""
    g.viewer = None
    key = session.get(KEY)
    if not isinstance(key, str):
        return None
    service, now = the_service(), wall()
    with service.database.read() as db:
        found = sign_in.who(db, key, now)
        if found is None or found[0].scheme_id not in service.library.schemes:
            return None
        row, stale = found
        zone = service.library.scheme(row.scheme_id).zone
        g.now = service.clock.now()
        g.viewer = seeing.viewer(db, row, timing.local(zone, g.now).date())
    if stale:
        with service.database.write() as db:
            sign_in.seen(db, key, now)
    return cast(Viewer, g.viewer)


def _sent_away() -> ResponseReturnValue:
    """To the sign-in, and from there back; what a form was to do has not been done, and they are told."""
    if request.method in ("GET", "HEAD"):
        then = safe_path(request.full_path.rstrip("?"))
        return redirect(url_for("signing.ask", then=then or None), 303)
    return render_template("desk/signed_out.html", typed=typed()), 403


def typed() -> list[str]:
    """What they had typed is theirs: shown to be copied, or an appointment's words would be lost."""
    return [request.form[field] for field in TYPED if request.form.get(field, "").strip()]
