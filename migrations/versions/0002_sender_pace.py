"""How fast each of our numbers may send, and the index of what goes first."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FIRST = sa.text("state = 'queued' AND kind IN ('safety','reply','staff')")


def upgrade() -> None:
    op.create_table(
        "sender_pace",
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("sender", sa.String(length=120), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slowed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("slowed_by", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("channel", "sender", name=op.f("pk_sender_pace")),
    )
    op.create_index("ix_message_first", "message", ["due_at"], sqlite_where=FIRST, postgresql_where=FIRST)
