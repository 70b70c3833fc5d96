"""Pages, what people said of them, samples and removals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "page",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("html", sa.LargeBinary),
        sa.Column("site", sa.String(253), nullable=False),
        sa.Column("lang", sa.String(35), nullable=False),
        sa.Column("current", _ID, unique=True),
    )
    op.create_index("ix_page_site", "page", ["site"])
    op.create_table(
        "revision",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column(
            "page", sa.String(64), sa.ForeignKey("page.hash", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("starts", sa.JSON, nullable=False),
        sa.Column("outside", sa.JSON, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("prediction", sa.JSON, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revision_page", "revision", ["page"])
    op.create_table(
        "sample",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("html", sa.LargeBinary),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("prediction", sa.JSON, nullable=False),
        sa.Column("uncertainty", sa.Float, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_sample_uncertainty", "sample", ["uncertainty"])
    op.create_table(
        "removal",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_removal_hash", "removal", ["hash"])


def downgrade() -> None:
    for table in ("removal", "sample", "revision", "page"):
        op.drop_table(table)
