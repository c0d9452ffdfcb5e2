"""What a scheme needs before it may text anybody: people who are told, people who answer, words, numbers. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.conversation.scheme import Scheme
from bot.go_live.found import Found, Weight, unless
from bot.settings import Sender

FEWEST_CONTACTS = 2
# Reserved for examples: they lead nowhere.
EXAMPLE_HOST = re.compile(r"(^|[.@])example(\.(org|com|net))?$|\.(test|invalid)$")
# Ofcom keeps these for films and books.
FICTION = re.compile(r"(07700900|01632960|020794600|0191498|01914960)\d*")


@dataclass(frozen=True, slots=True)
class Staffed:
    """How many practitioners a scheme has, how many of them lead, and how many people are looked after."""

    practitioners: int
    leads: int
    people: int
    fiction: int = 0
    """How many practitioners have a number that leads nowhere."""
    emails: frozenset[str] = frozenset()
    """The addresses with which somebody can sign in, in lower case."""


def look(scheme: Scheme, senders: Sequence[Sender], staffed: Staffed) -> Iterator[Found]:
    """Everything about one scheme that can be said without asking anybody."""
    yield from _told(scheme)
    yield from _answering(scheme, staffed)
    yield from _words(scheme)
    yield from _numbers(scheme, senders)


def is_fiction(number: str) -> bool:
    """Whether a telephone number is one of those that are nobody's."""
    digits = re.sub(r"^(\+44|0044)", "0", re.sub(r"[\s()-]", "", number))
    return bool(FICTION.fullmatch(digits))


def _told(scheme: Scheme) -> Iterator[Found]:
    file = f"flows/{scheme.key}/scheme.yaml"
    contacts = scheme.duty_contacts
    few = f"Nobody may be the only one who is told of a safety flag: write at least two duty_contacts into {file}."
    yield unless(len(contacts) >= FEWEST_CONTACTS, "duty contacts", few)
    made_up = any(EXAMPLE_HOST.search(each.email) or is_fiction(each.phone) for each in contacts)
    yield unless(
        not made_up,
        "duty contacts that can be reached",
        f"A duty contact has an address or a number of the examples, which lead nowhere: put real ones into {file}.",
    )
    yield unless(scheme.hours.by_weekday, "hours", f"Write into {file} when people work (hours).")
    lead = f"Name who answers for the word lists and the safety texts: safeguarding_lead in {file}."
    yield unless(scheme.safeguarding_lead.strip(), "a safeguarding lead", lead)


def _answering(scheme: Scheme, staffed: Staffed) -> Iterator[Found]:
    add = f"python -m bot practitioners add --scheme {scheme.key}"
    yield unless(staffed.practitioners, "practitioners", f"Nobody would answer people: {add} --help shows how.")
    yield unless(
        not staffed.fiction,
        "practitioners' numbers",
        f"A practitioner has a number of the examples, which leads nowhere: {add} puts it right.",
    )
    lead = f"No practitioner is the lead, so numbers nobody knows are everybody's: {add} --role lead."
    yield unless(staffed.leads, "a lead among them", lead, Weight.ADVICE)
    shut_out = [each.name for each in scheme.duty_contacts if each.email.casefold() not in staffed.emails]
    yield unless(
        not shut_out,
        "duty contacts who can sign in",
        f"Told of a safety flag, they cannot read what it is about: {', '.join(shut_out)}. Let them in: {add}.",
        Weight.ADVICE,
    )
    yield unless(
        staffed.people, "people", "Nobody is enrolled yet: python -m bot people import FILE.csv.", Weight.ADVICE
    )


def _words(scheme: Scheme) -> Iterator[Found]:
    file = f"flows/{scheme.key}/scheme.yaml"
    lacking = [each for each in scheme.languages if not scheme.consent_wording.get(each, "").strip()]
    asked = f"Nobody can be asked in {', '.join(lacking)}: write consent_wording for it into {file}."
    yield unless(not lacking, "consent wording", asked)
    host = scheme.link.partition("/")[0]
    page = f"The link in the texts is still the example's: put the address of your privacy page into {file} (link)."
    yield unless(scheme.link and not EXAMPLE_HOST.search(host), "the privacy page", page)


def _numbers(scheme: Scheme, senders: Sequence[Sender]) -> Iterator[Found]:
    ours = [each for each in senders if each.scheme == scheme.key]
    by_text = [each for each in ours if each.channel == "sms"]
    yield unless(
        by_text, "a number for texts", f"Add it to SENDERS, like {scheme.key}=+44...: not everybody has WhatsApp."
    )
    fiction = "A number in SENDERS is one of the examples, and nobody's: put the scheme's own there."
    yield unless(not any(is_fiction(each.address) for each in ours), "numbers that are ours", fiction)
    if not any(each.channel == "whatsapp" for each in ours):
        return
    templates = (
        f"The scheme has a WhatsApp number and no approved template, so a check-in can only go by text: "
        f"python -m bot check says which are wanted (whatsapp_templates in flows/{scheme.key}/scheme.yaml)."
    )
    yield unless(any((scheme.whatsapp_templates or {}).values()), "WhatsApp templates", templates, Weight.ADVICE)
