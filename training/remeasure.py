"""What a version is worth by the code of today: its card's figures, measured anew.

    storyseam train … --held-out held_out.jsonl.xz
    python -m training.remeasure held_out.jsonl.xz
    python -m training.figures

A model is measured when it is trained, and code that reads pages, decides and tells goes on without
it. The pages have to be those that the card's figures are of; `train` writes them before it fits
anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from model.artifact import amend
from model.errors import StoryseamError
from model.segmenter import DEFAULT, Segmenter
from training.evaluate import evaluate
from training.findings import profile_of
from training.labelled import LabelledPage, read_pages
from training.plan import Progress
from training.thresholds import measure_thresholds

__all__ = ["OtherPages", "remeasure"]


class OtherPages(StoryseamError):
    """The figures of a card are of other pages than those given."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version

    def __str__(self) -> str:
        return (
            f"the figures of {self.version} are of other pages; `storyseam train --held-out FILE` "
            "with the articles, real pages and seed of its card writes them before it fits anything"
        )


def remeasure(
    directory: Path,
    pages: Sequence[LabelledPage],
    *,
    day: str,
    progress: Progress | None = None,
) -> None:
    """Put the figures of today into the card of a model version.

    Parameters
    ----------
    directory : Path
        The version; its model stays as it is.
    pages : sequence of LabelledPage
        Those that its figures are of.
    day : str
        What the card is to say of when it was measured, ISO 8601.
    progress : callable, optional
        Called with a stage, the pages done and the pages in all.

    Raises
    ------
    OtherPages
        By their fingerprint these are other pages; the card stays.
    ArtifactError
        The version is missing or altered.
    """
    tell = progress or (lambda stage, done, total: None)
    segmenter = Segmenter.load(directory)
    report = evaluate(segmenter, pages, progress=partial(tell, "measuring"))
    if report.corpus != segmenter.card["figures"]["corpus"]:
        raise OtherPages(segmenter.version)
    fresh = {"figures": report.figures(), "measured": day}
    fresh |= measure_thresholds(segmenter, pages, progress=partial(tell, "thresholds"))
    amend(directory, fresh | profile_of(segmenter, pages))


def _tell(what: str, done: int, total: int) -> None:
    """One line for each stage, written over until it is done."""
    end = "\n" if done == total else "\r"
    print(f"{what}: {done} of {total} pages", end=end, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and say how far it is."""
    parser = argparse.ArgumentParser(
        prog="python -m training.remeasure",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pages", type=Path, help="labelled pages that the card's figures are of")
    parser.add_argument("--model", type=Path, default=DEFAULT, help="the version's folder")
    options = parser.parse_args()
    today = datetime.now(UTC).date().isoformat()
    try:
        remeasure(options.model, list(read_pages(options.pages)), day=today, progress=_tell)
    except (OSError, StoryseamError) as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
