"""What came in place of words, told by its type alone. Nothing of it is downloaded."""

from collections.abc import Iterable

PICTURE, VOICE, VIDEO, FILE = "picture", "voice note", "video", "file"
STICKER, CONTACT, LOCATION = "sticker", "contact", "location"

# Parts of an MMS that hold no more than its words and their order.
WRAPPING = frozenset({"text/plain", "application/smil"})
_BY_MAIN_TYPE = {"image": PICTURE, "audio": VOICE, "video": VIDEO}
_BY_TYPE = {
    "image/webp": STICKER,  # WhatsApp's stickers; its photos are JPEG
    "text/vcard": CONTACT,
    "text/x-vcard": CONTACT,
    "text/directory": CONTACT,
}


def kinds(content_types: Iterable[str], *, location: bool = False) -> tuple[str, ...]:
    """Each kind once, in the order in which they came: ``("picture", "voice note")``."""
    found = [_kind(each) for each in content_types if each not in WRAPPING]
    return tuple(dict.fromkeys([*found, *([LOCATION] if location else [])]))


def _kind(content_type: str) -> str:
    plain = content_type.partition(";")[0].strip().lower()
    return _BY_TYPE.get(plain) or _BY_MAIN_TYPE.get(plain.partition("/")[0], FILE)
