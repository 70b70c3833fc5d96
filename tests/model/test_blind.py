"""Pages that were invented without sight of how training pages are made, in 26 languages.

``tests/blind/pages.jsonl`` has 155 pages of one story that look like several, from court lists to
live blogs, and 61 of several, most with items of a few lines. ``longer.jsonl``, of a second trial,
has 50 and 56, half of them HTML, most with stories of 400 to 1,400 characters. ``everyday.jsonl``,
of a third, has 36 and 52, of which nearly half are HTML and as many scrolls, with whatever stands
around their stories. ``sources.jsonl``, of a fourth, has 22 and 28 in HTML, each as another program
or kind of site writes it. ``strangers.jsonl``, of a fifth, has 65 and 65, half of them
HTML, with stories of some 150 words and fewer short items. ``passersby.jsonl``, of a sixth, has 54
and 54, of which 24 HTML: parish letters, clubs and product news as much as newspapers, and stories
that follow one another with nothing between. Nothing may learn from them: what is
found there says what a stranger's page meets. ``storyseam evaluate`` has the figures, which
docs/method.md speaks of.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from model.segmenter import Segmenter
from model.stories import Segmentation
from training.labelled import LabelledPage, as_page, read_pages

FOLDER = Path(__file__).parents[1] / "blind"


@dataclass(frozen=True)
class Trial:
    """A file, how many of its pages hold one story, how many seams the others have, and what was
    found of them where this was written: to the character, and where there are none."""

    name: str
    single: int
    seams: int
    right: int
    false: int


TRIALS = (
    Trial("pages", 155, 102, 36, 4),
    Trial("longer", 50, 136, 73, 13),
    Trial("everyday", 36, 140, 71, 14),
    Trial("sources", 22, 74, 40, 3),
    Trial("strangers", 65, 142, 61, 5),
    Trial("passersby", 54, 103, 28, 1),
)


def told(trial: Trial) -> list[tuple[LabelledPage, Segmentation]]:
    pages = list(read_pages(FOLDER / f"{trial.name}.jsonl"))
    answers = Segmenter.load().segment_many([as_page(page) for page in pages])
    return list(zip(pages, answers, strict=True))


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_one_story_stays_whole_few_seams_are_false_and_some_are_found(trial: Trial) -> None:
    answered = told(trial)
    single = [(page, answer) for page, answer in answered if len(page.starts) == 1]
    assert len(single) == trial.single
    # None is cut where this was written; rounding may tip one.
    cut = [page.id for page, answer in single if answer.seams]
    assert len(cut) <= 1, cut

    true = {(page.id, start) for page, _ in answered for start in page.starts[1:]}
    found = {(page.id, seam.offset) for page, answer in answered for seam in answer.seams}
    assert len(true) == trial.seams
    assert len(found & true) >= trial.right - 3, sorted(true - found)
    assert len(found - true) <= trial.false + 3, sorted(found - true)
