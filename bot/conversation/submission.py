"""What a scheme submits to Meta, template by template and language by language, so that nobody works it out by hand."""

from collections.abc import Iterator, Mapping

from bot.conversation import fills
from bot.conversation.flow import Flows
from bot.conversation.scheme import Scheme
from bot.conversation.templates import Template, chosen, numbered, payload

HEAD = """\
WhatsApp templates of {scheme}. In Twilio's console, Content Template Builder, make one for each below: content type
Quick reply where there are buttons and Text where there are none; name, language, category, body, samples and buttons
as written. Submit it for WhatsApp approval, and put its id (HX...) into {key}/scheme.yaml under whatsapp_templates."""

# What Meta's reviewers see in place of somebody's own words.
SAMPLES: Mapping[str, str] = {
    "name": "Leon",
    "practitioner": "Sam",
    "phone": "0191 498 0123",
    "hours": "Mon-Fri 9-5",
    "step": "find my old CV",
    "when": "Thurs 2pm",
    "win": "rang the college",
    "wins": "rang the college', 'found my CV",
    "confidence": "7",
    "previous_confidence": "5",
    "day": "Wed 25 Nov",
    "back": "Mon 23 Nov",
    "until": "Tue 8 Dec",
    "slot": "Tuesdays 11am",
}
TAG_SAMPLE = "a1b2c3d4"


def submissions(flows: Flows, scheme: Scheme) -> str:
    """All templates of a scheme as text; why there are none, where there are none."""
    if not scheme.uses_whatsapp:
        return f"{scheme.name} does not use WhatsApp: its scheme.yaml has no whatsapp_templates."
    head = HEAD.format(scheme=scheme.name, key=scheme.key)
    return "\n\n".join([head, *(_one(scheme, template) for _, template in sorted(flows.templates.items()))])


def _one(scheme: Scheme, template: Template) -> str:
    return "\n\n".join(
        "\n".join(_lines(scheme, template, language))
        for language in scheme.languages
        if language in template.text.by_language
    )


def _lines(scheme: Scheme, template: Template, language: str) -> Iterator[str]:
    wording = template.text.by_language[language]
    names = fills.names_in(wording)
    yield f"{scheme.key}_{template.name}   language {language}, category {template.category}"
    yield f"  body      {numbered(wording)}"
    samples = [*(_sample(scheme, name) for name in names), *([TAG_SAMPLE] if template.buttons else [])]
    yield f"  samples   {', '.join(f'{{{{{n}}}}} = {sample}' for n, sample in enumerate(samples, 1)) or 'none'}"
    for case, title in template.buttons.items():
        yield f'  button    "{title.by_language[language]}"   id {payload(template, case, language)}'
    yield f"  {_id_line(scheme, template, language)}"


def _id_line(scheme: Scheme, template: Template, language: str) -> str:
    found = chosen(template, scheme.template_ids(template.name), language, scheme.languages[0])
    return f"has       {found[1]}" if found and found[0] == language else "has       no id yet"


def _sample(scheme: Scheme, name: str) -> str:
    own = {"scheme": scheme.name, "link": scheme.link, **scheme.helplines}
    return own.get(name) or SAMPLES[name]
