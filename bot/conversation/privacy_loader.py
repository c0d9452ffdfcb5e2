"""What a scheme says of people's privacy: its one short link, who answers for what is kept, for how long."""

import re
from collections.abc import Iterator
from typing import Any

from bot.conversation.faults import Desk, Fault
from bot.conversation.scheme import Privacy, Scheme
from bot.conversation.written import Item

ONE = ("run_by", "contact", "complaints", "basis")
KEYS = (*ONE, "shared_with")
NEEDED = {"run_by": "the organisation that answers for what is kept", "contact": "whom people ask to see or erase it"}
# A host and perhaps a path, as it stands in a text; a phone makes a link of it by itself.
ADDRESS = re.compile(r"(?:https://)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:/[\w./-]*)?", re.IGNORECASE)
# Carriers filter them, and nobody can tell where they lead (CHANNEL.md part 6).
SHORTENERS = frozenset(
    {"bit.ly", "goo.gl", "is.gd", "ow.ly", "rb.gy", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com"}
)
NOBODY = (
    "there is no privacy: the page that the link leads to cannot say who answers for what is kept. "
    "Write privacy: {run_by: ..., contact: ..., complaints: ...}"
)


def link(words: str) -> str:
    """The one address that texts name; ValueError with the reason where it is none."""
    if not ADDRESS.fullmatch(words):
        raise ValueError(f'"{words}" is not a web address: write it like steps.example.org')
    host = words.lower().removeprefix("https://").partition("/")[0]
    if host.removeprefix("www.") in SHORTENERS:
        raise ValueError(f'"{words}" is a link shortener: carriers filter them. Use an address of your own')
    return words


def read(item: Item, desk: Desk) -> dict[str, Any]:
    """The key ``privacy`` with what stands under it."""
    if item.named is None:
        desk.wrong(item, f'"privacy" is written as keys under it: {", ".join(KEYS)}')
        return {}
    desk.unknown_keys(item.named, KEYS)
    for key, what in NEEDED.items():
        if key not in item.named:
            desk.wrong(item, f'privacy has no "{key}": {what}')
    found = {key: desk.words(each, key) for key, each in item.named.items() if key in KEYS}
    one = {key: "".join(found.get(key, ())[:1]) for key in ONE}
    return {"privacy": Privacy(**one, shared_with=found.get("shared_with", ()))}


def advice(scheme: Scheme | None) -> Iterator[Fault]:
    """What people are not told."""
    if scheme and scheme.privacy is None:
        yield Fault(f"{scheme.key}/scheme.yaml", 0, NOBODY, is_error=False)
