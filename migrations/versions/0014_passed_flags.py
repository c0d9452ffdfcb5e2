"""Flags that a colleague has are found by whose they are."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    passed = sa.text("passed_to IS NOT NULL")
    op.create_index("ix_flag_passed", "flag", ["scheme_id", "passed_to"], sqlite_where=passed, postgresql_where=passed)
