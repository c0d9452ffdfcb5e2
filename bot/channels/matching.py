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
        return direction != INBOUND and (not shown or _folded(outgoing.body) == _folded(shown))
    # An answer to a webhook cannot be a template.
    return direction == BY_REST and (not shown or _filled_in(outgoing, shown))


def _filled_in(outgoing: Outgoing, shown: str) -> bool:
    if _folded(outgoing.body) == _folded(shown):
        return True
    variables = (outgoing.template or {}).get("variables") or {}
    whole = f" {' '.join(_folded(shown))} "
    return all(f" {' '.join(_folded(str(value)))} " in whole for value in variables.values())


def _folded(body: str) -> list[str]:
    """The words alone; of a text without words, its signs."""
    plain = unicodedata.normalize("NFKC", body.removeprefix(TRIAL))
    return WORD.findall(plain) or plain.split()
