"""What the Python client sends: numbers of any kind, pages of any kind, and nothing by mistake."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import numpy as np
import pytest

from service.client import AsyncStoryseam, BatchError, SegmentResponse, Storyseam
from tests.service.serving_fake import PAGE
from tests.service.test_client import (  # noqa: F401 - fixtures
    Service,
    good,
    scripted,
    service,
    storyseam,
)


@pytest.mark.parametrize("threshold", [float("nan"), -0.1, 1.1, float("inf")])
def test_a_threshold_that_is_no_probability_never_leaves(threshold: float) -> None:
    client, _, sent = scripted()
    for page in (PAGE, PAGE.encode()):
        with pytest.raises(ValueError, match="threshold: a probability, from 0 to 1"):
            client.segment(page, threshold=threshold)
    with pytest.raises(ValueError, match="threshold"):
        client.segment_many([PAGE], threshold=threshold)
    assert not sent


def test_numbers_of_numpy_are_numbers() -> None:
    saved = {"page": "p", "revision": 1, "starts": [0, 14], "model": "m", "prediction": [0]}
    client, _, sent = scripted(good(), *[httpx.Response(200, json=saved)] * 2)
    client.segment(PAGE, threshold=np.float64(0.5))
    client.correct(PAGE, np.array([0, 14]))  # type: ignore[arg-type]  # as people do
    client.correct(PAGE, np.arange(0, 28, 14), outside=[np.array([3, 5])])  # type: ignore[arg-type]
    bodies = [json.loads(body) for body in sent]
    assert bodies[0]["threshold"] == 0.5
    assert [body["starts"] for body in bodies[1:]] == [[0, 14]] * 2
    assert bodies[2]["outside"] == [[3, 5]]


def test_what_is_no_json_is_said_of_the_request() -> None:
    client, _, _ = scripted()
    with pytest.raises(ValueError, match="the request cannot be sent"):
        client.correct(PAGE, [0], who=object())


@pytest.mark.parametrize("page", ["# One page", b"# One page"])
def test_one_page_is_not_taken_for_many(page: Any) -> None:
    client, _, sent = scripted()
    for many in (client.segment_many, AsyncStoryseam().segment_many):
        with pytest.raises(TypeError, match="segment takes one"):
            many(page)
    assert not sent


def test_many_pages_of_bytes_are_read_as_one_is(
    storyseam: Storyseam,  # noqa: F811
    service: Service,  # noqa: F811
) -> None:
    pages: list[str | bytes] = [
        "# Füße".encode("latin-1"),
        "# A",
        b"%PDF-1.4",
        "# Порт".encode("utf-16"),
        b" ",
    ]
    answers = list(storyseam.segment_many(pages))
    said = [
        (answer.line, answer.type.rpartition(":")[2], answer.status)
        if isinstance(answer, BatchError)
        else answer.stories[0].headline
        for answer in answers
    ]
    assert said == ["# Füße", "# A", (3, "undecodable", 400), "# Порт", (5, "empty-page", 400)]
    with pytest.raises(Exception, match="PDF") as alone:
        storyseam.segment(pages[2])
    assert isinstance(answers[2], BatchError)
    assert answers[2].error in str(alone.value)

    html = b"<meta charset=windows-1251><p># \xcf\xee\xf0\xf2"
    (one,) = storyseam.segment_many([html], html=True)
    assert isinstance(one, SegmentResponse)
    assert one.text == "# Порт"

    async def awaited() -> list[Any]:
        async with AsyncStoryseam(service.url) as client:
            return [answer async for answer in client.segment_many(pages)]

    assert asyncio.run(awaited()) == answers


@pytest.mark.parametrize(("given", "most"), [({}, 8), ({"concurrency": 2}, 2)])
def test_so_many_requests_are_on_their_way_at_a_time(given: dict[str, Any], most: int) -> None:
    at_once: list[int] = []
    now = 0

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal now
        now += 1
        at_once.append(now)
        await asyncio.sleep(0.001)
        now -= 1
        return good()

    async def many() -> None:
        async with AsyncStoryseam(transport=httpx.MockTransport(answer), **given) as client:
            await asyncio.gather(*(client.segment(PAGE) for _ in range(50)))

    asyncio.run(many())
    assert len(at_once) == 50
    assert max(at_once) == most
    with pytest.raises(ValueError, match="concurrency"):
        AsyncStoryseam(concurrency=0)
