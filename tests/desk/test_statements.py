"""What anybody may read: the rules by which flags are decided, with a scheme's own figures; and accessibility."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.conversation import flag_kinds, flag_rules
from bot.conversation.scheme import Thresholds
from bot.library import Library
from bot.service import Service
from bot.settings import Settings
from bot.web import create_app
from tests.desk.conftest import Desk

Check = Callable[[str], None]


@pytest.mark.parametrize("path", ["/accessibility", "/how-flags-are-decided"])
@pytest.mark.parametrize("name", [None, "sam", "ed"])
def test_anybody_reads_them(desk: Desk, check_page: Check, path: str, name: str | None) -> None:
    client = desk.signed_in(name) if name else desk.app.test_client()
    answer = client.get(path)
    assert answer.status_code == 200
    check_page(answer.text)


def as_read(html: str) -> str:
    return html.replace("&#39;", "'").replace("&quot;", '"')


def test_every_kind_of_flag_is_explained_by_the_very_rule_it_shows(desk: Desk) -> None:
    html = as_read(desk.signed_in("sam").get("/how-flags-are-decided").text)
    thresholds = desk.service.library.scheme("tyneside").thresholds
    for kind, known in flag_kinds.KINDS.items():
        assert flag_rules.told(kind, thresholds) in html
        assert known.clears in html


@pytest.fixture
def own_figures(desk_settings: Settings) -> None:
    """Wearside has set its own, before anything is started."""
    file = Path(desk_settings.flows_dir) / "wearside" / "scheme.yaml"
    file.write_text(file.read_text("utf-8").replace("quiet_days: 12", "quiet_days: 20"), "utf-8")


@pytest.fixture
def desk_library(desk_settings: Settings) -> Library:
    """Read anew: one of these schemes has figures of its own."""
    return Library.load(desk_settings.flows_dir)


@pytest.mark.usefixtures("own_figures")
def test_the_figures_are_the_schemes_of_whoever_looks(desk: Desk) -> None:
    said = {name: desk.signed_in(name).get("/how-flags-are-decided").text for name in ("sam", "pat")}
    assert "No reply for 12 days" in said["sam"]
    assert "No reply for 20 days" in said["pat"]
    assert "After 20 days: one kind text" in said["pat"]
    anybody = desk.app.test_client().get("/how-flags-are-decided").text
    assert f"No reply for {Thresholds().quiet_days} days" in anybody
    assert "These are the usual figures" in anybody


def test_where_there_is_one_scheme_its_figures_are_shown_to_anybody(environ: dict[str, str]) -> None:
    settings = Settings.from_env(environ)
    service = Service.from_settings(settings)
    html = create_app(settings, service).test_client().get("/how-flags-are-decided").text
    service.database.close()
    assert "The figures are those of Tyneside Steps." in html


def test_the_statement_says_what_was_not_tried_and_whom_to_tell(desk: Desk) -> None:
    html = desk.app.test_client().get("/accessibility").text
    assert "No screen reader has been tried" in html
    assert "Equality and Human Rights Commission" in html
    for scheme in desk.service.library.schemes.values():
        assert scheme.privacy is not None
        assert scheme.privacy.contact in html
