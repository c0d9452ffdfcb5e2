"""What the person sends in an example or in the simulator: words, or in brackets what came in place of them."""

import re
from dataclasses import dataclass

KINDS = ("picture", "voice note", "video", "file", "sticker", "contact", "location")
NO_MEDIA = ("location",)

_IN_BRACKETS = re.compile(r"\((?:(old )?tap ([^()]+)|([a-z ]+))\)")


@dataclass(frozen=True, slots=True)
class Sent:
    """``tap`` is the case of the button that was tapped, ``old`` whether on an earlier check-in's message."""

    text: str
    kinds: tuple[str, ...] = ()
    tap: str | None = None
    old: bool = False

    @property
    def media(self) -> int:
        return sum(kind not in NO_MEDIA for kind in self.kinds)


def sent(written: str) -> Sent:
    """``(voice note)``, ``(tap yes)``, ``(old tap yes)``; anything else is the person's own words."""
    found = _IN_BRACKETS.fullmatch(written.strip())
    if found and found[2]:
        return Sent("", tap=found[2].strip().lower(), old=bool(found[1]))
    if found and found[3] in KINDS:
        return Sent("", kinds=(found[3],))
    return Sent(written)
