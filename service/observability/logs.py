"""Logs as JSON, one line an event, each with the id of the request that it belongs to.

What a page says is never logged, nor are query strings: only its size, how long it took and what
came of it. A fault is told by the types of its exceptions and by their frames: their messages may
quote the page.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, cast

import orjson
from flask import Flask, Response, g, request

__all__ = [
    "Counter",
    "Discreet",
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

# W3C trace context, version 00; ids of nothing but zeros are none.
_TRACE = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}\Z")

# The innermost; what recurses without end has a thousand, all of them alike.
_MOST_FRAMES = 60

_current: ContextVar[Exchange | None] = ContextVar("storyseam_exchange", default=None)

_access = logging.getLogger("storyseam.access")


def request_id() -> str | None:
    """The id of the request in hand; None outside one."""
    found = _current.get()
    return None if found is None else found.identifier


class JsonFormatter(logging.Formatter):
    """A log record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, request id, the fields given, and where a fault was."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (found := _current.get()) is not None:
            line |= found.names()
        line |= getattr(record, "fields", {})
        if record.exc_info and (error := record.exc_info[1]) is not None:
            line["traceback"] = _trace(error)
        try:
            # A line a request, on the way of every answer: the quick way to write JSON.
            return orjson.dumps(line, default=str).decode()
        except TypeError:
            # Half of a surrogate pair, or an integer beyond 64 bits, in what somebody else logs.
            return json.dumps(line, default=str)


def _trace(error: BaseException) -> str:
    """Types and frames of an exception and of those that it came from, without their messages."""
    out: list[str] = []
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        kind = type(found)
        out.append(f"{'after ' if out else ''}{kind.__module__}.{kind.__qualname__}")
        frames = list(traceback.walk_tb(found.__traceback__))[-_MOST_FRAMES:]
        for frame, number in frames:
            code = frame.f_code
            out.append(f"  {code.co_filename}:{number} in {code.co_qualname}")
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "\n".join(out)


class Discreet(logging.Filter):
    """Takes out of gunicorn's own lines what it quotes of a request: address, URI, bytes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record where it quotes; none is held back."""
        message = str(record.msg)
        # Gunicorn puts the address and the fault, which quotes the request, into the message.
        if message.startswith("Invalid request from"):
            record.msg, record.args = "refused what is not HTTP", ()
            if (kind := sys.exc_info()[0]) is not None:
                record.fields = {"error": kind.__name__}
        elif message.startswith("Error handling request"):
            record.msg, record.args = "Error handling request", ()
        elif isinstance(record.args, tuple):
            record.args = tuple(
                type(each).__name__ if isinstance(each, BaseException) else each
                for each in record.args
            )
        return True


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
    seconds: float = 0.0
    trace_id: str | None = None
    parent_id: str | None = None
    told: Callable[[Exchange], None] | None = None
    streamed: bool = False
    fields: dict[str, object] = field(default_factory=dict)

    def names(self) -> dict[str, object]:
        """By what the lines of one request, and those of other services, belong together."""
        out: dict[str, object] = {"request_id": self.identifier}
        if self.trace_id is not None:
            out |= {"trace_id": self.trace_id, "span_id": self.parent_id}
        return out

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """What is logged meanwhile belongs to this request."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def end(self) -> None:
        """Write the access line, and tell whoever counts."""
        self.seconds = time.perf_counter() - self.began
        line: dict[str, object] = {
            **self.names(),
            "method": self.method,
            "route": self.route,
            "status": self.status,
            "milliseconds": round(1000 * self.seconds, 2),
        }
        _access.info("request", extra={"fields": line | self.fields})
        if self.told is not None:
            self.told(self)


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


class Counter(Protocol):
    """Who wants to know of requests."""

    def began(self) -> None: ...

    def ended(self, exchange: Exchange, /) -> None: ...


def register(app: Flask, counter: Counter | None = None) -> None:
    """Give every request an id and every answer an access line, and count them."""

    def begin() -> None:
        found = _begin()
        if counter is not None:
            counter.began()
            found.told = counter.ended

    app.before_request(begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> Exchange:
    given = request.headers.get(HEADER, "")
    identifier = given if _GIVEN_ID.match(given) else secrets.token_hex(16)
    rule = request.url_rule
    found = Exchange(identifier, request.method, rule.rule if rule else None)
    if traced := _TRACE.match(request.headers.get("traceparent", "")):
        found.trace_id, found.parent_id = traced.groups()
    _current.set(found)
    g.storyseam_exchange = found
    return found


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
    _current.set(None)
