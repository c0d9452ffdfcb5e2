"""What WhatsApp and MMS bring beside words: told by its type, never fetched; and the payload of a tapped button."""

import re
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from bot.channels import media
from bot.models import Message
from bot.service import Service
from tests.web.conftest import SENDER, Twilio

pytestmark = pytest.mark.usefixtures("amina")


def came(service: Service) -> Message:
    with service.database.read() as db:
        return db.scalars(select(Message).where(Message.direction == "in")).one()


# Content types as they come, and what a person would call it.
TYPES = [
    (["audio/ogg"], "voice note"),
    (["audio/ogg; codecs=opus"], "voice note"),
    (["audio/amr"], "voice note"),
    (["image/jpeg"], "picture"),
    (["IMAGE/PNG"], "picture"),
    (["image/webp"], "sticker"),
    (["video/mp4"], "video"),
    (["video/3gpp", "image/jpeg", "image/png"], "video, picture"),
    (["application/pdf"], "file"),
    (["text/vcard"], "contact"),
    (["application/smil", "text/plain", "image/jpeg"], "picture"),
    ([""], "file"),
]


@pytest.mark.parametrize(("types", "kinds"), TYPES)
@pytest.mark.parametrize("channel", ["", "whatsapp:"])
def test_what_came_is_kept_by_its_kind_and_answered(
    twilio: Twilio, service: Service, channel: str, types: list[str], kinds: str
) -> None:
    parts = {f"MediaContentType{n}": each for n, each in enumerate(types)}
    urls = {f"MediaUrl{n}": f"https://api.example.org/media/{n}" for n in range(len(types))}
    more = {"NumMedia": str(len(types)), "To": f"{channel}{SENDER}", **parts, **urls}
    answer = twilio.text("", **more, From=f"{channel}+447700900001")
    assert answer.status_code == 200
    row = came(service)
    assert (row.media, row.media_kinds) == (len(types), kinds)
    assert re.search("can't (open|listen)", answer.text)
    assert "media/" not in repr({column.name: getattr(row, column.name) for column in Message.__table__.columns})


def test_of_a_location_nothing_is_kept_but_that_it_was_one(twilio: Twilio, service: Service) -> None:
    where = {"Latitude": "54.9778", "Longitude": "-1.6129", "Address": "Grey Street", "Label": "home"}
    answer = twilio.text("", From="whatsapp:+447700900001", To=f"whatsapp:{SENDER}", **where)
    assert "can't see where you are" in answer.text.replace("&#39;", "'")
    row = came(service)
    assert (row.body, row.media_kinds) == ("", "location")
    assert "54.9" not in repr({column.name: getattr(row, column.name) for column in Message.__table__.columns})


ODD: list[Mapping[str, str]] = [
    {"NumMedia": "999"},
    {"NumMedia": "2", "MediaContentType0": "audio/ogg" * 50},
    {"ButtonPayload": "x" * 4000, "ButtonText": "Done"},
    {"ButtonPayload": "weekly_checkin:yes:\u2028", "ButtonText": "Done"},
]


@pytest.mark.parametrize("odd", ODD)
def test_odd_parameters_are_taken_in_all_the_same(twilio: Twilio, service: Service, odd: Mapping[str, str]) -> None:
    assert twilio.text("", **odd, From="whatsapp:GB.1A2b3C4d", To=f"whatsapp:{SENDER}").status_code == 200
    row = came(service)
    assert row.address == "GB.1A2b3C4d"
    assert len(row.media_kinds or "") <= 60
    assert len(row.payload or "") <= 120


def test_a_button_is_kept_with_what_stands_on_it(twilio: Twilio, service: Service) -> None:
    tapped = {"ButtonText": "Yes, start", "ButtonPayload": "hello:ok:a1b2c3d4", "MessageType": "button"}
    twilio.text("Hi Amina. It's the check-in", **tapped, From="whatsapp:+447700900001", To=f"whatsapp:{SENDER}")
    row = came(service)
    assert (row.body, row.payload) == ("Yes, start", "hello:ok:a1b2c3d4")


def test_each_kind_is_told_once_and_in_the_order_it_came() -> None:
    assert media.kinds(["audio/ogg", "image/png", "audio/mpeg"], location=True) == ("voice note", "picture", "location")
    assert media.kinds([]) == ()
