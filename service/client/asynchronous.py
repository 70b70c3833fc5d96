"""The client of `service.client` for asyncio: the same methods, to be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
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

__all__ = ["AsyncStoryseam"]

T = TypeVar("T")


class AsyncStoryseam:
    """`service.client.blocking.Storyseam` for asyncio, with its parameters and errors.

    Parameters
    ----------
    concurrency : int
        Requests that are on their way at a time; the others wait here, for as long as it takes.
        By default as many as one worker has places for (`STORYSEAM_CONCURRENCY`), so that hundreds
        of pages in one `asyncio.gather` are not refused as too many.
    """

    def __init__(
        self,
        url: str = calls.HERE,
        *,
        key: str | None = None,
        timeout: float = 60.0,
        concurrency: int = 8,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = httpx.AsyncClient(**calls.connection(url, key, timeout), transport=transport)
        if concurrency < 1:
            raise ValueError(f"concurrency: at least 1, and not {concurrency}")
        self._places = asyncio.Semaphore(concurrency)
        self._backoff = backoff
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections that are kept."""
        await self._http.aclose()

    async def segment(
        self,
        page: str | bytes,
        *,
        html: bool = False,
        threshold: float | None = None,
        explain: bool = False,
        blocks: bool = False,
        granularity: Granularity = "story",
    ) -> SegmentResponse:
        """Find the stories of one page."""
        call = calls.segment(
            page,
            html=html,
            threshold=threshold,
            explain=explain,
            blocks=blocks,
            granularity=granularity,
        )
        return await self._send(call)

    def segment_many(
        self,
        pages: Iterable[str | bytes | SegmentRequest],
        *,
        html: bool = False,
        threshold: float | None = None,
        explain: bool = False,
        blocks: bool = False,
        granularity: Granularity = "story",
    ) -> AsyncIterator[Answer]:
        """Find the stories of many pages, some at a time; answers come in order, one a page."""
        asked = calls.options(threshold, explain, blocks, granularity)
        return self._answers(portions(pages, html=html, query=asked))

    async def _answers(self, cut: Iterable[Portion | BatchError]) -> AsyncIterator[Answer]:
        for portion in cut:
            if isinstance(portion, BatchError):
                yield portion
                continue
            while portion.lines:
                answers = await self._send(batch(portion))
                for answer in answers:
                    yield answer
                portion = portion.without(len(answers))

    async def correct(
        self, page: str, starts: Sequence[int], *, html: bool = False, **said: Any
    ) -> SavedCorrection:
        """Say where the stories of a page start; once this returns, it is stored."""
        return await self._send(calls.correct(page, starts, html=html, said=said))

    async def corrections(self) -> AsyncIterator[StoredCorrection]:
        """Every correction that counts, part by part; needs ``admin``."""
        following: str | None = None
        while True:
            part = await self._send(calls.export(following, calls.PART))
            for line in part.lines:
                yield line
            if (following := part.following) is None:
                return

    async def suggestions(self, limit: int = 20) -> list[Suggestion]:
        """Pages to correct, the least certain first; needs ``admin``."""
        return await self._send(calls.suggest(limit))

    async def history(self, page: str) -> list[StoredCorrection]:
        """Everything that was said of one page, by its name; needs ``admin``."""
        return await self._send(calls.history(page))

    async def remove(self, page: str) -> bool:
        """Remove a page and all that was said of it; False if there was none."""
        try:
            await self._send(calls.remove(page))
        except Refused as error:
            if error.kind not in {"unknown-page", "blank"} or error.status != 404:
                raise
            return False
        return True

    async def models(self) -> list[ModelSummary]:
        """The model versions with their figures."""
        return await self._send(calls.models())

    async def model(self) -> ModelCard:
        """The card of the model that answers."""
        return await self._send(calls.current_model())

    async def ready(self) -> bool:
        """Whether the service is there with a model that has passed its self-test; asks once."""
        try:
            await self._once(calls.ready())
        except ClientError:
            return False
        return True

    async def _once(self, call: Call[T]) -> T:
        try:
            async with self._places:
                response = await self._http.send(call.request(self._http))
        except httpx.RequestError as error:
            raise ClientError.from_request(error, str(self._http.base_url)) from error
        return call.value(response)

    async def _send(self, call: Call[T]) -> T:
        for tried in count(1):
            try:
                return await self._once(call)
            except ClientError as error:
                pause = self._backoff.wait(tried, error)
                if pause is None:
                    raise
            await self._sleep(pause)
        raise AssertionError("count() has no end")
