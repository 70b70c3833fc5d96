"""Many pages by the Python client: in portions, in order, whatever becomes of one of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.client import AsyncStoryseam, Backoff, BatchError, Refused, Storyseam, UnreadableAnswer
from service.client.batches import Portion, portions
from service.schemas import SegmentRequest, SegmentResponse
from tests.service.serving_fake import PAGE, client
from tests.service.test_client import Service, busy, scripted, service  # noqa: F401 - a fixture


def answered(*pages: str) -> str:
    return "".join(
        json.dumps({"model": "m", "id": page, "stories": [], "seams": []}) + "\n" for page in pages
    )


def ended(line: int, kind: str, status: int) -> str:
    problem = {"type": f"urn:storyseam:problem:{kind}", "status": status, "error": "Over."}
    return json.dumps({"line": line, "id": None} | problem) + "\n"


def lines(*parts: str) -> httpx.Response:
    return httpx.Response(200, text="".join(parts))


def ids(answers: Iterator[Any]) -> list[Any]:
    return [answer.id for answer in answers]


def test_answers_come_in_order_and_a_bad_page_costs_itself(service: Service) -> None:  # noqa: F811
    pages: list[str | SegmentRequest] = [f"# {i}\nBody {'x' * 5000}" for i in range(230)]
    pages[120] = " "
    pages[121] = SegmentRequest(html="<p># 121</p>", id="own", threshold=0.9)
    with Storyseam(service.url) as storyseam:
        answers = list(storyseam.segment_many(pages))
    assert len(answers) == 230
    bad = answers.pop(120)
    assert isinstance(bad, BatchError)
    assert (bad.line, bad.type) == (121, "urn:storyseam:problem:empty-page")
    own = answers.pop(120)
    assert isinstance(own, SegmentResponse)
    assert (own.id, own.stories[0].headline) == ("own", "# 121")
    for i, answer in zip([*range(120), *range(122, 230)], answers, strict=True):
        assert isinstance(answer, SegmentResponse)
        assert answer.stories[0].text.startswith(f"# {i}\n")


def test_the_same_awaited(service: Service) -> None:  # noqa: F811
    async def count() -> int:
        async with AsyncStoryseam(service.url) as storyseam:
            many = storyseam.segment_many([PAGE] * 130, explain=True)
            return sum([len(answer.seams) async for answer in many])

    assert asyncio.run(count()) == 130


def test_pages_are_read_as_their_answers_are() -> None:
    taken: list[int] = []

    def pages() -> Iterator[str]:
        for i in range(1000):
            taken.append(i)
            yield PAGE

    transport = httpx.WSGITransport(client().application)
    with Storyseam("http://localhost", transport=transport) as storyseam:
        next(storyseam.segment_many(pages()))
    assert len(taken) == 101


def test_portions_are_smaller_than_the_buffers_on_the_way() -> None:
    cut = portions(["x" * 100_000] * 5 + ["y" * 900_000, "z"], html=False, query={})
    whole = [one for one in cut if isinstance(one, Portion)]
    assert [(one.first, len(one.lines)) for one in whole] == [
        (1, 2),
        (3, 2),
        (5, 1),
        (6, 1),
        (7, 1),
    ]


def test_a_batch_that_is_refused_or_broken_is_sent_again() -> None:
    broken = httpx.RemoteProtocolError("peer closed connection")
    storyseam, waits, sent = scripted(busy(), broken, lines(answered("a", "b")))
    assert ids(storyseam.segment_many(["a", "b"])) == ["a", "b"]
    assert len(waits) == 2
    assert sent[0] == sent[1] == sent[2]


def test_of_a_batch_that_ends_early_the_rest_is_sent_again() -> None:
    """As a worker does that is being stopped."""
    first = lines(answered("a"), ended(2, "stopping", 503))
    none = lines(ended(1, "stopping", 503))
    bad = ended(2, "invalid", 422)
    storyseam, waits, sent = scripted(first, none, lines(answered("b"), bad))
    told = list(storyseam.segment_many(["a", "b", "c"]))
    assert ids(iter(told)) == ["a", "b", None]
    assert isinstance(told[2], BatchError)
    assert told[2].line == 3
    assert [body.count(b"\n") for body in sent] == [3, 2, 2]
    assert len(waits) == 1


def test_the_last_line_of_a_batch_may_be_its_end() -> None:
    storyseam, _, sent = scripted(
        lines(answered("a"), ended(2, "too-many-pages", 413)), lines(answered("b"))
    )
    assert ids(storyseam.segment_many(["a", "b"])) == ["a", "b"]
    assert len(sent) == 2


def test_a_batch_that_cannot_go_on_says_why() -> None:
    storyseam, waits, _ = scripted(
        lines(answered("a"), ended(2, "slow", 408)), lines(ended(1, "slow", 408))
    )
    told = storyseam.segment_many(["a", "b"])
    assert next(told)
    with pytest.raises(Refused, match="408 Batch ended: Over"):
        next(told)
    assert not waits


def test_lines_that_are_too_few_or_none_of_ours_are_no_answers() -> None:
    for answer in (lines(answered("a")), lines("<html>\n</html>\n")):
        storyseam, _, _ = scripted(answer)
        with pytest.raises(UnreadableAnswer):
            list(storyseam.segment_many(["a", "b"]))


def test_nothing_is_sent_for_no_pages() -> None:
    storyseam = Storyseam("http://127.0.0.1:9", backoff=Backoff(retries=0))
    assert not list(storyseam.segment_many([]))
