"""The words of pages and of what they say back, ready to be translated.

English stands in the code; a translation is a catalogue in ``translations/``, made and filled with Babel's tools
(docs/translating.md). A page is in the first language that the reader's browser asks for and somebody has translated.
"""

from collections.abc import Callable

from flask import Flask, request
from flask_babel import Babel, gettext, lazy_gettext, ngettext

__all__ = ["_", "_n", "install", "lazy", "language"]

STANDARD = "en"
_: Callable[..., str] = gettext
_n: Callable[..., str] = ngettext
lazy = lazy_gettext


def install(app: Flask) -> None:
    """Give the templates ``_`` and ``trans``, and choose the language of each answer."""
    babel = Babel()
    app.config.setdefault("BABEL_DEFAULT_LOCALE", STANDARD)
    babel.init_app(app, locale_selector=language)


def language() -> str:
    """The language of this answer, by its code."""
    return request.accept_languages.best_match(_known()) or STANDARD if request else STANDARD


def _known() -> list[str]:
    from flask import current_app

    there = {str(each) for each in current_app.extensions["babel"].instance.list_translations()}
    return [STANDARD, *sorted(there - {STANDARD})]
