"""A real PostgreSQL that goes away under the service and comes back."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from service.app import create_app
from service.corrections.store import _RETRY_SECONDS, Corrections
from service.settings import Settings
from tests.database_server import start
from tests.service.serving_fake import PAGE, Predictor


@pytest.fixture
def folder() -> Iterator[Path]:
    """Of the database; not pytest's own, as the path of the server's socket must be short."""
    made = Path(tempfile.mkdtemp(prefix="seam-pg-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def _tell(admin: Engine, *statements: str) -> None:
    """Have a database changed, and everybody else come to it anew."""
    out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid()"
    with admin.connect() as connection:
        for statement in (*statements, out):
            connection.execute(text(statement))


def test_segmenting_goes_on_and_corrections_come_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("storyseam"), "handlers", [caplog.handler])
    now = [0.0]
    monkeypatch.setattr("service.app.Corrections", partial(Corrections, clock=lambda: now[0]))
    server = start(folder)
    settings = Settings.from_environment({}, corrections=server.get_uri(), log_level="error")
    http: Any = create_app(settings, segmenter=Predictor()).test_client()

    def segments() -> bool:
        answer = http.post("/v1/segment", data=PAGE, content_type="text/plain")
        return bool(answer.status_code == 200)

    def correct(*starts: int) -> Any:
        return http.post("/v1/corrections", json={"text": PAGE, "starts": list(starts)})

    assert correct(0).json["revision"] == 1
    server.cleanup()
    assert correct(0, 14).status_code == 503
    assert segments()
    assert http.get("/readyz").status_code == 200

    server = start(folder)
    try:
        # At once it is not asked again, so that a database that hangs costs no request its time.
        assert correct(0, 14).status_code == 503
        now[0] += _RETRY_SECONDS
        assert correct(0, 14).status_code == 200
        name = correct(0, 14).json["page"]
        said = http.get(f"/v1/corrections/{name}").json["revisions"]
        assert [each["starts"] for each in said] == [[0], [0, 14]]

        # There, and of no use: first a volume that is empty, then a standby that only reads.
        admin = create_engine(
            make_url(server.get_uri()).set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
        )
        read_only = f"ALTER DATABASE {admin.url.database} SET default_transaction_read_only = "
        for before, after in (
            ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"),
            (f"{read_only} on", f"{read_only} off"),
        ):
            _tell(admin, before)
            assert correct(0, 14).status_code == 503
            assert segments()
            _tell(admin, "SET default_transaction_read_only = off", after)
            now[0] += _RETRY_SECONDS
            assert correct(0, 14).json["revision"] == 1
        admin.dispose()
        said = [each.getMessage() for each in caplog.records if "away" in each.getMessage()]
        assert any("No such file" in each for each in said)
        assert any(each.endswith('relation "page" does not exist') for each in said)
        assert "INTO" not in "".join(said)
    finally:
        server.cleanup()
