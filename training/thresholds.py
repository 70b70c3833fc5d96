"""What each threshold gives, so that users can choose theirs: precision, recall, false splits.

Asked for a ``threshold``, a model holds every seam of a page to that one bar; without it two bars
hold, of which the first is whether a page is cut at all. Both are measured on the same pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from model.segmenter import Segmenter
from training import scores
from training.labelled import LabelledPage, as_page

__all__ = ["THRESHOLDS", "measure_thresholds", "thresholds_section"]

#: What is measured; `None` is the model's own two bars.
THRESHOLDS = (None, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
# Enough for two digits, in a quarter of a minute.
_PAGES = 1000
_AT_ONCE = 64
_FIGURES = ("seam_f1", "seam_precision", "seam_recall", "page_exact", "false_split")
_TITLES = ("seam F1", "precision", "recall", "page right", "false split")


def measure_thresholds(
    segmenter: Any,
    pages: Sequence[LabelledPage],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """What a card keeps: ``thresholds``, the number of pages and a row of figures a threshold.

    Parameters
    ----------
    segmenter : Segmenter
        Of anything else, such as a stand-in, nothing is measured.
    pages : sequence of LabelledPage
        That the model was not fitted on; so many of them are used, evenly spread.
    progress : callable, optional
        Called with the pages done and the pages in all.
    """
    if not isinstance(segmenter, Segmenter) or not pages:
        return {}
    some = pages[:: -(-len(pages) // _PAGES)]
    sums = np.zeros((len(THRESHOLDS), scores.COLUMNS))
    for low in range(0, len(some), _AT_ONCE):
        truths = some[low : low + _AT_ONCE]
        # One thread, as in `training.evaluate.evaluate`.
        with threadpool_limits(1):
            ready = [as_page(truth) for truth in truths]
            probas = segmenter.label_proba(ready)
            told = segmenter.segment_at(ready, THRESHOLDS, granularity="entry")
        for total, answers in zip(sums, told, strict=True):
            each = zip(ready, truths, answers, probas, strict=True)
            total += np.sum([scores.score_page(*page) for page in each], axis=0)
        if progress is not None:
            progress(min(low + _AT_ONCE, len(some)), len(some))
    rows = []
    for threshold, total in zip(THRESHOLDS, sums, strict=True):
        points = scores.figures(total)
        rows.append(
            {"threshold": threshold} | {n: scores.plain(float(points[n])) for n in _FIGURES}
        )
    return {"thresholds": {"pages": len(some), "rows": rows}}


def thresholds_section(card: Mapping[str, Any]) -> list[str]:
    """The same as lines of Markdown; none where the card has nothing of it."""
    found = card.get("thresholds")
    if not found:
        return []
    lines = [
        f"| threshold, on {found['pages']} of these pages | " + " | ".join(_TITLES) + " |",
        "|---:|" + "---:|" * len(_TITLES),
    ]
    for row in found["rows"]:
        cells = ["" if row[name] is None else f"{row[name]:.3f}" for name in _FIGURES]
        named = "the model's own bars" if row["threshold"] is None else f"{row['threshold']:g}"
        lines.append(f"| {named} | " + " | ".join(cells) + " |")
    return lines
