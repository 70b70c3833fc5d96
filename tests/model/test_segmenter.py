"""Pages in, stories out: exact offsets on any text, and the same answer in any company."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

import model.reader
from model import artifact
from model.cues import CUES
from model.errors import ArtifactError, IncompatibleArtifact
from model.judges import Judges
from model.page import Page
from model.segmenter import Segmenter
from model.stories import Segmentation
from tests.model.tiny import story

ODD = (
    "\n", "\r\n", "\u2028", "\x85", "\t", "\u00a0", "e\u0301", "\u0301\u0301", "👩‍👩‍👧",
    "\x00", "\x1c", "שלום עולם", "مرحبا.", "今天下雨。", "สวัสดี", "\ufeff", "\u200f", "\ud800",
    "By Ana Brook", "12 March 2021", "• ", "LONDON: ", "Share", "\n\n\n",
)  # fmt: skip
STORIES = tuple(story(f"topic {n}", n, paragraphs=3) for n in range(4))
TEXTS = st.lists(
    st.one_of(st.sampled_from(ODD), st.sampled_from(STORIES), st.text(max_size=15)), max_size=14
).map("".join)


def check(answer: Segmentation, text: str) -> None:
    """What must hold of any answer about any text."""
    assert answer.text == text
    page = Page.from_text(text)
    starts, ends = set(page.starts.tolist()), set(page.ends.tolist())
    at = 0
    for told in answer.stories:
        assert at <= told.start < told.end <= len(text)
        assert told.start in starts
        assert told.end in ends
        assert 0.0 <= told.confidence <= 1.0
        assert 0.0 <= told.relatedness <= 1.0
        span = text[told.start : told.end]
        # Places where a word may be broken are told of no story.
        shown = span.replace("\xad", "")
        assert told.headline is None or told.headline in shown
        # It may stand above the first block, on a line that was taken for furniture.
        assert told.byline is None or told.byline in text[: told.end]
        for block in told.text.split("\n\n"):
            assert block in shown
        at = told.end
    assert [seam.offset for seam in answer.seams] == [s.start for s in answer.stories[1:]]
    assert sum(told.main for told in answer.stories) == bool(answer.stories)


def test_doubt_is_of_seams_that_were_not_cut_as_well(tiny: Segmenter) -> None:
    """Of a page that stays whole by a hair it says so, wherever the bar lies."""
    pages = ["\n".join(STORIES[a : a + n]) for a in range(2) for n in (1, 2, 3)]
    cut = tiny.segment_many(pages)
    whole = tiny.segment_many(pages, threshold=1.0)
    assert all(len(answer.stories) <= 1 for answer in whole)
    assert [one.doubt for one in cut] == [one.doubt for one in whole]
    assert max(one.doubt or 0.0 for one in whole) > 0.0
    for page, answer in zip(pages, whole, strict=True):
        assert answer.doubt is not None
        assert 0.0 <= answer.doubt <= 1.0
        assert tiny.segment(page).doubt == pytest.approx(answer.doubt, abs=1e-3)
        assert "doubt" not in answer.to_dict()
    assert tiny.segment("").doubt == 0.0


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=TEXTS)
@example(text="")
@example(text=" \t\u00a0\r\n\u2028")
@example(text="\x00")
@example(text=("\r\n" * 3).join(STORIES))
@example(text="\u2028".join(STORIES))
@example(text=" ".join(STORIES).replace("\n", " "))
@example(text="👩‍👩‍👧 " + "\n\u0301".join(STORIES))
@example(text="0\xad" + STORIES[0])
@example(text=STORIES[0] + "\xadé")
def test_offsets_are_exact_on_any_text(text: str, tiny: Segmenter) -> None:
    check(tiny.segment(text, threshold=0.2, explain=True), text)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\n", "\u2029"])
def test_two_stories_are_found_whatever_separates_their_lines(
    newline: str, tiny: Segmenter
) -> None:
    lines = f"{story('topic 2', 1)}\n{story('topic 9', 2)}".split("\n")
    text = newline.join(lines)
    answer = tiny.segment(text, threshold=0.3)
    check(answer, text)
    assert [seam.offset for seam in answer.seams] == [
        text.index(story("topic 9", 2).split("\n")[0])
    ]
    assert answer.stories[0].main


def test_an_emoji_counts_one_as_in_python(tiny: Segmenter) -> None:
    text = "🚢🚢 " + "\n".join([story("topic 2", 1), story("topic 9", 2)])
    (seam,) = tiny.segment(text, threshold=0.3).seams
    assert text[seam.offset :].startswith(story("topic 9", 2).split("\n")[0])


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t\u00a0", "\x00", "Menu", "!!!\n***\n😀"])
def test_pages_without_a_story_have_none(text: str, tiny: Segmenter) -> None:
    answer = tiny.segment(text)
    assert (answer.stories, answer.seams, answer.text) == ((), (), text)


def company() -> list[str | Page]:
    """Pages of every kind that might disturb each other."""
    made: list[str | Page] = [
        story("topic 1"),
        "\n".join(STORIES),
        "",
        "Menu\nShare\nShare\nSign in",
        "\n\n".join([story("topic 3"), story("topic 3", 1), story("topic 4")]),
        "今天下雨。渡轮停运，市民不满。\n" * 6,
        "x",
        " ".join(STORIES).replace("\n", " "),
        story("topic 1"),
        " \n ",
        "By Ana Brook\n12 March 2021\n" + story("topic 8"),
    ]
    page = Page.from_text("\n".join(STORIES[:2]))
    dress = np.random.default_rng(0).integers(0, 5, len(page))
    made.append(replace(page, markup=np.zeros((len(page), len(CUES)), np.float32), dress=dress))
    return made


def test_a_page_is_the_same_alone_and_in_a_batch(tiny: Segmenter) -> None:
    pages = company()
    alone = [tiny.label_proba([page])[0] for page in pages]
    order = list(range(len(pages)))
    for seed in range(3):
        together = tiny.label_proba([pages[i] for i in order])
        assert len(together) == len(pages)
        for i, proba in zip(order, together, strict=True):
            np.testing.assert_allclose(proba, alone[i], atol=1e-6)
        random.Random(seed).shuffle(order)


def test_many_at_once_are_each_alone(tiny: Segmenter) -> None:
    pages = company()
    assert tiny.segment_many(pages, explain=True) == [
        tiny.segment(page, explain=True) for page in pages
    ]


@pytest.mark.parametrize("blocks", [1, 7, 30])
def test_where_a_batch_ends_changes_nothing(
    blocks: int, tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = company()
    whole = tiny.segment_many(pages)
    monkeypatch.setattr(model.reader, "BATCH_BLOCKS", blocks)
    assert tiny.segment_many(pages) == whole
    assert [len(p) for p in tiny.label_proba(pages)] == [
        len(p if isinstance(p, Page) else Page.from_text(p)) for p in pages
    ]


def test_label_probabilities_are_probabilities(tiny: Segmenter) -> None:
    for proba in tiny.label_proba(company()):
        assert proba.shape[1] == 3
        assert proba.dtype == np.float32
        assert np.all((proba >= 0) & (proba <= 1))
        np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-5)
    assert tiny.label_proba([]) == []
    assert tiny.segment_many([]) == []


def test_a_higher_threshold_never_finds_less_likely_seams(tiny: Segmenter) -> None:
    text = "\n".join(STORIES * 2)
    for threshold in (0.0, 0.1, 0.4, 0.7, 0.95, 1.0):
        answer = tiny.segment(text, threshold=threshold)
        check(answer, text)
        assert all(seam.probability >= threshold - 1e-3 for seam in answer.seams)
    assert tiny.segment(text, threshold=0.0).seams
    assert tiny.segment(text, threshold=1.0).seams == ()


def test_without_reviewers_all_seams_together_decide_whether_a_page_is_cut(
    tiny: Segmenter,
) -> None:
    text = "\n".join(STORIES[:3])
    alone = replace(tiny.classifiers, reviewers=None)
    card = {name: value for name, value in tiny.card.items() if name != "further"}
    found = Segmenter(alone, card).segment(text, threshold=0.1)
    chances = [seam.probability for seam in found.seams]
    sure = 1.0 - float(np.prod([1.0 - chance for chance in chances]))
    # Surer than any of them, or this would prove nothing; and not quite certain.
    assert max(chances) < sure - 1e-3
    assert sure < 1.0 - 1e-6
    passed = Segmenter(alone, card | {"threshold": sure - 1e-3, "further": 0.1})
    assert passed.segment(text).seams == found.seams
    strict = Segmenter(alone, card | {"threshold": 1.0})
    assert strict.segment(text).seams == ()
    # A card of one bar alone asks the same of every seam.
    assert strict.further == strict.threshold


def test_reviewers_are_part_of_the_model_and_change_its_chances(tiny: Segmenter) -> None:
    text = "\n".join(STORIES)
    assert tiny.classifiers.reviewers is not None
    alone = Segmenter(replace(tiny.classifiers, reviewers=None), tiny.card)
    ((cuts, _, _),) = tiny.drafts([text])
    assert len(cuts.rows)
    np.testing.assert_array_equal(alone.judge(cuts)[0], cuts.chances)
    np.testing.assert_array_equal(alone.judge(cuts)[1], cuts.any_chance)
    for judged, shape in zip(tiny.judge(cuts), (len(cuts.rows), len(cuts.pages)), strict=True):
        assert judged.shape == (shape,)
        assert np.all((judged >= 0) & (judged <= 1))
    assert np.any(tiny.judge(cuts)[0] != cuts.chances)


@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_threshold_that_is_no_probability_is_refused(threshold: float, tiny: Segmenter) -> None:
    with pytest.raises(ValueError, match="threshold"):
        tiny.segment("a", threshold=threshold)


def test_a_higher_threshold_never_gives_more(tiny: Segmenter) -> None:
    """Nor another probability of what it gives, and none below itself."""
    rng = random.Random(5)
    lines = "\n".join(STORIES).split("\n")
    pages = ["\n".join(rng.sample(lines, len(lines))) for _ in range(12)]
    pages += ["\n".join(rng.sample(STORIES, 3)) for _ in range(4)]
    bars = [0.0, 0.01, 0.04, 0.08, 0.12, 0.1499, 0.15, 0.2, 0.35, 0.5, 0.7, 0.9, 0.99, 1.0]
    found = tiny.segment_at(pages, bars, granularity="entry")
    lower: Segmentation | None
    for answers in zip(*found, strict=True):
        for bar, lower, answer in zip(bars, (None, *answers), answers, strict=False):
            assert all(seam.probability >= bar for seam in answer.seams)
            assert lower is None or len(answer.seams) <= len(lower.seams)
            assert lower is None or answer.doubt == lower.doubt
    unlikely = [len(seams) for seams in ([s for a in f for s in a.seams] for f in found)]
    assert unlikely[0] > unlikely[6] > unlikely[-1] == 0


def test_a_seam_is_as_likely_by_any_threshold(
    tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where lines are placed is another question, and two seams may come to one line.
    monkeypatch.setattr(Judges, "place", lambda self, look, proba, found: found)
    rng = random.Random(6)
    lines = "\n".join(STORIES).split("\n")
    pages = ["\n".join(rng.sample(lines, len(lines))) for _ in range(12)]
    # Chances are told with four digits: between two of them lies no doubt on which side one is.
    bars = [0.0, 0.03005, 0.10005, 0.14895, 0.15005, 0.30005, 0.60005]
    found = tiny.segment_at(pages, bars, granularity="entry")
    given = 0
    for answers in zip(*found, strict=True):
        likely = [{seam.offset: seam.probability for seam in answer.seams} for answer in answers]
        for bar, seams in zip(bars, likely, strict=True):
            assert seams == {at: p for at, p in likely[0].items() if p >= bar}
            given += len(seams)
    assert given > 20


def test_evidence_is_given_where_it_is_asked_for(tiny: Segmenter) -> None:
    text = "\n".join(STORIES)
    assert all(seam.evidence == () for seam in tiny.segment(text).seams)
    explained = tiny.segment(text, explain=True).seams
    assert explained
    assert any(seam.evidence for seam in explained)
    named = {group for seam in explained for group in seam.evidence}
    assert not named & {"neighbours", "position"}


def test_a_model_of_one_look_gives_its_reasons(tiny: Segmenter) -> None:
    alone = Segmenter(replace(tiny.classifiers, again=(), reviewers=None), tiny.card)
    explained = alone.segment("\n".join(STORIES), threshold=0.1, explain=True).seams
    assert any(seam.evidence for seam in explained)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        pytest.param("a" * 5_000_000, 10.0, id="one endless word"),
        pytest.param("\n" * 1_000_000, 10.0, id="a million blank lines"),
        pytest.param("今" * 400_000, 20.0, id="one endless line of Chinese"),
        pytest.param("\u0301" * 1_000_000, 20.0, id="combining marks"),
    ],
)
def test_monstrous_pages_take_seconds(text: str, most: float, tiny: Segmenter) -> None:
    before = time.process_time()
    check(tiny.segment(text), text)
    assert time.process_time() - before < most


def test_a_line_of_a_megabyte_is_cut_into_stories(tiny: Segmenter) -> None:
    one = " ".join(STORIES).replace("\n", " ") + " "
    spent = []
    for length in (200_000, 1_000_000):
        text = one * (length // len(one))
        before = time.process_time()
        answer = tiny.segment(text)
        spent.append(time.process_time() - before)
        check(answer, text)
        assert answer.stories
    assert spent[1] < 18.0
    # Five times the text: by the square it would take 25 times as long.
    assert spent[1] < 10 * spent[0]


def test_a_model_survives_its_disk(tiny: Segmenter, tmp_path: Path) -> None:
    tiny.save(tmp_path / "v1", tiny.card | {"version": "v1", "threshold": 0.42})
    loaded = Segmenter.load(tmp_path / "v1")
    assert loaded.version == "v1"
    assert loaded.threshold == 0.42
    for one, other in zip(tiny.label_proba(company()), loaded.label_proba(company()), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_of_another_feature_table_is_refused(tiny: Segmenter, tmp_path: Path) -> None:
    tiny.save(tmp_path / "v1", tiny.card | {"feature_table": "0" * 64})
    with pytest.raises(IncompatibleArtifact):
        Segmenter.load(tmp_path / "v1")


def test_what_is_no_model_is_refused(tiny: Segmenter, tmp_path: Path) -> None:
    artifact.save({"no": "model"}, tmp_path / "v1", tiny.card)
    with pytest.raises(ArtifactError, match="does not hold"):
        Segmenter.load(tmp_path / "v1")


def test_threads_do_not_change_the_answer(tiny: Segmenter) -> None:
    pages = company()
    with threadpool_limits(1):
        one = tiny.label_proba(pages)
    with threadpool_limits(2):
        two = tiny.label_proba(pages)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_threads_may_share_a_model(tiny: Segmenter) -> None:
    pages = company()
    expected = tiny.segment_many(pages)
    answers = joblib.Parallel(n_jobs=3, prefer="threads")(
        joblib.delayed(tiny.segment_many)(pages) for _ in range(6)
    )
    assert all(answer == expected for answer in answers)


def test_several_thresholds_at_a_time_say_what_each_says_alone(tiny: Segmenter) -> None:
    pages = ["\n".join(STORIES[:2]), STORIES[2], "\n".join(STORIES), ""]
    bars = (None, 0.0, 0.3, 1.0)
    found = tiny.segment_at(pages, bars, granularity="entry")
    alone = [tiny.segment_many(pages, threshold=bar, granularity="entry") for bar in bars]
    assert found == alone
    assert len({len(answers[2].seams) for answers in found}) > 1
    with pytest.raises(ValueError, match="within 0 and 1"):
        tiny.segment_at(pages, (0.5, 1.5))
