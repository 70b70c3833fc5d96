"""What the Python client says where no answer comes, or none that can be read."""

from __future__ import annotations

import asyncio
import socket
import threading

import httpx
import pytest

from service.client import AsyncStoryseam, Storyseam, Unreachable, UnreadableAnswer
from tests.service.test_client import scripted


def test_a_body_that_is_not_what_its_coding_says_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n"
                connection.sendall(head + b"plain")

        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for ask in (_segment, _segment_awaited):
            server = threading.Thread(target=answer)
            server.start()
            with pytest.raises(UnreadableAnswer, match=r"answered, but .* Content-Encoding"):
                ask(url)
            server.join()


def _segment(url: str) -> None:
    with Storyseam(url) as client:
        client.segment("x")


def _segment_awaited(url: str) -> None:
    async def once() -> None:
        async with AsyncStoryseam(url) as client:
            await client.segment("x")

    asyncio.run(once())


@pytest.mark.parametrize("error", [httpx.PoolTimeout(""), httpx.WriteTimeout("")])
def test_a_service_that_is_there_need_not_be_started(error: httpx.TimeoutException) -> None:
    client, _, _ = scripted(*[error] * 4)
    with pytest.raises(Unreachable, match=type(error).__name__) as caught:
        client.segment("x")
    assert "storyseam serve" not in str(caught.value)


@pytest.mark.parametrize("url", ["localhost:8765", "127.0.0.1:8765", "", "http://", "http://[::1"])
def test_an_address_that_can_be_none_is_refused_at_once(url: str) -> None:
    for kind in (Storyseam, AsyncStoryseam):
        with pytest.raises(ValueError, match="such as http://127"):
            kind(url)
