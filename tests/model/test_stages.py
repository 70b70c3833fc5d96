"""The stopwatch: exclusive stages, and nothing where nobody holds one."""

from __future__ import annotations

import pytest

from model.stages import STAGES, Stopwatch, stage
from tests.model.tiny import story, tiny_segmenter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stage_within_another_stops_its_time() -> None:
    clock = Clock()

    @stage("predict")
    def inner() -> None:
        clock.now += 5

    @stage("features")
    def outer() -> None:
        clock.now += 1
        inner()
        inner()
        clock.now += 2

    watch = Stopwatch(clock)
    with watch.running():
        outer()
        clock.now += 100
    assert watch.take() == {"features": 3, "predict": 10}
    assert watch.take() == {}
    outer()
    assert watch.take() == {}


def test_a_fault_ends_its_stage() -> None:
    clock = Clock()

    @stage("parse")
    def fails() -> None:
        clock.now += 1
        raise ValueError

    watch = Stopwatch(clock)
    with watch.running():
        with pytest.raises(ValueError):  # noqa: PT011 - our own
            fails()
        clock.now += 7
    assert watch.take() == {"parse": 1}


def test_a_segmenter_goes_through_all_stages_that_are_its_own() -> None:
    watch = Stopwatch()
    with watch.running():
        tiny_segmenter().segment(f"{story('topic 1')}\n{story('topic 2')}")
    seconds = watch.take()
    assert set(seconds) == set(STAGES) - {"decode"}
    assert all(each > 0 for each in seconds.values())
