"""What an organisation has changed, a note a month, for its outcome report."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "report_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name="fk_report_note_scheme_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report_note"),
        sa.UniqueConstraint("scheme_id", "month", name="uq_report_note_scheme_id_month"),
    )
