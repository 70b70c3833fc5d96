"""Traces: a span a request, in the trace of its caller, with the facts and without the page."""

from __future__ import annotations

import logging

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service.observability.tracing import NoOpenTelemetry, trace
from tests.service.serving_fake import PAGE, client

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_request_is_a_span_of_its_callers_trace(caplog: pytest.LogCaptureFixture) -> None:
    http = client(log_level="info")
    spans = InMemorySpanExporter()
    trace(http.application, spans)
    logging.getLogger("storyseam").addHandler(caplog.handler)
    try:
        http.post(
            "/v1/segment",
            data=PAGE + "confidential",
            content_type="text/plain",
            headers={"traceparent": f"00-{TRACE}-{SPAN}-01"},
        )
        http.get("/healthz")
    finally:
        logging.getLogger("storyseam").removeHandler(caplog.handler)
    (span,) = spans.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == SPAN
    assert span.attributes["storyseam.stories"] == 2
    assert span.attributes["storyseam.model"] == "fake-1"
    assert span.attributes["storyseam.stage_milliseconds.decode"] >= 0
    assert "confidential" not in span.to_json()
    line = next(record.fields for record in caplog.records if record.name == "storyseam.access")
    assert (line["trace_id"], line["span_id"]) == (TRACE, f"{span.context.span_id:016x}")


def test_a_span_quotes_no_query_and_no_path_that_is_none() -> None:
    http = client()
    spans = InMemorySpanExporter()
    trace(http.application, spans)
    http.post("/v1/segment?text=confidential", data=PAGE, content_type="text/plain")
    http.get("/confidential/page?x=confidential")
    found = spans.get_finished_spans()
    assert [span.name for span in found] == ["POST /v1/segment", "GET"]
    assert [span.attributes["http.target"] for span in found] == ["/v1/segment", "none"]
    assert "confidential" not in "".join(span.to_json() for span in found)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(NoOpenTelemetry, match=r"storyseam\[otel\]"):
        client(tracing=True)
