"""What thresholds give is what a user who asks for one gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.segmenter import Segmenter
from tests.training.stub_model import StubSegmenter, stub_pages
from training.evaluate import evaluate
from training.labelled import LabelledPage
from training.thresholds import THRESHOLDS, measure_thresholds, thresholds_section

EXAMPLE = Path(__file__).parents[2] / "service" / "examples" / "infinite_scroll.txt"
SECOND = "Grand Halden orchestra"


@pytest.fixture(scope="module")
def pages() -> list[LabelledPage]:
    """Two stories, each of them alone, and one that no bar finds whole: its start is told wrong."""
    text = EXAMPLE.read_text(encoding="utf-8")
    second = text.index(SECOND)
    return [
        LabelledPage("both", text, [0, second]),
        LabelledPage("first", text[:second], [0]),
        LabelledPage("second", text[second:], [0]),
        LabelledPage("told wrong", text, [0, text.index("\n", second) + 1]),
    ]


@pytest.fixture(scope="module")
def found(pages: list[LabelledPage]) -> dict[float | None, dict[str, float]]:
    card = measure_thresholds(Segmenter.load(), pages)
    assert card["thresholds"]["pages"] == len(pages)
    return {row["threshold"]: row for row in card["thresholds"]["rows"]}


def test_the_models_own_bars_are_a_row_and_as_evaluated(
    pages: list[LabelledPage], found: dict[float | None, dict[str, float]]
) -> None:
    assert tuple(found) == THRESHOLDS
    overall = evaluate(Segmenter.load(), pages).figures()["overall"]
    for name in ("seam_f1", "seam_precision", "seam_recall", "page_exact", "false_split"):
        assert found[None][name] == pytest.approx(overall[name], abs=1e-3)
    assert found[None]["seam_f1"] == 0.5


def test_a_higher_bar_never_cuts_more(found: dict[float | None, dict[str, float]]) -> None:
    bars = [bar for bar in THRESHOLDS if bar is not None]
    recalls = [found[bar]["seam_recall"] for bar in bars]
    splits = [found[bar]["false_split"] for bar in bars]
    assert recalls == sorted(recalls, reverse=True)
    assert splits == sorted(splits, reverse=True)


def test_progress_ends_at_all_pages(pages: list[LabelledPage]) -> None:
    told: list[tuple[int, int]] = []
    measure_thresholds(Segmenter.load(), pages, progress=lambda *done: told.append(done))
    assert told == [(len(pages), len(pages))]


def test_a_stand_in_and_no_pages_have_no_thresholds(pages: list[LabelledPage]) -> None:
    assert measure_thresholds(StubSegmenter(), stub_pages(3)) == {}
    assert measure_thresholds(Segmenter.load(), []) == {}


def test_section_has_a_row_a_threshold_and_none_without_a_card_of_it() -> None:
    row = {"threshold": None, "seam_f1": 0.5, "seam_precision": 0.25, "seam_recall": None}
    row |= {"page_exact": 0.75, "false_split": 0.125}
    rows = [row, row | {"threshold": 0.9}]
    lines = thresholds_section({"thresholds": {"pages": 7, "rows": rows}})
    assert "7 of these pages" in lines[0]
    assert lines[2:] == [
        "| the model's own bars | 0.500 | 0.250 |  | 0.750 | 0.125 |",
        "| 0.9 | 0.500 | 0.250 |  | 0.750 | 0.125 |",
    ]
    assert thresholds_section({}) == []
