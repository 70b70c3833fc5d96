"""What Alembic runs: the migrations, on the connection that `CorrectionStore` opened and locked."""

from __future__ import annotations

from alembic import context

from training.corrections.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
