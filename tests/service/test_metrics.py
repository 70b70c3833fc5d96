"""Metrics: what is counted, and that it is right with several workers, living and dead."""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Unpack

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from model.page import Page
from model.stages import STAGES
from model.stories import Segmentation
from service.limits.keys import KeyFile
from service.observability.metrics import Metrics
from service.predictor import Options
from service.serving import ServedModel
from service.settings import Settings
from tests.service.running import Running, replaced
from tests.service.serving_fake import PAGE, Broken, Predictor, client

ROOT = Path(__file__).parents[2]
HTML = "<p># A</p><p># B</p>"


def read(exposition: str) -> dict[str, float]:
    """Samples by name and labels, as one writes them in a query."""
    out = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            out[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return out


def scrape(http: FlaskClient) -> dict[str, float]:
    answer = http.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    return read(answer.text)


def test_requests_pages_stories_and_stages_are_counted() -> None:
    http = client()
    http.post("/v1/segment", data=PAGE, content_type="text/plain")
    http.post("/v1/segment", data=HTML, content_type="text/html")
    http.post("/v1/segment", data="", content_type="text/plain")
    http.get("/nowhere/confidential")
    http.open("/healthz", method="BREW")
    found = scrape(http)
    request = 'storyseam_requests_total{method="POST",route="/v1/segment",status="%d"}'
    assert found[request % 200] == 2
    assert found[request % 400] == 1
    assert found['storyseam_requests_total{method="GET",route="none",status="404"}'] == 1
    assert found['storyseam_requests_total{method="other",route="none",status="405"}'] == 1
    assert found['storyseam_refused_total{kind="empty-page"}'] == 1
    assert found['storyseam_request_seconds_count{route="/v1/segment"}'] == 3
    assert found['storyseam_pages_total{kind="text",via="page"}'] == 1
    assert found['storyseam_pages_total{kind="html",via="page"}'] == 1
    assert found["storyseam_stories_total"] == 4
    assert found["storyseam_seams_total"] == 2
    assert found["storyseam_seam_probability_count"] == 2
    assert found["storyseam_page_uncertainty_count"] == 2
    assert found["storyseam_page_characters_sum"] == len(PAGE) + len(HTML)
    assert found['storyseam_model_workers{model="fake-1"}'] == 1
    # This very request.
    assert found["storyseam_requests_in_hand"] == 1
    for stage in ("decode", "parse"):
        assert found[f'storyseam_stage_seconds_count{{stage="{stage}"}}'] >= 1
    assert not any("confidential" in name for name in found)


def test_a_batch_is_counted_when_it_is_at_its_end() -> None:
    http = client()
    body = b"".join(json.dumps({"text": PAGE}).encode() + b"\n" for _ in range(20)) + b"{\n"
    with http.post("/v1/segment/batch", data=body, content_type="application/x-ndjson") as answer:
        assert answer.data.count(b"\n") == 21
    found = scrape(http)
    assert found['storyseam_pages_total{kind="text",via="batch"}'] == 20
    assert found["storyseam_batch_bad_lines_total"] == 1
    assert found['storyseam_request_seconds_count{route="/v1/segment/batch"}'] == 1
    assert found["storyseam_requests_in_hand"] == 1
    # Once a group, with the mean over its pages.
    assert found['storyseam_stage_seconds_count{stage="decode"}'] == 2


def test_corrections_are_counted_by_whether_they_change_anything(tmp_path: Path) -> None:
    http = client(corrections=f"sqlite:///{tmp_path / 'c.db'}")
    for starts in ([0, 14], [0], [0, 1]):
        http.post("/v1/corrections", json={"text": PAGE, "starts": starts})
    found = scrape(http)
    assert found['storyseam_corrections_total{outcome="confirmed"}'] == 1
    assert found['storyseam_corrections_total{outcome="changed"}'] == 1


def test_swaps_and_failures_are_counted(tmp_path: Path) -> None:
    counted = Metrics()
    (tmp_path / "champion").write_text("v1\n")
    (tmp_path / "v1").mkdir()
    (tmp_path / "v2").mkdir()
    (tmp_path / "v3").mkdir()

    def load(path: Path | None) -> Predictor:
        name = "shipped" if path is None else path.name
        return Broken(name) if name == "v3" else Predictor(name)

    served = ServedModel(
        Settings(registry=tmp_path, reload_seconds=0), load=load, told=counted.model
    )
    for version in ("v2", "v3"):
        (tmp_path / "champion").write_text(f"{version}\n{version}\n")
        served.current()
    found = read(counted.exposition().decode())
    assert found['storyseam_model_workers{model="v1"}'] == 0
    assert found['storyseam_model_workers{model="v2"}'] == 1
    assert found['storyseam_model_swaps_total{outcome="swapped"}'] == 1
    assert found['storyseam_model_swaps_total{outcome="failed"}'] == 1


def test_metrics_have_a_scope_of_their_own_and_no_rate(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys")
    _, scraper = keys.create("prometheus", ["metrics"])
    _, other = keys.create("client", ["segment"])
    http = client(keys=keys.path, rate="1/hour")

    def ask(key: str) -> int:
        return http.get("/metrics", headers={"Authorization": f"Bearer {key}"}).status_code

    assert [ask(scraper) for _ in range(3)] == [200] * 3
    assert ask(other) == 403
    assert http.get("/metrics").status_code == 401


def segment(port: int, times: int) -> None:
    """A new connection for every page, so that any worker may get it."""
    for _ in range(times):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", "/v1/segment", PAGE, {"Content-Type": "text/plain"})
        assert connection.getresponse().status == 200
        connection.close()


def ask(port: int) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/metrics")
    answer = connection.getresponse().read().decode()
    connection.close()
    return read(answer)


def test_workers_add_up_and_a_dead_one_is_not_forgotten(start: Callable[..., Running]) -> None:
    server = start(workers=3)
    pages = 'storyseam_pages_total{kind="text",via="page"}'
    workers = 'storyseam_model_workers{model="fake-1"}'

    def wait_for(name: str, value: float) -> dict[str, float]:
        deadline = time.monotonic() + 60
        while True:
            found = ask(server.port)
            if found.get(name) == value:
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    wait_for(workers, 3)
    segment(server.port, 60)
    found = ask(server.port)
    assert found[pages] == 60
    assert found['storyseam_stage_seconds_count{stage="decode"}'] == 60
    # Whoever is asked, the sum is the same.
    assert [ask(server.port)[pages] for _ in range(6)] == [60] * 6
    killed = server.workers()[0]
    os.kill(killed, signal.SIGKILL)
    replaced(server, killed, of=3)
    # Another took its place: three live, and what the dead one counted stays.
    assert wait_for(workers, 3)[pages] == 60
    segment(server.port, 10)
    found = ask(server.port)
    assert (found[pages], found[workers]) == (70, 3)
    assert found["storyseam_requests_in_hand"] == 1


def test_a_line_of_the_log_has_the_trace_that_it_belongs_to(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    http = client(log_level="info")
    logging.getLogger("storyseam").addHandler(caplog.handler)
    try:
        for header in (
            f"00-{trace}-{span}-01", f"00-{'0' * 32}-{span}-01", "00-x", f"01-{trace}-{span}-01\n"
        ):  # fmt: skip
            http.get("/healthz", headers={"traceparent": header.strip()})
    finally:
        logging.getLogger("storyseam").removeHandler(caplog.handler)
    lines = [record.fields for record in caplog.records if record.name == "storyseam.access"]
    assert (lines[0]["trace_id"], lines[0]["span_id"]) == (trace, span)
    assert not any("trace_id" in line for line in lines[1:])


def test_stages_are_those_of_the_model() -> None:
    found = read(Metrics().exposition().decode())
    named = {match[1] for name in found if (match := re.search(r'stage="(\w+)"', name))}
    assert named == set(STAGES)


def test_a_fault_on_a_line_of_a_batch_is_counted_as_one() -> None:
    class Failing(Predictor):
        def segment_many(
            self, pages: Sequence[str | Page], **options: Unpack[Options]
        ) -> list[Segmentation]:
            if any("FAIL" in str(getattr(page, "text", page)) for page in pages):
                raise ValueError("broken inside")
            return super().segment_many(pages, **options)

    http = client(Failing())
    lines = b'{"text": "# One"}\n{"text": "FAIL"}\n{"text": ""}\n'
    http.post("/v1/segment/batch", data=lines, content_type="application/x-ndjson").get_data()
    found = scrape(http)
    assert found['storyseam_refused_total{kind="internal"}'] == 1
    assert found["storyseam_batch_bad_lines_total"] == 2
