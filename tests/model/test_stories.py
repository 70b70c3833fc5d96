"""What a caller gets back: its JSON shape, and blocks with their probabilities."""

from __future__ import annotations

import json

import numpy as np

from model.page import Page
from model.stories import Segmentation, label_blocks


def test_blocks_are_the_lines_of_the_page_with_a_row_of_probabilities_each() -> None:
    page = Page.from_text(" Quay 🚢 opens \n\nIt rains.")
    proba = np.array([[0.1, 0.20004, 0.7], [0.0, 1.0, 0.0]], np.float32)
    first, second = label_blocks(page, proba)
    assert page.text[first.start : first.end] == "Quay 🚢 opens"
    assert (first.outside, first.inside, first.start_probability) == (0.1, 0.2, 0.7)
    assert page.text[second.start : second.end] == "It rains."
    assert second.inside == 1.0


def test_blocks_are_in_the_json_only_if_they_were_asked_for() -> None:
    page = Page.from_text("Quay opens")
    without = Segmentation("v", page.text, (), ())
    assert set(without.to_dict()) == {"model", "stories", "seams"}
    blocks = label_blocks(page, np.array([[0.3, 0.3, 0.4]], np.float32))
    given = Segmentation("v", page.text, (), (), blocks).to_dict()["blocks"]
    assert json.loads(json.dumps(given)) == [
        {"start": 0, "end": 10, "outside": 0.3, "inside": 0.3, "start_probability": 0.4}
    ]
