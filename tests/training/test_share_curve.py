"""The table of what a model is worth by how much it learned from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.share_curve import main, section


def card(share: float, seam_f1: float, corpus: str = "c") -> dict[str, Any]:
    row = {"seam_f1": seam_f1, "page_exact": 0.8, "false_split": 0.004}
    kinds = {"plain": {"seam_f1": seam_f1 - 0.1}, "real_html": {"seam_f1": None, "body_f1": 0.95}}
    return {
        "share": share,
        "articles": {"en": int(1000 * share), "sw": 10},
        "real_pages": int(100 * share),
        "figures": {"corpus": corpus, "overall": row, "kind": kinds},
    }


def test_a_column_for_each_share_and_what_a_doubling_brings() -> None:
    whole = card(1.0, 0.85)
    del whole["share"]  # cards from before there were shares
    table = section([whole, card(0.125, 0.7), card(0.25, 0.79)])
    rows = {line.split("|")[1].strip(): line for line in table.splitlines()}
    assert rows["share of the data"] == "| share of the data | 0.125 | 0.25 | 1 | a doubling |"
    assert rows["articles"] == "| articles | 135 | 260 | 1,010 | |"
    # From .25 to 1 are two doublings.
    assert rows["seam F1"] == "| seam F1 | 0.700 | 0.790 | 0.850 | +0.030 |"
    assert rows["plain: seam F1"] == "| plain: seam F1 | 0.600 | 0.690 | 0.750 | +0.030 |"
    assert rows["real pages, HTML: main text F1"].endswith("| 0.950 | 0.950 | 0.950 | +0.000 |")
    assert "choi: seam F1" not in rows, "nobody measured it"


def test_models_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="different pages"):
        section([card(0.5, 0.8), card(1.0, 0.9, corpus="other")])
    with pytest.raises(ValueError, match="different shares"):
        section([card(1.0, 0.8), card(1.0, 0.9)])


def test_it_fills_in_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for share in (0.5, 1.0):
        paths.append(tmp_path / f"{share}.json")
        paths[-1].write_text(json.dumps(card(share, share)), encoding="utf-8")
    doc = tmp_path / "doc.md"
    doc.write_text("a\n<!-- shares:begin (x) -->\nold\n<!-- shares:end -->\nb\n", encoding="utf-8")
    main([str(paths[0]), "--whole", str(paths[1]), "--doc", str(doc)])
    found = doc.read_text(encoding="utf-8")
    assert "old" not in found
    assert "| seam F1 | 0.500 | 1.000 | +0.500 |" in found
    assert "| seam F1 | 0.500 | 1.000 | +0.500 |" in capsys.readouterr().out
