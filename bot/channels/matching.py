"""Whether a text in the provider's list is the one that we handed over, judged by its words. Pure.

The words come back a little changed: quotes and dashes made plain, spaces tidied, a trial account's preface. What
has been redacted comes back empty: there, the address and the time have to do.
"""

import re
import unicodedata

from bot.channels import Outgoing

INBOUND, BY_REST = "inbound", "outbound-api"
TRIAL = "Sent from your Twilio trial account - "
WORD = re.compile(r"\w+")


def same(outgoing: Outgoing, shown: str, direction: str) -> bool:
    """Whether this may be our text. Of a template, Twilio shows its own words with ours filled in."""
    if outgoing.template is None:
        return direction != INBOUND and same_words(outgoing.body, shown)
    # An answer to a webhook cannot be a template.
    return direction == BY_REST and (not shown or _filled_in(outgoing, shown))


def same_words(ours: str, shown: str) -> bool:
    """Whether the words that the provider shows may be ours."""
    return not shown or _folded(ours) == _folded(shown)


def _filled_in(outgoing: Outgoing, shown: str) -> bool:
    """Whether it is what we made of it, or has all of it that we filled in and can be seen: not a button's payload."""
    ours = _folded(outgoing.body)
    if ours == _folded(shown):
        return True
    variables = (outgoing.template or {}).get("variables") or {}
    said = [_folded(str(value)) for value in variables.values()]
    return all(_within(words, _folded(shown)) for words in said if _within(words, ours))


def _within(words: list[str], whole: list[str]) -> bool:
    return f" {' '.join(words)} " in f" {' '.join(whole)} "


def _folded(body: str) -> list[str]:
    """The words alone; of a text without words, its signs."""
    plain = unicodedata.normalize("NFKC", body.removeprefix(TRIAL))
    return WORD.findall(plain) or plain.split()
