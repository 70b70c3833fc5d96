"""Corrections in the whole service: off, on, sampled, and with the database away."""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

from service.corrections.sampling import Sampler
from service.corrections.store import Corrections, CorrectionsAway, CorrectionsOff
from service.corrections.writer import StoreWriter
from tests.service import serving_fake
from tests.service.running import Running, free_port
from tests.service.serving_fake import PAGE, Predictor
from training.corrections import CorrectionStore, Sample, page_hash

# A port of the machine itself where nothing listens refuses at once.
NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"
BODY = {"text": PAGE, "starts": [0, 14]}


def client(**settings: object) -> Any:
    return serving_fake.client(None, **settings)


def _segments(http: Any) -> bool:
    answer = http.post("/v1/segment", data=PAGE, content_type="text/plain")
    return bool(answer.status_code == 200 and len(answer.json["stories"]) == 2)


def test_without_a_database_the_endpoints_say_which_setting_is_missing() -> None:
    http = client()
    for answer in (http.post("/v1/corrections", json=BODY), http.get("/v1/corrections")):
        assert answer.status_code == 404
        assert answer.json["type"] == "urn:storyseam:problem:corrections-off"
        assert "STORYSEAM_CORRECTIONS" in answer.json["detail"]


def test_a_correction_goes_from_the_service_into_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new folder' / 'c.db'}"
    http = client(corrections=url)
    saved = http.post("/v1/corrections", json=BODY)
    assert saved.json | {"page": None} == {
        "page": None, "revision": 1, "starts": [0, 14], "model": "fake-1", "prediction": [0, 14]
    }  # fmt: skip
    (line,) = http.get("/v1/corrections").text.splitlines()
    assert json.loads(line)["id"] == saved.json["page"] == page_hash(PAGE)
    assert http.delete(f"/v1/corrections/{saved.json['page']}").status_code == 204
    assert http.get("/v1/corrections").text == ""


def test_segmenting_goes_on_while_the_database_is_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logging.getLogger("storyseam").addHandler(caplog.handler)
    http = client(corrections=NOWHERE, sampling=1)
    for _ in range(3):
        assert _segments(http)
        answer = http.post("/v1/corrections", json=BODY)
        assert answer.status_code == 503
        assert answer.json["type"] == "urn:storyseam:problem:corrections-away"
        assert int(answer.headers["Retry-After"]) > 0
    assert http.get("/readyz").status_code == 200
    assert "the database is away" in caplog.text
    assert "Another body" not in caplog.text


def test_a_store_that_failed_is_left_alone_for_a_while_and_then_used_again(tmp_path: Path) -> None:
    now, tried = 100.0, []

    def opener(url: str) -> CorrectionStore:
        tried.append(now)
        if len(tried) == 1:
            raise OSError("away")
        return CorrectionStore(url)

    corrections = Corrections(f"sqlite:///{tmp_path / 'c.db'}", opener=opener, clock=lambda: now)
    for _ in range(3):
        with pytest.raises(CorrectionsAway), corrections.store():
            pass
    assert tried == [100.0]
    now = 106.0
    with corrections.store() as store:
        assert store.count() == 0
    # In mid-use as well: nothing of the statement, which quotes pages, may come out.
    with pytest.raises(CorrectionsAway) as caught, corrections.store():
        raise OperationalError("INSERT …", {"text": "secret page"}, OSError("disk full"))
    assert "secret" not in caught.value.detail
    with pytest.raises(CorrectionsAway), corrections.store():
        pass
    now = 112.0
    with corrections.store() as store:
        assert store.count() == 0
    assert len(tried) == 2


@pytest.mark.parametrize(
    ("kind", "away"),
    [(InternalError, True), (ProgrammingError, True), (DatabaseError, True), (DataError, False)],
)
def test_a_database_that_is_not_sound_is_away_and_opened_anew(
    tmp_path: Path, kind: type[DBAPIError], away: bool
) -> None:
    now = 100.0
    corrections = Corrections(f"sqlite:///{tmp_path / 'c.db'}", clock=lambda: now)
    with corrections.store() as before:
        pass
    with pytest.raises(CorrectionsAway if away else kind), corrections.store():
        raise kind("INSERT …", {"text": "secret page"}, OSError("a read-only transaction"))
    now = 106.0
    with corrections.store() as store:
        assert store.count() == 0
        assert (store is before) is not away


def test_what_is_off_refuses_and_never_opens() -> None:
    with pytest.raises(CorrectionsOff), Corrections(None).store():
        pass


def test_sampled_pages_are_suggested(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.db'}"
    http = client(corrections=url, sampling=1)
    assert _segments(http)
    html = "<h1># One</h1><p>A body.</p>"
    assert http.post("/v1/segment", data=html, content_type="text/html").status_code == 200
    http.application.extensions["storyseam_sampler"].writer.join()
    pages = http.get("/v1/corrections/suggest").json["pages"]
    assert {page.get("html") for page in pages} == {None, html}
    (plain,) = [page for page in pages if "html" not in page]
    assert (plain["text"], plain["prediction"]) == (PAGE, [0, 14])
    # A page that somebody corrects need not be looked at any more.
    assert http.post("/v1/corrections", json=BODY).json["page"] == plain["page"]
    assert len(http.get("/v1/corrections/suggest").json["pages"]) == 1


def test_sampling_takes_its_share_and_nothing_unless_asked(tmp_path: Path) -> None:
    answer = Predictor().segment(PAGE)
    on = StoreWriter(Corrections(f"sqlite:///{tmp_path / 'c.db'}"))
    for share, chance, taken in [(0.0, 0.0, False), (0.3, 0.29, True), (0.3, 0.3, False)]:
        sampler = Sampler(on, share, chance=iter([chance]).__next__)
        assert sampler.offer(answer, None) is taken
        on.join()
    assert not Sampler(StoreWriter(Corrections(None)), 1.0).offer(answer, None)
    assert not Sampler(on, 1.0).offer(answer, "x" * 1_000_000)


def test_a_database_that_is_slow_takes_what_it_can_and_one_that_is_away_costs_nothing(
    tmp_path: Path,
) -> None:
    go, done = threading.Event(), []
    slow = StoreWriter(Corrections(f"sqlite:///{tmp_path / 'c.db'}"))

    def write(store: Any) -> None:
        go.wait(10)
        done.append(store.count())

    taken = [slow.offer(write) for _ in range(60)]
    assert not all(taken)
    assert sum(taken) <= 25
    go.set()
    slow.join()
    assert done == [0] * sum(taken)

    def fail(store: Any) -> None:
        raise ValueError("nothing that a database says")

    assert slow.offer(fail)
    assert slow.offer(write)
    slow.join()
    assert len(done) == sum(taken) + 1, "the thread outlives a failure"
    away = StoreWriter(Corrections(f"sqlite:///{tmp_path}"))
    assert away.offer(write)
    away.join()
    assert len(done) == sum(taken) + 1


def test_a_chore_is_done_at_first_and_then_as_often_as_asked_with_or_without_writes(
    tmp_path: Path,
) -> None:
    done: queue.Queue[str] = queue.Queue()
    url = f"sqlite:///{tmp_path / 'c.db'}"

    failures = iter([ValueError("nothing that a database says")])

    def fail_once(store: CorrectionStore) -> None:
        done.put("chore")
        for failure in failures:
            raise failure

    quiet = StoreWriter(Corrections(url), chore=fail_once, every=0.05)
    quiet.start()
    quiet.start()
    assert [done.get(timeout=20) for _ in range(3)] == ["chore"] * 3
    assert quiet.offer(lambda store: done.put("write"))
    assert "write" in [done.get(timeout=20) for _ in range(20)]

    once: list[int] = []
    busy = StoreWriter(Corrections(url), chore=lambda store: once.append(1), every=3600)
    for _ in range(5):
        assert busy.offer(lambda store: None)
        busy.join()
    assert once == [1], "with the first write, where nobody has begun it before"

    for idle in (StoreWriter(Corrections(None), chore=fail_once), StoreWriter(Corrections(url))):
        idle.start()
        assert idle._thread is None


def test_a_service_without_traffic_or_sampling_removes_what_was_sampled_long_ago(
    tmp_path: Path,
) -> None:
    """Each worker looks when it begins: whoever turns sampling off wants no pages kept."""
    url = f"sqlite:///{tmp_path / 'c.db'}"
    store = CorrectionStore(url)
    store.sample(Sample("Old page", None, "v1", [0], 0.5))
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE sample SET created = datetime('now', '-8 days')"))
    store.sample(Sample("New page", None, "v1", [0], 0.5))
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STORYSEAM_")} | {
        "STORYSEAM_BIND": f"127.0.0.1:{port}",
        "STORYSEAM_WORKERS": "1",
        "STORYSEAM_DRIFT": "0",
        "STORYSEAM_SAMPLING_DAYS": "7",
        "STORYSEAM_CORRECTIONS": url,
    }
    command = [sys.executable, "-m", "tests.service.serving_fake"]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], env=environment)
    try:
        Running(port, process).come_up()
        deadline = time.monotonic() + 30
        while len(store.suggest()) == 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert [sample.text for sample in store.suggest()] == ["New page"]
    finally:
        process.terminate()
        process.wait()
        store.close()
