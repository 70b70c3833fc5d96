"""The threshold weighs false splits; relatedness tells one story's halves from two stories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.decoder import INSIDE, START
from model.page import Page
from model.segmenter import Segmenter
from tests.model.tiny import story, tiny_segmenter
from training.calibrate import choose_threshold
from training.labelled import LabelledPage


def test_related_stories_are_more_related_than_unrelated_ones() -> None:
    assert tiny_segmenter().classifiers.relatedness.slope > 0
    text = f"{story('topic 1')}\n{story('topic 7', 1)}"
    first, second = tiny_segmenter().segment(text, threshold=0.3).stories
    assert first.relatedness == 1.0
    assert second.relatedness < 0.5


class Sure(Segmenter):
    """Says of the lines that begin with a number that they start a story with that chance."""

    def __init__(self) -> None:
        super().__init__(tiny_segmenter().classifiers, {})

    def label_proba(self, pages: Sequence[str | Page]) -> list[NDArray[np.float32]]:
        out = []
        for page in pages:
            assert isinstance(page, Page)
            rows = np.zeros((len(page), 3), np.float32)
            for i, block in enumerate(page.blocks()):
                head = block.split(" ")[0]
                rows[i, START] = float(head) if head[0].isdigit() else 0.0
            rows[:, INSIDE] = 1 - rows[:, START]
            out.append(rows)
        return out


def labelled(lines: list[str], true: list[int]) -> tuple[Page, LabelledPage]:
    body = " and so on and on and further on" * 15
    page = Page.from_text("\n".join(line + body for line in lines))
    return page, LabelledPage("p", page.text, [int(page.starts[i]) for i in true])


def test_the_threshold_parts_true_seams_from_false_ones() -> None:
    pages = [labelled(["0.99", "0.8", "0.6"], [0, 1])] * 3 + [labelled(["0.99", "0.6"], [0])] * 3
    threshold, further = choose_threshold(Sure(), pages)
    assert 0.6 < threshold < 0.8
    assert further <= threshold


def test_a_false_split_costs_more_than_a_missed_seam() -> None:
    missed = [labelled(["0.99", "0.7"], [0, 1])] * 2 + [labelled(["0.99", "0.9"], [0, 1])] * 18
    single = [labelled(["0.99", "0.72"], [0])] * 4 + [labelled(["0.99", "0.1"], [0])] * 4
    threshold, _ = choose_threshold(Sure(), [*missed, *single])
    assert threshold > 0.72


def test_beside_a_sure_seam_the_others_need_what_gives_the_best_f1() -> None:
    pages = [labelled(["0.99", "0.97", "0.56", "0.36"], [0, 1, 2])] * 9
    pages += [labelled(["0.99", "0.9"], [0])]
    threshold, further = choose_threshold(Sure(), pages)
    assert 0.9 < threshold <= 0.97
    assert 0.36 < further <= 0.56
