"""What a version is worth by the code of today: its card's figures, measured anew.

    python -m training.remeasure --articles FILES --real DIR
    python -m training.figures

A model is measured when it is trained, and code that reads pages, decides and tells goes on without
it. The pages are those that `storyseam train` would hold out today of the articles and real pages
that the model learned from: the ones that its figures are of, or the like, as which articles are
copies of others, or how a page is composed, may be said otherwise by now. A file of pages, as
`train --held-out` writes it, may be given instead; it has to be the one that the figures are of.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from model.artifact import amend, read_card
from model.errors import StoryseamError
from model.segmenter import DEFAULT, Segmenter
from training.evaluate import evaluate
from training.findings import profile_of
from training.labelled import LabelledPage, read_pages
from training.plan import Progress
from training.thresholds import measure_thresholds
from training.train import read_data

__all__ = ["LearnedFromPages", "OtherPages", "remeasure"]


class LearnedFromPages(StoryseamError):
    """Labelled pages that a version has learned from may be what is composed to measure it."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version

    def __str__(self) -> str:
        return (
            f"{self.version} has learned from labelled pages as well, so that articles alone do "
            "not say what it has not seen; give the file that `storyseam train --held-out` wrote"
        )


class OtherPages(StoryseamError):
    """The figures of a card are of other pages than those given."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version

    def __str__(self) -> str:
        return (
            f"the figures of {self.version} are of other pages; to measure it on those that are "
            "held out today, give the articles and real pages that it learned from: "
            "`python -m training.remeasure --articles FILES --real DIR`"
        )


def remeasure(
    directory: Path,
    pages: Sequence[LabelledPage],
    *,
    day: str,
    same: bool = True,
    progress: Progress | None = None,
) -> None:
    """Put the figures of today into the card of a model version.

    Parameters
    ----------
    directory : Path
        The version; its model stays as it is.
    pages : sequence of LabelledPage
        Of outlets and sites that it has not learned from.
    day : str
        What the card is to say of when it was measured, ISO 8601.
    same : bool
        Whether they have to be the pages that its figures are of.
    progress : callable, optional
        Called with a stage, the pages done and the pages in all.

    Raises
    ------
    OtherPages
        By their fingerprint they are not; the card stays.
    ArtifactError
        The version is missing or altered.
    """
    tell = progress or (lambda stage, done, total: None)
    segmenter = Segmenter.load(directory)
    report = evaluate(segmenter, pages, progress=partial(tell, "measuring"))
    if same and report.corpus != segmenter.card["figures"]["corpus"]:
        raise OtherPages(segmenter.version)
    fresh = {"figures": report.figures(), "measured": day}
    fresh |= measure_thresholds(segmenter, pages, progress=partial(tell, "thresholds"))
    amend(directory, fresh | profile_of(segmenter, pages))


def _tell(what: str, done: int, total: int) -> None:
    """One line for each stage, written over until it is done."""
    end = "\n" if done == total or total == 1 else "\r"
    many = f": {done} of {total} pages" if total > 1 else ""
    print(what + many, end=end, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and say how far it is."""
    parser = argparse.ArgumentParser(
        prog="python -m training.remeasure",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "pages", type=Path, nargs="?", help="labelled pages that the card's figures are of"
    )
    parser.add_argument(
        "--articles", type=Path, nargs="+", help="what the version learned articles from"
    )
    parser.add_argument("--real", type=Path, help="folder of real pages that it learned from")
    parser.add_argument("--model", type=Path, default=DEFAULT, help="the version's folder")
    options = parser.parse_args()
    if (options.pages is None) == (options.articles is None):
        parser.error("give either a file of pages or --articles")
    if options.real is not None and options.articles is None:
        parser.error("--real goes with --articles")
    today = datetime.now(UTC).date().isoformat()
    try:
        if options.articles is None:
            pages = list(read_pages(options.pages))
        else:
            card = read_card(options.model)
            if card["fingerprint"]:
                raise LearnedFromPages(card["version"])
            seed = card["seed"]
            sides = read_data(options.articles, seed=seed, real=options.real, progress=_tell)
            pages = sides.frozen
        same = options.articles is None
        remeasure(options.model, pages, day=today, same=same, progress=_tell)
    except (OSError, StoryseamError) as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
