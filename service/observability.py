"""Logs as JSON, one line an event, each with the id of the request that it belongs to.

What a page says is never logged, nor are query strings: only its size, how long it took and what
came of it.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from flask import Flask, Response, g, request

__all__ = [
    "Exchange",
    "JsonFormatter",
    "configure",
    "exchange",
    "note",
    "register",
    "request_id",
    "stream",
]

HEADER = "X-Request-ID"

# What a proxy may hand us as an id; anything else is replaced, so that no log line can be forged.
_GIVEN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")

_request_id: ContextVar[str | None] = ContextVar("storyseam_request_id", default=None)

_access = logging.getLogger("storyseam.access")


def request_id() -> str | None:
    """The id of the request in hand; None outside one."""
    return _request_id.get()


class JsonFormatter(logging.Formatter):
    """A log record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, request id, the fields given, the traceback."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (identifier := request_id()) is not None:
            line["request_id"] = identifier
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str) -> None:
    """Send the records of Storyseam to stderr as JSON; idempotent."""
    logger = logging.getLogger("storyseam")
    logger.setLevel(level.upper())
    logger.propagate = False
    if not any(isinstance(handler.formatter, JsonFormatter) for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)


@dataclass(slots=True)
class Exchange:
    """One request and its answer, as the access line will tell of them."""

    identifier: str
    method: str
    # The rule, not the path: a path is the client's text.
    route: str | None
    began: float = field(default_factory=time.perf_counter)
    status: int = 500
    streamed: bool = False
    fields: dict[str, object] = field(default_factory=dict)

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """What is logged meanwhile belongs to this request."""
        token = _request_id.set(self.identifier)
        try:
            yield
        finally:
            _request_id.reset(token)

    def end(self) -> None:
        """Write the access line."""
        line: dict[str, object] = {
            "request_id": self.identifier,
            "method": self.method,
            "route": self.route,
            "status": self.status,
            "milliseconds": round(1000 * (time.perf_counter() - self.began), 2),
        }
        _access.info("request", extra={"fields": line | self.fields})


def exchange() -> Exchange:
    """The request in hand."""
    return cast(Exchange, g.storyseam_exchange)


def note(**fields: object) -> None:
    """Add fields to the access line of the request in hand."""
    exchange().fields.update(fields)


def stream(response: Response) -> Exchange:
    """Put the access line off until an answer, which is still to be made, is at its end."""
    found = exchange()
    found.streamed = True
    response.call_on_close(found.end)
    return found


def register(app: Flask) -> None:
    """Give every request an id and every answer an access line."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    identifier = given if _GIVEN_ID.match(given) else secrets.token_hex(16)
    _request_id.set(identifier)
    rule = request.url_rule
    g.storyseam_exchange = Exchange(identifier, request.method, rule.rule if rule else None)


def _end(response: Response) -> Response:
    found = exchange()
    found.status = response.status_code
    response.headers[HEADER] = found.identifier
    return response


def _forget(_error: BaseException | None) -> None:
    """Write the access line, and forget the request.

    Threads are used again: what they log between two requests belongs to neither.
    """
    found = exchange()
    if not found.streamed:
        found.end()
    _request_id.set(None)
