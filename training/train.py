"""One fit, from files to a model version on disk; nothing is promoted."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from model.segmenter import Segmenter
from training import relatedness
from training.corpus import Article, read_articles
from training.evaluate import Report, evaluate
from training.findings import profile_of
from training.fingerprint import fingerprint
from training.fit import fit
from training.heap import give_back
from training.holdout import held_out_split, holdout_pages
from training.labelled import as_page, write_pages
from training.material import read_material
from training.partition import describe, divide_sources
from training.plan import Plan, Progress
from training.reading import read_labelled
from training.real.sides import read_sides
from training.sources import read_rows
from training.thresholds import measure_thresholds

__all__ = ["train"]

log = logging.getLogger(__name__)


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
    sides = replace(sides, pages=[page for page in sides.pages if page.lang not in unseen])
    if share < 1:
        sides = sides.thinned(share, seed)
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


def _replace(segmenter: Segmenter, out: Path, card: dict[str, Any]) -> None:
    """Write the version beside ``out``, then put it in its place."""
    fresh = out.with_name(out.name + ".new")
    if fresh.exists():
        shutil.rmtree(fresh)
    segmenter.save(fresh, card)
    if out.exists():
        shutil.rmtree(out)
    fresh.rename(out)
