"""How good the model would be with fewer pages to learn from, and so what more would bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from model.page import Page
from model.segmenter import Segmenter
from training.calibrate import choose_threshold
from training.evaluate import evaluate
from training.labelled import LabelledPage

__all__ = ["learning_curve"]


def learning_curve(
    segmenter: Segmenter, smaller: Mapping[float, Any], pages: Sequence[tuple[Page, LabelledPage]]
) -> list[dict[str, float]]:
    """Seam F1 of models whose last look learned from a share of the pages.

    All share the words and the earlier looks of the whole model, so that the curve tells of the
    pages with labels, which are what corrections add to. Each has its own threshold, chosen on
    these very pages: a little too good, and alike for all.

    Parameters
    ----------
    segmenter : Segmenter
        Fitted on everything.
    smaller : mapping
        Share of the pages -> classifier of the last look.
    pages : sequence of (Page, LabelledPage)
        That nothing was fitted on.

    Returns
    -------
    list of dict
        ``share``, ``seam_f1`` and the bounds of its 95 % interval, ascending by share.
    """
    found = []
    *before, whole = segmenter.classifiers.again
    for share, last in sorted([*smaller.items(), (1.0, whole)], key=lambda item: item[0]):
        parts = replace(segmenter.classifiers, again=(*before, last))
        model = Segmenter(parts, dict(segmenter.card))
        model.card["threshold"], model.card["further"] = choose_threshold(model, pages)
        report = evaluate(model, (truth for _, truth in pages), replicates=200, worst=0)
        value, low, high = report.overall.figures["seam_f1"]
        found.append({"share": share, "seam_f1": value, "low": low, "high": high})
    return [{key: round(value, 4) for key, value in row.items()} for row in found]
