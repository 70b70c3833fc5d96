"""Two models on the same frozen pages: in which figures one is worse or better than the other.

"Worse" is decided by a paired bootstrap over pages: both models are scored on the same resampled
pages, so that hard pages are hard for both and only the difference remains.

Overall figures are tested at 5 % each. Among k groups one would look worse by chance at 5 % each,
so groups are tested at 5 % / k (Bonferroni). Differences smaller than `MARGIN` never count: with
many pages the bootstrap would find them, and no reader would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import scores
from training.evaluate import Report

__all__ = ["MARGIN", "Comparison", "compare"]

Floats = NDArray[np.float64]

#: Figures that are gated, with what a difference must exceed to count.
MARGIN = {"seam_f1": 0.001, "false_split": 0.001, "ece": 0.005}

# Fewer pages, or fewer seams and one-story pages for the figures that are about those, say more
# about the pages than about the model.
_ENOUGH_PAGES = 50
_ENOUGH_CASES = 30

_ALPHA = 0.05


@dataclass(frozen=True)
class Comparison:
    """One figure of one group of pages, for both models.

    Attributes
    ----------
    gain : float
        How much better the challenger is; negative where it is worse, whatever the figure's sense.
    low, high : float
        95 % interval of the gain.
    p_worse, p_better, p_gain : float
        Share of replicates in which it is not worse by more than the margin, not better by more
        than the margin, and no better at all.
    alpha : float
        What the first two are held against.
    """

    axis: str
    name: str
    figure: str
    pages: int
    champion: float
    challenger: float
    gain: float
    low: float
    high: float
    p_worse: float
    p_better: float
    p_gain: float
    alpha: float

    @property
    def worse(self) -> bool:
        return self.p_worse < self.alpha

    @property
    def better(self) -> bool:
        return self.p_better < self.alpha

    @property
    def overall(self) -> bool:
        return self.axis == "overall"

    def __str__(self) -> str:
        where = "overall" if self.overall else f"on {self.axis} {self.name}"
        return (
            f"{self.figure} {where} {self.champion:.4f} -> {self.challenger:.4f} "
            f"(gain {self.gain:+.4f}, 95 % {self.low:+.4f} to {self.high:+.4f}, {self.pages} pages)"
        )

    def to_dict(self) -> dict[str, Any]:
        plain = {key: getattr(self, key) for key in ("axis", "name", "figure", "pages")}
        for key in ("champion", "challenger", "gain", "low", "high", "p_worse", "p_better"):
            plain[key] = round(getattr(self, key), 6)
        return plain | {"worse": self.worse, "better": self.better}


def compare(
    champion: Report, challenger: Report, *, replicates: int = 4000, seed: int = 0
) -> list[Comparison]:
    """Every gated figure, overall and on every group with enough pages.

    Raises
    ------
    ValueError
        The two reports are not about the same pages.
    """
    if champion.corpus != challenger.corpus or champion.kinds != challenger.kinds:
        raise ValueError("champion and challenger were not evaluated on the same pages")
    found: list[Comparison] = []
    groups = [
        key
        for key, group in champion.groups.items()
        if group.pages >= _ENOUGH_PAGES or key[0] == "overall"
    ]
    for axis, name in groups:
        mask = champion.group(axis, name)
        sides = [champion.rows[mask], challenger.rows[mask]]
        points = [scores.figures(rows.sum(axis=0)) for rows in sides]
        drawn = scores.bootstrap(sides, replicates=replicates, seed=seed)
        for figure in _tested(sides[0], overall=axis == "overall"):
            sense = 1 if scores.HIGHER_IS_BETTER[figure] else -1
            old, new = float(points[0][figure]), float(points[1][figure])
            gains = sense * (drawn[1][figure] - drawn[0][figure])
            gains = gains[~np.isnan(gains)]
            gain = sense * (new - old)
            if np.isnan(gain) or not gains.size:
                continue
            low, high = scores.interval(gains)
            margin = MARGIN[figure]
            found.append(
                Comparison(
                    axis=axis,
                    name=name,
                    figure=figure,
                    pages=int(mask.sum()),
                    champion=old,
                    challenger=new,
                    gain=gain,
                    low=low,
                    high=high,
                    p_worse=_share(gains >= -margin),
                    p_better=_share(gains <= margin),
                    p_gain=_share(gains <= 0),
                    alpha=_ALPHA if axis == "overall" else _ALPHA / max(len(groups) - 1, 1),
                )
            )
    return found


def _tested(rows: Floats, *, overall: bool) -> Iterator[str]:
    """Which gated figures a group has enough cases for."""
    total = {
        name: float(scores.column(rows, name).sum())
        for name in ("seam_hits", "seam_missed", "single")
    }
    # Without true seams, F1 is 0 or undefined, and false splits say the same better.
    if total["seam_hits"] + total["seam_missed"] >= (1 if overall else _ENOUGH_CASES):
        yield "seam_f1"
    if total["single"] >= _ENOUGH_CASES:
        yield "false_split"
    yield "ece"


def _share(flags: NDArray[np.bool_]) -> float:
    """Share of replicates, never 0: a bootstrap of n cannot tell what happens once in 2 n."""
    return float((1 + flags.sum()) / (1 + flags.size))
