"""What a tapped button brought back."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("message", sa.Column("payload", sa.String(length=120), nullable=True))
