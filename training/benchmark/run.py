"""Storyseam beside its peers: the same pages, one run, one thread, seams and speed.

Every peer first gets the setting that does best on pages of its own, which nobody is measured on
(Storyseam is used as it ships). The other pages go by in turns, and in every turn all contestants
have the same pages, in an order that changes: so a busy minute of the machine hurts all alike, and
the spread of the turns says how far a ratio can be trusted. Time is processor time.
"""

from __future__ import annotations

import logging
import platform
import random
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from model.page import Page
from model.stories import Boundary, Segmentation, Story
from training import scores
from training.benchmark.peers import PEERS, Method, Peer
from training.benchmark.turns import TURNS, check_turns
from training.evaluate import SegmenterLike, as_page
from training.fingerprint import fingerprint
from training.labelled import LabelledPage
from training.plan import Progress

__all__ = ["Absent", "installed", "one_thread", "run_benchmark", "spread", "versions"]

T = TypeVar("T")

# One page in so many is for choosing the settings.
_TUNING = 6


@dataclass(frozen=True)
class Absent:
    """A peer that is not there, and why."""

    name: str
    reason: str


@dataclass
class _Contestant:
    """What one of them has done so far."""

    name: str
    packages: tuple[str, ...]
    run: Callable[[Sequence[Page]], list[list[int]]]  # pages -> offsets of their seams
    setting: float | None = None
    seconds: list[float] = field(default_factory=list)
    rows: list[NDArray[np.float64]] = field(default_factory=list)
    english: list[bool] = field(default_factory=list)


def run_benchmark(
    segmenter: SegmenterLike,
    pages: Sequence[LabelledPage],
    *,
    seed: int = 1,
    turns: int = TURNS,
    peers: Sequence[Peer] = PEERS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure all of them.

    Parameters
    ----------
    segmenter : Segmenter
    pages : sequence of LabelledPage
        A sixth of them is used to choose the peers' settings.
    seed : int
        Shuffles the pages.
    turns : int
        Into how many parts the measured pages fall.
    progress : callable, optional
        Called with what is going on, the steps done and the steps in all.

    Returns
    -------
    dict
        As JSON: ``pages``, ``rows`` (one a contestant, Storyseam first), ``absent``. Speeds are
        pages a second of one core, ratios those of Storyseam in the same turn; both are lists of
        least, median and most over the turns.

    Raises
    ------
    TooFewPages
        There are fewer pages to measure than turns.
    """
    shuffled = list(pages)
    random.Random(seed).shuffle(shuffled)
    tuning = shuffled[::_TUNING]
    measured = [page for at, page in enumerate(shuffled) if at % _TUNING]
    check_turns(measured, turns)
    parts = [measured[at::turns] for at in range(turns)]
    contestants = [
        _Contestant("Storyseam", (), lambda batch: _found(segmenter, batch)),
        _Contestant(
            "Storyseam, page by page",
            (),
            lambda batch: [seams for page in batch for seams in _found(segmenter, [page])],
        ),
    ]
    absent: list[Absent] = []
    with one_thread():
        for number, peer in enumerate(peers):
            _tell(progress, "choosing the peers' settings", number, len(peers))
            method = installed(peer.name, peer.load)
            if isinstance(method, Absent):
                absent.append(method)
                continue
            setting = _best_setting(method, peer.settings, tuning)
            contestants.append(
                _Contestant(peer.name, peer.packages, _runner(method, setting), setting)
            )
        for turn, part in enumerate(parts):
            ready = [as_page(truth) for truth in part]
            order = contestants[turn % len(contestants) :] + contestants[: turn % len(contestants)]
            for number, each in enumerate(order):
                _tell(progress, f"turn {turn + 1} of {turns}", number, len(order))
                begun = time.process_time()
                found = each.run(ready)
                each.seconds.append(time.process_time() - begun)
                for truth, page, seams in zip(part, ready, found, strict=True):
                    each.rows.append(scores.score_page(page, truth, _as_answer(page, seams)))
                    each.english.append(truth.lang == "en")
    counts = [len(part) for part in parts]
    return {
        "model": segmenter.version,
        "python": platform.python_version(),
        "pages": {
            "count": len(measured),
            "tuning": len(tuning),
            "characters": sum(len(page.text) for page in measured),
            "seams": sum(max(0, len(page.starts) - 1) for page in measured),
            "languages": sorted({page.lang for page in measured}),
            "kinds": sorted({page.kind for page in measured}),
            "fingerprint": fingerprint(measured),
            "seed": seed,
        },
        "turns": turns,
        "rows": [_row(each, contestants[0], counts) for each in contestants],
        "absent": [{"name": one.name, "reason": one.reason} for one in absent],
    }


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for everybody, and no chatter of libraries between the figures."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)


def installed(name: str, load: Callable[[], T]) -> T | Absent:
    """What ``load`` gives, or why it gives nothing."""
    try:
        return load()
    except Exception as error:  # noqa: BLE001 - a peer that does not start is told, not fatal
        return Absent(name, f"{type(error).__name__}: {' '.join(str(error).split())}"[:200])


def spread(values: Sequence[float]) -> list[float]:
    """Least, median and most, to four digits."""
    return [float(f"{value:.4g}") for value in np.quantile(values, (0, 0.5, 1))]


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Version of each package, "?" where pip knows nothing of it."""
    out = {}
    for name in packages:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            out[name] = "?"
    return out


def _tell(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress is not None:
        progress(what, done, total)


def _found(segmenter: SegmenterLike, pages: Sequence[Page]) -> list[list[int]]:
    """Storyseam's seams, which may stand inside a block."""
    return [[seam.offset for seam in answer.seams] for answer in segmenter.segment_many(pages)]


def _runner(method: Method, setting: float) -> Callable[[Sequence[Page]], list[list[int]]]:
    """A peer's seams, which are blocks to it."""
    return lambda pages: [
        page.starts[np.asarray(_cut(method, page.blocks(), setting), np.int64)].tolist()
        for page in pages
    ]


def _cut(method: Method, blocks: Sequence[str], setting: float) -> list[int]:
    return method.cut(method.read(blocks), setting) if len(blocks) > 1 else []


def _best_setting(
    method: Method, settings: Sequence[float], pages: Sequence[LabelledPage]
) -> float:
    """The setting of the best seam F1 over some pages; the earlier one of two as good."""
    hits, false = np.zeros(len(settings)), np.zeros(len(settings))
    true_count = 0
    for truth in pages:
        page = as_page(truth)
        # What lies inside a block counts for that block: a peer cuts nowhere else.
        true = set((np.searchsorted(page.starts, truth.starts[1:], side="right") - 1).tolist())
        true_count += len(true)
        blocks = page.blocks()
        if len(blocks) < 2:
            continue
        state = method.read(blocks)
        for at, setting in enumerate(settings):
            found = set(method.cut(state, setting))
            hits[at] += len(found & true)
            false[at] += len(found - true)
    f1 = 2 * hits / np.maximum(hits + false + true_count, 1)
    return settings[int(np.argmax(f1))]


def _as_answer(page: Page, starts: Sequence[int]) -> Segmentation:
    """Offsets of seams as an answer of the one shape that pages are scored in."""
    bounds = zip([0, *starts], [*starts, len(page.text)], strict=True)
    stories = tuple(
        Story(a, b, False, None, None, None, None, 1.0, 1.0, "") for a, b in bounds if b > a
    )
    return Segmentation("", page.text, stories, tuple(Boundary(at, 1.0) for at in starts))


def _row(each: _Contestant, ours: _Contestant, counts: Sequence[int]) -> dict[str, Any]:
    table = np.stack(each.rows)
    figures = scores.figures(table.sum(axis=0))
    english = table[np.asarray(each.english)]
    f1_english = float(scores.figures(english.sum(axis=0))["seam_f1"]) if len(english) else None
    rates = [n / max(s, 1e-9) for n, s in zip(counts, each.seconds, strict=True)]
    ratios = [b / max(a, 1e-9) for a, b in zip(each.seconds, ours.seconds, strict=True)]
    return {
        "name": each.name,
        "versions": versions(each.packages),
        "setting": each.setting,
        "seam_f1": _plain(figures["seam_f1"]),
        "seam_f1_en": None if f1_english is None else _plain(f1_english),
        "pk": _plain(figures["pk"]),
        "page_exact": _plain(figures["page_exact"]),
        "false_split": _plain(figures["false_split"]),
        "pages_per_second": spread(rates),
        "ratio": spread(ratios),
    }


def _plain(value: Any) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else round(float(value), 4)
