"""Sections of the report that say why: confusion, importance of features, learning curve, drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from model.decoder import LABELS
from training import metrics, scores
from training.drift import CHANGED, FEWEST_PAGES, SCORE
from training.evaluate import Report
from training.findings import Findings

__all__ = ["absent", "confusion", "draw_learning", "drifted", "importance", "learning"]


def confusion(sides: Sequence[Report]) -> Iterator[str]:
    """What the classifiers take for what, by kind of page and by language."""
    yield "<h2>Confusion</h2><p>Of the blocks that are …, the share that was taken for …, before "
    yield 'decoding.</p><div class="wide"><table><tr><th>pages of<th>model'
    for true in LABELS:
        yield f"<th>{true}, n" + "".join(f"<th>as {said}" for said in LABELS)
    yield "</tr>"
    for axis, name in sides[0].groups:
        for side in sides:
            mask = side.group(axis, name)
            counts = scores.confusion_of(side.rows[mask].sum(axis=0))
            if not counts.sum():
                continue
            where = "all" if axis == "overall" else f"{axis} {name}"
            yield f"<tr><td>{escape(where)}<td>{escape(side.model)}"
            for row in counts:
                shares = metrics.ratio(row, row.sum())
                yield f"<td>{int(row.sum())}"
                yield "".join("<td>-" if np.isnan(each) else f"<td>{each:.3f}" for each in shares)
            yield "</tr>"
    yield "</table></div>"


def importance(findings: Findings) -> Iterator[str]:
    """What each group of features is worth."""
    if not findings.importance:
        return
    yield "<h2>What the groups of features are worth</h2><p>Loss that the second look gains where "
    yield "a group is shuffled, in thousandths of a nat a block. Groups that say the same stand in "
    yield "for each other, so a small figure does not make a group useless.</p>"
    yield from _bars({name: 1000 * value for name, value in findings.importance.items()})


def learning(findings: Findings) -> bool:
    """Whether there is a learning curve to draw."""
    return bool(findings.learning)


def draw_learning(axes: Any, sides: Sequence[Report]) -> None:
    """Seam F1 by share of the training pages, with its interval."""
    for side in sides:
        points = side.findings.learning
        if not points:
            continue
        share, f1, low, high = (
            np.array([point[key] for point in points])
            for key in ("share", "seam_f1", "low", "high")
        )
        axes.fill_between(100 * share, low, high, alpha=0.2)
        axes.plot(100 * share, f1, "o-", label=side.model)
    axes.set(xlabel="% of the training pages", ylabel="seam F1", xlim=(0, 102))
    axes.set_title("Learning curve")
    axes.legend()


def drifted(findings: Findings) -> Iterator[str]:
    """How far the pages that came are from those that the model is known on."""
    if not findings.drift and not findings.served:
        return
    yield "<h2>Drift</h2><p>Population stability index: of each group of features its most changed "
    yield f"one, and of how sure the model was of starts ({SCORE}). From {CHANGED} on, look into "
    yield "it.</p>"
    for title, numbers, told in (
        (
            "Of the pages that the service counted as they came",
            findings.served,
            findings.served_told,
        ),
        ("Of the pages that are looked at here", findings.drift, findings.drifted),
    ):
        if numbers:
            yield f"<h3>{title}: {escape(told)}</h3>"
            yield from _bars(dict(sorted(numbers.items(), key=lambda item: -item[1])))


def absent(findings: Findings) -> Iterator[str]:
    """What the report could have told and does not, and what it would take."""
    for there, what in (
        (findings.learning, "a learning curve: fit with <code>--learning-curve</code>"),
        (
            findings.drift or findings.served,
            f"drift: it takes {FEWEST_PAGES} pages that came, and a card with a profile",
        ),
    ):
        if not there:
            yield f"<p><small>Not here: {what}.</small>"


def _bars(values: Mapping[str, float]) -> Iterator[str]:
    most = max([*values.values(), 1e-9])
    yield "<table>"
    for name, value in values.items():
        width = 20 * max(value, 0.0) / most
        yield f"<tr><td>{escape(name)}<td>{value:.3f}"
        yield f'<td class="bar"><span style="width:{width:.2f}em"></span></tr>'
    yield "</table>"
