"""A practitioner may write a text for later: the row says for when."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("message", sa.Column("planned_for", sa.DateTime(timezone=True), nullable=True))
