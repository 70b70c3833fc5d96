"""A PostgreSQL that is frozen: connected, acknowledged by its system, and silent."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from tests.training.test_corrections_database import PAGE, remove_beside_a_vacuum
from training.corrections import Correction, CorrectionStore
from training.corrections.engine import open_engine

pytest.importorskip("psycopg", reason="no psycopg")

from training.corrections.patient import PatientConnection, unhurried

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 30 < PatientConnection.patience < 60
    monkeypatch.setattr(PatientConnection, "patience", 0.6)


@contextmanager
def frozen(process: int) -> Iterator[None]:
    """The server's process of a connection, stopped."""
    try:
        os.kill(process, signal.SIGSTOP)
    except (ProcessLookupError, PermissionError):
        pytest.skip("the server is another machine's, or another user's")
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def process_of(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_a_server_that_froze_between_two_corrections_is_asked_anew(database: str) -> None:
    store = CorrectionStore(database)
    with store.engine.connect() as connection:
        process = process_of(connection)
    # The pool gives that one out again.
    with frozen(process):
        began = time.monotonic()
        assert store.add(Correction(PAGE)).id > 0
        assert 0.5 < time.monotonic() - began < 20
    store.close()


def test_one_that_freezes_in_the_midst_of_an_operation_fails_it(database: str) -> None:
    store = CorrectionStore(database)
    with store.engine.connect() as connection, frozen(process_of(connection)):
        with pytest.raises(OperationalError, match="the server has said nothing for"):
            connection.execute(text("SELECT 1"))
        assert connection.invalidated
    assert store.add(Correction(PAGE)).id > 0
    store.close()


def test_what_cleans_up_may_take_its_time(database: str) -> None:
    engine = open_engine(database)
    with engine.connect() as connection:
        with unhurried(connection.connection.dbapi_connection):
            assert connection.execute(text("SELECT 1 FROM pg_sleep(1.2)")).scalar() == 1
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1 FROM pg_sleep(5)"))
    engine.dispose()


def test_a_removal_waits_for_whoever_vacuums_longer_than_for_a_silent_server(database: str) -> None:
    store, other = CorrectionStore(database), CorrectionStore(database)
    store.add(Correction(PAGE))
    remove_beside_a_vacuum(store, other, 2.0)
    for each in (store, other):
        each.close()
