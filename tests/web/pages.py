"""What every page has to be, checked on the HTML itself."""

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element

import html5lib

Elements = Sequence[Element]
XHTML = "{http://www.w3.org/1999/xhtml}"


def check(html: str) -> None:
    """Strict HTML; one h1 that begins the title; no doubled ids; labels and forms that lead somewhere."""
    tree = html5lib.HTMLParser(strict=True).parse(html)
    every = list(tree.iter())
    _one_heading(every)
    _ids(every)
    _forms(every)
    _nothing_inline(every)
    levels = [int(each.tag[-1]) for each in every if re.fullmatch(f"{XHTML}h[1-6]", str(each.tag))]
    assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:], strict=False)), levels


def _named(every: Elements, *names: str) -> Elements:
    return [each for each in every if each.tag in {XHTML + name for name in names}]


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _one_heading(every: Elements) -> None:
    [title], [heading] = _named(every, "title"), _named(every, "h1")
    assert _text(heading)
    assert _text(title).removeprefix("Error: ").startswith(_text(heading))
    assert len(_named(every, "main")) == 1


def _ids(every: Elements) -> None:
    ids = Counter(each.get("id") for each in every if each.get("id"))
    assert not [name for name, times in ids.items() if times > 1]
    for attribute in ("for", "aria-labelledby", "aria-describedby"):
        for each in every:
            for name in (each.get(attribute) or "").split():
                assert name in ids, f"{attribute}={name} names nothing"
    for link in _named(every, "a"):
        if (href := link.get("href") or "").startswith("#"):
            assert href[1:] in ids


def _forms(every: Elements) -> None:
    labelled = {each.get("for") for each in _named(every, "label")}
    for form in _named(every, "form"):
        assert form.get("action")
        # What only looks is a GET, and its address can be kept; all else carries its token.
        posts = form.get("method") == "post"
        assert posts or form.get("method") == "get"
        assert posts == bool([each for each in form.iter() if each.get("name") == "csrf_token"])
    for field in _named(every, "input", "textarea", "select"):
        assert field.get("type") == "hidden" or field.get("id") in labelled
    assert all(_text(button) for button in _named(every, "button"))


def _nothing_inline(every: Elements) -> None:
    assert not [each for each in every if any(str(name).startswith("on") for name in each.attrib)]
    assert not [each for each in every if each.get("style") is not None]
    assert not _named(every, "style")
    assert all(script.get("src") and not _text(script) for script in _named(every, "script"))
    led = [value for each in every for name in ("href", "src", "action") if (value := each.get(name))]
    assert not [value for value in led if value.startswith("http://")]
