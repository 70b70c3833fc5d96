"""Rates: counted for all workers in Redis, by each for itself without it or while it is away."""

from __future__ import annotations

import logging
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.limits.rates import Rates, TooMany, parse
from tests.service.running import free_port
from tests.service.serving_fake import PAGE, client

NOWHERE = "redis://:hush-hush@127.0.0.1:1"


def allowed(rates: list[Rates], tries: int, caller: str = "somebody") -> int:
    """How many of many requests get through, spread over workers."""
    count = 0
    for number in range(tries):
        try:
            rates[number % len(rates)].hit(caller)
        except TooMany:
            continue
        count += 1
    return count


def test_so_many_and_no_more_for_each_caller() -> None:
    rates = Rates("5/hour")
    assert allowed([rates], 9) == 5
    assert allowed([rates], 9, "somebody else") == 5
    assert allowed([Rates("9/hour; 3/minute")], 9) == 3


def test_what_one_rate_refuses_counts_for_no_other() -> None:
    rates = Rates("3/hour; 2/minute")
    assert allowed([rates], 9) == 2
    with pytest.raises(TooMany) as caught:
        rates.hit("somebody")
    assert caught.value.seconds <= 60


def test_pages_of_a_batch_wait_for_their_turn() -> None:
    rates = Rates("4/second")
    turns: list[float] = []
    # More than may ever be asked for at once.
    rates.pace("somebody", 6, lambda: turns.append(time.monotonic()))
    assert turns


def test_every_page_of_a_batch_counts() -> None:
    class Waits(Exception):
        pass

    def alive() -> None:
        raise Waits

    rates = Rates("10/hour")
    rates.pace("somebody", 10, alive)
    with pytest.raises(Waits):
        Rates("10/hour").pace("somebody", 11, alive)
    assert allowed([rates], 1) == 0


def test_pages_of_a_batch_do_not_starve_beside_single_requests() -> None:
    rates = Rates("8/second")
    rates.hit("somebody")
    turns = 0

    def others() -> None:
        nonlocal turns
        turns += 1
        assert turns < 8, "a batch waits for a second in which nobody asks"
        rates.hit("somebody")

    rates.pace("somebody", 16, others)


@pytest.mark.parametrize("rate", ["", "many", "5 per fortnight", "-1/minute"])
def test_what_is_no_rate_is_said_to_be_none(rate: str) -> None:
    with pytest.raises(ValueError, match="600/minute"):
        parse(rate)


@pytest.mark.parametrize("rate", ["0/minute", "1/0 minute", "5/hour; 1 per 00 second"])
def test_a_rate_of_nothing_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        parse(rate)
    assert parse("100/10 minute; 010/second")


def test_over_http_it_is_429_with_the_time_to_wait() -> None:
    http = client(rate="2/minute")

    def ask(**headers: str) -> int:
        answer = http.post("/v1/segment", data=PAGE, content_type="text/plain", headers=headers)
        if answer.status_code == 429:
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert answer.json["type"] == "urn:storyseam:problem:too-many"
        return answer.status_code

    assert [ask() for _ in range(3)] == [200, 200, 429]
    # Nobody is believed who says that he comes from elsewhere; probes are not held to any rate.
    assert ask(**{"X-Forwarded-For": "192.0.2.7"}) == 429
    assert http.get("/healthz").status_code == 200


def test_while_the_store_is_away_each_worker_counts_and_the_log_keeps_its_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logging.getLogger("storyseam").addHandler(caplog.handler)
    try:
        began = time.monotonic()
        assert allowed([Rates("5/hour", NOWHERE)], 9) == 5
        assert time.monotonic() - began < 3
    finally:
        logging.getLogger("storyseam").removeHandler(caplog.handler)
    assert caplog.text.count("the store is away") == 1
    assert "hush" not in caplog.text


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    command = shutil.which("redis-server")
    if command is None:
        pytest.skip("needs a Redis: apt-get install redis-server")
    options = ["--port", str(port := free_port()), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(
        [command, *options, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    ) as process:
        yield f"redis://127.0.0.1:{port}"
        process.terminate()


def test_workers_with_a_store_count_together(redis: str) -> None:
    deadline = time.monotonic() + 10
    while True:
        # Until it is up, each counts by itself.
        workers = [Rates("5/hour", redis) for _ in range(3)]
        for worker in workers:
            worker.hit("warm-up")
        if all(worker._away_until < 0 for worker in workers):
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert allowed(workers, 20) == 5
    assert allowed(workers, 20, "somebody else") == 5
