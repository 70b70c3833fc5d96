"""The clock itself: what it prints follows from what it timed, and every part has its function."""

from __future__ import annotations

import pytest

from model.segmenter import Segmenter
from tests.model.tiny import story, tiny_segmenter
from training.speed import Speed, measure_speed, share_of_parts


@pytest.fixture(scope="module")
def tiny() -> Segmenter:
    return tiny_segmenter()


PAGES = [f"{story(f'topic {n}')}\n{story(f'topic {n + 1}')}" for n in range(8)]


def test_what_is_printed_is_what_was_timed() -> None:
    speed = Speed(100, 800_000, (0.2, 0.1, 0.4), (0.003, 0.002, 0.004), (0.1, 0.1, 0.1))
    assert speed.ratio == pytest.approx(2.0)
    said = str(speed)
    for figure in ("100 of 8.0 kB", "500 pages/s", "4.00 MB/s", "3.00 ms", "1000 pages/s"):
        assert figure in said
    assert "2.00 (1.00 to 4.00 in 3 rounds)" in said


def test_everything_is_timed_in_every_round(tiny: Segmenter) -> None:
    speed = measure_speed(tiny, PAGES, rounds=2)
    assert speed.pages == len(PAGES)
    for seconds in (speed.batch, speed.alone, speed.counting):
        assert len(seconds) == 2
        assert min(seconds) > 0


def test_the_parts_are_there_and_make_a_whole(tiny: Segmenter) -> None:
    """A part that was renamed would count as nothing."""
    parts = share_of_parts(tiny, PAGES)
    assert sum(parts.values()) == pytest.approx(1.0)
    assert min(parts.values()) > 0
