"""Traces by OpenTelemetry, for whoever has the extra ``otel`` and asks for them.

Where they go is said by OpenTelemetry's own variables, `OTEL_EXPORTER_OTLP_ENDPOINT` first. A span
carries what the access line carries, the client's address and what it calls itself, and nothing of
the page.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from model.errors import StoryseamError
from service.observability import logs

__all__ = ["NoOpenTelemetry", "trace"]

# Probes and scrapes come every few seconds and tell nothing.
_UNTRACED = "/healthz$,/readyz$,/metrics$"


class NoOpenTelemetry(StoryseamError):
    """Traces are asked for, and the extra that makes them is missing."""

    def __str__(self) -> str:
        return "STORYSEAM_TRACING needs OpenTelemetry: pip install 'storyseam[otel]'"


def _conceal(span: Any, found: logs.Exchange) -> None:
    """Take out what the instrumentation quotes of the URL: somebody may have put a page there."""
    route = found.route or "none"
    for name, said in {"http.target": route, "url.path": route, "url.query": ""}.items():
        # Old names or new ones, as OTEL_SEMCONV_STABILITY_OPT_IN says; none where none is sampled.
        if name in (getattr(span, "attributes", None) or {}):
            span.set_attribute(name, said)
    if found.route is None:
        span.update_name(found.method)


def trace(app: Flask, exporter: Any = None) -> None:
    """Give every request a span; call it after the fork, for it starts a thread.

    Parameters
    ----------
    app : Flask
    exporter : SpanExporter, optional
        By default OTLP over HTTP.

    Raises
    ------
    NoOpenTelemetry
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.flask import FlaskInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.trace import get_current_span
    except ImportError:
        raise NoOpenTelemetry from None

    provider = TracerProvider(resource=Resource.create({"service.name": "storyseam"}))
    if exporter is None:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    FlaskInstrumentor().instrument_app(  # type: ignore[no-untyped-call, unused-ignore]
        app, tracer_provider=provider, excluded_urls=_UNTRACED
    )

    def begin() -> None:
        """The lines of the log name our span, where there is one, and not its parent."""
        span = get_current_span()
        context = span.get_span_context()
        if context.is_valid:
            found = logs.exchange()
            _conceal(span, found)
            found.trace_id = f"{context.trace_id:032x}"
            found.parent_id = f"{context.span_id:016x}"

    def tell(response: Response) -> Response:
        span = get_current_span()
        for name, value in logs.exchange().fields.items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            for part, each in parts:
                key = f"storyseam.{name}.{part}".rstrip(".")
                span.set_attribute(key, each if isinstance(each, bool | int | float) else str(each))
        return response

    app.before_request(begin)
    app.after_request(tell)
