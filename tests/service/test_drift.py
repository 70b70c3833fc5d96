"""The service counts some of its pages, and tells when they are others than it is known on."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest

from model.page import Page
from model.segmenter import Segmenter
from service.corrections.store import Corrections
from service.corrections.writer import StoreWriter
from service.observability.drift import Drift
from tests.model.tiny import story, tiny_segmenter
from tests.service.serving_fake import Predictor, client
from training.drift import CHANGED, SCORE, Profile, reference_profile


def page(number: int) -> Page:
    return Page.from_text(f"{story(f'topic {number % 12}', number)}\n{story('topic 1', number)}")


@cache
def known(version: str = "v1") -> Segmenter:
    whole = tiny_segmenter()
    profile = reference_profile(whole, [page(n) for n in range(120)]).to_dict()
    return Segmenter(whole.classifiers, whole.card | {"version": version, "profile": profile})


def test_the_same_pages_are_no_drift_and_others_are() -> None:
    told: list[dict[str, float]] = []
    same, other = Drift(1.0, told=told.append), Drift(1.0)
    for number in range(200, 330):
        same.offer(known(), page(number))
        other.offer(known(), Page.from_text(page(number).text.upper()))
        if number == 250:
            assert same.numbers() == {}, "too few to say anything"
    assert same.pages == other.pages == 128
    assert told[-1] == same.numbers()
    assert len(told) == 2, "at 112 pages and at 128"
    assert set(same.numbers()) > {SCORE, "headline"}
    assert max(same.numbers().values()) < CHANGED
    assert other.numbers()["headline"] > CHANGED


def test_a_share_is_counted_and_a_new_model_begins_anew() -> None:
    drift = Drift(0.5)
    for number in range(100):
        drift.offer(known(), page(number))
    assert 16 <= drift.pages <= 80
    for number in range(40):
        drift.offer(known("v2"), page(number))
    assert drift.pages <= 32
    never = Drift(0.0)
    never.offer(known(), page(1))
    assert never.pages == 0


def test_the_numbers_of_one_model_do_not_outlive_it() -> None:
    told: list[dict[str, float]] = []
    drift = Drift(1.0, told=told.append)
    for number in range(112):
        drift.offer(known(), Page.from_text(page(number).text.upper()))
    assert told[-1]["headline"] > CHANGED
    drift.offer(known("v2"), page(1))
    assert set(told[-1].values()) == {0.0}
    assert set(told[-1]) == set(told[-2])
    drift.offer(known("v3"), page(1))
    assert len(told) == 2, "said once"


@pytest.mark.parametrize("batch", [False, True])
def test_metrics_show_the_drift_of_single_pages_and_of_batches(batch: bool) -> None:
    http = client(known(), drift=1.0)

    def send(texts: list[str]) -> None:
        if batch:
            lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
            answer = http.post(
                "/v1/segment/batch", data=lines, content_type="application/x-ndjson"
            ).get_data()
            assert answer.count(b'"stories"') == len(texts)
            return
        for text in texts:
            answer = http.post("/v1/segment", data=text.encode(), content_type="text/plain")
            assert answer.status_code == 200

    def shown() -> dict[str, float]:
        text = http.get("/metrics").get_data(as_text=True)
        found = re.findall(r'^storyseam_drift\{group="(\w+)"\} (\S+)$', text, re.MULTILINE)
        return {group: float(value) for group, value in found}

    texts = [page(number).text.upper() for number in range(200, 312)]
    send(texts[:96])
    assert shown() == {}, "too few to say anything"
    send(texts[96:])
    assert set(shown()) > {SCORE, "headline"}
    assert shown()["headline"] > CHANGED


def test_a_model_without_a_profile_and_a_failure_harm_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    drift = Drift(1.0)
    for _ in range(40):
        drift.offer(Predictor(), page(1))
    assert drift.numbers() == {}
    monkeypatch.setattr("service.observability.drift._BATCH", 1)

    def fail(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("training.drift.Profile.add", fail)
    drift.offer(known(), page(1))
    drift.offer(known(), page(2))
    assert drift.pages == 0


def test_what_all_workers_counted_is_kept_for_the_report(tmp_path: Path) -> None:
    corrections = Corrections(f"sqlite:///{tmp_path / 'c.db'}")
    writers = [StoreWriter(corrections) for _ in range(2)]
    workers = [Drift(1.0, writer=writer) for writer in writers]
    for number in range(200, 270):
        for worker in workers:
            worker.offer(known(), page(number))
    for writer in writers:
        writer.join()
    reference = Profile.from_dict(known().card["profile"])
    assert reference is not None
    with corrections.store() as store:
        seen = store.seen("v1", reference)
        assert store.seen("v2", reference).pages == 0
    assert seen.pages == 128, "in sixteens"
    expected = reference.empty()
    expected.add(known(), [page(n) for n in range(200, 264) for _ in range(2)])
    assert seen.counts.tolist() == expected.counts.tolist()


def test_what_could_not_be_handed_over_waits_for_the_next() -> None:
    class Full:
        on = True
        kept: ClassVar[list[Any]] = []
        full = True

        def offer(self, write: Any) -> bool:
            if not self.full:
                self.kept.append(write)
            return not self.full

    class Store:
        def count_seen(self, model: str, seen: Profile) -> None:
            self.found = (model, seen.pages)

    writer: Any = Full()
    drift = Drift(1.0, writer=writer)
    for number in range(32):
        drift.offer(known(), page(number))
    writer.full = False
    for number in range(16):
        drift.offer(known(), page(number))
    (write,) = writer.kept
    store = Store()
    write(store)
    assert store.found == ("v1", 48)
