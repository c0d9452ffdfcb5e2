"""Notes on a person, and what was promised to them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "note",
        *_owned("note"),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["scheme_id", "corrects_id"], ["note.scheme_id", "note.id"], name=op.f("fk_note_scheme_id_corrects_id")
        ),
    )
    op.create_index("ix_note_person", "note", ["scheme_id", "service_user_id", "at"])
    op.create_table(
        "promise",
        *_owned("promise"),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("moves", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended", sa.String(length=12), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=254), nullable=True),
    )
    op.create_index("ix_promise_person", "promise", ["scheme_id", "service_user_id", "at"])
    still = sa.text("ended_at IS NULL")
    op.create_index("ix_promise_open", "promise", ["scheme_id", "day"], sqlite_where=still, postgresql_where=still)


def _owned(table: str) -> list[sa.schema.SchemaItem]:
    person = ["scheme_id", "service_user_id"]
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f(f"fk_{table}_scheme_id")),
        sa.ForeignKeyConstraint(
            person,
            ["service_user.scheme_id", "service_user.id"],
            name=op.f(f"fk_{table}_scheme_id_service_user_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("scheme_id", "id", name=op.f(f"uq_{table}_scheme_id_id")),
    ]
