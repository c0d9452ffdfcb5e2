"""Flags are put off, passed on and taken back, and say what got in the way."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

COLUMNS = (
    sa.Column("snooze_ends", sa.String(8), nullable=True),
    sa.Column("snoozed_by", sa.String(254), nullable=True),
    sa.Column("snoozes", sa.Integer(), nullable=False, server_default=sa.text("0")),
    sa.Column("help_wanted", sa.String(20), nullable=True),
    sa.Column("passed_to", sa.String(254), nullable=True),
    sa.Column("passed_by", sa.String(254), nullable=True),
    sa.Column("passed_until", sa.DateTime(timezone=True), nullable=True),
    sa.Column("barrier", sa.String(20), nullable=True),
    sa.Column("reason", sa.String(20), nullable=True),
    sa.Column("last_act", sa.JSON(), nullable=True),
)


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("flag", column)
    op.create_index("ix_flag_raised", "flag", ["scheme_id", "raised_at"])
    # What was put off before ends on its date.
    op.execute("UPDATE flag SET snooze_ends = 'date', snoozes = 1 WHERE snoozed_until IS NOT NULL")
