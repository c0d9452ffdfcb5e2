"""How many segments a text is billed as, and how words are made to fit.

GSM 03.38: 160 septets alone, 153 each when joined; the extension characters cost two. Anything else
makes the whole text UCS-2: 70 / 67 UTF-16 units. The backtick is not in GSM-7, c-cedilla only
as a capital.
"""

import unicodedata

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")

GSM_ALONE, GSM_JOINED = 160, 153
UCS2_ALONE, UCS2_JOINED = 70, 67

# What phones and word processors put in by themselves, and its plain twin.
TWINS = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u0060": "'", "\u00b4": "'", "\u2032": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
        "\u2026": "...", "\u2022": "-", "\t": " ", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
        "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None, "\u00ad": None,
    }
)  # fmt: skip


def is_gsm(text: str) -> bool:
    """Whether every character is in GSM-7, so that the text costs the least."""
    return all(c in GSM_BASIC or c in GSM_EXTENDED for c in text)


def septets(text: str) -> int:
    """The length of a GSM-7 text in septets: extension characters count two."""
    return sum(2 if c in GSM_EXTENDED else 1 for c in text)


def length(text: str) -> int:
    """Septets for a GSM-7 text, UTF-16 units for any other."""
    return septets(text) if is_gsm(text) else len(text.encode("utf-16-le")) // 2


def count(text: str) -> int:
    """The segments ``text`` is billed as; an empty text is none."""
    alone, joined = (GSM_ALONE, GSM_JOINED) if is_gsm(text) else (UCS2_ALONE, UCS2_JOINED)
    size = length(text)
    if size <= alone:
        return 1 if text else 0
    return -(-size // joined)


def fold(text: str) -> str:
    """``text`` in GSM-7 wherever a character has a plain twin; what has none stays as it was.

    Control characters and bidi marks are left out: they say nothing and break what carries the text.
    """
    return "".join(_fold_character(c) for c in text.translate(TWINS))


def _fold_character(c: str) -> str:
    if c in GSM_BASIC or c in GSM_EXTENDED:
        return c
    if unicodedata.category(c) in ("Cc", "Cf", "Cs"):
        return ""
    plain = "".join(part for part in unicodedata.normalize("NFKD", c) if not unicodedata.combining(part))
    return plain if plain and is_gsm(plain) else c


def cut(text: str, longest: int) -> str:
    """The start of ``text`` that is at most ``longest`` long, ended at a word's edge where there is one."""
    text = " ".join(text.split())
    if length(text) <= longest:
        return text
    kept = ""
    for c in text:
        if length(kept + c) > longest:
            break
        kept += c
    at_edge = text[len(kept) : len(kept) + 1] == " "
    shorter = kept if at_edge else kept.rpartition(" ")[0]
    return (shorter or kept).rstrip(" ,;:-")
