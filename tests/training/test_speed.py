"""The clock itself: what it prints follows from what it timed, and every part has its function."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.segmenter import Segmenter
from tests.model.tiny import story, tiny_segmenter
from training.labelled import LabelledPage, write_pages
from training.speed import Speed, draw, measure_speed, share_of_parts


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


def test_pages_are_drawn_of_those_that_are_about_8_kb(tmp_path: Path) -> None:
    file = tmp_path / "pages.jsonl"
    sizes = (100, 6_000, 8_000, 10_000, 20_000)
    write_pages(file, [LabelledPage(f"{n}", "x" * n, [0]) for n in sizes])
    assert sorted(map(len, draw(file, 3, seed=1))) == [6_000, 8_000, 10_000]
    with pytest.raises(ValueError, match="3 pages of text of 8 kB, not 4"):
        draw(file, 4, seed=1)
