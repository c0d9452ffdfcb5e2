"""What retention remembers: when words and names went, and the copies at the provider that are to go."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ADDED = (("service_user", "tidied_at"), ("service_user", "words_erased_at"), ("service_user", "unnamed_at"))


def upgrade() -> None:
    for table, column in (*ADDED, ("scheme", "retention_at")):
        op.add_column(table, sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "former_address",
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_former_address_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_former_address_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_address")),
    )
    op.create_index("ix_former_address_person", "former_address", ["scheme_id", "service_user_id"])
    op.create_table(
        "provider_copy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=40), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_provider_copy_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_copy")),
    )
    op.create_index("uq_provider_copy_provider_id", "provider_copy", ["provider_id"], unique=True)
    op.create_index("ix_provider_copy_message", "provider_copy", ["message_id"])
    op.create_index("ix_provider_copy_due_at", "provider_copy", ["due_at"])
