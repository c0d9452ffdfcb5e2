"""Sam at the page of Amina: what the tests of replies, planned texts and holds do there."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from bot.models import Event, Message, ServiceUser

if TYPE_CHECKING:
    from tests.desk.conftest import Desk

LONDON = ZoneInfo("Europe/London")
# Within the day's open hours, whenever the tests run.
MIDDAY = datetime(2026, 11, 24, 12, 0, tzinfo=LONDON)
NIGHT = datetime(2026, 11, 24, 22, 30, tzinfo=LONDON)
Check = Callable[[str], None]


@dataclass
class Talk:
    """Sam at the page of Amina."""

    desk: "Desk"
    client: FlaskClient
    amina: uuid.UUID
    check: Check
    once: str = field(default_factory=lambda: uuid.uuid4().hex)

    def look(self, **query: Any) -> str:
        answer = self.client.get(f"/people/{self.amina}", query_string=query)
        assert answer.status_code == 200
        self.check(answer.text)
        return answer.text

    def post(self, path: str, **values: Any) -> TestResponse:
        return self.client.post(f"/people/{self.amina}/{path}", data=values)

    def reply(self, words: str = "How was it?", act: str = "send", **values: Any) -> TestResponse:
        return self.post("reply", **{"words": words, "act": act, "once": self.once, **values})

    def done(self, answer: TestResponse) -> str:
        """What the next page says was done."""
        assert answer.status_code == 303, unescape(re.sub("<[^>]+>", "", answer.text))
        html = self.client.get(answer.location).text
        self.check(html)
        [said] = re.findall(r'<p class="news[^>]*>(.*?)</p>', html)
        return unescape(said)

    def refused(self, answer: TestResponse) -> str:
        """The sentence at the top, in a page whose title says that there is an error."""
        assert answer.status_code == 422
        self.check(answer.text)
        assert "<title>Error: Amina" in answer.text
        return unescape(answer.text.split('class="errors"')[1].split("</ul>")[0])

    def texts(self) -> list[Message]:
        with self.desk.service.database.read() as db:
            mine = (Message.service_user_id == self.amina, Message.kind == "staff")
            return list(db.scalars(select(Message).where(*mine).order_by(Message.created_at)))

    def person(self) -> ServiceUser:
        row = self.desk.row(ServiceUser, self.amina)
        assert isinstance(row, ServiceUser)
        return row

    def change(self, table: Any = ServiceUser, **values: Any) -> None:
        with self.desk.service.database.write() as db:
            of = ServiceUser.id if table is ServiceUser else table.service_user_id
            for row in db.scalars(select(table).where(of == self.amina)):
                for name, value in values.items():
                    setattr(row, name, value)

    def events(self) -> list[str]:
        with self.desk.service.database.read() as db:
            mine = (Event.service_user_id == self.amina, Event.who == "sam@example.org", Event.what != "viewed")
            return list(db.scalars(select(Event.what).where(*mine).order_by(Event.at)))


def box(html: str) -> Mapping[str, str]:
    """What stands in the box."""
    words = re.search(r'<textarea id="words"[^>]*>\n(.*?)</textarea>', html, re.DOTALL)
    fields = dict(re.findall(r'<input[^>]*name="(once|instead|date|time)"[^>]*value="([^"]*)"', html))
    fields |= dict(re.findall(r'name="(date|time)" type="\w+" value="([^"]*)"', html))
    return {"words": unescape(words[1]) if words else "", **fields}
