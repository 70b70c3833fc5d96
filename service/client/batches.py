"""Many pages by `POST /v1/segment/batch`, in portions that fit into the buffers on the way.

The service reads a batch no faster than its answers are read, and httpx reads nothing before it has
sent all: a body of megabytes would wait for itself. A portion is a request that can be refused and
sent again; of one that ends before its end, the rest is sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from model.errors import UndecodablePage
from service.client.calls import Call, encoded, parsed
from service.client.errors import Refused, UnreadableAnswer
from service.schemas import (
    BatchAnswer,
    BatchError,
    ProblemDocument,
    SegmentRequest,
    SegmentResponse,
)

__all__ = ["Answer", "Portion", "batch", "portions"]

Answer = SegmentResponse | BatchError

# Less than what sockets hold by default, on both sides and both ways.
_MOST_BYTES = 256_000
# What comes back of a short page may be larger than the page; whoever reads gets answers sooner.
_MOST_PAGES = 100
# How a stream ends before its end, also with its last line.
_ENDS = frozenset({"bad-body", "forbidden", "slow", "stopping", "too-many-pages", "unauthorized"})


@dataclass(frozen=True, slots=True)
class Portion:
    """Lines of one request; ``first`` is the number of the first among all pages, from 1."""

    first: int
    lines: Sequence[bytes]
    query: Mapping[str, Any] = field(default_factory=dict)

    def without(self, answered: int) -> Portion:
        """What is left when so many lines have been answered."""
        return Portion(self.first + answered, self.lines[answered:], self.query)


def portions(
    pages: Iterable[str | bytes | SegmentRequest], *, html: bool, query: Mapping[str, Any]
) -> Iterator[Portion | BatchError]:
    """Portions of pages, as they come; and in their place what is wrong with bytes that are none.

    Raises
    ------
    TypeError
        It is one page: its characters would be taken for pages.
    """
    if isinstance(pages, str | bytes):
        raise TypeError(
            "segment_many takes a list of pages, or anything that gives some; segment takes one"
        )
    return _cut(pages, html, query)


def _cut(
    pages: Iterable[str | bytes | SegmentRequest], html: bool, query: Mapping[str, Any]
) -> Iterator[Portion | BatchError]:
    first, size = 1, 0
    lines: list[bytes] = []
    for page in pages:
        try:
            line = _line(page, html)
        except UndecodablePage as error:
            if lines:
                yield Portion(first, lines, query)
            yield _undecodable(error, first + len(lines))
            first, size, lines = first + len(lines) + 1, 0, []
            continue
        if lines and (size + len(line) > _MOST_BYTES or len(lines) == _MOST_PAGES):
            yield Portion(first, lines, query)
            first, size, lines = first + len(lines), 0, []
        lines.append(line)
        size += len(line)
    if lines:
        yield Portion(first, lines, query)


def _line(page: str | bytes | SegmentRequest, html: bool) -> bytes:
    """A page as a line; raises `UndecodablePage`."""
    if isinstance(page, SegmentRequest):
        return encoded(page.model_dump(exclude_unset=True))
    if isinstance(page, bytes):
        # A line is JSON and so UTF-8: the character set is found here, as the service finds it.
        from model.charset import decode  # takes NumPy, which the client can do without

        page = decode(page, html=html)
    return encoded({"html" if html else "text": page})


def _undecodable(error: UndecodablePage, line: int) -> BatchError:
    """What the service says of such a page."""
    return BatchError(
        line=line, id=None, error=str(error), type="urn:storyseam:problem:undecodable", status=400
    )


def batch(portion: Portion) -> Call[list[Answer]]:
    """One portion; gives the answers to its first lines, one at least, and mostly to all."""
    body = b"".join(line + b"\n" for line in portion.lines)
    path, kind = "/v1/segment/batch", "application/x-ndjson"
    return Call("POST", path, lambda got: _read(got, portion), body, kind, portion.query)


def _read(response: httpx.Response, portion: Portion) -> list[Answer]:
    lines = [line for line in response.content.split(b"\n") if line.strip()]
    answers = [parsed(response, line, BatchAnswer).root for line in lines]
    last = answers[-1] if answers else None
    if isinstance(last, BatchError) and (
        len(answers) < len(portion.lines) or last.type.rpartition(":")[2] in _ENDS
    ):
        answers.pop()
        if not answers:
            raise Refused(
                ProblemDocument(
                    type=last.type, title="Batch ended", status=last.status, detail=last.error
                )
            )
    elif len(answers) != len(portion.lines):
        reason = f"{len(answers)} lines came for {len(portion.lines)} pages"
        raise UnreadableAnswer(str(response.url), response.status_code, reason)
    return [_numbered(answer, portion.first) for answer in answers]


def _numbered(answer: Answer, first: int) -> Answer:
    """A bad line by its number among all pages."""
    if isinstance(answer, BatchError):
        return answer.model_copy(update={"line": answer.line + first - 1})
    return answer
