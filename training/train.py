"""One fit, from files to a model version on disk; nothing is promoted."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from model.artifact import CARD_FILE
from model.errors import StoryseamError
from model.segmenter import Segmenter
from training import relatedness
from training.corpus import Article, read_articles
from training.enough import check_enough
from training.evaluate import Report, evaluate
from training.findings import profile_of
from training.fingerprint import fingerprint
from training.fit import fit
from training.heap import give_back
from training.holdout import held_out_split, holdout_pages
from training.labelled import as_page, write_pages
from training.material import read_material
from training.partition import Partition, describe, divide_sources
from training.plan import Plan, Progress
from training.reading import read_labelled
from training.real.sides import read_sides
from training.sources import read_rows
from training.thresholds import measure_thresholds

__all__ = ["BadOutput", "read_data", "train"]

log = logging.getLogger(__name__)


class BadOutput(StoryseamError):
    """A version cannot be written to a folder, or what is there would be lost by it."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(folder, why)
        self.folder = folder
        self.why = why

    def __str__(self) -> str:
        return f"no model can be written to {self.folder}: {self.why}"


def train(
    articles: Sequence[Path],
    out: Path,
    *,
    seed: int = 0,
    pages: Sequence[Path] = (),
    real: Path | None = None,
    held_out: Path | None = None,
    unseen: Collection[str] = (),
    share: float = 1.0,
    progress: Progress | None = None,
    plan: Plan | None = None,
) -> Report:
    """Train one model version and measure it on outlets that it was not trained on.

    Parameters
    ----------
    articles : sequence of Path
        Files of single articles; see `training.corpus.read_articles`.
    out : Path
        New folder for the version; an earlier version there is replaced once the new one is whole.
        Nothing else may be in it.
    pages : sequence of Path
        Files of labelled pages, to learn from and to measure on, apart by outlet.
    real : Path, optional
        Folder of real pages: their furniture dresses the composed pages, and they are learned
        from and measured on, apart by site.
    held_out : Path, optional
        File to write the pages to that the version is measured on, before anything is fitted: for
        `evaluate`, `training.floors` and `training.ablation`.
    unseen : collection of str
        Languages to learn nothing from and to measure on whole: what is the model worth in a
        language that it does not know?
    share : float
        Learn from this share of the articles and real pages alone, and measure on what all would
        be measured on: what would more bring? See `training.share_curve`.

    Returns
    -------
    Report
        Figures on held-out outlets and sites; the card has them too.

    Raises
    ------
    BadOutput
        Before anything is read: ``out`` holds something else than a version, or nothing can be
        written beside it.
    NothingToTrainOn
        The articles leave nothing to train on, or no page to measure with.
    """
    out = _checked(out)
    tell = progress or (lambda stage, done, total: None)
    sides = read_data(articles, seed=seed, pages=pages, real=real, unseen=unseen, progress=progress)
    if share < 1:
        sides = sides.thinned(share, seed)
    check_enough(sides, fewest=1)
    if held_out is not None:
        write_pages(held_out, sides.frozen)
    segmenter = fit(
        sides.articles,
        seed=seed,
        progress=progress,
        real_pages=[*((as_page(page), page) for page in sides.pages), *sides.real],
        material=read_material(sides.hosts, real),
        plan=plan,
    )
    report = evaluate(segmenter, sides.frozen, progress=lambda d, t: tell("measuring", d, t))
    card = (
        segmenter.card
        | {
            "data": _data(articles, sides.articles),
            "fingerprint": fingerprint(sides.pages) if sides.pages else "",
            "real_pages": len(sides.real),
            "share": share,
            "copies_left_out": sides.copies,
            "figures": report.figures(),
            "relatedness": relatedness.measure(segmenter, sides.held_articles),
        }
        | measure_thresholds(segmenter, sides.frozen, progress=partial(tell, "thresholds"))
        | profile_of(segmenter, sides.frozen)
    )
    _replace(segmenter, out, card)
    return report


def read_data(
    articles: Sequence[Path],
    *,
    seed: int,
    pages: Sequence[Path] = (),
    real: Path | None = None,
    unseen: Collection[str] = (),
    progress: Progress | None = None,
) -> Partition:
    """Read what :func:`train` learns from and compose what it measures on, apart from each other.

    Parameters are those of :func:`train`.
    """
    tell = progress or (lambda stage, done, total: None)
    tell("reading articles", 0, 1)
    found = list(read_articles(articles))
    labelled = read_labelled(pages, None)
    if labelled.unusable:
        log.warning("%d labelled pages left out: their HTML lacks a start", labelled.unusable)
    tell("composing held-out pages", 0, 1)
    sides = divide_sources(
        found,
        labelled.pages,
        read_sides(real).without(unseen) if real is not None else None,
        split=lambda some: held_out_split(some, langs=unseen),
        compose=lambda held, solo: holdout_pages(held, seed=seed, by_article=solo),
    )
    del found
    give_back()
    # Articles are held out by `split`, and real pages left out above.
    return replace(sides, pages=[page for page in sides.pages if page.lang not in unseen])


def _data(paths: Sequence[Path], learned: Sequence[Article]) -> list[dict[str, Any]]:
    """Where the training data came from, and what is known of its licence."""
    notes = json.loads((Path(__file__).parent / "corpora.json").read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = []
    for path in paths:
        name = path.name.split(".")[0]
        note = notes.get(name) or notes.get(name.split("_")[0], "given by the trainer")
        rows.append({"name": name, "articles": sum(1 for _ in read_rows(path)), "licence": note})
    rows.append({"name": "learned from, after cleaning", "by_language": describe(learned)})
    return rows


def _checked(out: Path) -> Path:
    """The folder with a name of its own, once it is sure that a version can take its place.

    A fit takes an hour, and the place of what is in the way is taken by deleting it.
    """
    out = out.absolute()
    if out.exists() and not out.is_dir():
        raise BadOutput(out, "it is a file; name a folder that is not there yet")
    if out.is_dir() and any(out.iterdir()) and not (out / CARD_FILE).is_file():
        raise BadOutput(out, "it holds something else, which would be deleted; name a new folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        # Tried, as permissions say too little: nobody writes to a read-only mount.
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise BadOutput(out, f"{out.parent}: {error.strerror}; name another folder") from error
    return out


def _replace(segmenter: Segmenter, out: Path, card: dict[str, Any]) -> None:
    """Write the version beside ``out``, then put it in its place."""
    fresh = out.with_name(out.name + ".new")
    if fresh.exists():
        shutil.rmtree(fresh)
    segmenter.save(fresh, card)
    if out.exists():
        shutil.rmtree(out)
    fresh.rename(out)
