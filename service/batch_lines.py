"""A line of a batch on its way from the request to its answer, and what ends a batch early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from model.granularity import Granularity
from service.errors import Problem
from service.identifiers import whole
from service.limits.intake import Submission

__all__ = ["Counts", "Fault", "Line", "Stopping", "TooManyPages", "identifier_of", "line_of"]


class Stopping(Problem):
    """The service was told to stop."""

    status = 503
    kind = "stopping"
    title = "Stopping"

    def __init__(self, line: int) -> None:
        super().__init__(
            f"The service is being stopped; send the lines from {line} on again.",
            headers={"Retry-After": "5"},
        )


class TooManyPages(Problem):
    """The batch is over the limit."""

    status = 413
    kind = "too-many-pages"
    title = "Too many pages"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A batch has at most {limit} pages; send the rest in another.")


class Fault(Problem):
    """A fault of ours, on one page of many."""

    kind: ClassVar[str] = "internal"

    def __init__(self) -> None:
        super().__init__("This is a fault of ours; the log has it under the request id.")


@dataclass(slots=True)
class Counts:
    """What became of a batch."""

    lines: int = 0
    bad: int = 0
    stories: int = 0


@dataclass(slots=True)
class Line:
    """One line on its way: of its fields, either ``page`` or ``problem`` is set."""

    number: int
    id: str | int | None = None
    page: Submission | None = None
    problem: Problem | None = None

    @property
    def options(self) -> tuple[float | None, bool, bool, Granularity] | None:
        """What the page is to be segmented with; None if there is none."""
        if self.page is None:
            return None
        page = self.page
        return page.threshold, page.explain, page.blocks, page.granularity


def line_of(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def identifier_of(raw: bytes | None) -> str | int | None:
    """The id of a line that is no request, so that its sender finds it again."""
    try:
        value = orjson.loads((raw or b"").removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None
    found = whole(value.get("id")) if isinstance(value, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None
