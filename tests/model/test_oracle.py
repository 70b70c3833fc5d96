"""Whole predictions against the straightforward way: what is fast must say what is slow says.

Parts are held to their own oracles in the tests beside this one; here all parts are slow at once,
from the words to the trees, so that what is lost between parts would be seen as well.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from model.batch import Batch
from model.html import page_from_html
from model.page import Page
from model.segmenter import Classifiers, Segmenter
from model.stories import Segmentation
from model.word_space import WordSpace
from model.wording import Wording
from tests.model import slow_reading
from tests.model.tiny import articles, story
from training.run_ons import fit_run_ons

Floats = NDArray[np.float32]


def several() -> str:
    """Three stories, with furniture and empty lines between them."""
    return "\n\n".join(
        [
            "Home\nNews\nSport",
            story("topic 1", 1),
            "Share\nRead more\n\n\n",
            story("topic 4", 2, paragraphs=4),
            "12 March 2024",
            story("topic 7", 3, headline=False, paragraphs=3),
            "Contact\nPrivacy",
        ]
    )


def markup() -> Page:
    """Two stories in the elements of a page as it is scraped."""
    parts = []
    for number, topic in enumerate(("topic 2", "topic 9")):
        headline, *body = story(topic, number, paragraphs=5).split("\n")
        paragraphs = "".join(f"<p>{text}</p>" for text in body)
        parts.append(
            f"<article class='story'><h{number + 1}>{headline}</h{number + 1}>"
            f"<time>9 March 2024</time>{paragraphs}</article>"
        )
    menu = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/news'>News</a></li></ul></nav>"
    foot = "<footer><p>All rights reserved</p></footer>"
    return page_from_html(f"<html><body>{menu}<main>{''.join(parts)}</main>{foot}</body></html>")


def foreign() -> str:
    """Two stories of words that no vocabulary has, some of which come back."""
    rng = random.Random(5)

    def word() -> str:
        return "".join(
            rng.choice("hjkqwxyz") + rng.choice("äëöüı") for _ in range(rng.randint(2, 4))
        )

    blocks = []
    for _ in range(2):
        stock = [word() for _ in range(25)]
        for _ in range(8):
            some = [rng.choice(stock) for _ in range(rng.randint(6, 25))]
            blocks.append(" ".join(some).capitalize() + ".")
    return "\n".join(blocks)


def digits() -> str:
    """Tables of figures, with signs that are no words."""
    rows = [f"{n} 2024 {n * 37 % 11} 1.{n:03d},5 {n % 3} % +{n}" for n in range(12)]
    return "\n".join(["Results 2024", "***", *rows, "- -", "Total 12 345 678", "😀"])


def scripts() -> str:
    """Scripts with and without spaces, with case and without."""
    return "\n".join(
        [
            "Harbour 渡轮公司 today",
            "今天下午渡轮公司宣布，今天的渡轮停驶。",
            "渡轮公司 said that the пароход stays, ПАРОХОД и пароход.",
            "Ёлка у дома, дом у ёлки.",
            "हिंदी में समाचार हिंदी",
            "สวัสดีชาวเรือ สวัสดี",
            "مُحَمَّد قال إن العبّارة مُحَمَّد",
            "Straße STRASSE straße İstanbul istanbul",
            story("topic 3", 5, paragraphs=3),
            "カタカナとひらがな カタカナ",
        ]
    )


def feed() -> str:
    """Many short stories with furniture between them, which is read on."""
    between = "Share\nComments\nRead more\nSave"
    return "\n".join(f"{story(f'topic {n}', 40 + n, paragraphs=3)}\n{between}" for n in range(14))


def run_on() -> str:
    """Two stories on one line, the first of which no full stop ends."""
    one, other = (
        " ".join(story(topic, headline=False, paragraphs=9).split())
        for topic in ("topic 2", "topic 9")
    )
    return f"{one} Photo by Imara Quill {other}"


PAGES: dict[str, str | Page] = {
    "several": several(),
    "markup": markup(),
    "foreign": foreign(),
    "one block": "A lone line of the ferry and the town.",
    "nothing": "",
    "empty lines": "\n \n\n\t\n",
    "digits": digits(),
    "scripts": scripts(),
    "feed": feed(),
    "run-on": run_on(),
}


# Whatever bars the small model was given, some pages are cut; and whatever it says, which hangs on
# how a machine rounds, the long one is a feed.
BARS = {"threshold": 0.2, "further": 0.2}
_LONG = 100


@pytest.fixture(scope="module", autouse=True)
def _long_pages_are_feeds() -> Iterator[None]:
    def long(_: Floats, offsets: NDArray[np.int64]) -> list[int]:
        return np.flatnonzero(np.diff(offsets) > _LONG).tolist()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.reader.likely_feeds", long)
        patch.setattr("model.feed.is_feed", lambda proba, *_: len(proba) > _LONG)
        yield


@dataclass(frozen=True)
class Answers:
    """What a segmenter says of all pages."""

    proba: list[Floats]
    told: list[Segmentation]

    @classmethod
    def of(cls, segmenter: Segmenter) -> Answers:
        pages = list(PAGES.values())
        return cls(segmenter.label_proba(pages), segmenter.segment_many(pages))


@pytest.fixture(scope="module")
def parts(tiny: Segmenter) -> Classifiers:
    """The small model's, and a reviewer of run-on sentences: its own articles have none."""
    own = tiny.classifiers
    assert own.reviewers is not None
    signed = [replace(one, text=f"{one.text} Photo by Ana Brook") for one in articles()[:60]]
    judge = fit_run_ons(signed, own.space, own.wording, 1)
    return replace(own, reviewers=replace(own.reviewers, run_on=judge))


@pytest.fixture(scope="module")
def fast(parts: Classifiers, tiny: Segmenter) -> Answers:
    return Answers.of(Segmenter(parts, tiny.card | BARS))


@pytest.fixture(scope="module")
def slow(parts: Classifiers, tiny: Segmenter) -> Answers:
    """The same classifiers' answers with every fast part of the reading replaced."""
    measured = slow_reading.SlowSpace(parts.space)

    def scores(wording: Wording, batch: Batch) -> Floats:
        return slow_reading.scores(wording, batch, parts.space.table)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.batch.read_words", slow_reading.read_words)
        patch.setattr("model.look.measure_cohesion", measured.measure_cohesion)
        patch.setattr("model.look.compare_segments", measured.compare_segments)
        patch.setattr("model.look.measure_places", measured.measure_places)
        patch.setattr("model.look.measure_partings", measured.measure_partings)
        patch.setattr("model.reader.feature_matrix", slow_reading.feature_matrix)
        patch.setattr("model.reader.Trees", slow_reading.SlowTrees)
        patch.setattr("model.judges.Trees", slow_reading.SlowTrees)
        patch.setattr(WordSpace, "known_share", slow_reading.known_share)
        patch.setattr(Wording, "scores", scores)
        return Answers.of(Segmenter(parts, tiny.card | BARS))


def test_all_pages_are_read_as_in_the_slow_way(fast: Answers, slow: Answers) -> None:
    """One test: of tests that run side by side each process would take the slow way, a minute."""
    for name, *proba in zip(PAGES, fast.proba, slow.proba, strict=True):
        assert proba[0].shape == proba[1].shape, name
        # A value that lies on the threshold of a split falls to either side of it by its last bit.
        apart = np.abs(proba[0] - proba[1]).max(axis=1)
        assert (apart > 1e-6).sum() <= 1, name
        assert apart.max(initial=0.0) < 0.01, name
    for name, *answers in zip(PAGES, fast.told, slow.told, strict=True):
        told, expected = ([(s.start, s.end, s.text) for s in one.stories] for one in answers)
        assert len(told) == len(expected), name
        # Which of two lines alike is the first may hang on the last bit of a cosine, and both
        # stories beside it on that.
        differ = sum(a != b for a, b in zip(told, expected, strict=True))
        assert differ <= (2 if name == "feed" else 0), name
        # Confidence is told to four digits, of which the last one may be rounded either way.
        sure, slowly = ([s.confidence for s in one.stories] for one in answers)
        assert sure == pytest.approx(slowly, abs=1.01e-4), name


def test_the_pages_ask_for_what_is_slow(fast: Answers, tiny: Segmenter) -> None:
    """Or the tests above would prove little: seams, foreign words, and a page that is read on."""
    told = dict(zip(PAGES, fast.told, strict=True))
    assert len(told["several"].stories) > 1
    begins = Page.from_text(str(PAGES["run-on"])).starts
    assert not {seam.offset for seam in told["run-on"].seams} <= set(begins.tolist())
    batch = Batch.read([Page.from_text(str(PAGES["foreign"]))], tiny.classifiers.space.table)
    assert tiny.classifiers.space.trust(batch).max() == 0.0
    text = [str(PAGES["feed"])]
    alone = Segmenter(tiny.classifiers, tiny.card, read_on=False).label_proba(text)[0]
    assert not np.array_equal(alone, tiny.label_proba(text)[0])
