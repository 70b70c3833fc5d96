"""Measuring how far a run goes: invented pages, plans, and the simulation that checks them."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from service.bulk import BulkSummary, run_bulk
from service.scale import growth, workers
from service.scale.costs import Costs, measure_costs
from service.scale.pages import Pages, write_lines
from service.scale.plan import plan, section
from service.scale.simulate import Cluster, makespan
from tests.service.test_bulk_warc import PAGE, response, write_responses
from training.figures import fill_section

ROOT = Path(__file__).parents[2]

VOCABULARY = ["council", "river", "bridge", "vote", "months", "delay", "opened", "the", "of"]
COSTS = Costs(
    model="v1",
    batch_pages=100,
    batch_seconds=[0.9, 1.0, 1.1],
    load_seconds=2.0,
    driver_seconds=50e-6,
    scheduler_seconds=1e-3,
    page_bytes=8_000,
    out_bytes=2_000,
)


def test_invented_pages_have_the_size_that_was_asked_for_and_are_always_the_same() -> None:
    for size in (300, 8_000, 200_000):
        text = Pages(VOCABULARY).text(size)
        assert 0.95 * size - 80 <= len(text) <= size
        assert text == Pages(VOCABULARY).text(size)
    assert Pages(VOCABULARY).text(8_000).count("12 March 2031") > 1


def test_they_are_written_as_bulk_reads_them(tmp_path: Path) -> None:
    total = write_lines(tmp_path / "a.jsonl", Pages(VOCABULARY), 5, 400)
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines(keepends=True)
    assert sum(map(len, lines)) == total
    assert [orjson.loads(line)["id"] for line in lines] == [0, 1, 2, 3, 4]


def played(tasks: int, *, batches: int = 1, **cluster: Any) -> float:
    parts: dict[str, Any] = {"cores": 4, "load": 0.0, "overhead": 0.0, "bandwidth": 1e15}
    return makespan([2.0], batches, tasks, 1e6, Cluster(**parts | cluster))


def test_a_simulated_run_takes_what_can_be_reckoned_by_hand() -> None:
    assert played(8) == pytest.approx(4.0)
    assert played(9) == pytest.approx(6.0)  # the last one alone
    assert played(8, batches=3) == pytest.approx(12.0)
    assert played(8, load=5.0) == pytest.approx(9.0)
    # The scheduler serves one at a time: the hundredth task waits for a hundred turns.
    assert played(100, cores=100, overhead=1.0) == pytest.approx(102.0)
    # 4 tasks of 1 MB at once through 1 MB/s: 4 s each, not 2.
    assert played(4, bandwidth=1e6) == pytest.approx(4.0)


def test_the_plan_is_arithmetic_and_the_simulation_agrees() -> None:
    found = plan(COSTS, 100_000_000, price=0.05, bandwidth=1e12)
    assert found["pages_per_second"] == pytest.approx(100)
    assert found["core_hours"] == pytest.approx(1e6 / 3600)
    assert found["money"] == pytest.approx(1e6 / 3600 * 0.05)
    assert found["tasks"] == 6250
    assert found["driver_workers"] == pytest.approx(200)
    assert found["scheduler_cores"] == pytest.approx(160_000)
    for row in found["rows"]:
        assert row["played_hours"] == pytest.approx(row["wall_hours"], rel=0.1)
        assert 0.8 < row["busy"] <= 1
    # Ten times the cores are not ten times as fast: 6250 tasks leave some of a thousand idle.
    few, many = (row["wall_hours"] for row in found["rows"])
    assert 8 < few / many < 9


def test_slow_storage_makes_the_run_as_slow_as_it_is() -> None:
    free = plan(COSTS, 10_000_000, price=1, bandwidth=1e15)["rows"][1]
    bound = plan(COSTS, 10_000_000, price=1, bandwidth=100e6)["rows"][1]
    assert bound["played_hours"] > 5 * free["played_hours"]
    # 100 GB through 100 MB/s.
    assert bound["played_hours"] == pytest.approx(1000 / 3600, rel=0.3)


def test_the_plan_is_told_whole_with_and_without_dask() -> None:
    text = section(COSTS, plan(COSTS, 1_000_000, price=0.04, bandwidth=5e9))
    assert "| pages a second and core | 100 (91 to 111 by batch) |" in text
    assert "1 ms" in text
    alone = Costs(**COSTS.to_dict() | {"scheduler_seconds": None})
    text = section(alone, plan(alone, 1_000_000, price=0.04, bandwidth=5e9))
    assert text.count("not measured") == 2
    assert "None" not in text


def test_the_figures_of_the_plan_are_those_that_were_measured() -> None:
    """The document's section is what the plan makes of the costs beside it, and so is the JSON."""
    held = json.loads((ROOT / "docs" / "scale.json").read_text(encoding="utf-8"))
    costs, told = Costs(**held["costs"]), held["plan"]
    document = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert fill_section(document, "scale", section(costs, told)) == document
    again = plan(costs, told["pages"], told["price"], told["bandwidth"])
    assert again.pop("rows") == [pytest.approx(row) for row in told.pop("rows")]
    assert again == pytest.approx(told)


def point(axis: str, amount: int, seconds: float) -> dict[str, Any]:
    return {"axis": axis, "amount": amount, "seconds": seconds, "peak_bytes": 10**8}


def test_the_exponent_tells_linear_growth_from_worse() -> None:
    linear = [point("bytes", 10**n, 3e-7 * 10**n) for n in range(3, 9)]
    square = [point("pages", 10**n, 1e-9 * 10 ** (2 * n)) for n in range(1, 7)]
    assert growth.exponent(linear + square, "bytes") == pytest.approx(1.0)
    assert growth.exponent(linear + square, "pages") == pytest.approx(2.0)
    assert growth.exponent(linear[:1], "bytes") is None
    assert "Exponent of the growth, 1 being linear: 1.0 from 100,000 bytes on." in growth.section(
        linear
    )


def test_growth_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    growth.draw([point("bytes", 10**n, 1e-6 * 10**n) for n in range(3, 6)], tmp_path / "g.svg")
    assert "<svg" in (tmp_path / "g.svg").read_text(encoding="utf-8")


def test_ten_by_ten_up_to_what_is_asked_for() -> None:
    assert growth.points(10_000, 100) == [
        ("bytes", 1_000), ("bytes", 10_000), ("pages", 10), ("pages", 100),
    ]  # fmt: skip
    assert growth.points(10**8, 10**6)[-1] == ("pages", 1_000_000)
    assert ("bytes", 100_000_000) in growth.points(10**8, 10**6)


def test_workers_are_compared_by_wall_and_by_processor_time() -> None:
    found = {"workers": 2, "pages": 100, "size": 8000, "load": (0.5, os.cpu_count())}
    found |= {"wall": [1.7, 1.8, 1.9], "processor": [1.9, 1.95, 1.97]}
    text = workers.section(found)
    assert "- by wall time 1.80 times as fast (1.70 to 1.90)" in text
    assert "- by processor time 1.95 times" in text


def test_batches_of_unequal_length_are_drawn_from_those_measured() -> None:
    chance = random.Random(4)
    times = [chance.uniform(0.5, 1.5) for _ in range(50)]
    mean = sum(times) / len(times)
    seconds = makespan(times, 20, 400, 1.0, Cluster(10, 0.0, 0.0, 1e15))
    assert seconds == pytest.approx(400 * 20 * mean / 10, rel=0.1)


def test_costs_are_those_of_a_page_however_long_the_file_and_whatever_its_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crawl's archive holds more pages than are measured, and pages are no lines."""
    write_responses(tmp_path / "in.warc", [response(PAGE * 20)] * 200)
    monkeypatch.setattr("service.scale.costs._load", lambda: 1.0)
    monkeypatch.setattr("service.scale.costs._scheduler", lambda: None)
    passed: list[BulkSummary] = []

    def told(*args: Any, **options: Any) -> BulkSummary:
        passed.append(run_bulk(*args, **options | {"workers": 1}))
        return passed[-1]

    monkeypatch.setattr("service.scale.costs.run_bulk", told)
    ticks = SimpleNamespace(process_time=iter(range(100)).__next__)
    monkeypatch.setattr("service.scale.costs.time", ticks)
    costs = measure_costs(50, 0, source=tmp_path / "in.warc")
    assert costs.page_bytes == len(PAGE) * 20
    assert 0 < costs.out_bytes < costs.page_bytes
    # One tick for all of them.
    assert costs.driver_seconds == 1 / passed[0].pages == 1 / 200
