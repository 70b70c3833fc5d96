"""What the correction store is built on: writers at once, kills, migrations, the databases."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from training.corrections import Correction, CorrectionStore, page_hash
from training.corrections import engine as corrections_engine
from training.corrections.engine import NoSuchDatabase, open_engine
from training.corrections.schema import Base
from training.labelled import LabelledPage

PAGE = LabelledPage(
    "given", "Quay opens\nBody.\nGoats win\nBody.", [0, 17], lang="en", outlets=("tide.example",)
)


def _page(number: int) -> LabelledPage:
    return LabelledPage("", f"Headline {number}\nBody of {number}", [0], lang="en")


def test_writers_in_parallel_lose_nothing(store: CorrectionStore, database: str) -> None:
    """Six writers, each with a store of its own, on their own pages and on shared ones."""
    errors: list[BaseException] = []
    read: list[int] = []
    stop = threading.Event()

    def write(writer: int) -> None:
        try:
            own = CorrectionStore(database)
            for number in range(12):
                own.add(Correction(_page(1000 * writer + number), who=f"w{writer}"))
                own.add(Correction(_page(number % 3), who=f"w{writer} {number}"))
            own.close()
        except BaseException as error:  # noqa: BLE001 - a thread's errors must reach the test
            errors.append(error)

    def follow() -> None:
        """Read as a client does that asks for what is new."""
        while True:
            last = stop.is_set()
            read.extend(found.id for found in store.export(after=read[-1] if read else 0))
            if last:
                return
            # Without a pause it keeps the interpreter from the writers, who hold their locks.
            stop.wait(0.02)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(1, 7)]
    follower = threading.Thread(target=follow)
    for thread in [follower, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    follower.join()
    assert errors == []
    assert store.count() == 6 * 12 + 3
    for number in range(3):
        assert len(store.history(page_hash(_page(number).text))) == 6 * 4
    assert read == sorted(set(read))
    assert {found.id for found in store.export()} <= set(read), "the follower missed one"


def test_adding_and_removing_one_page_at_once(store: CorrectionStore, database: str) -> None:
    errors: list[BaseException] = []

    def loop(act: Any) -> None:
        try:
            for number in range(25):
                act(number)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [
        threading.Thread(target=loop, args=(lambda n: store.add(Correction(PAGE, who=str(n))),)),
        threading.Thread(target=loop, args=(lambda n: store.add(Correction(PAGE, why=str(n))),)),
        threading.Thread(target=loop, args=(lambda n: store.remove(page_hash(PAGE.text)),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    store.remove(page_hash(PAGE.text))
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM revision")).scalar() == 0


def test_what_was_acknowledged_survives_a_kill(store: CorrectionStore, database: str) -> None:
    script = (
        "import sys\nfrom training.corrections import *\n"
        "from training.labelled import LabelledPage\n"
        "store = CorrectionStore(sys.argv[1])\n"
        "for n in range(100000):\n"
        "    store.add(Correction(LabelledPage('', f'{sys.argv[2]}-{n}\\n' + 'x' * 5000, [0])))\n"
        "    print(n, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    for life in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", script, database, str(life)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "0\n"
        time.sleep(0.15 + 0.1 * life)
        writer.kill()
        acknowledged = 1 + len(writer.communicate()[0].splitlines())
        have = [f.page.text.split("\n")[0] for f in store.export()]
        mine = [name for name in have if name.startswith(f"{life}-")]
        # One more may be there: stored, and killed before it could say so.
        assert mine == [f"{life}-{n}" for n in range(len(mine))]
        assert acknowledged <= len(mine) <= acknowledged + 1
    assert store.add(Correction(PAGE)).id > 0


# Migrations


def _downgrade(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(corrections_engine._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_migrations_make_the_tables_that_the_code_uses(store: CorrectionStore) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_opening_again_keeps_everything(store: CorrectionStore, database: str) -> None:
    saved = store.add(Correction(PAGE))
    again = CorrectionStore(database)
    assert list(again.export()) == [saved]
    again.close()


def test_what_an_older_version_stored_is_kept(database: str) -> None:
    """A database from before revisions kept texts of their own."""
    store = CorrectionStore(database)
    saved = store.add(Correction(PAGE))
    _downgrade(store.engine, "0001")
    assert "text" not in {each["name"] for each in inspect(store.engine).get_columns("revision")}
    store.close()
    again = CorrectionStore(database)
    assert list(again.export()) == again.history(saved.page.id) == [saved]
    again.close()


def test_workers_that_start_together_migrate_once(database: str) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            CorrectionStore(database).close()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_every_migration_can_be_undone(database: str) -> None:
    CorrectionStore(database).close()
    engine = open_engine(database)
    _downgrade(engine, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
    CorrectionStore(database).close()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="correction"):
        open_engine(url)


@pytest.mark.parametrize("ending", ["", "?uri=true"])
def test_a_file_that_is_only_to_be_read_is_not_made(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "mistyped" / "c.db"
    url = f"sqlite:///{'file:' if ending else ''}{path}{ending}"
    with pytest.raises(NoSuchDatabase, match=f"no database of corrections at {path}"):
        CorrectionStore(url, create=False)
    assert not path.parent.exists()
    made = CorrectionStore(url)
    made.add(Correction(PAGE))
    made.close()
    read = CorrectionStore(url, create=False)
    assert read.count() == 1
    read.close()


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    store = CorrectionStore(f"sqlite:///{tmp_path / 'new' / 'c.db'}")
    with store.engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    store.close()


def test_nobody_waits_for_ever_for_a_lock(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a dump, or of a session that somebody forgot."""
    if database.startswith("sqlite"):
        monkeypatch.setitem(corrections_engine._PRAGMAS, "busy_timeout", "200")
    else:
        short = corrections_engine._PATIENCE.replace("30s", "200ms")
        assert short != corrections_engine._PATIENCE
        monkeypatch.setattr(corrections_engine, "_PATIENCE", short)
    store, other = CorrectionStore(database), CorrectionStore(database)
    with other.engine.begin() as connection:
        if database.startswith("postgresql"):
            connection.execute(text("LOCK TABLE page IN ACCESS EXCLUSIVE MODE"))
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(OperationalError):
                store.add(Correction(PAGE))
            assert time.monotonic() - began < 5
    assert store.add(Correction(PAGE)).id > 0
    for each in (store, other):
        each.close()


def remove_beside_a_vacuum(store: CorrectionStore, other: CorrectionStore, seconds: float) -> None:
    """Remove `PAGE` while the lock of a VACUUM is held for so long: the removal must outlast it."""
    removed: list[bool] = []
    thread = threading.Thread(target=lambda: removed.append(store.remove(page_hash(PAGE.text))))
    with other.engine.begin() as connection:
        # As VACUUM takes it.
        connection.execute(text("LOCK TABLE revision IN SHARE UPDATE EXCLUSIVE MODE"))
        thread.start()
        thread.join(seconds)
        assert thread.is_alive()
    thread.join(20)
    assert removed == [True]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_removal_waits_for_whoever_vacuums(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = corrections_engine._PATIENCE.replace("30s", "200ms")
    monkeypatch.setattr(corrections_engine, "_PATIENCE", short)
    store, other = CorrectionStore(database), CorrectionStore(database)
    store.add(Correction(PAGE))
    remove_beside_a_vacuum(store, other, 1.0)
    with store.engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "200ms"
    for each in (store, other):
        each.close()


def test_what_an_operator_has_set_for_locks_is_kept(postgres: str) -> None:
    url = make_url(postgres).update_query_dict({"options": "-c lock_timeout=7s"})
    engine = open_engine(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "7s"
    engine.dispose()


def test_a_database_that_a_newer_release_has_migrated_is_used_as_it_is(database: str) -> None:
    newer = CorrectionStore(database)
    with newer.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer.close()
    older = CorrectionStore(database)
    assert older.add(Correction(PAGE)).id > 0
    with older.engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    older.close()
