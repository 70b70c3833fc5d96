"""What a call of `service.client` can raise.

::

    StoryseamError
    └── ClientError
        ├── Unreachable         no answer came: refused, broken off, too late, no connection free
        ├── Refused             a problem document came; it says what to change
        └── UnreadableAnswer    what came is not of this API: is it Storyseam's address?
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from pydantic import ValidationError

from model.errors import StoryseamError
from service.schemas import ProblemDocument

__all__ = ["ClientError", "Refused", "Unreachable", "UnreadableAnswer"]


_START = "start it with `storyseam serve`"
_WAIT = "give it more with timeout="
# What says something else than that nobody is there.
_REMEDIES: dict[type[httpx.RequestError], str] = {
    httpx.ReadTimeout: _WAIT,
    httpx.WriteTimeout: _WAIT,
    httpx.PoolTimeout: "all connections of this client were in use; ask for less at a time",
}


class ClientError(StoryseamError):
    """A call that brought no answer."""

    @classmethod
    def from_request(cls, error: httpx.RequestError, url: str) -> ClientError:
        """From whatever httpx found on the way to an answer."""
        if isinstance(error, httpx.DecodingError):
            return UnreadableAnswer(url, None, "its body is not what its Content-Encoding says")
        reason = str(error) or type(error).__name__
        remedy = _REMEDIES.get(type(error), _START)
        return Unreachable(url, reason, late=isinstance(error, httpx.ReadTimeout), remedy=remedy)


class Unreachable(ClientError):
    """No answer came, however often it was tried.

    Attributes
    ----------
    late : bool
        Whether the service took the request and was still at it when the time was over.
    remedy : str
        What to do about it.
    """

    def __init__(self, url: str, reason: str, *, late: bool = False, remedy: str = _START) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason
        self.late = late
        self.remedy = remedy

    def __str__(self) -> str:
        return f"no answer from {self.url}: {self.reason}; {self.remedy}"


class UnreadableAnswer(ClientError):
    """An answer that is none of this API; ``status`` is None where it broke on the way in."""

    def __init__(self, url: str, status: int | None, reason: str) -> None:
        super().__init__(url, status, reason)
        self.url = url
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        answered = "answered" if self.status is None else f"answered {self.status}"
        return f"{self.url} {answered}, but {self.reason}; is Storyseam there?"


class Refused(ClientError):
    """The service said no, and why.

    Attributes
    ----------
    problem : ProblemDocument
        As it came: type, title, detail, the fields at fault, the id of the request in the log.
    retry_after : float, optional
        Seconds after which the service would rather be asked again.
    """

    def __init__(self, problem: ProblemDocument, retry_after: float | None = None) -> None:
        super().__init__(problem, retry_after)
        self.problem = problem
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.problem.status

    @property
    def kind(self) -> str:
        """Last part of the problem's type, such as ``empty-page``; ``blank`` where it has none."""
        return self.problem.type.rpartition(":")[2]

    def __str__(self) -> str:
        return f"{self.status} {self.problem.title}: {self.problem.detail}"

    @classmethod
    def from_response(cls, response: httpx.Response) -> Refused:
        """From an answer that is no success.

        Raises
        ------
        UnreadableAnswer
            There is no problem document in it.
        """
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        try:
            if kind != "application/problem+json":
                raise ValueError(kind)
            problem = ProblemDocument.model_validate_json(response.content)
        except (ValidationError, ValueError):
            # A proxy on the way has pages of its own; with its status they may be tried again.
            if response.status_code in {429, 502, 503, 504}:
                problem = ProblemDocument(
                    type="about:blank",
                    title=response.reason_phrase,
                    status=response.status_code,
                    detail="said by something between here and Storyseam",
                )
            else:
                raise UnreadableAnswer(
                    str(response.url), response.status_code, "with no problem document"
                ) from None
        return cls(problem, _seconds(response.headers.get("Retry-After")))


def _seconds(value: str | None) -> float | None:
    """Retry-After (RFC 9110, 10.2.3): seconds or a date; None for what is neither."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())
