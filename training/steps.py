"""What retraining calls, in one place, so that tests, and other corpora, can put theirs there.

Everything heavy is imported when its step is taken: a job that is refused for a lock should not
wait for scikit-learn first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from model.page import Page
from training.evaluate import SegmenterLike
from training.labelled import LabelledPage
from training.plan import Progress

if TYPE_CHECKING:
    from training.drift import Profile
    from training.real import RealPage
    from training.real.sides import RealSides

__all__ = ["Corrections", "Steps", "Trainable"]


class Trainable(SegmenterLike, Protocol):
    """What retraining needs of a segmenter beyond evaluation."""

    @property
    def card(self) -> dict[str, Any]: ...

    def save(self, directory: Path, card: dict[str, Any] | None = None) -> None: ...


class Corrections(Protocol):
    """Where corrected pages come from; `training.corrections.store.CorrectionStore` is one."""

    def pages(self) -> Iterable[LabelledPage]: ...

    def sampled(self) -> Iterable[LabelledPage]:
        """Pages that came in and that nobody has corrected."""

    def seen(self, model: str, bins: Profile) -> Profile:
        """What the service counted of the pages that came while a model answered."""


def _read(paths: Sequence[Path]) -> Sequence[Any]:
    from training.corpus import read_articles

    return list(read_articles(paths))


def _split(articles: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    from training.holdout import held_out_split

    # No language is held out whole, as for the model that ships: a newsroom retrains on its own.
    return held_out_split(articles, langs=())


def _compose(articles: Sequence[Any], seed: int, by_article: Collection[str]) -> list[LabelledPage]:
    from training.holdout import holdout_pages

    return holdout_pages(articles, seed=seed, by_article=by_article)


def _fit(
    articles: Sequence[Any],
    *,
    seed: int,
    progress: Progress | None,
    real_pages: Sequence[tuple[Page, LabelledPage]],
    material: Any,
    cache: Path | None,
    curve: Sequence[float] = (),
) -> Any:
    from training.fit import fit
    from training.plan import Plan

    return fit(
        articles,
        seed=seed,
        progress=progress,
        real_pages=real_pages,
        material=material,
        cache=cache,
        plan=Plan(curve=tuple(curve)),
    )


def _real(folder: Path) -> RealSides:
    from training.real.sides import read_sides

    return read_sides(folder)


def _material(hosts: Sequence[RealPage], folder: Path) -> Any:
    from training.material import read_material

    return read_material(hosts, folder)


def _load(directory: Path | None) -> Any:
    from model.segmenter import Segmenter

    return Segmenter.load(directory)


@dataclass(frozen=True)
class Steps:
    """What the job calls, so that tests, and other corpora, can put theirs in its place."""

    read: Callable[[Sequence[Path]], Sequence[Any]] = _read
    split: Callable[[Sequence[Any]], tuple[Sequence[Any], Sequence[Any]]] = _split
    compose: Callable[[Sequence[Any], int, Collection[str]], list[LabelledPage]] = _compose
    fit: Callable[..., Any] = _fit
    real: Callable[[Path], RealSides] = _real
    material: Callable[[Sequence[RealPage], Path], Any] = _material
    load: Callable[[Path | None], Any] = _load
