"""Challenger against champion on the same frozen pages: promote or refuse, and why.

A challenger is refused where it is worse than the champion in exact-seam F1, false splits or
calibration, overall or on any kind of page or language with enough pages; where it breaks a budget
or a pinned floor; or where it is simply no better. "Worse" is decided by a paired bootstrap over
pages: both models are scored on the same resampled pages, so that hard pages are hard for both and
only the difference remains.

Overall figures are tested at 5 % each. Among k groups one would look worse by chance at 5 % each,
so groups are tested at 5 % / k (Bonferroni). Differences smaller than `MARGIN` never count: with
many pages the bootstrap would find them, and no reader would.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from training import scores
from training.evaluate import Report, SegmenterLike, as_page
from training.floors import Floors, Shortfall
from training.labelled import LabelledPage

__all__ = ["GATED", "MARGIN", "Budgets", "Comparison", "Verdict", "compare", "judge", "speeds"]

Floats = NDArray[np.float64]

#: Figures that are gated, with what a difference must exceed to count.
MARGIN = {"seam_f1": 0.001, "false_split": 0.001, "ece": 0.005}
GATED = tuple(MARGIN)

# Fewer pages, or fewer seams and one-story pages for the figures that are about those, say more
# about the pages than about the model.
_ENOUGH_PAGES = 50
_ENOUGH_CASES = 30

_ALPHA = 0.05
# To be promoted on F1, a gain must survive this much: a nightly model that learned from twenty
# corrections will rarely be better at 5 %, and at 50 % every second coin would pass.
_LIKELY = 0.2


@dataclass(frozen=True)
class Budgets:
    """What a model may cost.

    Attributes
    ----------
    size : int
        Bytes of ``model.joblib``.
    slowdown : float
        Time per page, relative to the champion. Half as much again is well above what a busy
        machine adds to the best of three interleaved rounds (about a tenth).
    pages_per_second : float, optional
        Absolute speed, where the machine is known.
    """

    size: int = 12_000_000
    slowdown: float = 1.5
    pages_per_second: float | None = None


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


@dataclass(frozen=True)
class Verdict:
    """Promote or not; ``reasons`` says why in sentences, ``figures`` in JSON values."""

    promote: bool
    reasons: tuple[str, ...]
    figures: dict[str, Any] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {"promote": self.promote, "reasons": list(self.reasons)} | self.figures


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


def judge(
    champion: Report | None,
    challenger: Report,
    *,
    learned: tuple[Report, Report] | None = None,
    size: int = 0,
    slowdown: float | None = None,
    budgets: Budgets | None = None,
    floors: Floors | None = None,
    lower_floors: str | None = None,
    replicates: int = 4000,
    seed: int = 0,
) -> Verdict:
    """Decide.

    Parameters
    ----------
    champion, challenger : Report
        On the same pages; no champion where none would load.
    learned : (Report, Report), optional
        Champion and challenger on corrected pages that the challenger was fitted on. That says
        nothing of other pages, but where those show no difference, a challenger that gets more
        corrections right is the better one.
    size : int
        Of the challenger, in bytes.
    slowdown : float, optional
        Time per page relative to the champion; see `speeds`. By default from the two reports.
    budgets, floors
        What must hold besides; floors pinned on other pages are not applied, and that is recorded.
    lower_floors : str, optional
        Why a challenger below a floor may pass nevertheless; recorded with what was lowered.
    """
    budgets = budgets or Budgets()
    compared: list[Comparison] = []
    if champion is not None:
        compared = compare(champion, challenger, replicates=replicates, seed=seed)
    if slowdown is None:
        known = champion is not None and champion.seconds > 0
        slowdown = challenger.seconds / champion.seconds if champion and known else 1.0
    refusals = [f"worse: {each}" for each in compared if each.worse]
    refusals += _over_budget(challenger, size, slowdown, budgets)

    short: list[Shortfall] = []
    applied = floors is not None and floors.corpus == challenger.standing_corpus
    if floors is not None and applied:
        short = floors.shortfalls(challenger)
        if lower_floors is None:
            refusals += [f"below a pinned floor: {each}" for each in short]
    gains = list(_gains(compared, learned))
    if champion is None:
        gains = ["there is no champion that would load"]
    if not gains:
        refusals.append("no better than the champion: " + _first(compared))

    lowered = short if lower_floors is not None else []
    reasons = refusals or gains + [f"floor lowered ({lower_floors}): {each}" for each in lowered]
    return Verdict(
        promote=not refusals,
        reasons=tuple(reasons),
        figures={
            "champion": None if champion is None else champion.model,
            "challenger": challenger.model,
            "corpus": challenger.corpus,
            "pages": len(challenger.rows),
            "size": size,
            "slowdown": round(slowdown, 3),
            "comparisons": [each.to_dict() for each in compared],
            "floors": "applied" if applied else "none pinned for these pages",
            # The champion's own, where they had to be pinned anew: those hold it to nothing older.
            "floors_of": floors.model if floors is not None and applied else None,
            "floors_lowered": [each.to_dict() | {"why": lower_floors} for each in lowered],
        },
    )


def speeds(
    segmenters: Sequence[SegmenterLike], pages: Sequence[LabelledPage], *, rounds: int = 3
) -> list[float]:
    """Pages a second of each, best of several interleaved rounds, so that a busy moment of the
    machine falls on all of them and counts for none.
    """
    ready = [as_page(page) for page in pages]
    best = [float("inf")] * len(segmenters)
    for _ in range(rounds):
        for which, segmenter in enumerate(segmenters):
            with threadpool_limits(1):  # as in `evaluate`
                began = time.perf_counter()
                segmenter.segment_many(ready)
                best[which] = min(best[which], time.perf_counter() - began)
    return [len(ready) / max(seconds, 1e-9) for seconds in best]


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


def _over_budget(report: Report, size: int, slowdown: float, budgets: Budgets) -> Iterator[str]:
    if size > budgets.size:
        yield f"too large: {size:,} bytes of {budgets.size:,} allowed"
    if slowdown > budgets.slowdown:
        yield f"too slow: {slowdown:.2f} times the champion's time, {budgets.slowdown} allowed"
    least = budgets.pages_per_second
    if least is not None and report.pages_per_second < least:
        yield f"too slow: {report.pages_per_second:.0f} pages/s of {least:.0f} needed"


def _gains(compared: list[Comparison], learned: tuple[Report, Report] | None) -> Iterator[str]:
    """What the challenger is better in, if it is better at all."""
    overall = {each.figure: each for each in compared if each.overall}
    f1 = overall.get("seam_f1")
    if f1 is not None and f1.p_gain < _LIKELY:
        yield f"better: {f1}"
    if f1 is not None and f1.gain < -MARGIN["seam_f1"]:
        return
    for each in compared:
        if each is not f1 and each.better:
            yield f"better: {each}"
    if learned is not None:
        right = [int(scores.column(report.rows, "starts_exact").sum()) for report in learned]
        if right[1] > right[0]:
            count = len(learned[0].rows)
            yield f"learned: {right[1]} of {count} corrections right, the champion {right[0]}"


def _first(compared: list[Comparison]) -> str:
    return str(compared[0]) if compared else "nothing could be compared"
