"""A job that has too little to train on or to measure with says what would help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.training.stub_model import stub_pages
from tests.training.stub_retrain import stub_articles
from training.enough import NothingToTrainOn, check_enough
from training.partition import Partition, divide_sources
from training.real.sides import RealSides

ENOUGH = Partition(stub_articles(), [], [], stub_pages(50))


def test_enough_is_enough() -> None:
    check_enough(ENOUGH)


def test_a_site_whose_real_pages_take_all_articles_away_is_named() -> None:
    """More files of that site, which the message asked for once, would go the same way."""
    site = "sole.example"
    real = RealSides([], [], [replace(stub_pages(1)[0], outlets=(site,))], [])
    sides = divide_sources(
        [replace(one, outlet=site) for one in stub_articles()],
        [],
        real,
        split=lambda some: (some[:40], some[40:]),
        compose=lambda *_: stub_pages(60, seed=1),
    )
    with pytest.raises(NothingToTrainOn, match=r"pages of sole\.example are .* other outlets"):
        check_enough(sides)
    with pytest.raises(NothingToTrainOn, match="left to train on; give more files"):
        check_enough(replace(ENOUGH, articles=[]))


def test_too_few_pages_to_measure_with_say_what_it_takes() -> None:
    with pytest.raises(NothingToTrainOn, match=r"make 49 pages.* it takes 50, .* one outlet in 7"):
        check_enough(replace(ENOUGH, frozen=ENOUGH.frozen[:49]))
