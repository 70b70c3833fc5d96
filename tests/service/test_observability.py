"""Logs: JSON, one line an event, an id, and never the page."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from model.page import Page
from model.stories import Segmentation
from service.batch import Batch
from service.observability.logs import JsonFormatter
from service.predictor import Options
from tests.service.serving_fake import Predictor, client


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged, parsed from what would be written."""
    seen: list[dict[str, Any]] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(json.loads(JsonFormatter().format(record)))

    logger, collect = logging.getLogger("storyseam"), Collect()
    logger.addHandler(collect)
    yield seen
    logger.removeHandler(collect)


def test_a_request_leaves_one_line_and_not_its_page(lines: list[dict[str, Any]]) -> None:
    http = client(log_level="info")
    lines.clear()
    response = http.post(
        "/v1/segment?threshold=0.125",
        data="# confidential",
        content_type="text/plain",
        headers={"X-Request-ID": "r-1"},
    )
    assert response.status_code == 200
    (line,) = [line for line in lines if line["logger"] == "storyseam.access"]
    assert (line["route"], line["status"], line["stories"]) == ("/v1/segment", 200, 1)
    assert line["model"] == "fake-1"
    assert float(str(line["milliseconds"])) >= 0
    assert "confidential" not in json.dumps(line)
    assert "0.125" not in json.dumps(line)


def test_a_line_break_in_a_message_stays_within_its_line() -> None:
    record = logging.LogRecord("storyseam", logging.INFO, "", 0, "a\nb", None, None)
    assert "\n" not in JsonFormatter().format(record)


@pytest.mark.parametrize("message", ["half a pair \ud800", "\x00\u2028é", "{}"])
def test_any_message_and_field_makes_one_line_of_json(message: str) -> None:
    record = logging.LogRecord("storyseam", logging.INFO, "", 0, message, None, None)
    record.fields = {"large": 2**70, "object": object()}
    line = JsonFormatter().format(record)
    assert json.loads(line)["message"] == message
    assert json.loads(line)["large"] in (2**70, str(2**70))
    assert "\n" not in line


class Quoting(Predictor):
    """Fails, and says on which page, as an exception of a library may."""

    def _segment(self, page: str | Page, options: Options) -> Segmentation:
        text = page if isinstance(page, str) else page.text
        if "confidential" not in text:
            return super()._segment(page, options)
        try:
            raise KeyError(text)
        except KeyError as error:
            raise ValueError(f"cannot read {text!r}") from error


@pytest.mark.parametrize(
    ("path", "body", "kind", "logger"),
    [
        ("/v1/segment", "confidential words", "text/plain", "storyseam.errors"),
        (
            "/v1/segment/batch",
            '{"text": "confidential words"}\n',
            "application/x-ndjson",
            "storyseam.batch",
        ),
    ],
)
def test_a_fault_is_logged_by_types_and_frames_and_never_quotes_its_page(
    lines: list[dict[str, Any]], path: str, body: str, kind: str, logger: str
) -> None:
    http = client(Quoting())
    assert http.post(path, data=body, content_type=kind).get_data()
    (fault,) = [line for line in lines if line["logger"] == logger]
    trace = str(fault["traceback"]).splitlines()
    assert trace[0] == "builtins.ValueError"
    assert "after builtins.KeyError" in trace
    ours = [frame for frame in trace if frame.endswith(" in Quoting._segment")]
    assert len(ours) == 2, "the place of either exception"
    assert re.fullmatch(rf"  {re.escape(__file__)}:\d+ in \S+", ours[0])
    assert "confidential" not in json.dumps(lines)


def test_a_batch_that_breaks_off_quotes_nothing(
    lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Batch, group: Any) -> bytes:
        raise ValueError(group)

    monkeypatch.setattr(Batch, "_answer", fail)
    http = client()
    line = '{"text": "confidential words"}\n'
    answer = http.post("/v1/segment/batch", data=line, content_type="application/x-ndjson")
    assert json.loads(answer.get_data())["type"] == "urn:storyseam:problem:internal"
    assert [each["message"] for each in lines if "traceback" in each] == [
        "a batch ended with a fault"
    ]
    assert "confidential" not in json.dumps(lines)


def test_a_fault_without_an_end_leaves_a_short_line(lines: list[dict[str, Any]]) -> None:
    def again(depth: int) -> int:
        return again(depth + 1) + 1

    try:
        again(0)
    except RecursionError as error:
        error.__context__ = error.__cause__ = error  # as broken libraries make them
        logging.getLogger("storyseam").exception("no end")
    trace = str(lines[-1]["traceback"]).splitlines()
    assert 10 < len(trace) < 100
    assert trace[-1].endswith("again")


def test_between_two_requests_there_is_no_id(lines: list[dict[str, Any]]) -> None:
    http = client(log_level="info")
    http.get("/healthz", headers={"X-Request-ID": "r-2"})
    logging.getLogger("storyseam").error("later")
    assert "request_id" not in lines[-1]
    assert lines[-2]["request_id"] == "r-2"
