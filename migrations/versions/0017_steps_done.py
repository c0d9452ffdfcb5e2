"""The steps done in a week are found by their day, not by going through everybody's."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    done = sa.text("outcome = 'done'")
    op.create_index("ix_step_done", "step", ["scheme_id", "outcome_at"], sqlite_where=done, postgresql_where=done)
