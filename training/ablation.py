"""What each step of segmenting gains: one trained model, measured with one step more at a time.

``python -m training.ablation PAGES.jsonl --real FOLDER --doc docs/method.md`` measures it and puts
the table between the document's ``ablation`` markers. PAGES are held-out pages as
`training.holdout` writes them; of the real pages in FOLDER those count that none is trained on.
Nothing is fitted anew: the later looks are left out of a model that was fitted to have them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.decoder import START
from model.granularity import Granularity
from model.page import Page
from model.segmenter import Segmenter
from model.stories import Boundary, Segmentation, Story
from training import scores
from training.evaluate import Report, SegmenterLike, evaluate
from training.figures import fill_document, fill_section
from training.labelled import LabelledPage, read_pages
from training.plan import Progress
from training.real.sides import read_sides

__all__ = ["EachGap", "OnReal", "Row", "main", "measure", "section", "steps"]

Floats = NDArray[np.float32]

#: The one bar of the steps before the reviewers come in: more likely than not.
EVEN = 0.5
#: Forms of the real pages.
FORMS = ("text", "HTML")

_COLUMNS = ("seam F1", "page right", "false split")
_ON_REAL = ("start F1 ±1, real {}", "cut, real {}")


class EachGap:
    """Calls every block a start that is one more likely than not, whatever the others are.

    What `training.evaluate` needs of a segmenter. Its stories reach to the next one's start, and
    nothing is told of them.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter

    @property
    def version(self) -> str:
        return self._segmenter.version

    def label_proba(self, pages: Sequence[str | Page]) -> list[Floats]:
        return self._segmenter.label_proba(pages)

    def segment_many(
        self, pages: Sequence[str | Page], *, granularity: Granularity = "story"
    ) -> list[Segmentation]:
        """Stories of many pages, in order; entries of a live blog are never joined."""
        ready = [page if isinstance(page, Page) else Page.from_text(page) for page in pages]
        return [
            self._cut(page, proba)
            for page, proba in zip(ready, self.label_proba(ready), strict=True)
        ]

    def _cut(self, page: Page, proba: Floats) -> Segmentation:
        likely = np.flatnonzero(proba[:, START] >= EVEN)
        starts = page.starts[likely].tolist()
        chances = proba[likely, START].astype(float).tolist()
        bounds = zip(starts, [*starts, len(page.text)][1:], chances, strict=True)
        stories = tuple(
            Story(a, b, a == starts[0], None, None, None, None, chance, 0.0, page.text[a:b])
            for a, b, chance in bounds
        )
        seams = tuple(map(Boundary, starts[1:], chances[1:]))
        return Segmentation(self.version, page.text, stories, seams)


@dataclass(frozen=True)
class OnReal:
    """Figures of the real pages in one form.

    Attributes
    ----------
    several, single : int
        Pages of several stories and of one.
    start_f1 : float
        Of the starts of the former, right within one block; NaN where there are none.
    cut : int
        How many of the latter were cut.
    """

    several: int
    single: int
    start_f1: float
    cut: int


@dataclass(frozen=True)
class Row:
    """One step, with all those before it: figures of the held-out pages, as `scores` names them.

    ``real`` goes by `FORMS` and is empty where no real pages were measured.
    """

    step: str
    seam_f1: float
    page_exact: float
    false_split: float
    real: dict[str, OnReal]


def steps(segmenter: Segmenter) -> dict[str, SegmenterLike]:
    """The model with its first step alone, then with one more each, the last the model itself."""
    parts, card = segmenter.classifiers, segmenter.card
    even = card | {"threshold": EVEN, "further": EVEN}
    looks = [
        Segmenter(replace(parts, again=parts.again[:count], reviewers=None), even, read_on=False)
        for count in range(len(parts.again) + 1)
    ]
    judged = placed = parts
    if parts.reviewers is not None:
        placed = replace(parts, reviewers=replace(parts.reviewers, run_on=None))
        judged = replace(parts, reviewers=replace(parts.reviewers, top=None, run_on=None))
    return {
        "first look, each gap by itself": EachGap(looks[0]),
        "one decision for the page, one bar": looks[0],
        **{f"look {number}": each for number, each in enumerate(looks[1:], 2)},
        "each cut reviewed": Segmenter(judged, card, read_on=False),
        "feeds read on": Segmenter(judged, card),
        "exact first lines": Segmenter(placed, card),
        "starts inside sentences": segmenter,
    }


def measure(
    segmenter: Segmenter,
    pages: Sequence[LabelledPage],
    real: Sequence[LabelledPage] = (),
    *,
    progress: Progress | None = None,
) -> list[Row]:
    """A row for each of `steps`.

    Parameters
    ----------
    pages, real : sequence of LabelledPage
        Held-out pages, and the real ones that are measured on.
    progress : callable, optional
        Called with what is measured, the pages done and the pages in all.

    Raises
    ------
    BadLabelledPage
        See `training.labelled.as_page`.
    ValueError
        There are no held-out pages.
    """
    rows = []
    for name, each in steps(segmenter).items():
        held = _evaluate(each, pages, progress, f"{name}, held-out pages").overall
        on_real = {}
        if real:
            on_real = _by_form(_evaluate(each, real, progress, f"{name}, real pages"), real)
        seam_f1, exact, split = map(held.value, ("seam_f1", "page_exact", "false_split"))
        rows.append(Row(name, seam_f1, exact, split, on_real))
    return rows


def _evaluate(
    segmenter: SegmenterLike, pages: Sequence[LabelledPage], progress: Progress | None, what: str
) -> Report:
    """Without intervals, which the table has no room for, and the worst pages."""
    tell = None if progress is None else partial(progress, what)
    return evaluate(segmenter, pages, replicates=0, worst=0, progress=tell)


def _by_form(report: Report, pages: Sequence[LabelledPage]) -> dict[str, OnReal]:
    several = np.array([len(page.starts) > 1 for page in pages])
    html = np.array([page.html is not None for page in pages])
    out = {}
    for form, own in zip(FORMS, (~html, html), strict=True):
        rows, of_several = report.rows[own], report.rows[own & several]
        out[form] = OnReal(
            several=len(of_several),
            single=int(scores.column(rows, "single").sum()),
            start_f1=float(scores.figures(of_several.sum(axis=0))["start_f1"]),
            cut=int(scores.column(rows, "single_split").sum()),
        )
    return out


def section(rows: Sequence[Row], model: str, pages: int) -> str:
    """The table as Markdown, with a line on what was measured.

    Parameters
    ----------
    rows : sequence of Row
        As `measure` gives them, at least one.
    model : str
        Its version.
    pages : int
        How many held-out pages there were.
    """
    real = rows[0].real
    measured = [f"{pages} held-out pages"]
    measured += [
        f"as {form} {one.several} real pages of several stories and {one.single} of one"
        for form, one in real.items()
    ]
    head = ["with", *_COLUMNS, *(name.format(form) for name in _ON_REAL for form in real)]
    lines = [
        f"Model `{model}`: {', '.join(measured)}.",
        "",
        f"| {' | '.join(head)} |",
        "|---|" + "---:|" * (len(head) - 1),
    ]
    for number, row in enumerate(rows):
        figures = [row.seam_f1, row.page_exact, row.false_split]
        figures += [one.start_f1 for one in row.real.values()]
        cells = ["" if np.isnan(value) else f"{value:.3f}" for value in figures]
        cells += [str(one.cut) for one in row.real.values()]
        lines.append(f"| {'+ ' if number else ''}{row.step} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _tell(what: str, done: int, total: int) -> None:
    """One line for each step, written over until it is done."""
    end = "\n" if done == total else "\r"
    print(f"{what}: {done} of {total}", end=end, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and put it into a document."""
    parser = argparse.ArgumentParser(prog="python -m training.ablation", description=__doc__)
    parser.add_argument("pages", type=Path, help="held-out pages, JSONL(.gz/.xz/.zst)")
    parser.add_argument("--model", type=Path, help="by default the one that ships")
    parser.add_argument("--real", type=Path, help="folder of real pages")
    parser.add_argument("--doc", type=Path, help="fill in its section between the markers")
    options = parser.parse_args(arguments)
    if options.doc:
        # Now rather than after an hour: a document without markers is refused.
        fill_section(options.doc.read_text(encoding="utf-8"), "ablation", "")
    segmenter = Segmenter.load(options.model)
    pages = list(read_pages(options.pages))
    real = read_sides(options.real).measure if options.real else []
    rows = measure(segmenter, pages, real, progress=_tell)
    found = section(rows, segmenter.version, len(pages))
    print(found, end="")
    if options.doc:
        fill_document(options.doc, "ablation", found)


if __name__ == "__main__":
    main()
