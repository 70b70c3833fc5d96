"""Figures of models that err in known ways."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from model.page import Page
from model.stories import Boundary, Segmentation, Story
from tests.training.stub_model import StubSegmenter, stub_pages
from training import evaluate as module
from training import scores
from training.evaluate import as_page, evaluate, evaluate_files
from training.evaluate_table import table_of
from training.fingerprint import fingerprint
from training.labelled import BadLabelledPage, LabelledPage, write_pages

PAGES = stub_pages(200)


def _answer(text: str, starts: list[int], probability: float = 0.9) -> Segmentation:
    stories = tuple(
        Story(s, len(text), s == starts[0], None, None, None, None, 1.0, 1.0, "") for s in starts
    )
    return Segmentation("m", text, stories, tuple(Boundary(s, probability) for s in starts[1:]))


def _row(truth: list[int], found: list[int]) -> Any:
    text = "\n".join("abcdefghij")  # blocks at 0, 2, 4 … 18
    page = Page.from_text(text)
    row = scores.score_page(page, LabelledPage("p", text, truth), _answer(text, found))
    return {name: float(value) for name, value in scores.figures(row).items()}


def test_a_right_page() -> None:
    row = _row([0, 8], [0, 8])
    assert row["seam_f1"] == row["page_exact"] == row["page_starts_exact"] == row["start_f1"] == 1
    assert row["pk"] == row["window_diff"] == 0
    assert row["boundary_similarity"] == 1
    assert np.isnan(row["false_split"])


def test_one_block_off_is_wrong_exactly_and_right_within_one_block() -> None:
    row = _row([0, 8], [0, 10])
    assert row["seam_f1"] == row["page_exact"] == 0
    assert row["start_f1"] == 1
    assert row["boundary_similarity"] == 0.5


def test_one_character_off_is_wrong_too() -> None:
    assert _row([0, 8], [0, 9])["seam_f1"] == 0


def test_a_wrong_first_start_is_no_seam_but_the_page_is_not_whole() -> None:
    row = _row([4, 8], [0, 8])
    assert row["seam_f1"] == row["page_exact"] == 1
    assert row["page_starts_exact"] == 0
    assert row["start_f1"] == 0.5


def test_false_splits_and_false_stories() -> None:
    assert _row([0], [0])["false_split"] == 0
    assert _row([0], [0, 4, 8])["false_split"] == 1
    assert _row([], [])["false_story"] == 0
    assert _row([], [0])["false_story"] == 1
    assert np.isnan(_row([0], [0])["seam_f1"])


def test_a_perfect_model() -> None:
    report = evaluate(StubSegmenter(), PAGES, replicates=50)
    assert report.overall.figures["seam_f1"] == (1.0, 1.0, 1.0)
    assert report.overall.value("false_split") == 0
    assert report.overall.value("ece") == pytest.approx(0.01)
    assert report.corpus == fingerprint(PAGES)
    assert report.worst == []
    assert np.isnan(report.groups["kind", "single"].value("seam_f1"))


def test_a_model_that_misses_three_in_ten() -> None:
    report = evaluate(StubSegmenter(miss=0.3, false=0.02), PAGES, replicates=300)
    f1, low, high = report.overall.figures["seam_f1"]
    assert low < f1 < high
    assert high - low < 0.2
    # Below .7: where the first story is missed, the seam after it goes too.
    assert 0.5 < report.overall.value("seam_recall") < 0.7
    assert 0.8 < report.overall.value("seam_precision") < 1
    assert 0.05 < report.overall.value("ece") < 0.3
    assert set(report.groups) == {
        ("overall", "all"), ("kind", "digest"), ("kind", "single"), ("lang", "en"), ("lang", "mi")
    }  # fmt: skip
    parts = [report.groups["kind", kind].pages for kind in ("digest", "single")]
    assert sum(parts) == report.overall.pages == 200
    assert [page.wrong for page in report.worst] == sorted(
        (page.wrong for page in report.worst), reverse=True
    )
    assert len(report.worst) == 20
    assert report.pages_per_second > 0


def test_the_interval_covers_what_other_samples_give() -> None:
    """95 % of intervals from 100 pages each should hold the figure of very many."""
    model = StubSegmenter(miss=0.2)
    population = evaluate(model, stub_pages(6000, seed=9), replicates=1).rows
    truth = scores.figures(population.sum(0))["seam_f1"]
    inside = 0
    for sample in range(60):
        rows = population[sample * 100 : (sample + 1) * 100]
        (drawn,) = scores.bootstrap([rows], replicates=300, seed=sample)
        low, high = scores.interval(drawn["seam_f1"])
        inside += bool(low <= truth <= high)
    assert 50 <= inside <= 60


def test_batches_change_nothing_and_memory_holds_one_batch(monkeypatch: Any) -> None:
    whole = evaluate(StubSegmenter(miss=0.3), PAGES, replicates=1)
    alive = 0

    def counted() -> Any:
        nonlocal alive
        for page in PAGES:
            alive += 1
            yield page

    most = 0

    class Watcher(StubSegmenter):
        def segment_many(self, pages: Any, **options: Any) -> Any:
            nonlocal alive, most
            most, alive = max(most, alive), 0
            return super().segment_many(pages, **options)

    monkeypatch.setattr(module, "_BATCH", 7)
    parts = evaluate(Watcher(miss=0.3), counted(), replicates=1)
    assert most == 7
    assert np.array_equal(parts.rows, whole.rows)
    assert np.array_equal(parts.curve, whole.curve)


def test_the_report_is_json_and_a_table() -> None:
    report = evaluate(StubSegmenter(miss=0.3), PAGES, replicates=20)
    out = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert out["kinds"]["single"]["seam_f1"]["value"] is None
    assert out["overall"]["seam_f1"]["low"] <= out["overall"]["seam_f1"]["value"]
    card = json.loads(json.dumps(report.figures(), allow_nan=False))
    assert card["overall"]["seam_f1"] == out["overall"]["seam_f1"]["value"]
    assert card["lang"]["mi"]["pages"] == 67
    for width, short in ((170, False), (80, True)):
        console = Console(width=width, record=True, file=io.StringIO())
        console.print(table_of(report, short=short))
        text = console.export_text()
        assert "kind digest" in text
        assert f"{report.overall.value('seam_f1'):.3f}" in text
        assert "…" not in text


def test_files_are_evaluated_with_a_model_from_disk(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "Segmenter", StubSegmenter)
    StubSegmenter(miss=0.3).save(tmp_path / "v1", {"version": "v1"})
    write_pages(tmp_path / "a.jsonl", PAGES[:100])
    write_pages(tmp_path / "b.jsonl.gz", PAGES[100:])
    report = evaluate_files([tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"], tmp_path / "v1")
    assert report.model == "v1"
    assert np.array_equal(report.rows, evaluate(StubSegmenter(miss=0.3), PAGES).rows)
    assert evaluate_files([tmp_path / "a.jsonl"]).model == "shipped"


def test_no_pages_is_an_error() -> None:
    with pytest.raises(ValueError, match="no pages"):
        evaluate(StubSegmenter(), [])


def test_a_page_whose_html_gives_other_text_now_is_refused() -> None:
    pytest.importorskip("model.html")
    page = LabelledPage("p", "Other text", [0], html="<p>Harbour opens</p>")
    with pytest.raises(BadLabelledPage, match="HTML"):
        as_page(page)


def test_the_main_story_is_compared_by_four_tokens_in_a_row() -> None:
    text = "one two three four five"
    page = Page.from_text(text)
    told = Segmentation("m", text, (Story(0, 9, True, *[None] * 4, 1.0, 1.0, text),), ())

    def body(truth: str | None) -> dict[str, float]:
        label = LabelledPage("p", text, [0], body=truth)
        return {
            k: float(v) for k, v in scores.figures(scores.score_page(page, label, told)).items()
        }

    assert body("One, two three four five".lower())["body_f1"] == 1
    half = body("one two three four six")  # one of two shingles on either side
    assert half["body_precision"] == half["body_recall"] == half["body_f1"] == 0.5
    assert np.isnan(body(None)["body_f1"]), "where the text is not known, nothing is measured"
