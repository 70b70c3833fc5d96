"""How the store of corrections talks to its database, SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from training.corrections.engine import ORDER_LOCK, migrate, open_engine
from training.corrections.schema import Base

__all__ = ["Sessions"]


class Sessions:
    """Transactions of one database, and what the two kinds of database do differently.

    Parameters
    ----------
    url : str
        SQLAlchemy URL. The tables are made, or brought up to date, at once.
    create : bool
        Whether SQLite may make a file that is not there; else `NoSuchDatabase` is raised.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.engine: Engine = open_engine(url, create=create)
        migrate(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _read(self) -> Iterator[Session]:
        engine = self.engine.execution_options(read_only=True)
        with Session(engine, expire_on_commit=False) as session:
            yield session

    def _insert_if_new(self, session: Session, table: type[Base], values: dict[str, Any]) -> None:
        kind = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        session.execute(kind.insert(table).values(**values).on_conflict_do_nothing())

    def _queue(self, session: Session) -> None:
        """Let ids be seen in the order in which they are given, and samples be changed one by one.

        PostgreSQL gives an id at once and shows its row at commit; a reader that has seen the
        later of two would never ask for the earlier one. Whoever locks a page does so before.
        """
        if self.engine.dialect.name == "postgresql":
            session.execute(select(func.pg_advisory_xact_lock(ORDER_LOCK)))

    def _scrub(self) -> None:
        """Let the database forget what was deleted, as far as it can be made to."""
        if self.engine.dialect.name == "sqlite":
            raw = self.engine.raw_connection()
            try:
                # Waits for readers up to the busy timeout; what is left goes with the next one.
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            finally:
                raw.close()
            return
        from training.corrections.patient import unhurried  # needs the driver

        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # What is removed must go, however long another one vacuums; and nobody else is to have
            # a connection that waits for ever.
            connection.detach()
            with unhurried(connection.connection.dbapi_connection):
                connection.execute(text("SET lock_timeout = 0"))
                connection.execute(text("VACUUM page, revision, sample"))
