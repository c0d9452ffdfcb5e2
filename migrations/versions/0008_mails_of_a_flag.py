"""The mails of a flag are found by an index: a flag that cannot wait rings for its own at once."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_email_flag", "email", ["flag_id"])
