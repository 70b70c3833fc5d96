"""The Python client, against the service itself and against answers that none should give."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Unpack

import httpx
import pytest
from werkzeug.serving import make_server

from service.app import create_app
from service.client import (
    AsyncStoryseam,
    Backoff,
    Refused,
    Storyseam,
    Unreachable,
    UnreadableAnswer,
)
from service.limits.keys import KeyFile
from service.predictor import Options
from service.settings import Settings
from tests.service.serving_fake import LIVE, PAGE, Predictor


@dataclass(frozen=True)
class Service:
    """A service with a correction store and a key for everything, behind a socket."""

    url: str
    key: str


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("client")
    _, key = KeyFile(folder / "keys").create("tests", ["admin"])
    settings = Settings.from_environment(
        {},
        log_level="error",
        corrections=f"sqlite:///{folder / 'corrections.db'}",
        keys=folder / "keys",
        anonymous="segment",
    )
    server = make_server("127.0.0.1", 0, create_app(settings, segmenter=Predictor()), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Service(f"http://127.0.0.1:{server.server_port}", key)
    server.shutdown()
    thread.join()


@pytest.fixture
def storyseam(service: Service) -> Iterator[Storyseam]:
    with Storyseam(service.url, key=service.key) as client:
        yield client


def scripted(*answers: httpx.Response | Exception) -> tuple[Storyseam, list[float], list[bytes]]:
    """A client that gets these answers in a row; how long it waits; what it sends."""
    left = list(answers)
    waits: list[float] = []
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        following = left.pop(0)
        if isinstance(following, Exception):
            raise following
        return following

    backoff = Backoff(retries=3, first=1.0, longest=10.0, chance=lambda: 0.5)
    transport = httpx.MockTransport(answer)
    client = Storyseam("http://x", backoff=backoff, transport=transport, sleep=waits.append)
    return client, waits, sent


def busy(status: int = 503, **headers: str) -> httpx.Response:
    problem = {"type": "urn:storyseam:problem:busy", "title": "Busy", "status": status}
    problem |= {"detail": "Later."}
    kind = {"Content-Type": "application/problem+json"}
    return httpx.Response(status, json=problem, headers=kind | headers)


def good() -> httpx.Response:
    return httpx.Response(200, json={"model": "m", "stories": [], "seams": [], "news": 1})


def test_a_page_gives_typed_stories_whose_offsets_cut_it(storyseam: Storyseam) -> None:
    # A byte order mark within a str is a character like any other: offsets count it.
    for page in (PAGE, "\ufeff# \U0001f30a\r\n# two"):
        answer = storyseam.segment(page)
        assert [page[story.start : story.end] for story in answer.stories] == [
            story.text for story in answer.stories
        ]
        assert answer.seams[0].offset == page.index("# t" if "two" in page else "# T")


def test_bytes_html_and_options_arrive(storyseam: Storyseam) -> None:
    assert storyseam.segment("# Füße".encode("latin-1")).stories[0].headline == "# Füße"
    for page in (b"<p># A</p>", "<p># A</p>"):
        assert "# A" in str(storyseam.segment(page, html=True).text)
        answer = storyseam.segment(page, html=True, threshold=0.5, explain=True, blocks=True)
        assert answer.blocks


def test_entries_of_a_live_blog_are_stories_where_they_are_asked_for(service: Service) -> None:
    cases: list[tuple[Options, int]] = [({}, 1), ({"granularity": "entry"}, 3)]

    async def awaited(page: str | bytes, **asked: Unpack[Options]) -> int:
        async with AsyncStoryseam(service.url) as client:
            return len((await client.segment(page, **asked)).stories)

    with Storyseam(service.url) as client:
        # As JSON and, for bytes, in the query.
        for page in (LIVE, LIVE.encode()):
            for asked, stories in cases:
                assert len(client.segment(page, **asked).stories) == stories
                assert asyncio.run(awaited(page, **asked)) == stories
        with pytest.raises(Refused, match="granularity"):
            client.segment(LIVE, granularity="paragraph")  # type: ignore[arg-type]


def test_a_refusal_says_what_to_change(storyseam: Storyseam) -> None:
    with pytest.raises(Refused, match="white space") as caught:
        storyseam.segment(" \n")
    assert (caught.value.status, caught.value.kind) == (400, "empty-page")
    assert caught.value.problem.request_id
    with pytest.raises(Refused, match="granularity") as caught:
        storyseam.segment(PAGE, granularity="paragraph")  # type: ignore[arg-type]
    assert caught.value.problem.errors


def test_half_a_surrogate_pair_never_leaves(storyseam: Storyseam) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        storyseam.segment("\ud800")


def test_the_life_of_a_correction(storyseam: Storyseam, service: Service) -> None:
    saved = storyseam.correct(PAGE, [0, 14], who="a reader", lang="en")
    assert saved.starts == [0, 14]
    assert [line.starts for line in storyseam.history(saved.page)] == [[0, 14]]
    for number in range(3):
        storyseam.correct(f"# Page {number}\nText.\n", [0])
    exported = list(storyseam.corrections())
    assert {line.who for line in exported} == {"a reader", ""}
    assert len(exported) == 4
    assert storyseam.suggestions() == []
    assert storyseam.remove(saved.page)
    assert not storyseam.remove(saved.page)
    with Storyseam(service.url) as stranger, pytest.raises(Refused, match="key"):
        list(stranger.corrections())


def test_the_export_goes_on_with_the_next_part(
    storyseam: Storyseam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.client.calls.PART", 1)
    pages = {storyseam.correct(f"# Part {number}\nText.\n", [0]).page for number in range(3)}
    assert pages <= {line.id for line in storyseam.corrections()}


def test_models_and_readiness(storyseam: Storyseam) -> None:
    assert storyseam.ready()
    assert storyseam.model().version == "fake-1"
    assert [model.champion for model in storyseam.models()] == [True]
    with Storyseam("http://127.0.0.1:9") as nobody:
        assert not nobody.ready()


def test_passing_faults_are_asked_again_with_growing_pauses() -> None:
    client, waits, sent = scripted(httpx.ConnectError("refused"), busy(502), busy(429), good())
    assert client.segment("x").model == "m"
    assert waits == [0.5, 1.0, 2.0]
    assert len(set(sent)) == 1


@pytest.mark.parametrize("in_words", [False, True])
def test_no_earlier_than_the_service_asks(in_words: bool) -> None:
    later = datetime.now(UTC) + timedelta(seconds=7)
    asked = format_datetime(later, usegmt=True) if in_words else "7"
    client, waits, _ = scripted(busy(429, **{"Retry-After": asked}), good())
    client.segment("x")
    assert 6 <= waits[0] <= 7.5


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ([busy(503, **{"Retry-After": "3600"})], 1),
        ([busy(422)], 1),
        ([busy(500)], 1),
        ([busy(), busy(), busy(), busy()], 4),
    ],
    ids=["an hour away", "our fault", "their fault", "for good"],
)
def test_what_waiting_does_not_mend_is_raised(answers: list[httpx.Response], asked: int) -> None:
    client, waits, sent = scripted(*answers)
    with pytest.raises(Refused, match="Later"):
        client.segment("x")
    assert (len(sent), len(waits)) == (asked, asked - 1)


def test_a_service_that_is_still_at_it_is_not_asked_twice() -> None:
    client, _, sent = scripted(httpx.ReadTimeout("late"))
    with pytest.raises(Unreachable, match="timeout=") as caught:
        client.segment("x")
    assert caught.value.late
    assert len(sent) == 1
    client, _, sent = scripted(*[httpx.ReadError("broke off")] * 4)
    with pytest.raises(Unreachable, match="storyseam serve"):
        client.segment("x")
    assert len(sent) == 4


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>It works!</html>"),
        httpx.Response(200, json={"model": "m"}),
        httpx.Response(404, text="nothing here"),
        httpx.Response(302, headers={"Location": "http://elsewhere/"}),
        httpx.Response(400, text="{", headers={"Content-Type": "application/problem+json"}),
    ],
)
def test_what_is_no_answer_of_this_api_is_called_so(answer: httpx.Response) -> None:
    client, _, sent = scripted(answer)
    with pytest.raises(UnreadableAnswer, match="is Storyseam there"):
        client.segment("x")
    assert len(sent) == 1


def test_a_proxy_with_a_page_of_its_own_is_waited_for() -> None:
    client, waits, _ = scripted(httpx.Response(502, text="<html>Bad Gateway</html>"), good())
    client.segment("x")
    assert len(waits) == 1


def test_asyncio_gives_the_same(service: Service) -> None:
    async def many() -> None:
        async with AsyncStoryseam(service.url, key=service.key) as client:
            assert await client.ready()
            answers = await asyncio.gather(*(client.segment(PAGE) for _ in range(8)))
            assert {len(answer.stories) for answer in answers} == {2}
            assert (await client.model()).version == (await client.models())[0].version
            saved = await client.correct(PAGE, [0], html=False)
            assert (await client.history(saved.page))[-1].starts == [0]
            assert saved.page in {line.id async for line in client.corrections()}
            await client.suggestions(1)
            assert await client.remove(saved.page)
            assert not await client.remove(saved.page)
            with pytest.raises(Refused):
                await client.segment("")
        async with AsyncStoryseam("http://127.0.0.1:9", backoff=Backoff(retries=0)) as nobody:
            assert not await nobody.ready()
            with pytest.raises(Unreachable):
                await nobody.segment(PAGE)

    asyncio.run(many())


def test_asyncio_waits_without_blocking() -> None:
    answers, waits = [busy(), good()], []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def once() -> None:
        transport = httpx.MockTransport(lambda _: answers.pop(0))
        async with AsyncStoryseam(transport=transport, sleep=sleep) as client:
            await client.segment("x")

    asyncio.run(once())
    assert len(waits) == 1


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, Any]:
        found: dict[str, Callable[..., Any]] = dict(inspect.getmembers(kind, inspect.isfunction))
        return {
            name: list(inspect.signature(method).parameters.values())
            for name, method in found.items()
            if not name.startswith("_")
        }

    assert methods(Storyseam) == methods(AsyncStoryseam)


def test_the_client_needs_neither_flask_nor_a_model() -> None:
    import subprocess
    import sys

    code = "import sys, service.client; print({'flask', 'sklearn', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == "set()"


def test_a_key_from_a_file_may_end_with_its_line() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={"models": []})

    Storyseam(key="seam_x\n", transport=httpx.MockTransport(answer)).models()
    assert seen == ["Bearer seam_x"]
    with pytest.raises(ValueError, match="printable ASCII") as refused:
        Storyseam(key="seam_secret\nX: y")
    assert "secret" not in str(refused.value)
