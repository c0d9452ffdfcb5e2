"""What anybody may read: how flags are decided, and how far these pages can be used by everybody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from bot import flags as flag_acts
from bot.alerts import ESCALATE_AFTER
from bot.conversation import flag_kinds, flag_rules
from bot.conversation.scheme import Scheme, Thresholds
from bot.web.desk import door
from bot.web.saying import _, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("statements", __name__)

PREPARED = "2026-11-23"
TOLD = {
    "loud": lazy("Told at once, and to the next person until somebody says that they have it."),
    "at_once": lazy("Told at once, by one mail."),
    "fact": lazy("Told once, in the next digest."),
    "digest": lazy("In the digest, until it is over."),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of flag as the page shows it."""

    title: str
    rule: str
    clears: str
    told: str


@blueprint.get("/accessibility")
@door.public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement, with whom to tell what does not work."""
    return render_template("desk/accessibility.html", schemes=_ours(), prepared=PREPARED)


@blueprint.get("/how-flags-are-decided")
@door.public
def flags() -> ResponseReturnValue:
    """The rules, with the figures of the scheme of whoever is signed in; of the only one; or the standard ones."""
    schemes = _ours()
    scheme = schemes[0] if len(schemes) == 1 else None
    thresholds = scheme.thresholds if scheme else Thresholds()
    return render_template(
        "desk/how_flags.html",
        scheme=scheme,
        thresholds=thresholds,
        rules=list(_rules(thresholds)),
        cool_down=flag_acts.COOL_DOWN.days,
        escalation=_minutes(),
    )


def _ours() -> Sequence[Scheme]:
    """The scheme of whoever is signed in, else all that are here."""
    library, viewer = the_service().library, door.here()
    return [library.scheme(viewer.scheme_id)] if viewer else list(library.schemes.values())


def _rules(thresholds: Thresholds) -> Iterator[Rule]:
    own = flag_rules.figures(thresholds)
    for kind, known in flag_kinds.KINDS.items():
        rule = _(flag_rules.rule(kind))
        shown = rule % own if kind in flag_rules.WITH_FIGURES else rule
        title = _(known.title).capitalize().replace("'", "’")
        yield Rule(title, shown, _(known.clears), str(TOLD[_when(kind)]))


def _when(kind: str) -> str:
    if kind == "safety":
        return "loud"
    if kind in flag_kinds.AT_ONCE:
        return "at_once"
    return "fact" if flag_kinds.of(kind).fact else "digest"


def _minutes() -> str:
    """When a safety flag that nobody has goes to the next person: minutes since it was raised."""
    passed = [sum(each.total_seconds() for each in ESCALATE_AFTER[: n + 1]) for n in range(len(ESCALATE_AFTER))]
    return ", ".join(f"{seconds // 60:.0f}" for seconds in passed)
