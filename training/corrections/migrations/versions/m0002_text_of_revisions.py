"""What was said of a page keeps the text that it was said of, when extraction changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Nullable and without a default: at once, whatever the table's size.
    op.add_column("revision", sa.Column("text", sa.LargeBinary))


def downgrade() -> None:
    op.drop_column("revision", "text")
