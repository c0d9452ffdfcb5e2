"""What a text leads to, with what the provider has made of it before us. Pure: values in, a decision out."""

from dataclasses import replace
from datetime import datetime

from bot import limits
from bot.channels import Inbound, keywords
from bot.conversation import engine
from bot.conversation.decision import OPT_OUTS, Act, Decision, Effect, Keep, RaiseFlag, State
from bot.conversation.facts import Facts
from bot.conversation.flow import Flows
from bot.reading.concern import concern

WHY_HELP = "texted HELP or INFO, which the network answers by itself: it has told them nothing of a person to talk to"
WHY_STOP = "asked for no more texts"
# Shown beside their name: a practitioner can put it right with one word.
MEANT_OTHERWISE = "{word} alone is STOP to the network; if it was an answer, START brings the texts back"
# As the rules of the conversation say it.
ALREADY_STOPPED = "already stopped"


def decide(flows: Flows, state: State | None, inbound: Inbound, facts: Facts, now: datetime) -> Decision:
    """Decide on a text of somebody we know.

    1. Where the provider says what it took a text for, that stands, whatever the words are in whatever language;
       but a crisis is heard first.
    2. What a phone sent by itself is no answer.
    3. HELP is passed on: the provider's own answer to it names nobody. A stop that may have been an answer is told.
    """
    words = _words(inbound, facts)
    decision = engine.hear(flows, state, words, facts, now)
    took = keywords.taken_for(inbound)
    if took is None:
        return limits.of_a_machine(decision, inbound.body, facts.language)
    effects = [_in_their_words(effect, inbound.body) for effect in decision.effects]
    if took == keywords.HELP:
        effects += _help(decision)
    if took == keywords.STOP:
        effects = [_told(effect, inbound) for effect in (*effects, *_stop(decision, inbound, facts))]
    return replace(decision, effects=tuple(effects))


def stops(decision: Decision) -> bool:
    """Whether it ends the texts, and is about nothing graver."""
    return _opts_out(decision) and not decision.about_safety


def stopped_before(decision: Decision) -> Decision:
    """A second stop changes nothing and is not answered: one confirmation is enough."""
    return Decision(decision.state, silent=ALREADY_STOPPED)


def _words(inbound: Inbound, facts: Facts) -> str:
    said_by_provider = inbound.opt_out_type and keywords.taken_for(inbound)
    if not said_by_provider or concern(inbound.body, facts.language).level == "crisis":
        return inbound.body
    return said_by_provider.lower()


def _in_their_words(effect: Effect, body: str) -> Effect:
    """The record of consent holds what they wrote, and not what the provider took it for."""
    if isinstance(effect, Act):
        return replace(effect, words=body)
    return replace(effect, raw=body) if isinstance(effect, Keep) else effect


def _help(decision: Decision) -> list[Effect]:
    known = any(flag.kind in ("asked_for_you", "safety") for flag in decision.flags)
    return [] if known else [RaiseFlag("asked_for_you", WHY_HELP, loud=True)]


def _stop(decision: Decision, inbound: Inbound, facts: Facts) -> list[Effect]:
    """What is missing where the provider has stopped somebody whose text was heard as something graver."""
    if facts.state == "opted_out" or _opts_out(decision):
        return []
    return [Act("opt_out", inbound.body), RaiseFlag("opted_out", WHY_STOP)]


def _opts_out(decision: Decision) -> bool:
    return any(isinstance(effect, Act) and effect.action in OPT_OUTS for effect in decision.effects)


def _told(effect: Effect, inbound: Inbound) -> Effect:
    word = keywords.bare(inbound.body)
    if not isinstance(effect, RaiseFlag) or effect.kind != "opted_out" or word not in keywords.EASILY_MEANT_OTHERWISE:
        return effect
    note = MEANT_OTHERWISE.format(word=word.upper())
    return replace(effect, why=f"{effect.why}: {note}", details={**(effect.details or {}), "note": note})
