"""Links in mail say what they are about to us alone, for as long as they last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bot import one_tap
from bot.models import Flag, Practitioner, ServiceUser
from bot.one_tap import Tap, TapExpired, TapRefused
from bot.settings import Settings

# Longer than any test lasts.
A_WHILE = timedelta(minutes=10)


def ago(how_long: timedelta) -> datetime:
    return datetime.now(UTC) - how_long


@pytest.mark.parametrize("digest", [uuid4(), None], ids=["of a digest", "of another mail"])
def test_a_link_says_which_flag_and_to_whom(settings: Settings, digest: object) -> None:
    flag, sam = Flag(id=uuid4(), version=3), Practitioner(id=uuid4())
    url = one_tap.link(settings, flag, sam, digest)  # type: ignore[arg-type]
    begin, _, token = url.rpartition("/")
    assert begin == f"{settings.public_url}/f"
    assert one_tap.read(settings, token) == Tap(flag.id, sam.id, 3, digest)  # type: ignore[arg-type]
    assert len(token) < 180
    assert flag.id.hex not in url
    assert sam.id.hex not in url


def test_a_person_has_a_short_address(settings: Settings) -> None:
    person = ServiceUser(id=uuid4())
    assert one_tap.person_link(settings, person) == f"{settings.public_url}/p/{person.id.hex[:8]}"


def test_a_link_lasts_for_two_weeks(settings: Settings) -> None:
    tap = Tap(uuid4(), uuid4(), 1)
    young, old = (ago(one_tap.LASTS - A_WHILE), ago(one_tap.LASTS + A_WHILE))
    assert one_tap.read(settings, one_tap.sign(settings, tap, young)) == tap
    with pytest.raises(TapExpired):
        one_tap.read(settings, one_tap.sign(settings, tap, old))


def test_what_was_tampered_with_is_refused(settings: Settings) -> None:
    token = one_tap.sign(settings, Tap(uuid4(), uuid4(), 1, uuid4()))
    for at in range(0, len(token) - 1, 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(TapRefused):
            one_tap.read(settings, changed)


@pytest.mark.parametrize("token", ["", ".", "..", "x" * 200, "W10.abc.def", "\N{BLACK HEART SUIT}"])
def test_what_is_no_token_is_refused(settings: Settings, token: str) -> None:
    with pytest.raises(TapRefused):
        one_tap.read(settings, token)


def test_another_key_or_another_page_s_token_opens_nothing(settings: Settings) -> None:
    tap = Tap(uuid4(), uuid4(), 1)
    elsewhere = replace(settings, secret_key="another key, long enough for anything")
    for token in (one_tap.sign(elsewhere, tap), one_tap.nonce(settings, tap)):
        with pytest.raises(TapRefused):
            one_tap.read(settings, token)


def test_a_nonce_is_good_for_an_hour_and_for_its_flag_and_reader(settings: Settings) -> None:
    tap = Tap(uuid4(), uuid4(), 1)
    one_tap.check_nonce(settings, tap, one_tap.nonce(settings, tap))
    one_tap.check_nonce(settings, tap, one_tap.nonce(settings, tap, ago(one_tap.NONCE_LASTS - A_WHILE)))
    with pytest.raises(TapExpired):
        one_tap.check_nonce(settings, tap, one_tap.nonce(settings, tap, ago(one_tap.NONCE_LASTS + A_WHILE)))
    for other in (replace(tap, flag_id=uuid4()), replace(tap, practitioner_id=uuid4())):
        with pytest.raises(TapRefused):
            one_tap.check_nonce(settings, tap, one_tap.nonce(settings, other))
    with pytest.raises(TapRefused):
        one_tap.check_nonce(settings, tap, one_tap.sign(settings, tap))
