"""What came in place of words: a voice note, a picture, a location."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("message", sa.Column("media_kinds", sa.String(length=60), nullable=True))
