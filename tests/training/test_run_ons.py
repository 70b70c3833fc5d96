"""The reviewer of run-on sentences learns from articles that end without a full stop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import training.run_ons
from model.batch import Batch
from model.look import Look
from model.page import Page
from model.run_ons import list_run_ons, parted_at
from model.segmenter import Classifiers, Segmenter
from tests.model.tiny import article, articles, story, tiny_segmenter
from training.corpus import Article
from training.run_ons import fit_run_ons, pairs
from training.slim import slim


@pytest.fixture(scope="module")
def parts() -> Classifiers:
    """Not when the module is imported: whoever only collects tests would wait for the fit."""
    return tiny_segmenter().classifiers


def signed(number: int, *, every: int = 3) -> Article:
    """An article; one in so many ends with who took its pictures, and no stop."""
    made = article(number, paragraphs=8)
    if number % every:
        return made
    return replace(made, text=f"{made.text} Photo: {made.byline}")


def test_pairs_are_of_one_language_and_begin_where_they_say() -> None:
    some = [*(signed(n) for n in range(12)), *(article(n, lang="mi") for n in range(5))]
    bodies = {lang: [] for lang in ("en", "mi")}  # type: dict[str, list[str]]
    for one in some:
        bodies[one.lang].append(" ".join(one.text.split()))
    count = {True: 0, False: 0}
    for page, start, stops in pairs(some, 1):
        left, right = page.text[: start - 1], page.text[start:]
        assert page.text[start - 1] == " "
        assert any(
            any(text.endswith(left) for text in texts)
            and any(text.startswith(right) for text in texts)
            for texts in bodies.values()
        )
        assert stops == (start in page.starts)
        assert stops == (not left.split("Photo: ")[-1].istitle())
        count[stops] += 1
    # Every article once, and those without a stop in every turn.
    assert count == {True: 12 - 4 + 5, False: 4 * 4}


def test_of_many_articles_some_are_taken_of_every_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.run_ons, "_MOST", 40)
    some = [replace(signed(n), lang=lang) for lang in ("aa", "mm", "zz") for n in range(60)]
    some = [replace(one, text=f"{one.text} {one.lang}") for one in some]
    ends = [page.text[start - 3 : start - 1] for page, start, _ in pairs(some, 1)]
    assert {"aa", "mm", "zz"} <= set(ends)
    assert len(ends) <= 40 * 4


def test_an_article_without_text_is_passed_over(parts: Classifiers) -> None:
    bare = [replace(signed(n), text=" \n" * (n % 3)) for n in range(4)]
    assert fit_run_ons(bare, parts.space, parts.wording, 1) is None
    assert len([*pairs([*bare, signed(1), signed(2)], 1)]) == 2


@pytest.mark.parametrize("count", [2, 5, 20])
def test_a_model_of_few_articles_is_saved_and_segments(
    count: int, tmp_path: Path, parts: Classifiers
) -> None:
    judge = fit_run_ons([signed(n, every=2) for n in range(count)], parts.space, parts.wording, 1)
    assert judge is not None
    assert parts.reviewers is not None
    learned = replace(parts, reviewers=replace(parts.reviewers, run_on=slim(judge)))
    made = Segmenter(learned, tiny_segmenter().card)
    made.save(tmp_path / "m")
    one, other = (" ".join(story(t, headline=False, paragraphs=9).split()) for t in ("a", "b"))
    text = f"{one} Photo by Imara Quill {other}"
    told = made.segment(text, threshold=0.0, blocks=True)
    assert Segmenter.load(tmp_path / "m").segment(text, threshold=0.0, blocks=True) == told
    assert all(text[seam.offset - 1] == " " for seam in told.seams)


def test_one_article_alone_makes_no_pair(parts: Classifiers) -> None:
    assert [*pairs([signed(0)], 1)] == []
    assert fit_run_ons([signed(0)], parts.space, parts.wording, 1) is None


def test_there_is_nothing_to_learn_where_all_end_with_a_stop(parts: Classifiers) -> None:
    assert fit_run_ons(articles()[:40], parts.space, parts.wording, 1) is None


def test_what_is_learned_finds_the_word_and_leaves_other_seams_alone(parts: Classifiers) -> None:
    judge = fit_run_ons([signed(n) for n in range(240)], parts.space, parts.wording, 1)
    assert judge is not None
    right: dict[bool, list[bool]] = {True: [], False: []}
    unseen = [signed(n, every=2) for n in range(5000, 5080)]
    for page, start, stops in pairs(unseen, 2):
        batch = Batch.read([page], parts.space.table)
        at = int(np.searchsorted(page.starts, start, side="right")) - 1
        look = Look.first(batch, parts.space, parts.wording)
        words = list_run_ons(look, [at], parts.space, parts.wording)
        cuts = {}
        if len(words.rows):
            cuts = parted_at(words, judge.predict_proba(words.rows)[:, 1])
        right[stops].append(int(page.starts[at]) + cuts.get(at, 0) == start)
    assert np.mean(right[False]) > 0.7
    assert np.mean(right[True]) > 0.95


def test_some_pairs_are_of_no_language_and_some_of_those_have_no_capitals() -> None:
    made = [*pairs([signed(n) for n in range(90)], 1)]
    copies = [*training.run_ons._foreign(made, 1)]
    assert 0.25 < len(copies) / len(made) < 0.55
    uncased = sum(not any(c.isupper() for c in page.text) for page, _, _ in copies)
    assert 0.25 < uncased / len(copies) < 0.75
    known = {(start, tuple(page.starts.tolist())) for page, start, _ in made}
    assert {(start, tuple(page.starts.tolist())) for page, start, _ in copies} <= known
    assert not {page.text for page, _, _ in copies} & {page.text for page, _, _ in made}


def test_the_same_seed_gives_the_same_whatever_the_number_of_processes(parts: Classifiers) -> None:
    some = [signed(n) for n in range(150)]
    one, two = (fit_run_ons(some, parts.space, parts.wording, 4, jobs=jobs) for jobs in (1, 2))
    assert one is not None
    assert two is not None
    page = Page.from_text(f"{signed(7).text} {signed(9).text}".replace("\n", " "))
    batch = Batch.read([page], parts.space.table)
    look = Look.first(batch, parts.space, parts.wording)
    rows = list_run_ons(look, range(1, len(batch)), parts.space, parts.wording).rows
    assert len(rows)
    assert np.array_equal(one.predict_proba(rows), two.predict_proba(rows))
