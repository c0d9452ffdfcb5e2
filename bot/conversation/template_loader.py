"""``whatsapp.yaml`` -> templates, judged by Meta's rules: what would be refused there is an error here."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.conversation import fills, written
from bot.conversation.faults import Desk, Fault, unknown
from bot.conversation.flow import Text
from bot.conversation.node_loader import LANGUAGE, NAME, read_text
from bot.conversation.templates import CATEGORIES, UTILITY, Template
from bot.conversation.written import Item

WHATSAPP = "whatsapp"  # the file's name

KEYS = ("title", "templates")
TEMPLATE_KEYS = ("text", "category", "buttons")

# Meta's own limits, or ours where ours are narrower.
LONGEST_WORDING = 550
LONGEST_FILLED = 1024
MOST_BUTTONS = 3  # of more, WhatsApp shows two and hides the others behind a list
LONGEST_BUTTON = 20

_VARIABLE = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[^\W_]")  # a letter or digit of any script
_CONTENT_SID = re.compile(r"HX[0-9a-f]{32}")
_MARKUP = re.compile(r"[*_~`{}]")


@dataclass(frozen=True, slots=True)
class LoadedTemplates:
    templates: Mapping[str, Template]
    faults: tuple[Fault, ...] = ()


def load_templates(text: str, file: str) -> LoadedTemplates:
    """Read one ``whatsapp.yaml``. Nothing raises on bad input; what is wrong are faults in the order of lines."""
    tree, faults = written.read(text, file)
    desk = Desk(file, faults)
    found = _templates(tree, desk) if tree else {}
    return LoadedTemplates(found, tuple(sorted(set(faults))))


def _templates(tree: Item, desk: Desk) -> dict[str, Template]:
    desk.unknown_keys(tree.named or {}, KEYS)
    item = (tree.named or {}).get("templates")
    if item is None or not item.named:
        desk.wrong(item or tree, "write each template by its name under templates:")
        return {}
    made = {name: _template(name, value, desk) for name, value in item.named.items()}
    return {name: template for name, template in made.items() if template}


def _template(name: str, item: Item, desk: Desk) -> Template | None:
    if not NAME.fullmatch(name):
        desk.wrong(item, f'"{name}" cannot name a template: use small letters, digits and _, such as weekly_checkin')
    named = item.named
    if not named or "text" not in named:
        desk.wrong(item, f'"{name}" needs text: the words to be approved')
        return None
    desk.unknown_keys(named, TEMPLATE_KEYS)
    text = read_text(named["text"], desk)
    if text is None:
        return None
    for wording in text.by_language.values():
        for sentence in refused(wording):
            desk.wrong(named["text"], sentence)
    buttons = _buttons(named["buttons"], text, desk) if "buttons" in named else {}
    return Template(name, text, _category(named.get("category"), desk), buttons, desk.file, item.line)


def _category(item: Item | None, desk: Desk) -> str:
    word = desk.word(item, "category") if item else UTILITY
    if item and word and word not in CATEGORIES:
        desk.wrong(item, unknown("category", word, CATEGORIES))
    return word if word in CATEGORIES else UTILITY


def refused(wording: str) -> Iterator[str]:
    """Why WhatsApp would refuse these words, one sentence for each reason."""
    between = [bool(_WORD.search(words)) for words in _VARIABLE.split(wording)]
    if not between[0]:
        yield "WhatsApp takes no template that begins with a placeholder: put a word before it"
    if not between[-1]:
        yield "WhatsApp takes no template that ends with a placeholder (a full stop is not enough): put words after it"
    if not all(between[1:-1]):
        yield "WhatsApp takes no two placeholders side by side (a comma is not enough): put a word between them"
    number = len(between) - 1
    words = sum(bool(_WORD.search(word)) for word in _VARIABLE.sub(" ", wording).split())
    if words < 2 * number + 1:
        yield f"{number} placeholders need {2 * number + 1} other words at least, and there are {words}: write more"
    if len(wording) > LONGEST_WORDING:
        yield f"the template is {len(wording)} characters long and {LONGEST_WORDING} is the most: make it shorter"
    longest = len(fills.longest(wording))
    if longest > LONGEST_FILLED:
        yield f"with the longest fills this is {longest} characters long and WhatsApp takes {LONGEST_FILLED}"


def _buttons(item: Item, text: Text, desk: Desk) -> dict[str, Text]:
    if not item.named:
        desk.wrong(item, 'buttons are written by what they mean, such as {yes: "Done", no: "Not yet"}')
        return {}
    if len(item.named) > MOST_BUTTONS:
        desk.wrong(item, f"{len(item.named)} buttons are too many: {MOST_BUTTONS} is the most that are all seen")
    read = {case.strip().lower(): (value, read_text(value, desk)) for case, value in item.named.items()}
    buttons = {case: (value, title) for case, (value, title) in read.items() if title}
    for language in text.by_language:
        taken: dict[str, str] = {}
        for case, (value, title) in buttons.items():
            _judge_button(value, case, title, language, taken, desk)
    return {case: title for case, (_, title) in buttons.items()}


def _judge_button(item: Item, case: str, title: Text, language: str, taken: dict[str, str], desk: Desk) -> None:
    words = title.by_language.get(language)
    if words is None:
        desk.wrong(item, f'the button "{case}" has no wording in "{language}", and its template has')
        return
    if len(words) > LONGEST_BUTTON:
        desk.wrong(item, f'"{words}" is {len(words)} characters long and a button holds {LONGEST_BUTTON}')
    if _MARKUP.search(words) or any(unicodedata.category(each) in ("So", "Cs", "Sk") for each in words):
        desk.wrong(item, f'"{words}": WhatsApp takes no placeholder, emoji or * _ ~ on a button')
    if words.lower() in taken:
        desk.wrong(item, f'"{words}" stands on two buttons, {taken[words.lower()]} and {case}: word one differently')
    taken[words.lower()] = case


# ---------------------------------------------------------------- the ids, in scheme.yaml


def read_ids(item: Item, desk: Desk) -> dict[str, dict[str, str]]:
    """``whatsapp_templates``: for each name one id, or one for each language. Each belongs to one wording."""
    if item.named is None:
        desk.wrong(item, "whatsapp_templates are written by name, such as weekly_checkin: HX0123... ({} for none yet)")
        return {}
    taken: dict[str, str] = {}
    return {name: _ids(name, value, taken, desk) for name, value in item.named.items()}


def _ids(name: str, item: Item, taken: dict[str, str], desk: Desk) -> dict[str, str]:
    by_language = {"": item} if item.named is None else item.named
    ids: dict[str, str] = {}
    for language, value in by_language.items():
        content_sid = desk.word(value, name)
        if language and not LANGUAGE.fullmatch(language):
            desk.wrong(value, f'"{language}" is not a language: use its code, such as en or cy')
        elif content_sid and not _CONTENT_SID.fullmatch(content_sid):
            desk.wrong(value, f"'{content_sid}' is no template's id: Twilio writes HX and 32 digits or letters a to f")
        elif content_sid in taken:
            desk.wrong(value, f"{content_sid} is the id of {taken[content_sid]} already: each wording has its own")
        elif content_sid:
            ids[language] = content_sid
            taken[content_sid] = f"{name} ({language})" if language else name
    return ids
