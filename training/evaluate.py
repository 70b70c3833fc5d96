"""A model on labelled pages: figures overall, by kind of page and by language, with intervals."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from model.errors import StoryseamError
from model.granularity import Granularity
from model.page import Page
from model.segmenter import Segmenter
from model.stories import Segmentation
from training import scores
from training.findings import Findings, find
from training.fingerprint import Fingerprint
from training.groups import REPLICATES, Group, groups_of, mask_of
from training.labelled import CORRECTED, LabelledPage, as_page, read_pages
from training.sources import STDIN

__all__ = [
    "NoPages",
    "Report",
    "SegmenterLike",
    "WorstPage",
    "as_page",
    "evaluate",
    "evaluate_files",
]

Floats = NDArray[np.float64]

_CURVE_BINS = 1000
# Pages at a time: enough for NumPy to pay, few enough that megabyte pages stay in memory.
_BATCH = 64
# Pages that importances and drift are told from.
_FINDINGS_PAGES = 300
_AXES = ("overall", "kind", "lang")


class NoPages(StoryseamError, ValueError):
    """There is nothing to measure a model on."""

    def __str__(self) -> str:
        return "there are no pages to evaluate on: the files hold none, a labelled page is a line"


class SegmenterLike(Protocol):
    """What evaluation needs of `model.segmenter.Segmenter`."""

    @property
    def version(self) -> str: ...

    def segment_many(
        self, pages: Sequence[str | Page], *, granularity: Granularity = "story"
    ) -> list[Segmentation]: ...

    def label_proba(self, pages: Sequence[str | Page]) -> Sequence[NDArray[Any]]: ...


@dataclass(frozen=True)
class WorstPage:
    """A page that went wrong, with what a person needs to see why."""

    truth: LabelledPage
    found: list[tuple[int, float]]
    wrong: int


@dataclass(frozen=True)
class Report:
    """What `evaluate` found.

    Attributes
    ----------
    model, corpus : str
        Version of the model; fingerprint of the pages.
    standing_corpus : str
        Fingerprint of the pages that no correction brought.
    rows : array, shape (n_pages, scores.COLUMNS)
        What each page counted for, for paired comparisons.
    kinds, langs : list of str
        Of each row.
    seconds : float
        Time in ``segment_many`` alone.
    curve : array, shape (2, 1000)
        Histograms of the start probability over blocks that are starts and blocks that are not.
    worst : list of WorstPage
        The worst first.
    findings : Findings
        What else was found about the model, where that was asked for.
    """

    model: str
    corpus: str
    standing_corpus: str
    rows: Floats
    kinds: list[str]
    langs: list[str]
    seconds: float
    curve: Floats
    worst: list[WorstPage] = field(repr=False)
    groups: dict[tuple[str, str], Group] = field(repr=False)
    findings: Findings = field(default_factory=Findings, repr=False)

    @property
    def overall(self) -> Group:
        return self.groups["overall", "all"]

    @property
    def pages_per_second(self) -> float:
        return len(self.rows) / self.seconds if self.seconds else float("nan")

    def group(self, axis: str, name: str) -> NDArray[np.bool_]:
        """Which rows belong to a group; axes are ``overall``, ``kind`` and ``lang``."""
        if axis == "overall":
            return np.ones(len(self.rows), dtype=bool)
        return mask_of(self.kinds if axis == "kind" else self.langs, name)

    def figures(self) -> dict[str, Any]:
        """The point figures alone, as a card keeps them."""
        out: dict[str, Any] = {"pages": len(self.rows), "corpus": self.corpus}
        for (axis, name), group in self.groups.items():
            plain: dict[str, Any] = {"pages": group.pages, "seams": group.seams}
            plain |= {key: scores.plain(value[0]) for key, value in group.figures.items()}
            out.setdefault(axis, {})[name] = plain
        out["overall"] = out["overall"]["all"]
        return out

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pages themselves, as JSON values."""
        axes: dict[str, dict[str, Any]] = {axis: {} for axis in _AXES}
        for (axis, name), group in self.groups.items():
            axes[axis][name] = group.to_dict()
        bins = scores.bins_of(self.rows.sum(0), seams=False)
        return {
            "model": self.model,
            "corpus": self.corpus,
            "pages": len(self.rows),
            "pages_per_second": scores.plain(self.pages_per_second),
            "overall": axes["overall"]["all"],
            "kinds": axes["kind"],
            "langs": axes["lang"],
            "reliability": [
                {"count": int(n), "said": scores.plain(p / n), "true": scores.plain(t / n)}
                for n, p, t in bins.T
                if n
            ],
        }


def evaluate(
    segmenter: SegmenterLike,
    pages: Iterable[LabelledPage],
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
    worst: int = 20,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Measure a model; pages are read, used and forgotten in batches.

    Parameters
    ----------
    segmenter : Segmenter
    pages : iterable of LabelledPage
    replicates, seed : int
        Of the bootstrap over pages.
    worst : int
        How many of the worst pages to keep.
    progress : callable, optional
        Called with the pages done and the pages in all, 0 where that is not known.

    Raises
    ------
    BadLabelledPage
        See `as_page`.
    NoPages
    """
    rows: list[Floats] = []
    kinds: list[str] = []
    langs: list[str] = []
    curve = np.zeros((2, _CURVE_BINS))
    heap: list[tuple[int, int, WorstPage]] = []
    hashed, brought = Fingerprint(), Fingerprint()
    seconds = 0.0
    for batch in _batches(pages):
        # One thread: speed is told for one core, and OpenMP's threads wait for each other by
        # spinning, which on a busy machine costs ten times what they gain.
        with threadpool_limits(1):
            began = time.perf_counter()
            ready = [as_page(truth) for truth in batch]
            # Labels call every entry of a live blog a story.
            answers = segmenter.segment_many(ready, granularity="entry")
            seconds += time.perf_counter() - began
            probas = segmenter.label_proba(ready)
        for truth, page, found, proba in zip(batch, ready, answers, probas, strict=True):
            row = scores.score_page(page, truth, found, proba)
            is_start = np.isin(page.starts, truth.starts)
            at = np.minimum(np.asarray(proba)[:, 2] * _CURVE_BINS, _CURVE_BINS - 1).astype(int)
            curve[0] += np.bincount(at[is_start], minlength=_CURVE_BINS)
            curve[1] += np.bincount(at[~is_start], minlength=_CURVE_BINS)
            wrong = int(scores.column(row, "seam_false") + scores.column(row, "seam_missed"))
            if wrong and worst:
                seams = [(seam.offset, seam.probability) for seam in found.seams]
                item = (wrong, -len(rows), WorstPage(truth, seams, wrong))
                (heapq.heappush if len(heap) < worst else heapq.heappushpop)(heap, item)
            hashed.add(truth)
            if truth.kind == CORRECTED:
                brought.add(truth)
            rows.append(row)
            kinds.append(truth.kind)
            langs.append(truth.lang)
        if progress is not None:
            progress(len(rows), len(pages) if isinstance(pages, Sized) else 0)
    if not rows:
        raise NoPages
    table = np.stack(rows)
    return Report(
        model=segmenter.version,
        corpus=hashed.hexdigest(),
        standing_corpus=hashed.without(brought).hexdigest(),
        rows=table,
        kinds=kinds,
        langs=langs,
        seconds=seconds,
        curve=curve,
        worst=[page for _, _, page in sorted(heap, key=lambda item: item[:2], reverse=True)],
        groups=groups_of(table, kinds, langs, replicates, seed),
    )


def evaluate_files(pages: Sequence[Path], model: Path | None = None) -> Report:
    """`evaluate` for files of labelled pages, by default with the model that ships."""
    segmenter = Segmenter.load(model)
    kept: list[LabelledPage] | None = None
    if STDIN in pages:  # which can be read once
        kept = list(read_pages(*pages))

    def read() -> Iterator[LabelledPage]:
        """Again rather than keep them: files may be large, and some hundreds of pages will do."""
        return iter(kept) if kept is not None else read_pages(*pages)

    report = evaluate(segmenter, read())
    some = list(islice(read(), 0, None, max(1, len(report.rows) // _FINDINGS_PAGES)))
    return replace(report, findings=find(segmenter, some))


def _batches(pages: Iterable[LabelledPage]) -> Iterator[list[LabelledPage]]:
    each = iter(pages)
    while batch := list(islice(each, _BATCH)):
        yield batch
