"""The digest: what needs somebody, in order, within limits, once a day; read on a phone between two appointments."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import flag_kinds
from bot.conversation.digest_items import Item, Link, Matter, Promised, Told
from bot.conversation.digest_text import MOST_LINES, compose
from tests.flags.conftest import DAY

TUESDAY = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ENDS = (
    Link("How flags are decided", "https://x.example/how-flags-are-decided"),
    Link("Change how often", "https://x.example/how-often/a.token"),
)


def at(words: str) -> str:
    return datetime.fromisoformat(words).replace(tzinfo=UTC).isoformat()


def links(person: str = "7f2") -> list[Link]:
    site = "https://x.example"
    return [Link("Reply (sign in)", f"{site}/p/{person}"), Link("Done or later", f"{site}/f/{'Qk3' * 40}.{person}")]


def item(kind: str, who: str = "Amina K", **changes: Any) -> Item:
    values: dict[str, Any] = {
        "kind": kind, "code": "1a2b3c4d", "who": who, "evidence": {}, "raised_at": TUESDAY - DAY, "links": links(),
        **changes,
    }  # fmt: skip
    return Item(**values)


def matter(*items: Item, **changes: Any) -> Matter:
    values: dict[str, Any] = {
        "now": TUESDAY, "zone": "Europe/London", "detail": "words", "items": items, "on_track": 61,
        "everything": "https://x.example/today", "ends": ENDS, **changes,
    }  # fmt: skip
    return Matter(**values)


SAMPLE = matter(
    item(
        "quiet",
        "Leon B",
        evidence={
            "since": at("2026-10-19 08:00"),
            "usual_gap_days": 6,
            "prompts": [{"delivered": at("2026-10-24 11:00")}, {"delivered": at("2026-10-30 11:00")}],
            "last_words": {"words": "start at 6am now so bit knackered", "at": at("2026-10-19 09:00")},
        },
    ),
    item(
        "cant_reach",
        "Dev P",
        evidence={
            "since": at("2026-10-30 11:00"),
            "attempts": [{"at": at("2026-11-02 11:00")}, {"at": at("2026-10-30 11:00")}],
            "other_channels": ["whatsapp"],
            "last_words": {"words": "cv nearly there", "at": at("2026-10-26 11:00")},
        },
    ),
    item(
        "asked_for_you",
        "Amina K",
        evidence={
            "since": at("2026-11-02 17:40"),
            "last_words": {"words": "can i speak to a person about the travel money", "at": at("2026-11-02 17:40")},
        },
    ),
    done=[Told("Priya", "rang the college"), Told("Tom", "asked my sister to mind the kids"), Told("Sol", "printed cv")]
    + [Told("Ann", "x")] * 6,
    people_done=9,
)


def test_the_sample_reads_as_designed() -> None:
    made = compose(SAMPLE)
    assert made.subject == "Check-ins Tue 3 Nov: 3 need you, 9 steps done"
    assert (
        re.sub(r"/f/(Qk3)+", "/f/Qk3", made.body)
        == """\
Good news first: 9 people did a step this week. 61 on track.

1 of 3  ASKED FOR YOU - Amina K, since Mon 17:40 (14 hours)
  "can i speak to a person about the travel money"
  Reply (sign in): https://x.example/p/7f2
  Done or later:   https://x.example/f/Qk3.7f2

2 of 3  WE CAN'T REACH - Dev P, since Fri
  Texts of 30 Oct and 2 Nov not delivered. WhatsApp not tried.
  Last words 26 Oct: "cv nearly there"
  Done or later: https://x.example/f/Qk3.7f2

3 of 3  QUIET - Leon B, 15 days (usually answers in 6)
  2 texts delivered, the last on 30 Oct.
  Last words 19 Oct: "start at 6am now so bit knackered"
  Done or later: https://x.example/f/Qk3.7f2

STEPS DONE  Priya: "rang the college". Tom: "asked my sister to mind
  the kids". Sol: "printed cv". And 6 more.

How flags are decided: https://x.example/how-flags-are-decided
Change how often: https://x.example/how-often/a.token
"""
    )


def test_who_is_behind_whatsapps_shut_door_is_not_told_to_have_a_wrong_number() -> None:
    shut = {"details": {"whatsapp_closed": True}, "other_channels": ["sms"], "since": at("2026-11-02 11:00")}
    words = {"last_words": {"words": "cv nearly there", "at": at("2026-10-26 11:00")}}
    body = compose(matter(item("cant_reach", "Dev P", evidence={**shut, **words}))).body
    assert "  WhatsApp takes nothing more until they write. No yes to SMS.\n  Last words 26 Oct" in body
    assert "not delivered" not in body
    tried = {**shut, "attempts": [{"at": at("2026-11-02 12:00")}]}
    assert "Texts of 2 Nov not delivered." in compose(matter(item("cant_reach", "Dev P", evidence=tried))).body


def test_where_no_receipt_comes_what_was_sent_is_told() -> None:
    sent = [{"sent": at("2026-10-24 11:00"), "delivered": None, "note": "no receipt"}]
    told = compose(matter(item("quiet", "Leon B", evidence={"since": at("2026-10-19 08:00"), "prompts": sent})))
    assert "1 text sent, the last on 24 Oct; no receipt." in told.body


def test_a_practitioners_own_text_that_did_not_leave_says_why() -> None:
    why = {"why": "your text was not sent: they had written in the meantime", "since": at("2026-11-02 11:00")}
    words = {"last_words": {"words": "its been moved to monday", "at": at("2026-11-02 10:00")}}
    body = compose(matter(item("not_sent", "Dev P", evidence={**why, **words}))).body
    assert '  Your text was not sent: they had written in the meantime.\n  "its been moved to monday"' in body


@pytest.mark.parametrize("detail", ["names", "codes"])
def test_their_words_stay_out_where_the_scheme_says_so(detail: str) -> None:
    body = compose(matter(*SAMPLE.items, detail=detail, done=SAMPLE.done)).body
    assert '"' not in body
    assert "knackered" not in body
    assert ("Priya" in body) is (detail == "names")


def test_nothing_needs_you_is_a_good_mail() -> None:
    made = compose(matter())
    assert made.subject == "Check-ins Tue 3 Nov: nothing needs you"
    assert made.body.splitlines() == [
        "61 on track. Nothing needs you.",
        "",
        "How flags are decided: https://x.example/how-flags-are-decided",
        "Change how often: https://x.example/how-often/a.token",
    ]


def test_where_nobody_is_on_track_it_does_not_say_nought() -> None:
    assert compose(matter(item("quiet"), on_track=0)).body.startswith("1 of 1  QUIET")
    assert compose(matter(on_track=0, ends=())).body == "Nothing needs you.\n"


def test_safety_quotes_nothing_and_stays_when_somebody_has_it() -> None:
    evidence = {
        "told": [{"who": "Sam"}, {"who": "Jo Ridley (duty)"}],
        "last_words": {"words": "SECRET", "at": at("2026-11-02")},
    }
    body = compose(matter(item("safety", evidence=evidence), item("quiet"))).body
    assert "1 of 2  SAFETY" in body
    assert "SECRET" not in body
    assert "Told so far: Sam, Jo Ridley (duty)." in body
    assert "kim@example.org has it" in compose(matter(item("safety", taken_by="kim@example.org"))).body


KIND = st.sampled_from(sorted(flag_kinds.KINDS) + ["something_new"])
WORDS = st.text(max_size=200)
EVIDENCE = st.fixed_dictionaries(
    {},
    optional={
        "since": st.just(at("2026-10-19 08:00")),
        "usual_gap_days": st.integers(0, 99),
        "last_words": st.fixed_dictionaries({"words": WORDS, "at": st.just(at("2026-10-19 09:00"))}),
        "prompts": st.just([{"delivered": at("2026-10-24 11:00")}] * 6),
        "attempts": st.just([{"at": at("2026-10-30 11:00")}] * 3),
        "other_channels": st.just(["whatsapp"]),
        "answers": st.just([{"value": 10, "at": at("2026-10-24 11:00")}] * 4),
        "usual": st.just(6.5),
        "pattern": st.just("a single low answer, not a trend"),
        "steps": st.lists(st.fixed_dictionaries({"words": WORDS}), max_size=2),
        "details": st.just({"not_safe": True, "answer_undelivered": True}),
        "told": st.just([{"who": "Somebody With A Long Name (duty)"}] * 4),
        "barrier": st.just("travel"),
    },
)
ITEM = st.builds(
    Item,
    kind=KIND,
    code=st.just("1a2b3c4d"),
    who=st.text(min_size=1, max_size=123),
    evidence=EVIDENCE,
    raised_at=st.just(TUESDAY - DAY),
    back=st.booleans(),
    taken_by=st.none() | st.just("somebody.with.a.long.address@example.org"),
    links=st.sampled_from([(), links(), links()[:1]]),
)
PROMISED = st.lists(
    st.builds(Promised, st.text(max_size=123), st.just("ring"), st.just(date(2026, 11, 3))), max_size=12
)
TOLD = st.lists(st.builds(Told, st.text(max_size=123), st.none() | WORDS), max_size=12)


def is_link(line: str) -> bool:
    return "https://" in line


@given(st.lists(ITEM, max_size=30), st.sampled_from(["words", "names", "codes"]), TOLD, TOLD, TOLD, PROMISED)
@settings(max_examples=150, deadline=None)
def test_whatever_is_in_it_the_limits_hold(
    items: list[Item], detail: str, done: list[Told], good: list[Told], stopped: list[Told], due: list[Promised]
) -> None:
    made = compose(
        matter(
            *items, detail=detail, done=done, good_news=good, stopped=stopped, taken_on=2, promised=due, people_done=3
        )
    )
    lines = made.body.split("\n")
    urgent = sum(each.kind in ("safety", "asked_for_you") for each in items)
    headings = [line for line in lines if re.match(r"\d+ of \d+  ", line)]
    assert all(len(line) <= 70 for line in lines if not is_link(line))
    assert all(
        len(line.partition("https://")[0]) <= 70 and line.count("https://") == 1 for line in lines if is_link(line)
    )
    assert len(made.subject) <= 70
    assert len(headings) == min(len(items), max(urgent, 7))
    assert len(lines) - 1 <= MOST_LINES or urgent > 7
    if len(items) > len(headings):
        assert f"And {len(items) - len(headings)} more: https://x.example/today" in lines
    assert lines[-3:-1] == [f"{each.label}: {each.url}" for each in ENDS]
    for block in made.body.split("\n\n"):
        assert len(block.splitlines()) <= 4 or not re.match(r"\d+ of \d+  ", block)


def test_each_thing_that_needs_somebody_can_be_acted_on_from_the_mail() -> None:
    urgent = [item("asked_for_you", f"P{n}", links=links(f"a{n}")) for n in range(12)]
    others = [item(kind, links=links(f"b{n}")) for n, kind in enumerate(("distress", "cant_reach", "quiet", "misread"))]
    body = compose(matter(*urgent, *others)).body
    assert [f"/p/a{n}" in body and f".a{n}\n" in body for n in range(12)] == [True] * 12, "these are never cut"
    body = compose(matter(*others, *urgent[:3], done=SAMPLE.done, stopped=SAMPLE.done, taken_on=3)).body
    assert [f".b{n}\n" in body for n in range(4)] == [True] * 4
    assert len(body.splitlines()) <= MOST_LINES


def test_what_you_promised_is_told_by_its_kind_and_day() -> None:
    due = [
        Promised("Amina K", "ring", date(2026, 10, 29), "SECRET, about the bus pass"),
        Promised("Dev P", "find something out for", date(2026, 11, 3)),
    ]
    made = compose(matter(promised=due))
    assert made.subject == "Check-ins Tue 3 Nov: 2 promises due"
    told = [line for line in made.body.splitlines() if "PROMISED" in line]
    assert told == ["YOU PROMISED  ring Amina K (by Thu 29 Oct), find something out for"]
    assert "  Dev P (today)." in made.body.splitlines()
    assert "Nothing needs you" not in made.body
    assert "SECRET" not in made.body


def test_nobody_is_cut_where_many_ask_at_once() -> None:
    said = {"last_words": {"words": "ring me please", "at": at("2026-11-02 17:40")}}
    body = compose(matter(*(item("asked_for_you", f"P{n}", evidence=said) for n in range(20)))).body
    assert body.count("ring me please") == 20


def test_what_is_not_told_in_full_is_named_the_newest_first() -> None:
    old = [item("quiet", f"Old{n}", raised_at=TUESDAY - DAY * (90 - n)) for n in range(9)]
    lines = compose(matter(*old, item("quiet", "Ann B", raised_at=TUESDAY - DAY))).body.splitlines()
    more = lines.index("And 3 more: https://x.example/today")
    assert lines[more + 1] == "  The newest: Ann B (quiet), Old8 (quiet), Old7 (quiet)."
