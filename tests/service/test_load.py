"""The load generator: what it sends, how it counts, what it writes."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from service.marked import Unmarked, write_between
from service.trials.load import NAME, table
from service.trials.load_clients import Connection, Outcome, request_of, saturate, steady
from service.trials.load_pages import pages_of_text
from service.trials.load_servers import echo, hollow_server, process_memory, process_seconds


def slow_every_tenth() -> Flask:
    app, count = Flask("slow"), iter(range(10**6))

    @app.post("/v1/segment")
    def segment() -> Response:
        number = next(count)
        if number % 10 == 9:
            time.sleep(0.2)
        if request.headers.get("X-Close"):
            return Response("", headers={"Connection": "close"})
        return Response(request.get_data(), status=503 if number == 5 else 200)

    return app


@pytest.fixture
def port() -> Iterator[int]:
    server = make_server("127.0.0.1", 0, slow_every_tenth(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()


def test_pages_differ_are_as_long_as_asked_and_come_again_from_a_seed() -> None:
    pages = pages_of_text(20, 3000)
    assert pages == pages_of_text(20, 3000)
    assert len(set(pages)) == 20
    assert {len(page.decode()) for page in pages} == {3000}


def test_answers_are_counted_and_refusals_apart(port: int) -> None:
    found = steady(port, [request_of(b"a page")], 2, 0.5, 40.0)
    assert found.refused == 1
    assert len(found.latencies) == 19
    assert found.rate == pytest.approx(19 / found.seconds)
    assert found.quantile(0.5) <= found.quantile(0.99) == max(found.latencies)
    assert saturate(port, [request_of(b"a page")], 2, 0.1).latencies


def test_at_a_steady_rate_a_stall_is_charged_for_those_who_had_to_wait(port: int) -> None:
    found = steady(port, [request_of(b"a page")], 1, 1.0, 40.0)
    assert len(found.latencies) + found.refused == 40
    # Of ten requests one stalls for 0.2 s, which is due time of eight more: most had to wait.
    assert found.quantile(0.5) > 0.05


def test_a_connection_that_was_closed_is_opened_again(port: int) -> None:
    connection = Connection(port)
    closing = request_of(b"a page").replace(b"\r\n\r\n", b"\r\nX-Close: 1\r\n\r\n", 1)
    for _ in range(2):
        assert connection.ask(closing)[0] == 200
        assert connection.ask(request_of(b"again")) == (200, b"again")
    connection.close()


def test_the_echo_gives_back_what_it_is_sent() -> None:
    assert echo().test_client().post("/v1/segment", data=b"x\xff").data == b"x\xff"


def test_the_service_without_a_model_answers_and_is_measured() -> None:
    with hollow_server(workers=1) as (port, process):
        status, body = Connection(port).ask(request_of(b"# A page"))
        assert status == 200
        assert b'"model":"hollow"' in body
        if Path("/proc/self/smaps_rollup").exists():
            assert len(process_memory(process)) == 2
            assert process_seconds(process) > 0


def test_the_table_has_a_row_a_server_and_lands_between_its_marks(tmp_path: Path) -> None:
    options = argparse.Namespace(workers=1, connections=2, characters=8000, rounds=1, seconds=1)
    names = ("bare Flask echo", "Storyseam")
    full = {
        name: [Outcome(1.0, [0.1] * count), Outcome(1.0, [0.1] * count)]
        for name, count in zip(names, (100, 40), strict=True)
    }
    part = {name: Outcome(1.0, [0.01] * 99 + [0.05]) for name in names}
    memory = {1: (9 * 10**8, 10**7), 2: (3 * 10**8, 4 * 10**7), 3: (2 * 10**8, 5 * 10**7)}
    lines = table(full, part, dict.fromkeys(names, memory), options)
    row = "| Storyseam | 40 | 40.0 % | 0.00 ms | 10.0 ms | 50.0 ms | 5.0 | 100 MB | 300 MB |"
    assert row in lines
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- load:begin (by a command) -->\nold\n<!-- load:end -->\nafter\n")
    write_between(page, NAME, lines)
    text = page.read_text()
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    write_between(page, NAME, lines)
    assert page.read_text() == text
    page.write_text("no marks")
    with pytest.raises(Unmarked, match="load:begin"):
        write_between(page, NAME, lines)


@pytest.mark.parametrize(
    ("page", "name"),
    [("README.md", "load"), ("docs/reliability.md", "soak"), ("docs/reliability.md", "fuzz")],
)
def test_the_pages_have_their_marks(page: str, name: str, tmp_path: Path) -> None:
    copy = tmp_path / "page.md"
    copy.write_text((Path(__file__).parents[2] / page).read_text(encoding="utf-8"))
    write_between(copy, name, ["a line"])
    assert "a line" in copy.read_text()
