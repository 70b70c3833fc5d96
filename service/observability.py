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
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson
from flask import Flask, Response, g, request

__all__ = ["JsonFormatter", "configure", "note", "register", "request_id"]

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
        try:
            # A line a request: the standard library's takes three times as long.
            return orjson.dumps(line, default=str).decode()
        except TypeError:
            # Half of a surrogate pair, or an integer beyond 64 bits, in what somebody else logs.
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


def note(**fields: object) -> None:
    """Add fields to the access line of the request in hand."""
    g.setdefault("storyseam_fields", {}).update(fields)


def register(app: Flask) -> None:
    """Give every request an id and every answer an access line."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    _request_id.set(given if _GIVEN_ID.match(given) else secrets.token_hex(16))
    g.storyseam_began = time.perf_counter()


def _end(response: Response) -> Response:
    identifier = request_id()
    if identifier is not None:
        response.headers[HEADER] = identifier
    began = g.get("storyseam_began", time.perf_counter())
    fields: dict[str, object] = {
        "method": request.method,
        # The rule, not the path: a path is the client's text.
        "route": request.url_rule.rule if request.url_rule else None,
        "status": response.status_code,
        "milliseconds": round(1000 * (time.perf_counter() - began), 2),
    }
    fields |= g.get("storyseam_fields", {})
    _access.info("request", extra={"fields": fields})
    return response


def _forget(_error: BaseException | None) -> None:
    """Threads are used again: what they log between two requests belongs to neither."""
    _request_id.set(None)
