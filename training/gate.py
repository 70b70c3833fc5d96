"""Challenger against champion on the same frozen pages: promote or refuse, and why.

A challenger is refused where it is worse than the champion in exact-seam F1, false splits or
calibration, overall or on any kind of page or language with enough pages (`training.comparison`
says what is worse); where it breaks a budget or a pinned floor; or where it is simply no better.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from threadpoolctl import threadpool_limits

from training import scores
from training.comparison import MARGIN, Comparison, compare
from training.evaluate import Report, SegmenterLike, as_page
from training.floors import Floors, Shortfall
from training.labelled import LabelledPage

__all__ = ["Budgets", "Verdict", "judge", "speeds"]

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
class Verdict:
    """Promote or not; ``reasons`` says why in sentences, ``figures`` in JSON values."""

    promote: bool
    reasons: tuple[str, ...]
    figures: dict[str, Any] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {"promote": self.promote, "reasons": list(self.reasons)} | self.figures


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
