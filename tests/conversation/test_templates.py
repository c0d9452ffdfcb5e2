"""WhatsApp templates: what Meta would refuse is an error, what can be sent late has one, and all can be submitted."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import commands
from bot.conversation import checker, fills
from bot.conversation.faults import Fault
from bot.conversation.flow import Text
from bot.conversation.submission import submissions
from bot.conversation.template_loader import load_templates
from bot.conversation.templates import Template, chosen, fill, numbered, tapped
from tests.conversation.small_flows import SCHEME, WEEKLY, files, library

ID, OTHER = f"HX{1:032x}", f"HX{2:032x}"
TWO_LANGUAGES = SCHEME + "languages: [en, cy]\n"
FINE = "title: x\ntemplates:\n  weekly_checkin: {text: 'Hi {name}, how sure are you, 0 to 10?'}\n"
WITH_ID = SCHEME + f"whatsapp_templates: {{weekly_checkin: {ID}}}\n"


def found(weekly: str = WEEKLY, *, scheme: str = WITH_ID, templates: str = FINE) -> list[Fault]:
    made = library(weekly, t__scheme=scheme, whatsapp=templates)
    return [*made.faults, *(checker.check(made.flows("t"), made.schemes.get("t")) if not made.faults else ())]


def template(text: str, **more: str) -> str:
    """A file with one template; its text is on line 4."""
    lines = "".join(f"    {key}: {value}\n" for key, value in more.items())
    return f'title: x\ntemplates:\n  weekly_checkin:\n    text: "{text}"\n{lines}'


GOOD = "Hi {name}, how sure are you about it, 0 to 10?"
REFUSED = [
    (template("{name}, how sure are you about it?"), 4, "begins with a placeholder"),
    (template("({name}) how sure are you about it?"), 4, "begins with a placeholder"),
    (template("How sure are you about it now, {name}?"), 4, "ends with a placeholder"),
    (template("Hi {name} {practitioner} would like to know how sure you are"), 4, "side by side"),
    (template("Your step is {step}, {when}. How sure are you about it all?"), 4, "a comma is not enough"),
    (
        template("Hi {name} from {practitioner} at last"),
        4,
        "2 placeholders need 5 other words at least, and there are 4",
    ),
    (template("word " * 111), 4, "554 characters long and 550 is the most"),
    (template("Hi {name}, " + "a {wins} b c d " * 9 + "e"), 4, "with the longest fills this is 1178 characters"),
    (template("Hi {nam}, how sure are you about it?"), 4, "did you mean {name}?"),
    (template(GOOD, category="utilty"), 5, 'did you mean "utility"?'),
    (template(GOOD, buttons="{}"), 5, "buttons are written by what they mean"),
    (template(GOOD, buttons="{0: a, 1: b, 2: c, 3: d}"), 5, "4 buttons are too many"),
    (template(GOOD, buttons="{7: A very long button text}"), 5, "23 characters long and a button holds 20"),
    (template(GOOD, buttons="{7: Yes, 8: yes}"), 5, "stands on two buttons, 7 and 8"),
    (template(GOOD, buttons="{7: '*Yes*'}"), 5, "no placeholder, emoji or"),
    (template(GOOD, buttons="{7: Yes 👍}"), 5, "no placeholder, emoji or"),
    (template(GOOD, buttons="{7: {cy: Ie}}"), 5, 'the button "7" has no wording in "en"'),
    (template(GOOD, footer="x"), 5, 'unknown key "footer"'),
    ("title: x\ntemplates:\n  Weekly: {text: 'How are you?'}\n", 3, "cannot name a template"),
    ("title: x\ntemplates:\n  weekly: How are you?\n", 3, "needs text: the words to be approved"),
    ("title: x\n", 1, "write each template by its name"),
]


@pytest.mark.parametrize(("written", "line", "sentence"), REFUSED)
def test_what_meta_would_refuse_is_an_error_with_its_line(written: str, line: int, sentence: str) -> None:
    faults = load_templates(written, "whatsapp.yaml").faults
    assert [f.line for f in faults if f.is_error and sentence in f.sentence] == [line], [*map(str, faults)]


def test_a_button_may_be_any_case_and_the_words_any_script() -> None:
    written = template("Helo {name}, pa mor siŵr wyt ti?", buttons="{7: Ydw, 0: Ŵ}")
    assert load_templates(written, "whatsapp.yaml").faults == ()


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        ("{weekly_checkin: HX1}", "'HX1' is no template's id"),
        (f"{{weekly_checkin: {{en: {ID}, cy: {ID}}}}}", f"{ID} is the id of weekly_checkin (en) already"),
        (f"{{weekly_checkin: {{English: {ID}}}}}", '"English" is not a language'),
        ("HX1", "are written by name"),
        (f"{{weekly_chekin: {ID}}}", 'unknown template "weekly_chekin": did you mean "weekly_checkin"?'),
    ],
)
def test_an_id_that_cannot_be_is_an_error(ids: str, sentence: str) -> None:
    faults = found(scheme=SCHEME + f"whatsapp_templates: {ids}\n")
    assert any(fault.is_error and sentence in fault.sentence for fault in faults), [*map(str, faults)]


# ---------------------------------------------------------------- what a flow needs


def test_a_scheme_without_the_key_is_told_nothing_of_whatsapp() -> None:
    bare = "title: x\nnodes:\n  a: {say: Hi.}\n"
    assert found(bare, scheme=SCHEME) == []
    assert "24 hours" in found(bare)[0].sentence


@pytest.mark.parametrize("ids", ["{}", f"{{weekly_checkin: {{cy: {ID}}}}}"])
def test_a_template_without_an_id_is_named_once(ids: str) -> None:
    """Also where two texts use it: it is one line to add, in one file."""
    twice = WEEKLY + '  again: {say: "Hi.", whatsapp_template: weekly_checkin}\n'
    faults = [fault for fault in found(twice, scheme=SCHEME + f"whatsapp_templates: {ids}\n") if "id" in fault.sentence]
    assert [(fault.file, fault.is_error) for fault in faults] == [("t/scheme.yaml", False)]
    assert 'the template "weekly_checkin" has no id' in faults[0].sentence


def test_each_language_has_its_id() -> None:
    welsh = "{en: 'Hi {name}, how sure are you, 0 to 10?', cy: 'Helo {name}, pa mor siŵr wyt ti, 0 i 10?'}"
    templates = f"title: x\ntemplates:\n  weekly_checkin: {{text: {welsh}}}\n"
    faults = found(scheme=TWO_LANGUAGES + f"whatsapp_templates: {{weekly_checkin: {ID}}}\n", templates=templates)
    said = [fault.sentence for fault in faults if fault.file == "t/scheme.yaml"]
    assert len(said) == 1
    assert 'has no id for "cy"' in said[0]
    assert 'until then "en" is sent' in said[0]
    half = found(scheme=TWO_LANGUAGES + f"whatsapp_templates: {{weekly_checkin: {ID}}}\n")
    assert any('has no wording in "cy"' in fault.sentence and fault.file == "whatsapp.yaml" for fault in half)


NODES = [
    ("  a: {say: Hi.}\n", [3]),
    # The joined message goes by the last text's template.
    ("  a: {say: Hi., goto: b}\n  b: {ask: Hm, reply: text, goto: end, whatsapp_template: weekly_checkin}\n", []),
    # Every way the flow can begin.
    ("  a:\n    choose: [{if: stop_due, goto: b}, {else: c}]\n"
     "  b: {say: Hi., whatsapp_template: weekly_checkin}\n  c: {say: Ho.}\n", [6]),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "lines"), NODES)
def test_every_first_text_sent_unasked_has_a_template(nodes: str, lines: list[int]) -> None:
    faults = [fault for fault in found(f"title: x\nnodes:\n{nodes}") if "24 hours" in fault.sentence]
    assert [fault.line for fault in faults] == lines
    assert not any(fault.is_error for fault in faults)


@pytest.mark.parametrize(
    ("after", "unasked", "needs"),
    [
        # Asked in a talk, 4 hours ago at most: the window is open. With the 13 quiet hours 12 may become 25.
        ("4h", False, False), ("10h", False, False), ("12h", False, True), ("24h", False, True),
        # The question itself opened no window.
        ("4h", True, True),
    ],
)  # fmt: skip
def test_a_nudge_that_can_fall_outside_the_24_hours_needs_one_of_its_own(
    after: str, unasked: bool, needs: bool
) -> None:
    question = "{ask: Hm, reply: text, goto: end, NUDGE, whatsapp_template: weekly_checkin}"
    first = "" if unasked else "  a: {ask: Hm, reply: text, goto: b, whatsapp_template: weekly_checkin}\n"
    nodes = first + f"  b: {question}\n".replace("NUDGE", f"nudges: [{{after: {after}, say: Still there}}]")
    faults = [fault for fault in found(f"title: x\nnodes:\n{nodes}") if "24 hours" in fault.sentence]
    assert [fault.line for fault in faults] == ([3 if unasked else 4] if needs else [])


@pytest.mark.parametrize(
    ("node", "templates", "sentence"),
    [
        ("{say: Hi., whatsapp_template: weekly_chekin}", FINE, 'not in whatsapp.yaml: did you mean "weekly_checkin"?'),
        (
            "{say: Hi., whatsapp_template: weekly_checkin}",
            template("Hi {name}, your step was {step}. How did it go for you this week?"),
            "says {step}, which can be empty here",
        ),
        (
            "{ask: Hm, reply: progress, goto: end, whatsapp_template: weekly_checkin}",
            template(GOOD, buttons="{done: Done}"),
            'the button "done" of the template "weekly_checkin" is no answer to this: use no, partly, yes',
        ),
        (
            "{ask: Hm, reply: text, goto: end, nudges: [{after: 2d, say: Hi, whatsapp_template: weekly_checkin}]}",
            template(GOOD, buttons="{yes: Yes}"),
            'the button "yes" of the template "weekly_checkin" is no answer to this: use a wish',
        ),
    ],
)
def test_a_template_that_does_not_fit_its_text_is_an_error(node: str, templates: str, sentence: str) -> None:
    faults = found(f"title: x\nnodes:\n  a: {node}\n", templates=templates)
    assert [fault.line for fault in faults if fault.is_error and sentence in fault.sentence] == [3], [*map(str, faults)]


def test_the_words_of_a_template_get_the_same_advice_as_a_text_but_for_its_letters() -> None:
    faults = found(
        templates=template("Hi {name}, you missed your step and now you must say how siŵr you are, 0 to 10.")
    )
    said = [(fault.line, fault.sentence) for fault in faults]
    assert [line for line, _ in said] == [4, 4]
    assert [sentence.partition(" ")[0] for _, sentence in said] == ['"missed"', '"must"']


def test_a_button_may_stand_for_a_wish() -> None:
    nodes = "title: x\nnodes:\n  a: {say: Hi., whatsapp_template: weekly_checkin}\n"
    assert found(nodes, templates=template(GOOD, buttons="{hi: Start again, stop: Stop texts}")) == []


def test_a_scheme_words_one_template_its_own_way_and_keeps_the_others() -> None:
    two = FINE + "  other: {text: 'How are you doing?'}\n"
    own = "title: x\ntemplates:\n  other: {text: 'How is it going?'}\n"
    made = library(whatsapp=two, t__whatsapp=own)
    assert made.faults == ()
    texts = {name: each.text.by_language["en"] for name, each in made.flows("t").templates.items()}
    assert texts == {"weekly_checkin": "Hi {name}, how sure are you, 0 to 10?", "other": "How is it going?"}


def test_a_version_of_a_flow_uses_the_templates_of_today() -> None:
    before = library(whatsapp=FINE)
    pinned = before.pin("t", "weekly_check_in")
    now = library(WEEKLY + "  more: {say: Hi.}\n", whatsapp=FINE.replace("how sure", "how very sure"))
    flows = now.pinned("t", pinned.hash, pinned.files)
    assert "how very sure" in flows.templates["weekly_checkin"].text.by_language["en"]


# ---------------------------------------------------------------- filling, choosing, submitting

MADE = Template("weekly_checkin", Text({"en": "Hi {name}. Your step: {step}. OK?", "cy": "Helo {step}, da."}),
                buttons={"yes": Text({"en": "Done", "cy": "Wedi"})})  # fmt: skip


def test_a_template_is_filled_in_the_order_of_its_placeholders_with_the_tag_last() -> None:
    filled = fill(MADE, "en", {"name": "Leon", "step": "ring  the\n\tcollege"}, "a1b2c3d4")
    assert filled is not None
    assert filled.variables == {"1": "Leon", "2": "ring the college", "3": "a1b2c3d4"}
    assert filled.text == "Hi Leon. Your step: ring the college. OK?"


@pytest.mark.parametrize(("step", "sent"), [("", "..."), (" \n", "..."), ("{name}", "{name}")])
def test_no_value_is_ever_empty_or_expanded_again(step: str, sent: str) -> None:
    filled = fill(MADE, "en", {"name": "Leon", "step": step}, "a1b2c3d4")
    assert filled is not None
    assert filled.variables["2"] == sent


def test_a_value_that_is_missing_leaves_the_template_unsent() -> None:
    assert fill(MADE, "en", {"name": "Leon"}, "a1b2c3d4") is None


@given(st.text(max_size=300), st.text(max_size=40))
def test_whatever_people_write_meta_takes_the_value(step: str, name: str) -> None:
    values = {"step": fills.fitted("step", step), "name": fills.fitted("name", name)}
    filled = fill(MADE, "en", values, "a1b2c3d4")
    assert filled is not None
    for value in filled.variables.values():
        assert value.strip()
        assert len(value) <= 60
        assert not re.search(r"[\n\r\t\v\f\u2028\u2029]| {4}", value)


@pytest.mark.parametrize(
    ("ids", "language", "first", "expected"),
    [
        ({"en": ID, "cy": OTHER}, "cy", "en", ("cy", OTHER)),
        ({"en": ID}, "cy", "en", ("en", ID)),
        ({"": ID}, "cy", "en", ("en", ID)),
        ({"": ID}, "cy", "cy", ("cy", ID)),
        ({"": ID, "cy": OTHER}, "pl", "en", ("en", ID)),
        ({"cy": OTHER}, "en", "en", None),
        ({}, "en", "en", None),
    ],
)
def test_a_template_is_sent_in_the_persons_language_or_the_schemes_first(
    ids: dict[str, str], language: str, first: str, expected: tuple[str, str] | None
) -> None:
    assert chosen(MADE, ids, language, first) == expected


def test_words_are_numbered_as_twilio_knows_them() -> None:
    assert numbered("Hi {name}, {step} and {name}.") == "Hi {{1}}, {{2}} and {{3}}."


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("weekly_checkin:yes:a1b2c3d4", ("weekly_checkin", "yes", True)),
        ("weekly_checkin:YES:a1b2c3d4", ("weekly_checkin", "yes", True)),
        ("weekly_checkin:look at one job:00000000", ("weekly_checkin", "look at one job", False)),
        # Made by hand, without the tag: taken for this check-in's.
        ("weekly_checkin:yes", ("weekly_checkin", "yes", True)),
        ("weekly_checkin:yes:{{4}}", ("weekly_checkin", "yes", True)),
        ("hello", None), ("", None), (None, None), ("a" * 500, None), ("Yes:no:maybe:x", None), (":yes:", None),
    ],
)  # fmt: skip
def test_a_payload_says_which_answer_on_which_check_ins_message(
    payload: str | None, expected: tuple[str, str, bool] | None
) -> None:
    tap = tapped(payload, "a1b2c3d4")
    assert (tap and (tap.template, tap.case, tap.this_check_in)) == expected


def test_without_a_check_in_no_tap_is_of_it() -> None:
    tap = tapped("weekly_checkin:yes:a1b2c3d4", None)
    assert tap is not None
    assert not tap.this_check_in


def test_what_is_submitted_has_every_language_sample_button_and_id() -> None:
    templates = (
        "title: x\ntemplates:\n  weekly_checkin:\n"
        "    text: {en: 'Hi {name}, {step}, is it done at {scheme} yet or not?', cy: 'Helo {name}, sut mae pethau?'}\n"
        "    buttons: {yes: {en: Done, cy: Wedi}}\n"
    )
    ids = f"whatsapp_templates: {{weekly_checkin: {{en: {ID}}}}}\n"
    made = library(whatsapp=templates, t__scheme=TWO_LANGUAGES + ids)
    text = submissions(made.flows("t"), made.schemes["t"])
    for line in (
        "t_weekly_checkin   language en, category utility",
        "body      Hi {{1}}, {{2}}, is it done at {{3}} yet or not?",
        "samples   {{1}} = Leon, {{2}} = find my old CV, {{3}} = Tyneside Steps, {{4}} = a1b2c3d4",
        'button    "Done"   id weekly_checkin:yes:{{4}}',
        f"has       {ID}",
        "t_weekly_checkin   language cy, category utility",
        'button    "Wedi"   id weekly_checkin:yes:{{2}}',
        "has       no id yet",
    ):
        assert line in text


@pytest.mark.parametrize(
    ("scheme", "status", "said"),
    [
        (WITH_ID, 0, "t_weekly_checkin   language en"),
        (SCHEME, 0, "Tyneside Steps does not use WhatsApp"),
        (SCHEME + "whatsapp_templates: {weekly: HX1}\n", 1, "put these right first"),
    ],
)
def test_the_command_prints_them(tmp_path: Path, scheme: str, status: int, said: str) -> None:
    (tmp_path / "t").mkdir()
    for name, text in files(t__scheme=scheme, whatsapp=FINE).items():
        (tmp_path / name).write_text(text, "utf-8")
    result = CliRunner().invoke(commands, ["check", "--templates", str(tmp_path / "t")])
    assert (result.exit_code, said in result.output) == (status, True), result.output
