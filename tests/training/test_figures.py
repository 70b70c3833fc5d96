"""The figures in README and docs/figures.md are the card's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.figures import figures_section, rewrite, summary_section

ROOT = Path(__file__).parents[2]
ROW = {
    "pages": 12,
    "seams": 7,
    "seam_f1": 0.91234,
    "seam_precision": 0.95,
    "seam_recall": 0.88,
    "page_exact": 0.8,
    "false_split": None,
    "pk": 0.02,
    "window_diff": 0.03,
    "ece": 0.01,
}
CARD = {
    "version": "v1",
    "threshold": 0.6,
    "figures": {"pages": 12, "overall": ROW, "kind": {"short_digest": ROW}, "lang": {"en": ROW}},
}


def test_section_holds_every_kind_and_language() -> None:
    section = figures_section(CARD)
    assert "| short digest | 12 | 7 | 0.912 |" in section
    assert "| en | 12 | 7 |" in section
    assert "None" not in section


def test_sections_say_when_a_version_was_measured_anew() -> None:
    fresh = CARD | {"measured": "2026-12-01"}
    for section in (figures_section, summary_section):
        assert "Measured" not in section(CARD)
        assert "Measured with the code of 2026-12-01." in section(fresh)


def test_rewrite_changes_only_what_stands_between_the_markers() -> None:
    readme = "before\n<!-- figures:begin x -->\nstale text\n<!-- figures:end -->\nafter\n"
    new = rewrite(readme, CARD)
    assert new.startswith("before\n<!-- figures:begin x -->\n")
    assert new.endswith("<!-- figures:end -->\nafter\n")
    assert "stale text" not in new
    assert rewrite(new, CARD) == new


def test_a_readme_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        rewrite("nothing here", CARD)


def test_summary_names_kinds_in_words_and_leaves_out_those_that_it_does_not_know() -> None:
    kinds = {"digest": ROW, "some_other_kind": ROW}
    many, few = ROW | {"pages": 240, "seams": 300}, ROW | {"pages": 8, "seams": 300}
    langs = {"pt": many, "ar": many | {"seam_f1": 0.95}, "gl": few}
    section = summary_section({**CARD, "figures": CARD["figures"] | {"kind": kinds, "lang": langs}})
    assert "| digests, a few paragraphs a story | 12 | 0.912 |" in section
    assert "other kind" not in section
    assert "By language, seam F1: ar 0.95, pt 0.91." in section


def test_pages_without_a_seam_have_no_figure_of_seams() -> None:
    kinds = {"single": ROW | {"seams": 0, "seam_f1": 0.0, "seam_recall": None, "false_split": 0.25}}
    section = figures_section({**CARD, "figures": CARD["figures"] | {"kind": kinds}})
    assert "| single | 12 | 0 |  |  |  |  | 0.800 | 0.250 |" in section


def test_a_document_gets_the_sections_that_it_has_markers_for() -> None:
    marks = "<!-- {0}:begin -->\n<!-- {0}:end -->\n"
    both = rewrite(marks.format("summary") + marks.format("figures"), CARD)
    one = rewrite(marks.format("summary"), CARD)
    assert both.startswith(one)
    assert len(both) > len(one) + len(marks.format("figures"))


@pytest.mark.parametrize("name", ["README.md", "docs/figures.md"])
def test_the_documents_are_up_to_date(name: str) -> None:
    card = ROOT / "model" / "default" / "card.json"
    if not card.exists():
        pytest.skip("no model ships yet")
    document = (ROOT / name).read_text(encoding="utf-8")
    assert rewrite(document, json.loads(card.read_text(encoding="utf-8"))) == document
