"""A mail with a link in it, opened in a browser that is signed in nowhere."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bot import one_tap
from bot.models import Base, Flag
from bot.one_tap import Tap
from tests.desk.conftest import Desk

SECRET = "the jobcentre have stopped my money"
DAY = timedelta(days=1)


@dataclass
class Mailed:
    """Sam has a mail about Amina, with a link in it, and opens it in a browser that is signed in nowhere."""

    desk: Desk
    client: FlaskClient
    flag_id: UUID
    tap: Tap
    tokens: dict[Tap, str] = field(default_factory=dict)

    @property
    def settings(self) -> Any:
        return self.desk.service.settings

    @property
    def path(self) -> str:
        """Signed once for each mail: the token holds the second."""
        if self.tap not in self.tokens:
            self.tokens[self.tap] = one_tap.sign(self.settings, self.tap)
        return f"/f/{self.tokens[self.tap]}"

    @property
    def flag(self) -> Flag:
        return self.desk.row(Flag, self.flag_id)  # type: ignore[no-any-return]

    def nonce(self) -> str:
        return re.findall(r'name="nonce" value="([^"]+)"', self.client.get(self.path).text)[0]

    def tapped(self, do: str, **form: str) -> TestResponse:
        """The page is opened and a button on it is pressed."""
        return self.client.post(self.path, data={"nonce": self.nonce(), "do": do, **form})

    def change(self, table: type[Base], row_id: UUID, **values: Any) -> None:
        with self.desk.service.database.write() as db:
            row = db.get(table, row_id)
            for name, value in values.items():
                setattr(row, name, value)


def about(desk: Desk, kind: str, name: str = "amina", to: str = "sam") -> Mailed:
    words = {"words": SECRET, "at": desk.now.isoformat()}
    evidence = {"since": desk.now.isoformat(), "why": SECRET, "details": {}, "done": [], "last_words": words}
    flag_id = desk.add_flag(name, kind, evidence=evidence)
    return Mailed(desk, desk.app.test_client(), flag_id, Tap(flag_id, desk.staff[to], 1, uuid4()))


def everything(desk: Desk) -> dict[str, Any]:
    """How many rows each table has, and how the flags stand."""
    with desk.service.database.read() as db:
        counts = {
            table.name: db.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
        }
        flags = [{c.name: getattr(flag, c.name) for c in Flag.__table__.columns} for flag in db.scalars(select(Flag))]
    return {**counts, "flags": flags}
