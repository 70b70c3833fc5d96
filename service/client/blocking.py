"""The client that waits; `service.client.asynchronous` has the one for asyncio.

    with Storyseam("http://127.0.0.1:8765") as storyseam:
        answer = storyseam.segment(page)
    for story in answer.stories:
        print(page[story.start : story.end])

`AsyncStoryseam` has the same methods, to be awaited. Both keep their connections, and ask again
(`service.client.retry`) where that can help: after a connection that failed or broke, and after
429, 502, 503 and 504, no earlier than ``Retry-After`` says. Nothing that is asked twice is done
twice: to segment changes nothing, and the same correction again leaves what counts as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from model.granularity import Granularity
from service.client import calls
from service.client.batches import Answer, Portion, batch, portions
from service.client.calls import Call
from service.client.errors import ClientError, Refused
from service.client.retry import Backoff
from service.corrections.schemas import SavedCorrection, StoredCorrection, Suggestion
from service.schemas import BatchError, ModelCard, ModelSummary, SegmentRequest, SegmentResponse

__all__ = ["Storyseam"]

T = TypeVar("T")


class Storyseam:
    """A client that waits; safe for threads.

    Parameters
    ----------
    url : str
        Where the service is.
    key : str, optional
        An API key, where the service asks for one.
    timeout : float
        Seconds for each step of one attempt: to connect, to send, to wait for the answer.
    backoff : Backoff
        How often, and after how long, to ask again.
    transport : httpx.BaseTransport, optional
        In place of the network; `httpx.WSGITransport(app)` needs no server.
    sleep : callable
        For tests.

    Raises
    ------
    ValueError
        The address begins with neither http:// nor https://, or the key holds what none does.
    """

    def __init__(
        self,
        url: str = calls.HERE,
        *,
        key: str | None = None,
        timeout: float = 60.0,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(**calls.connection(url, key, timeout), transport=transport)
        self._backoff = backoff
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept."""
        self._http.close()

    def segment(
        self,
        page: str | bytes,
        *,
        html: bool = False,
        threshold: float | None = None,
        explain: bool = False,
        blocks: bool = False,
        granularity: Granularity = "story",
    ) -> SegmentResponse:
        """Find the stories of one page.

        Parameters
        ----------
        page : str or bytes
            Of bytes the service finds the character set. Offsets count code points: of a str,
            into it; of HTML, into the ``text`` of the answer.
        html : bool
            Whether the page is HTML.
        threshold : float, optional
            Probability from which a gap is a seam; the model's own where it is left out.
        explain : bool
            Name for every seam the groups of features that spoke for it.
        blocks : bool
            Give every block with its label probabilities.
        granularity : {"story", "entry"}
            Whether a live blog is one story, or each of its entries is.

        Raises
        ------
        ClientError
            See `service.client.errors`.
        ValueError
            The page holds half of a surrogate pair, or the threshold is no probability.
        """
        call = calls.segment(
            page,
            html=html,
            threshold=threshold,
            explain=explain,
            blocks=blocks,
            granularity=granularity,
        )
        return self._send(call)

    def segment_many(
        self,
        pages: Iterable[str | bytes | SegmentRequest],
        *,
        html: bool = False,
        threshold: float | None = None,
        explain: bool = False,
        blocks: bool = False,
        granularity: Granularity = "story",
    ) -> Iterator[Answer]:
        """Find the stories of many pages, some at a time; answers come in order, one a page.

        Parameters
        ----------
        pages : iterable of str, bytes or SegmentRequest
            Read as their answers are; there may be any number. Of bytes the character set is
            found, as `segment` has it found. A `SegmentRequest` may have an id and options of its
            own.
        html : bool
            Whether those that are a str or bytes are HTML.
        threshold, explain, blocks, granularity
            As for `segment`, for pages that do not say.

        Yields
        ------
        SegmentResponse or BatchError
            The latter says what is wrong with one page; the rest goes on.

        Raises
        ------
        ClientError
        ValueError
            As for `segment`; of the threshold at once.
        TypeError
            At once: ``pages`` is one str or bytes.
        """
        asked = calls.options(threshold, explain, blocks, granularity)
        return self._answers(portions(pages, html=html, query=asked))

    def _answers(self, cut: Iterable[Portion | BatchError]) -> Iterator[Answer]:
        for portion in cut:
            if isinstance(portion, BatchError):
                yield portion
                continue
            while portion.lines:
                answers = self._send(batch(portion))
                yield from answers
                portion = portion.without(len(answers))

    def correct(
        self, page: str, starts: Sequence[int], *, html: bool = False, **said: Any
    ) -> SavedCorrection:
        """Say where the stories of a page start; once this returns, it is stored.

        Parameters
        ----------
        page : str
        starts : sequence of int
            Every story's first character, the first story's included.
        html : bool
            Whether the page is HTML; offsets then refer to the ``text`` of `segment`.
        **said
            ``outside``, ``url``, ``lang``, ``who``, ``why``: see `CorrectionRequest`.
        """
        return self._send(calls.correct(page, starts, html=html, said=said))

    def corrections(self) -> Iterator[StoredCorrection]:
        """Every correction that counts, part by part; needs ``admin``."""
        following: str | None = None
        while True:
            part = self._send(calls.export(following, calls.PART))
            yield from part.lines
            if (following := part.following) is None:
                return

    def suggestions(self, limit: int = 20) -> list[Suggestion]:
        """Pages to correct, the least certain first; needs ``admin``."""
        return self._send(calls.suggest(limit))

    def history(self, page: str) -> list[StoredCorrection]:
        """Everything that was said of one page, by its name; needs ``admin``."""
        return self._send(calls.history(page))

    def remove(self, page: str) -> bool:
        """Remove a page and all that was said of it; False if there was none."""
        try:
            self._send(calls.remove(page))
        except Refused as error:
            # Of a name that could be none, the service says no more than 404.
            if error.kind not in {"unknown-page", "blank"} or error.status != 404:
                raise
            return False
        return True

    def models(self) -> list[ModelSummary]:
        """The model versions with their figures."""
        return self._send(calls.models())

    def model(self) -> ModelCard:
        """The card of the model that answers."""
        return self._send(calls.current_model())

    def ready(self) -> bool:
        """Whether the service is there with a model that has passed its self-test; asks once."""
        try:
            self._once(calls.ready())
        except ClientError:
            return False
        return True

    def _once(self, call: Call[T]) -> T:
        try:
            response = self._http.send(call.request(self._http))
        except httpx.RequestError as error:
            raise ClientError.from_request(error, str(self._http.base_url)) from error
        return call.value(response)

    def _send(self, call: Call[T]) -> T:
        for tried in count(1):
            try:
                return self._once(call)
            except ClientError as error:
                pause = self._backoff.wait(tried, error)
                if pause is None:
                    raise
            self._sleep(pause)
        raise AssertionError("count() has no end")
