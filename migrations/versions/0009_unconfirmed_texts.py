"""Texts that were taken, and of which no receipt has said what became of them, are asked after."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("message", sa.Column("confirm_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("no_receipt_at", sa.DateTime(timezone=True), nullable=True))
    known = sa.text("confirm_at IS NOT NULL")
    op.create_index("ix_message_unconfirmed", "message", ["confirm_at"], sqlite_where=known, postgresql_where=known)
    # Those of before are asked after, too.
    op.execute(
        "UPDATE message SET confirm_at = COALESCE(sent_at, submitted_at, created_at) WHERE direction = 'out' "
        "AND via = 'rest' AND state IN ('accepted', 'sent') AND provider_id IS NOT NULL"
    )
