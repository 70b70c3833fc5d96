"""Every call of the API as a value: what to send, and how to read what comes back.

Knows nothing of waiting, so that `service.client` can wait in either way, blocking or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import orjson
from pydantic import BaseModel, ValidationError

from model.granularity import Granularity
from service.client.errors import Refused, UnreadableAnswer
from service.corrections.schemas import (
    PageHistory,
    SavedCorrection,
    StoredCorrection,
    Suggestion,
    Suggestions,
)
from service.schemas import Health, ModelCard, ModelList, ModelSummary, SegmentResponse

__all__ = [
    "HERE",
    "PART",
    "Call",
    "Part",
    "connection",
    "correct",
    "current_model",
    "encoded",
    "export",
    "history",
    "models",
    "options",
    "parsed",
    "ready",
    "remove",
    "segment",
    "suggest",
]

T = TypeVar("T")
Shape = TypeVar("Shape", bound=BaseModel)

#: Where `storyseam serve` listens unless told otherwise.
HERE = "http://127.0.0.1:8765"
#: Lines of one part of the export.
PART = 100

_CORRECTIONS = "/v1/corrections"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and from the response that went well to its value."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    body: bytes | None = None
    kind: str | None = None
    query: Mapping[str, str | int | float | bool] = field(default_factory=dict)

    def request(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The request as a client sends it."""
        headers = {} if self.kind is None else {"Content-Type": self.kind}
        return http.build_request(
            self.method, self.path, content=self.body, headers=headers, params=self.query or None
        )

    def value(self, response: httpx.Response) -> T:
        """What came back; raises `Refused` or `UnreadableAnswer`."""
        if response.is_success:
            return self.read(response)
        raise Refused.from_response(response)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the export, and where the next one is; None, it was the last."""

    lines: Sequence[StoredCorrection]
    following: str | None


def connection(url: str, key: str | None, timeout: float) -> dict[str, Any]:
    """How httpx is to reach the service, blocking or not.

    Raises
    ------
    ValueError
        The address or the key can be none.
    """
    if not _is_address(url):
        # Not quoted: it may hold a password.
        raise ValueError(f"the address of the service is a whole one, such as {HERE}")
    headers = {}
    if key is not None:
        # A file of a key ends with a line break; httpx would refuse that and quote the key.
        key = key.strip()
        if not (key.isascii() and key.isprintable()):
            raise ValueError("a key is printable ASCII; this one holds something else")
        headers["Authorization"] = f"Bearer {key}"
    # No redirects: nothing in this API redirects, and a page must not travel elsewhere.
    return {"base_url": url, "headers": headers, "timeout": timeout, "follow_redirects": False}


def _is_address(url: str) -> bool:
    """Whether it can be asked. What lacks its scheme, as localhost:8765 does, never can."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def options(
    threshold: float | None, explain: bool, blocks: bool, granularity: Granularity
) -> dict[str, Any]:
    """What is asked for beside what the service does anyway.

    Raises
    ------
    ValueError
        The threshold is no probability. JSON has no word for NaN, and one that was sent as null
        would be answered as if it had been left out.
    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise ValueError(f"threshold: a probability, from 0 to 1, and not {threshold}")
    asked: dict[str, Any] = {
        name: value
        for name, value in (("threshold", threshold), ("explain", explain), ("blocks", blocks))
        if value is not None and value is not False
    }
    if granularity != "story":
        asked["granularity"] = granularity
    return asked


def segment(
    page: str | bytes,
    *,
    html: bool,
    threshold: float | None,
    explain: bool,
    blocks: bool,
    granularity: Granularity,
) -> Call[SegmentResponse]:
    """`POST /v1/segment`: a str as JSON, so that offsets count its very characters."""
    asked = options(threshold, explain, blocks, granularity)
    if isinstance(page, bytes):
        kind = "text/html" if html else "text/plain"
        return Call("POST", "/v1/segment", _reader(SegmentResponse), page, kind, asked)
    body = encoded({"html" if html else "text": page} | asked)
    return Call("POST", "/v1/segment", _reader(SegmentResponse), body, "application/json")


def correct(
    page: str, starts: Sequence[int], *, html: bool, said: Mapping[str, Any]
) -> Call[SavedCorrection]:
    """`POST /v1/corrections`; ``said`` holds the other fields of `CorrectionRequest`."""
    body = encoded({"html" if html else "text": page, "starts": list(starts), **said})
    return Call("POST", _CORRECTIONS, _reader(SavedCorrection), body, "application/json")


def export(following: str | None, limit: int) -> Call[Part]:
    """`GET /v1/corrections`: the first part, or the one that the part before names."""
    if following is not None:
        return Call("GET", following, _read_part)
    return Call("GET", _CORRECTIONS, _read_part, query={"limit": limit})


def suggest(limit: int) -> Call[list[Suggestion]]:
    """`GET /v1/corrections/suggest`."""
    read = _reader(Suggestions)
    path = f"{_CORRECTIONS}/suggest"
    return Call("GET", path, lambda response: read(response).pages, query={"limit": limit})


def history(page: str) -> Call[list[StoredCorrection]]:
    """`GET /v1/corrections/PAGE`."""
    read = _reader(PageHistory)
    return Call("GET", _name(page), lambda response: read(response).revisions)


def remove(page: str) -> Call[None]:
    """`DELETE /v1/corrections/PAGE`."""
    return Call("DELETE", _name(page), lambda _: None)


def models() -> Call[list[ModelSummary]]:
    """`GET /v1/models`."""
    read = _reader(ModelList)
    return Call("GET", "/v1/models", lambda response: read(response).models)


def current_model() -> Call[ModelCard]:
    """`GET /v1/models/current`."""
    return Call("GET", "/v1/models/current", _reader(ModelCard))


def ready() -> Call[Health]:
    """`GET /readyz`."""
    return Call("GET", "/readyz", _reader(Health))


def _name(page: str) -> str:
    return f"{_CORRECTIONS}/{quote(page, safe='')}"


def encoded(value: Mapping[str, Any]) -> bytes:
    """A JSON object; raises ValueError where it is none that can be sent."""
    try:
        # Offsets and thresholds are often numbers of NumPy.
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError as error:
        # Such as half of a surrogate pair, which no UTF-8 can carry.
        raise ValueError(f"the request cannot be sent: {error}") from None


def _reader(shape: type[Shape]) -> Callable[[httpx.Response], Shape]:
    """Read one JSON object of this shape."""
    return lambda response: parsed(response, response.content, shape)


def _read_part(response: httpx.Response) -> Part:
    lines = [
        parsed(response, line, StoredCorrection)
        for line in response.content.split(b"\n")
        if line.strip()
    ]
    return Part(lines, response.links.get("next", {}).get("url"))


def parsed(response: httpx.Response, body: bytes, shape: type[Shape]) -> Shape:
    """What came back as one of our models; raises `UnreadableAnswer`."""
    try:
        # A later service may know more fields than this client; they are no reason to fail.
        return shape.model_validate_json(body, extra="ignore")
    except ValidationError as error:
        reason = f"its {error.title} is not sound ({error.error_count()} errors)"
        raise UnreadableAnswer(str(response.url), response.status_code, reason) from None
