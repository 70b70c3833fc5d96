"""Opening the correction store's database, and bringing its tables up to date."""

from __future__ import annotations

import sqlite3
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text

from model.errors import StoryseamError
from training.corrections.driver import check_driver

__all__ = ["ORDER_LOCK", "NoSuchDatabase", "migrate", "open_engine"]

_MIGRATIONS = Path(__file__).parent / "migrations"

# Whoever waits half a minute for a lock waits for something broken. Well below the minute after
# which a request counts as hanging, and costs its worker.
_WAIT_SECONDS = 30

# What SQLite is told on every connection. FULL: a correction that was acknowledged survives a power
# cut, not only a killed process.
_PRAGMAS = {
    "busy_timeout": str(1000 * _WAIT_SECONDS),
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
}

# What psycopg is told unless the URL says otherwise: a database that is away is found out in
# seconds before it connects and, in milliseconds, after.
_WAITS = {"connect_timeout": "5", "tcp_user_timeout": "10000"}
_POOL_SECONDS = 5
# Told to the connection and not in its first packet, where pgbouncer does not let it pass. Who has
# set one, for the database or in the URL, keeps it, up to the patience of `PatientConnection`.
_PATIENCE = f"""
    SELECT set_config('lock_timeout', '{_WAIT_SECONDS}s', false)
    WHERE current_setting('lock_timeout') = '0'
"""

# Names of PostgreSQL's advisory locks; any numbers, only Storyseam's own processes take them.
_MIGRATION_LOCK = 7_305_814_771

#: Held from the moment a correction gets its id, or a sample changes, until that is committed.
ORDER_LOCK = 7_305_814_772


class NoSuchDatabase(StoryseamError):
    """There is no file of corrections where one was to be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"there is no database of corrections at {self.path.absolute()}; look for a slip in "
            "its path or a volume that is not mounted (the service makes the file when it starts)"
        )


def open_engine(url: str, *, create: bool = True) -> Engine:
    """An engine for SQLite or PostgreSQL; no error of it quotes a page.

    Parameters
    ----------
    create : bool
        Let SQLite make a file that is not there. Who only reads must not: a mistyped path would
        pass for a database without corrections.

    Raises
    ------
    ValueError
        Another kind of database, or a file that is none.
    NoSuchDatabase
        The file is not there, and none is to be made.
    NoDriver
        PostgreSQL, without the extra for it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        check_driver()
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        waits = {name: value for name, value in _WAITS.items() if name not in parsed.query}
        engine = create_engine(
            parsed,
            pool_pre_ping=True,
            pool_timeout=_POOL_SECONDS,
            connect_args=waits,
            hide_parameters=True,
        )
        event.listen(engine, "do_connect", _connect)
        event.listen(engine, "connect", _be_patient)
        return engine
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(
            f"corrections are stored in SQLite or PostgreSQL, not in {parsed.get_backend_name()}"
        )
    if parsed.database in (None, "", ":memory:"):
        raise ValueError("corrections need a file: sqlite:///corrections.db")
    path = _file(parsed)
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    elif not path.is_file():
        raise NoSuchDatabase(path)
    engine = create_engine(parsed, connect_args={"timeout": _WAIT_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables up to date; workers that start together take turns."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with ExitStack() as held:
        connection = held.enter_context(engine.begin())
        # On SQLite the transaction itself is exclusive, see _on_begin.
        if engine.dialect.name == "postgresql":
            from training.corrections.patient import unhurried  # needs the driver

            held.enter_context(unhurried(connection.connection.dbapi_connection))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        # Migrations only add. So of a database that a newer release has migrated, which a worker of
        # this one may open while the service is updated, all that is asked for here is there.
        known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
        if set(MigrationContext.configure(connection).get_current_heads()) <= known:
            command.upgrade(config, "head")


def _file(url: URL) -> Path:
    """SQLite's file; with ``uri=true`` the URL has a URI in place of its path."""
    given = str(url.database)
    if "uri" not in url.query or not given.startswith("file:"):
        return Path(given)
    return Path(unquote(urlsplit(given).path))


def _on_connect(connection: Any, _: object) -> None:
    # Python's own transactions begin when they see fit; _on_begin begins ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    for name, value in _PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}={value}")
    _log_ahead(cursor)
    cursor.close()


def _connect(_: object, __: object, args: list[Any], options: dict[str, Any]) -> Any:
    from training.corrections.patient import PatientConnection  # needs the driver

    return PatientConnection.connect(*args, **options)


def _be_patient(connection: Any, _: object) -> None:
    connection.execute(_PATIENCE)
    connection.commit()  # rolled back, it would be unsaid


def _log_ahead(cursor: Any) -> None:
    """Write ahead (WAL), so that readers do not wait for writers.

    To change the mode of a new file SQLite does not wait for a lock as it does for all else: who
    opens it at the same moment as others asks again.
    """
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _on_begin(connection: Connection) -> None:
    # A transaction that reads first and writes then fails where another one wrote in between;
    # one that takes the lock at once waits instead.
    reading = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
