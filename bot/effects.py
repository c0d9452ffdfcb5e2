"""A decision's effects become rows, all in the transaction that decided.

Nothing is sent from here. What is said becomes a message row, which ``outbox`` sends later.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from bot import acts, answers, flags
from bot.applying import Applying
from bot.conversation import segments
from bot.conversation.decision import Act, Decision, Keep, OutcomeOfLastStep, RaiseFlag, Say
from bot.conversation.fills import names_in
from bot.conversation.flag_kinds import AT_ONCE
from bot.models import Address, Message


def apply(applying: Applying, decision: Decision) -> None:
    """Turn every effect but what is said into rows, in order."""
    for effect in decision.effects:
        match effect:
            case Keep():
                answers.keep(applying, effect)
            case Act():
                acts.act(applying, effect)
            case RaiseFlag():
                _flag(applying, effect, decision.said)
            case OutcomeOfLastStep():
                answers.outcome(applying, effect.outcome)
            case Say():
                pass


def say(applying: Applying, said: Say, kind: str, intention: str, *, address: Address) -> Message:
    """The row of a text to be sent: queued, due at once; the send gate knows the hours."""
    reply = kind in ("reply", "safety")
    message = Message(
        id=uuid4(),
        **applying.owned(),
        check_in_id=applying.check_in.id if applying.check_in else None,
        channel=address.channel,
        address=address.address,
        sender=address.sender,
        direction="out",
        kind=kind,
        body=said.text,
        segments=segments.count(said.text),
        node=said.nodes[-1] if said.nodes else None,
        template=None if reply else _template(applying, said),
        state="queued",
        intention=intention,
        due_at=applying.now,
        expires_at=applying.now + STALE_AFTER[kind] if kind in STALE_AFTER else None,
        created_at=applying.now,
    )
    applying.db.add(message)
    return message


def _template(a: Applying, said: Say) -> dict[str, Any] | None:
    """What WhatsApp may be given in place of the words; which it is, is decided when it leaves.

    Of what is known of the person only what the template says, in any language.
    """
    template = a.library.flows(a.person.scheme_id).templates.get(said.template or "")
    if template is None:
        return None
    says = {name for wording in template.text.by_language.values() for name in names_in(wording)}
    variables = {name: value for name, value in said.variables.items() if name in says}
    return {"name": template.name, "language": a.facts.language, "variables": variables}


# When an unasked text is no longer worth sending.
STALE_AFTER: Mapping[str, timedelta] = {
    "welcome": timedelta(days=7),
    "check_in": timedelta(days=3),
    "nudge": timedelta(hours=24),
    "reminder": timedelta(hours=12),
    "quiet": timedelta(days=3),
}


def _flag(a: Applying, effect: RaiseFlag, said: Say | None) -> None:
    """The flag's row; one that cannot wait for the next sweep is remembered, so that the doorbell is rung."""
    flag = flags.raise_flag(
        a.db,
        a.library,
        a.person,
        effect.kind,
        a.now,
        why=effect.why,
        loud=effect.loud,
        details=effect.details,
        message_id=a.heard.id if a.heard else None,
    )
    if effect.kind == "asked_for_you" and said:
        # Whoever rings them knows what they were promised.
        flag.evidence = {**flag.evidence, "answered": said.text}
    if effect.kind in AT_ONCE:
        a.urgent.append(flag.id)
