"""Logs: JSON, one line an event, an id, and never the page."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from service.observability import JsonFormatter
from tests.service.serving_fake import client


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


def test_a_fault_is_logged_with_its_traceback(lines: list[dict[str, Any]]) -> None:
    http = client()
    http.post("/v1/segment", data="PLEASE FAIL", content_type="text/plain")
    faults = [line for line in lines if line["logger"] == "storyseam.errors"]
    assert "ZeroDivisionError" in str(faults[0]["traceback"])


def test_between_two_requests_there_is_no_id(lines: list[dict[str, Any]]) -> None:
    http = client(log_level="info")
    http.get("/healthz", headers={"X-Request-ID": "r-2"})
    logging.getLogger("storyseam").error("later")
    assert "request_id" not in lines[-1]
    assert lines[-2]["request_id"] == "r-2"
