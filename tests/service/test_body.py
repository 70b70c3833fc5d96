"""The body of a request, in whatever pieces it comes; what only a socket can show is elsewhere."""

from __future__ import annotations

import io
import tracemalloc

from flask import Request

from service.limits.body import Limits, read_body


def test_a_body_in_tiny_pieces_takes_no_more_than_it_holds() -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(2)

    stream = Dripping(b"ab" * 100_000)
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True, "REQUEST_METHOD": "POST"}
    tracemalloc.start()
    try:
        body = read_body(Request(environ), Limits())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(body) == 200_000
    assert peak < 1_500_000
