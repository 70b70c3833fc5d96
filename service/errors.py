"""The one shape of every error that goes over HTTP (RFC 9457), and the tree of what is refused.

::

    Problem                     status and title per class, detail per occurrence
    ├── BadBody            400  the body broke off or is framed wrongly
    ├── EmptyPage          400  nothing in it, or only white space
    ├── Undecodable        400  not text in the character set that it claims, or in any
    ├── NotJson            400  JSON by its type, but not by its content
    ├── Slow               408  the body did not arrive in time
    ├── TooLarge           413  more bytes than the limit
    ├── TooLong            413  more characters or lines than the limit
    ├── UnsupportedType    415  a media type or coding that we do not read
    ├── Invalid            422  well-formed, but a field is missing, unknown or out of range
    └── NotReady           503  no model that has passed its self-test

Everything else (404, 405 …) is werkzeug's `HTTPException` in the same dress, with ``about:blank``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import orjson
from flask import Flask, Response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from service.observability.logs import note, request_id

__all__ = [
    "ACCEPTED",
    "BadBody",
    "EmptyPage",
    "Invalid",
    "NotJson",
    "NotReady",
    "Problem",
    "Slow",
    "TooLarge",
    "TooLong",
    "Undecodable",
    "UnsupportedType",
    "problem_body",
    "register",
]

#: The media types that a page can come in, as the Accept-Post header lists them.
ACCEPTED = (
    "text/plain",
    "text/markdown",
    "text/html",
    "application/xhtml+xml",
    "application/json",
)

# A body can hold a million unknown fields with names of a megabyte; an answer needs none of that.
_MOST_ERRORS = 10
_LONGEST_FIELD = 80

_log = logging.getLogger("storyseam.errors")


class Problem(Exception):
    """A request that is refused; subclasses know their status, kind and title."""

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal Server Error"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


class BadBody(Problem):
    """The body broke off, or its framing is broken."""

    status = 400
    kind = "bad-body"
    title = "Body not readable"


class EmptyPage(Problem):
    """There is no page in the request."""

    status = 400
    kind = "empty-page"
    title = "Empty page"


class Undecodable(Problem):
    """The bytes are not the text that they are said to be."""

    status = 400
    kind = "undecodable"
    title = "Page not decodable"


class NotJson(Problem):
    """The type says JSON, the content does not."""

    status = 400
    kind = "not-json"
    title = "Not JSON"


class TooLarge(Problem):
    """The body is over the limit."""

    status = 413
    kind = "too-large"
    title = "Page too large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than the limit of {limit} bytes.")


class TooLong(Problem):
    """The page is over the limit, in characters or in lines."""

    status = 413
    kind = "too-long"
    title = "Page too long"

    def __init__(self, limit: int, unit: str = "characters") -> None:
        super().__init__(f"The page has more than the limit of {limit} {unit}.")


class Slow(Problem):
    """The body did not arrive in time."""

    status = 408
    kind = "slow"
    title = "Too slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body stood still, or did not arrive within {seconds:g} s.")


class UnsupportedType(Problem):
    """A media type, or a content coding, that we do not read."""

    status = 415
    kind = "unsupported-type"
    title = "Unsupported media type"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers=headers or {"Accept-Post": ", ".join(ACCEPTED)})


class Invalid(Problem):
    """Well-formed, but not what the schema asks for; ``errors`` has one entry a field."""

    status = 422
    kind = "invalid"
    title = "Invalid request"

    @classmethod
    def at(cls, field: str, message: str) -> Invalid:
        """Say what is wrong with one field."""
        return cls(f"{field}: {message}", errors=[{"field": field, "message": message}])

    @classmethod
    def from_validation(cls, error: ValidationError) -> Invalid:
        """Say what pydantic found, without echoing the page."""
        found = error.errors(include_url=False, include_input=False)[:_MOST_ERRORS]
        errors = [
            {
                "field": ".".join(str(part) for part in one["loc"])[:_LONGEST_FIELD] or "(body)",
                "message": _sentence(one["msg"]),
            }
            for one in found
        ]
        detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
        return cls(detail, errors=errors)


class NotReady(Problem):
    """No model has passed its self-test in this worker."""

    status = 503
    kind = "not-ready"
    title = "Not ready"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


def _sentence(message: str) -> str:
    """Take pydantic's own prefix off a message of our validators."""
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def problem_body(
    status: int,
    title: str,
    detail: str,
    *,
    kind: str | None = None,
    instance: str | None = None,
    identifier: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """An RFC 9457 document; ``kind`` None gives ``about:blank``."""
    body: dict[str, Any] = {
        "type": f"urn:storyseam:problem:{kind}" if kind else "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if instance is not None:
        body["instance"] = instance
    if identifier is not None:
        body["request_id"] = identifier
    if errors:
        body["errors"] = list(errors)
    try:
        return orjson.dumps(body)
    except TypeError:
        # A detail that quotes what the client sent may hold what UTF-8 cannot.
        body["detail"] = detail.encode("utf-8", "replace").decode("utf-8")
        body.pop("errors", None)
        return orjson.dumps(body)


def register(app: Flask) -> None:
    """Make every error of an application a problem document."""
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_bug)


def _response(status: int, title: str, detail: str, **rest: Any) -> Response:
    body = problem_body(
        status,
        title,
        detail,
        instance=quote(request.path, errors="replace"),
        identifier=request_id(),
        **rest,
    )
    return Response(body, status=status, mimetype="application/problem+json")


def _on_problem(problem: Problem) -> Response:
    response = _response(
        problem.status, problem.title, problem.detail, kind=problem.kind, errors=problem.errors
    )
    response.headers.update(problem.headers)
    note(problem=problem.kind)
    return response


def _on_http(error: HTTPException) -> Response:
    status = error.code or 500
    response = _response(status, error.name, error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _on_bug(error: Exception) -> Response:
    _log.exception("unhandled %s", type(error).__name__)
    return _response(
        500, Problem.title, "This is a fault of ours; the log has it under the request id."
    )
