"""Who is signed in: one row a device, of which one is live."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "practitioner_id"],
            ["practitioner.scheme_id", "practitioner.id"],
            name=op.f("fk_sign_in_scheme_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_sign_in_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sign_in_key_hash")),
    )
    op.create_index("ix_sign_in_practitioner", "sign_in", ["scheme_id", "practitioner_id"])
