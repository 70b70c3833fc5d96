"""Databases for the correction store: SQLite always, PostgreSQL where the wheel brings a server."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.database_server import start
from training.corrections import CorrectionStore


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a real PostgreSQL: ``STORYSEAM_TEST_POSTGRES``, or one started from a wheel."""
    if url := os.environ.get("STORYSEAM_TEST_POSTGRES"):
        yield url
        return
    # Not pytest's own folder: the path of the server's socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="seam-pg-"))
    try:
        server = start(folder)
    except pytest.skip.Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: Any, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'corrections.db'}"
        return
    from sqlalchemy import create_engine, make_url, text

    server = make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
    name = f"storyseam_{uuid.uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def store(database: str) -> Iterator[CorrectionStore]:
    made = CorrectionStore(database)
    yield made
    made.close()
