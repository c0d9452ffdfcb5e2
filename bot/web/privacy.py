"""A scheme's privacy page: in plain words, from the scheme's own facts, for anybody who has got a text.

No sign-in, no cookie, nothing about anybody. The one short link that texts give leads here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from bot.conversation.scheme import Scheme
from bot.retention.times import CEILING_MONTHS, CONSENT_MONTHS, LOGS
from bot.web.the_service import the_service

blueprint = Blueprint("privacy", __name__)

WORDS = Path(__file__).parent / "privacy_words"
STANDARD = "en"
AN_HOUR = "public, max-age=3600"
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Part:
    """One heading with what stands under it."""

    title: str
    lines: Sequence[str]
    listed: Sequence[str]
    after: Sequence[str]
    quote: str


@blueprint.get("/privacy/<scheme_key>")
def page(scheme_key: str) -> Response:
    """The page, in the language that is asked for, else the scheme's first; 404 for a scheme that is not here."""
    scheme = the_service().library.schemes.get(scheme_key)
    if scheme is None:
        abort(404)
    languages = languages_of(scheme)
    asked = request.args.get("lang", "")
    language = asked if asked in languages else languages[0]
    response = make_response(render_template("privacy.html", **shown(scheme, language)))
    response.headers["Cache-Control"] = AN_HOUR
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.before_app_request
def _lead_from_link() -> WerkzeugResponse | None:
    """Whoever opens a scheme's short link, whose host points here, is led to its page."""
    if request.method not in ("GET", "HEAD"):
        return None
    key = _links().get(f"{request.host.partition(':')[0].lower()}{request.path.rstrip('/')}")
    return redirect(url_for("privacy.page", scheme_key=key)) if key else None


def _links() -> dict[str, str]:
    """Each scheme by its link, but for one that is this service's own front page: that has a use of its own."""
    schemes = the_service().library.schemes.values()
    ours = urlsplit(the_service().settings.public_url).hostname
    links = {each.link.lower().removeprefix("https://").rstrip("/"): each.key for each in schemes}
    return {link: key for link, key in links.items() if link != ours}


def languages_of(scheme: Scheme) -> list[str]:
    """The scheme's languages that somebody has translated the page into; the standard one where there is none."""
    return [each for each in scheme.languages if each in packs()] or [STANDARD]


def shown(scheme: Scheme, language: str) -> dict[str, Any]:
    """What the template shows."""
    words = packs()[language]
    values = _values(scheme, language)
    return {
        "language": language,
        "heading": _filled(words["heading"], values),
        "skip": words["skip"],
        "lead": _filled(words["lead"], values),
        "parts": [_part(part, values) for part in words["parts"]],
        "scheme": scheme,
        "other_languages": words["other_languages"],
        "others": {each: packs()[each]["language"] for each in languages_of(scheme) if each != language},
    }


@cache
def packs() -> Mapping[str, Mapping[str, Any]]:
    """The page's words by language, read once."""
    return {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in sorted(WORDS.glob("*.yaml"))}


def _values(scheme: Scheme, language: str) -> dict[str, str]:
    """What placeholders stand for; "" for what is not known, whose line is left out."""
    privacy, wording = scheme.privacy, scheme.consent_wording
    contact = privacy.contact if privacy else f"{scheme.safeguarding_lead}, {scheme.name}"
    return {
        "scheme": scheme.name,
        "run_by": privacy.run_by if privacy else scheme.name,
        "contact": contact,
        "complaints": (privacy.complaints if privacy else "") or contact,
        "basis": privacy.basis if privacy else "",
        "shared_with": ", ".join(privacy.shared_with) if privacy else "",
        "whatsapp": packs()[language]["whatsapp"] if scheme.uses_whatsapp else "",
        "months": str(scheme.retention_months),
        "safety_months": str(max(scheme.safeguarding_months, scheme.retention_months)),
        "log_days": str(LOGS.days),
        "ceiling": str(CEILING_MONTHS),
        "consent_years": str(CONSENT_MONTHS // 12),
        "consent_wording": wording.get(language) or next(iter(wording.values()), ""),
        **scheme.helplines,
    }


def _part(part: Mapping[str, Any], values: Mapping[str, str]) -> Part:
    lines, listed, after = (list(_lines(part.get(key, ()), values)) for key in ("lines", "list", "after"))
    return Part(_filled(part["title"], values), lines, listed, after, _filled(part.get("quote", ""), values))


def _lines(lines: Sequence[str], values: Mapping[str, str]) -> Iterator[str]:
    for line in lines:
        if all(values.get(name) for name in PLACEHOLDER.findall(line)):
            yield _filled(line, values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Plain substitution: what is put in is never looked at again."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)
