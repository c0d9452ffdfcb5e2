"""A person, please: through the real door, with the scheme's own words."""

from bot import receiving
from bot.channels import Inbound
from bot.models import Address
from tests.flags.conftest import Cast


def test_the_flag_says_what_they_wrote_and_what_they_were_told(cast: Cast) -> None:
    (address,) = cast.rows(Address)
    text = Inbound(
        provider_id="SM1", channel="sms", address=address.address, sender="phone:tyneside",
        body="can sam ring me please",
    )  # fmt: skip
    with cast.database.write() as db:
        received = receiving.receive(db, cast.library, "tyneside", text, cast.now)
    (flag,) = cast.open_flags("asked_for_you")
    assert received.reply is not None
    assert flag.evidence["answered"] == received.reply.body
    assert flag.evidence["last_words"]["words"] == "can sam ring me please"
    assert received.urgent == (flag.id,)
    assert [mail.to for mail in cast.mails()] == ["sam@example.org"]
