"""How a practitioner's own text leaves: in plain signs where that is enough, and signed. Pure."""

import re
import unicodedata

from bot.conversation import segments


def signed(words: str, first_name: str) -> str:
    """The text as it leaves: in plain signs where that is enough, and with the name of whoever wrote it.

    An automatic text ends "from Sam's check-in"; what Sam writes is from Sam, and says so.
    """
    said = plain(words)
    name = plain(first_name)
    if not said or re.search(rf"(?<!\w){re.escape(name)}(\s+x+)?\W*$", said, re.IGNORECASE):
        return said
    return f"{said}{chr(10) if chr(10) in said else ' '}From {name}"


def plain(words: str) -> str:
    """Words without what cannot be seen, and with plain quotes and dashes where the text then costs less."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    shown = (c for c in lines if c in "\n\u200c\u200d" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    seen = "".join(shown).strip()
    straight = seen.translate(segments.TWINS)
    return straight if segments.is_gsm(straight) else seen
