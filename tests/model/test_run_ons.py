"""Stories that begin inside a sentence, since the one before ends without a full stop."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import model.judges
from model.batch import Batch
from model.decoder import draw_spans
from model.html import page_from_html
from model.look import Look
from model.page import Page
from model.run_ons import RUN_ON_COLUMNS, RunOns, list_run_ons, part, parted_at
from model.segmenter import Segmenter
from model.trees import Trees
from tests.model.tiny import sentence, story, tiny_segmenter

Floats = NDArray[np.float32]


def named(found: RunOns) -> list[dict[str, float]]:
    return [dict(zip(RUN_ON_COLUMNS, row.tolist(), strict=True)) for row in found.rows]


def running(*sentences: str) -> str:
    """One line long enough to have lost its breaks."""
    rest = " ".join(f"It was late in year {n} and the town slept." for n in range(30))
    return " ".join([rest, *sentences, rest])


def listed(text: str, holding: str, *, tiny: Segmenter) -> tuple[Look, int, RunOns]:
    """The candidates of the sentence that holds some words."""
    parts = tiny.classifiers
    batch = Batch.read([Page.from_text(text)], parts.space.table)
    look = Look.first(batch, parts.space, parts.wording)
    (at,) = (i for i, block in enumerate(look.batch.blocks) if holding in block)
    return look, at, list_run_ons(look, [at], parts.space, parts.wording)


def words_of(look: Look, found: RunOns) -> list[str]:
    places = zip(found.block.tolist(), found.offset.tolist(), strict=True)
    return [look.batch.blocks[at][offset:].split()[0] for at, offset in places]


def test_candidates_are_the_first_word_and_those_without_a_small_letter(tiny: Segmenter) -> None:
    text = running('He wrote to Imara: @quill WELLEN — the 3 boards met "Late" at (noon) today.')
    look, at, found = listed(text, "@quill", tiny=tiny)
    assert set(found.block.tolist()) == {at}
    assert words_of(look, found) == ["He", "Imara:", "WELLEN", "—", "3", '"Late"']
    assert found.offset[0] == 0


def test_what_stands_around_a_candidate_is_told(tiny: Segmenter) -> None:
    text = running("Ask (Imara) by mail: imara@quill.example WELLEN, May 3 — The Late Board met.")
    look, _, found = listed(text, "imara@", tiny=tiny)
    rows = dict(zip(words_of(look, found), named(found), strict=True))
    assert [word for word, row in rows.items() if row["above_handle"]] == ["WELLEN,"]
    assert [word for word, row in rows.items() if row["dateline"]] == ["WELLEN,"]
    assert rows["The"]["small"] > rows["Board"]["small"] == 0.0
    assert rows["The"]["smaller"] > 0.0 > rows["Board"]["smaller"]
    assert rows["The"]["capitals_after"] == 3
    assert rows["Board"]["capitals_before"] == 2
    first = rows["Ask"]
    assert first["chars_before"] == first["lead_more"] == first["parts"] == 0.0
    assert max(row["parts_less"] for row in named(found)) == 0.0
    assert sorted(row["parts_rank"] for row in named(found)) == list(range(len(found.rows)))


def test_words_lean_to_the_story_that_is_about_them(tiny: Segmenter) -> None:
    one, other = (
        " ".join(story(topic, headline=False, paragraphs=8).split())
        for topic in ("topic 1", "topic 7")
    )
    rng = random.Random(4)
    left, right = sentence(rng, "topic 1", 12)[:-1], sentence(rng, "topic 7", 12)
    _, _, found = listed(f"{one} {left} {right} {other}", left, tiny=tiny)
    rows = dict(zip(found.offset.tolist(), named(found), strict=True))
    assert rows[len(left) + 1]["parts"] > 0.0
    assert rows[len(left) + 1]["parts_rank"] < rows[0]["parts_rank"]


def test_the_share_of_known_words_is_the_page_s(tiny: Segmenter) -> None:
    words = " ".join(story("topic 1", headline=False, paragraphs=8).split())
    shares = [
        {row["known"] for row in named(listed(text, "Imara", tiny=tiny)[2])}
        for text in (f"{words} Imara Quill met Ana Brook. {words}", running("Imara met Ana Brook."))
    ]
    assert [len(share) for share in shares] == [1, 1]
    assert max(shares[0]) > max(shares[1]) + 0.1


def test_what_begins_a_line_or_a_page_or_has_one_candidate_is_left_out(tiny: Segmenter) -> None:
    parts = tiny.classifiers
    lines = Page.from_text("Imara Quill met Ana Brook.\nAna Brook met Imara Quill.")
    bare = Page.from_text(running("Nothing here is large at all."))
    batch = Batch.read([lines, bare], parts.space.table)
    look = Look.first(batch, parts.space, parts.wording)
    small = batch.blocks.index("Nothing here is large at all.")
    found = list_run_ons(look, [0, 1, 2, small], parts.space, parts.wording)
    assert found.rows.shape == (0, len(RUN_ON_COLUMNS))
    assert parted_at(found, np.zeros(0, np.float32)) == {}


def test_the_likeliest_word_parts_a_sentence_and_its_first_word_does_not() -> None:
    found = RunOns(
        np.zeros((5, len(RUN_ON_COLUMNS)), np.float32),
        np.array([3, 3, 3, 9, 9]),
        np.array([0, 5, 11, 0, 7]),
    )
    assert parted_at(found, np.array([0.1, 0.2, 0.6, 0.7, 0.3], np.float32)) == {3: 11}


def test_a_parted_sentence_is_two_blocks_each_with_its_story() -> None:
    text = running("The pier is shut. Photo: Imara Quill  WELLEN The board met.", "It met late.")
    page = Page.from_text(text)
    at = next(i for i in range(len(page)) if "WELLEN" in page.block(i))
    proba = np.full((len(page), 3), (0.1, 0.9, 0.0), np.float32)
    spans = draw_spans([0, at], [0.9, 0.8], proba)
    cut = page.block(at).index("WELLEN")
    other, said, stories = part(page, proba, spans, {at: cut})
    assert other.text is page.text
    assert len(other) == len(said) == len(page) + 1
    assert other.block(at) == "Photo: Imara Quill"
    assert other.block(at + 1).startswith("WELLEN The board")
    assert other.breaks[at + 1] == 0
    assert [(s.first, s.last) for s in stories] == [(0, at + 1), (at + 1, len(other))]
    assert [s.probability for s in stories] == [s.probability for s in spans]
    assert all(len(s.inside) == s.last - s.first for s in stories)


def test_what_stands_before_stays_furniture_where_furniture_stood_before() -> None:
    text = running("The pier is shut. Photo: Imara Quill WELLEN The board met.")
    page = Page.from_text(text)
    at = next(i for i in range(len(page)) if "WELLEN" in page.block(i))
    proba = np.full((len(page), 3), (0.1, 0.9, 0.0), np.float32)
    proba[at - 2 : at] = (0.9, 0.1, 0.0)
    spans = draw_spans([0, at], [0.9, 0.8], proba)
    _, said, stories = part(page, proba, spans, {at: page.block(at).index("WELLEN")})
    assert said[at].tolist() == pytest.approx([0.9, 0.1, 0.0])
    assert (stories[0].last, stories[1].first) == (at - 2, at + 1)


def test_what_stands_before_is_no_start_though_the_block_above_is_one() -> None:
    page = Page.from_text(running("The pier is shut. Photo: Imara Quill WELLEN The board met."))
    at = next(i for i in range(len(page)) if "WELLEN" in page.block(i))
    proba = np.full((len(page), 3), (0.1, 0.9, 0.0), np.float32)
    proba[at - 1] = (0.1, 0.0, 0.9)
    spans = draw_spans([0, at - 1, at], [0.9, 0.8, 0.7], proba)
    _, said, stories = part(page, proba, spans, {at: page.block(at).index("WELLEN")})
    assert said[at].tolist() == pytest.approx([0.1, 0.9, 0.0])
    assert proba[at - 1].tolist() == pytest.approx([0.1, 0.0, 0.9])
    assert [(s.first, s.last) for s in stories[1:]] == [(at - 1, at + 1), (at + 1, len(page) + 1)]


def test_what_goes_on_a_start_that_reads_like_furniture_is_furniture_in_both() -> None:
    page = Page.from_text(running("The pier is shut. Photo: Imara Quill WELLEN The board met."))
    at = next(i for i in range(len(page)) if "WELLEN" in page.block(i))
    proba = np.full((len(page), 3), (0.1, 0.9, 0.0), np.float32)
    proba[at - 1] = (0.8, 0.0, 0.2)
    spans = draw_spans([0, at - 1, at], [0.9, 0.8, 0.7], proba)
    _, said, stories = part(page, proba, spans, {at: page.block(at).index("WELLEN")})
    assert said[at, 0] >= 0.5
    assert (stories[1].first, stories[1].last) == (at - 1, at)


def test_thousands_of_stories_are_parted_in_no_time() -> None:
    page = Page.from_text(" ".join(f"Word{n} and more is Said by one." for n in range(40_000)))
    proba = np.full((len(page), 3), (0.1, 0.9, 0.0), np.float32)
    firsts = [*range(2, len(page), 2)]
    spans = draw_spans([0, *firsts], [0.5] * (len(firsts) + 1), proba)
    began = time.process_time()
    other, _, stories = part(
        page, proba, spans, {at: page.block(at).index("Said") for at in firsts}
    )
    assert time.process_time() - began < 3.0  # of 20,000 stories; once 7 s, by their square
    assert [s.first for s in stories[1:4]] == [3, 6, 9]
    assert all(other.block(s.first).startswith("Said") for s in stories[1:])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(2, 40), min_size=1, max_size=4, unique=True), st.data())
def test_parted_pages_keep_their_text_and_stories_stay_apart(cut_at: list[int], data: Any) -> None:
    said_so = "and more is said by Some One here."
    page = Page.from_text(" ".join(f"Word{n} {said_so}" for n in range(60)))
    firsts = sorted(cut_at)
    proba = np.full((len(page), 3), (0.1, 0.9, 0.0), np.float32)
    spans = draw_spans([0, *firsts], [0.5] * (len(firsts) + 1), proba)
    cuts = {
        at: page.block(at).index(data.draw(st.sampled_from(["and", "said", "Some", "here"])))
        for at in data.draw(st.lists(st.sampled_from(firsts), unique=True))
    }
    other, said, stories = part(page, proba, spans, cuts)
    assert len(other) == len(said) == len(page) + len(cuts)
    assert " ".join(other.blocks()) == " ".join(page.blocks())
    assert all(a < b for a, b in pairwise(other.starts.tolist()))
    assert (stories[0].first, stories[-1].last) == (0, len(other))
    assert all(a.last == b.first for a, b in pairwise(stories))
    begins = [int(page.starts[at]) + cuts.get(at, 0) for at in firsts]
    assert [int(other.starts[s.first]) for s in stories[1:]] == begins


@dataclass
class Word:
    """Who says that stories begin with the candidate that this many characters stand before, or
    with the last one."""

    characters: float = np.inf

    def predict_proba(self, rows: Floats) -> Floats:
        before = rows[:, RUN_ON_COLUMNS.index("chars_before")]
        far = np.abs(np.minimum(self.characters, 1e9) - before)
        yes = (1.0 / (1.0 + far)).astype(np.float32)
        return np.stack([1 - yes, yes], axis=1)


@pytest.fixture
def told_by(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The tiny model with a reviewer of run-on sentences."""
    monkeypatch.setattr(
        model.judges, "Trees", lambda one: one if isinstance(one, Word) else Trees(one)
    )

    def build(word: Word | None) -> Segmenter:
        tiny = tiny_segmenter()
        reviewers = tiny.classifiers.reviewers
        assert reviewers is not None
        parts = replace(tiny.classifiers, reviewers=replace(reviewers, run_on=word))
        return Segmenter(parts, tiny.card)

    return build


def two() -> tuple[str, str]:
    """A page that lost its breaks, and what its second story begins with."""
    one, other = (
        " ".join(story(topic, headline=False, paragraphs=9).split())
        for topic in ("topic 2", "topic 9")
    )
    return f"{one} Photo by Imara Quill {other}", f"Photo by Imara Quill {other[:20]}"


def test_the_story_begins_at_the_word_and_the_one_before_ends_there(told_by: Any) -> None:
    text, begin = two()
    plain = told_by(None).segment(text, threshold=0.2)
    at = text.index(begin)
    assert at in [seam.offset for seam in plain.seams], "the tiny model finds it no longer"
    told = told_by(Word(21)).segment(text, threshold=0.2, explain=True, blocks=True)
    assert at not in [seam.offset for seam in told.seams]
    seam = next(seam for seam in told.seams if seam.offset == at + 21)
    same = next(seam for seam in plain.seams if seam.offset == at)
    assert seam.probability == same.probability
    assert seam.evidence
    number = [story.start for story in told.stories].index(at + 21)
    assert text[: told.stories[number - 1].end].endswith("Photo by Imara Quill")
    # A picture's credit is in the story's bounds and not in its text.
    assert "Imara Quill" not in told.stories[number - 1].text
    assert told.stories[number - 1].text.endswith(".")
    assert "Imara" not in f"{told.stories[number].headline} {told.stories[number].text}"
    assert told.blocks is not None
    assert at + 21 in [block.start for block in told.blocks]
    assert len(told.stories) == len(plain.stories)


def test_of_html_too(told_by: Any) -> None:
    text, begin = two()
    page = page_from_html(f"<html><body><main><p>{text}</p></main></body></html>")
    at = page.text.index(begin)
    told = told_by(Word(21)).segment(page, threshold=0.0, blocks=True)
    assert {at, at + 21} & {story.start for story in told.stories} <= {at + 21}
    assert all(a.end <= b.start for a, b in pairwise(told.stories))


STRANGE = [*"\u0648「。:", " ", "12", "Ab", "cd", "É. ", "x@y.z ", "- ", "\U0001f600 "]


@cache
def finding_words() -> Segmenter:
    """The small model, with stories that begin at the last word that may be one; packed once."""
    segmenter = Segmenter(tiny_segmenter().classifiers, tiny_segmenter().card)
    assert segmenter._judges.reviewers is not None
    segmenter._judges.reviewers = replace(segmenter._judges.reviewers, run_on=Word())
    return segmenter


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(STRANGE)))
def test_any_text_has_stories_that_stand_as_they_stood(signs: list[str]) -> None:
    text = ("".join(signs) + " ") * 25 + two()[0]
    told = finding_words().segment(text, threshold=0.0)
    at = 0
    for one in told.stories:
        assert at <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == text[one.start : one.end].strip()
        at = one.end


def test_one_endless_sentence_is_looked_at_by_its_beginning_alone(tiny: Segmenter) -> None:
    parts = tiny.classifiers
    rows = []
    for many in (200, 20_000):
        page = Page.from_text(running("It ends. " + "Imara Quill " * many))
        batch = Batch.read([page], parts.space.table)
        look = Look.first(batch, parts.space, parts.wording)
        found = list_run_ons(look, [int(np.argmax(batch.sizes))], parts.space, parts.wording)
        rows.append([row["chars_after"] for row in named(found)])
    assert len(rows[0]) == 120
    assert rows[0] == rows[1]


@pytest.mark.parametrize("word", ["Ab" + "cd" * 30_000, "\u05d0" * 60_000])
def test_long_words_are_not_read_over_and_over(word: str, tiny: Segmenter) -> None:
    parts = tiny.classifiers
    page = Page.from_text(running("It ends. Imara " + f"{word} " * 60 + "ends."))
    batch = Batch.read([page], parts.space.table)
    look = Look.first(batch, parts.space, parts.wording)
    at = int(np.argmax(batch.characters.ends - batch.characters.begins))
    found = list_run_ons(look, [at], parts.space, parts.wording)
    assert found.offset.tolist() == [0, len("Imara ")]
    assert max(row["chars_after"] for row in named(found)) <= 1500


def test_many_sentences_at_once_are_told_as_one_by_one(tiny: Segmenter) -> None:
    parts = tiny.classifiers
    text = " ".join(f"It was late in Year {n} when Imara Quill slept." for n in range(90))
    batch = Batch.read([Page.from_text(text)], parts.space.table)
    look = Look.first(batch, parts.space, parts.wording)
    firsts = [*range(1, len(batch))]
    found = list_run_ons(look, firsts, parts.space, parts.wording)
    alone = [list_run_ons(look, [at], parts.space, parts.wording) for at in firsts]
    assert np.array_equal(found.rows, np.concatenate([one.rows for one in alone]))
    assert np.array_equal(found.offset, np.concatenate([one.offset for one in alone]))
