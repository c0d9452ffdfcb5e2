"""A practitioner may slow their digest, from a link in it or by their mail reader's own button."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    often = sa.Column("digest_cadence", sa.String(12), nullable=False, server_default=sa.text("'daily'"))
    op.add_column("practitioner", often)
    op.add_column("email", sa.Column("list_unsubscribe", sa.Text(), nullable=True))
