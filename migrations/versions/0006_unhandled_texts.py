"""Texts that came in and could not be handled, and what the provider took a text for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("message", sa.Column("opt_out_type", sa.String(length=8), nullable=True))
    unhandled = sa.text("state = 'unhandled'")
    op.create_index("ix_message_unhandled", "message", ["due_at"], sqlite_where=unhandled, postgresql_where=unhandled)
