"""The README's figures are the card's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.figures import figures_section, rewrite

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


def test_the_readme_is_up_to_date() -> None:
    card = ROOT / "model" / "default" / "card.json"
    if not card.exists():
        pytest.skip("no model ships yet")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert rewrite(readme, json.loads(card.read_text(encoding="utf-8"))) == readme
