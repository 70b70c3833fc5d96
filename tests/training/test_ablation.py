"""Every step is measured as what it says it is, and the table lands between the markers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import model.feed
import model.reader
import training.ablation
from model.html import page_from_html
from model.segmenter import Segmenter
from tests.model.tiny import story, tiny_segmenter
from tests.training.stub_model import StubSegmenter, stub_pages
from training.ablation import EachGap, Row, main, measure, section, steps
from training.evaluate import evaluate
from training.figures import fill_section
from training.labelled import LabelledPage, as_page, write_pages
from training.real.sides import RealSides

METHOD = Path(__file__).parents[2] / "docs" / "method.md"
ROWS = [
    "first look, each gap by itself",
    "one decision for the page, one bar",
    "look 2",
    "look 3",
    "each cut reviewed",
    "feeds read on",
    "exact first lines",
    "starts inside sentences",
]
FURNITURE = "Share\nRead more\nComments (3)"


def topics(number: int, count: int) -> list[str]:
    return [story(f"topic {(number + 5 * k) % 12}", number + k, paragraphs=3) for k in range(count)]


def text_page(number: int, count: int, kind: str) -> LabelledPage:
    stories = topics(number, count)
    text = f"\n{FURNITURE}\n".join(stories)
    starts = [text.index(one) for one in stories]
    return LabelledPage(f"{kind}{number}", text, starts, kind=kind, lang="en").check()


def html_page(number: int, count: int, kind: str) -> LabelledPage:
    parts: list[str] = []
    for one in topics(number, count):
        headline, *body = one.split("\n")
        parts += [f"<h2>{headline}</h2>", *(f"<p>{paragraph}</p>" for paragraph in body)]
    html = f"<html><body>{''.join(parts)}</body></html>"
    text = page_from_html(html).text
    starts = [text.index(one.partition("\n")[0]) for one in topics(number, count)]
    return LabelledPage(f"{kind}{number}", text, starts, kind=kind, lang="en", html=html).check()


# Of plain text the first look of so small a model is never sure.
HELD = [(html_page if n % 3 else text_page)(n, 1 + n % 4, f"of {1 + n % 4}") for n in range(24)]
REAL = [
    *(text_page(100 + n, 4, "several_text") for n in range(3)),
    *(html_page(110 + n, 3, "several_html") for n in range(2)),
    *(text_page(120 + n, 1, "one_text") for n in range(5)),
    *(html_page(130 + n, 1, "one_html") for n in range(4)),
]


@pytest.fixture(scope="module")
def tiny() -> Segmenter:
    return tiny_segmenter()


@pytest.fixture(scope="module")
def rows(tiny: Segmenter) -> list[Row]:
    return measure(tiny, HELD, REAL)


def test_the_steps_come_in_order_each_with_one_thing_more(rows: list[Row], tiny: Segmenter) -> None:
    assert [row.step for row in rows] == ROWS
    first, *between, last = steps(tiny).values()
    assert isinstance(first, EachGap)
    assert last is tiny
    partial = [cast(Segmenter, one) for one in between]
    assert [len(one.classifiers.again) for one in partial] == [0, 1, 2, 2, 2, 2]
    own = (tiny.threshold, tiny.further)
    assert [(one.threshold, one.further) for one in partial] == [(0.5, 0.5)] * 3 + [own] * 3
    assert own != (0.5, 0.5)
    judges = [one.classifiers.reviewers for one in (*partial, tiny)]
    assert judges[:3] == [None] * 3
    assert [judge is not None and judge.top is not None for judge in judges[3:]] == [0, 0, 1, 1]


def test_only_the_last_step_starts_stories_inside_sentences(tiny: Segmenter) -> None:
    reviewers = tiny.classifiers.reviewers
    assert reviewers is not None
    parts = replace(tiny.classifiers, reviewers=replace(reviewers, run_on=reviewers.top))
    *_, placed, last = steps(Segmenter(parts, tiny.card)).values()
    judges = [cast(Segmenter, one).classifiers.reviewers for one in (placed, last)]
    assert [judge is not None and judge.run_on is not None for judge in judges] == [False, True]


def test_only_the_last_three_steps_read_on(
    tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.feed, "is_feed", lambda *_: True)
    page = text_page(7, 6, "feed").text

    def chances(likely: list[int]) -> list[Any]:
        monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: likely)
        return [one.label_proba([page])[0] for one in steps(tiny).values()]

    *before, whole, placed, worded = chances([])
    *after, read_on, last, told = chances([0])
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.any(whole != read_on)
    np.testing.assert_array_equal(before[-1], whole)
    np.testing.assert_array_equal(whole, placed)
    np.testing.assert_array_equal(whole, worded)
    np.testing.assert_array_equal(read_on, last)
    np.testing.assert_array_equal(read_on, told)


def test_the_first_row_counts_blocks_that_are_likelier_starts_than_not(
    rows: list[Row], tiny: Segmenter
) -> None:
    first_look = steps(tiny)[ROWS[1]]
    hits = found = true = right = split = 0
    for truth in HELD:
        page = as_page(truth)
        (proba,) = first_look.label_proba([page])
        seams = set(page.starts[proba[:, 2] >= 0.5].tolist()[1:])
        hits += len(seams & set(truth.starts[1:]))
        found += len(seams)
        true += len(truth.starts) - 1
        right += seams == set(truth.starts[1:])
        split += len(truth.starts) == 1 and bool(seams)
    assert 0 < hits < true
    assert rows[0].seam_f1 == pytest.approx(2 * hits / (found + true))
    assert rows[0].page_exact == pytest.approx(right / len(HELD))
    assert rows[0].false_split == pytest.approx(split / 6)


def test_the_last_row_is_what_evaluation_says_of_the_model(
    rows: list[Row], tiny: Segmenter
) -> None:
    held, real = (evaluate(tiny, pages, replicates=2) for pages in (HELD, REAL))
    last = rows[-1]
    for name in ("seam_f1", "page_exact", "false_split"):
        assert getattr(last, name) == held.overall.value(name)
    assert [(one.several, one.single) for one in last.real.values()] == [(3, 5), (2, 4)]
    for form, figures in last.real.items():
        several, one = (real.groups["kind", f"{n}_{form.lower()}"] for n in ("several", "one"))
        assert figures.start_f1 == several.value("start_f1")
        assert figures.cut / figures.single == one.value("false_split")


def test_pages_of_one_story_that_were_cut_are_counted_by_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = stub_pages(40)
    stub = StubSegmenter(false=0.1)
    monkeypatch.setattr(training.ablation, "steps", lambda _: {"stub": stub})
    (row,) = measure(cast(Segmenter, stub), pages, pages)
    single = [page for page in pages if len(page.starts) == 1]
    cut = sum(bool(stub.segment_many([as_page(page)])[0].seams) for page in single)
    assert 0 < cut < len(single)
    text, html = row.real.values()
    assert (text.several, text.single, text.cut) == (40 - len(single), len(single), cut)
    assert (html.several, html.single, html.cut) == (0, 0, 0)
    assert row.false_split == cut / len(single)


class Sure:
    """Says what chance of a start each block has."""

    version = "sure"

    def __init__(self, *chances: float) -> None:
        self.chances = np.asarray(chances, np.float32)

    def label_proba(self, pages: Any) -> list[Any]:
        rest = (1 - self.chances) / 2
        return [np.stack([rest, rest, self.chances], axis=1) for _ in pages]


def test_each_gap_is_decided_by_itself() -> None:
    (answer,) = EachGap(cast(Segmenter, Sure(0.3, 0.5, 0.9, 0.49))).segment_many(["a\nb\nc\nd"])
    assert [(one.start, one.end) for one in answer.stories] == [(2, 4), (4, 7)]
    assert [seam.offset for seam in answer.seams] == [4]
    (none,) = EachGap(cast(Segmenter, Sure(0.1, 0.2))).segment_many(["a\nb"])
    assert (none.stories, none.seams) == ((), ())


def test_the_table_has_a_line_a_row_and_no_columns_of_what_was_not_measured(
    rows: list[Row], tiny: Segmenter
) -> None:
    whole = section(rows, "v1", len(HELD)).splitlines()
    said = "`v1`: 24 held-out pages, as text 3 real pages of several stories and 5 of one"
    assert said in whole[0]
    table = [line for line in whole if line.startswith("|")]
    assert len(table) == 2 + len(ROWS)
    assert {line.count("|") for line in table} == {9}
    assert table[2].startswith("| first look")
    assert table[-1].startswith(f"| + starts inside sentences | {rows[-1].seam_f1:.3f} |")
    bare = section([Row("x", 0.5, 0.25, float("nan"), {})], "v1", 4)
    assert "| x | 0.500 | 0.250 |  |\n" in bare
    assert "real" not in bare


def test_the_command_rewrites_what_stands_between_the_markers_and_nothing_else(
    rows: list[Row], tiny: Segmenter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(Segmenter, "load", lambda path: tiny)
    monkeypatch.setattr(training.ablation, "read_sides", lambda _: RealSides([], [], REAL, []))
    write_pages(tmp_path / "pages.jsonl", HELD)
    document = tmp_path / "method.md"
    before = "# Above\n\n<!-- ablation:begin (written) -->\n"
    after = "<!-- ablation:end -->\n\nBelow.\n<!-- other:begin -->\nkept\n<!-- other:end -->\n"
    document.write_text(f"{before}stale\n{after}", encoding="utf-8")
    main([str(tmp_path / "pages.jsonl"), "--real", str(tmp_path), "--doc", str(document)])
    table = section(rows, tiny.version, len(HELD))
    assert document.read_text(encoding="utf-8") == before + table + after
    shown = capsys.readouterr()
    assert shown.out == table
    assert f"{ROWS[-1]}, real pages: {len(REAL)} of {len(REAL)}\n" in shown.err


def test_a_document_without_markers_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Segmenter, "load", lambda path: pytest.fail("it was loaded"))
    document = tmp_path / "method.md"
    document.write_text("nothing here", encoding="utf-8")
    with pytest.raises(ValueError, match="markers"):
        main([str(tmp_path / "pages.jsonl"), "--doc", str(document)])


def test_the_document_has_a_place_for_the_table() -> None:
    assert "| x |" in fill_section(METHOD.read_text(encoding="utf-8"), "ablation", "| x |\n")
