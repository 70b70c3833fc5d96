"""Evidence names the one cue that a page has; with a classifier that weighs every cue openly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

import model.evidence
from model.batch import Batch
from model.cues import CUES
from model.evidence import explain_seams
from model.feature import feature_matrix
from model.features import SECOND_LOOK
from model.look import Look
from model.page import Page
from model.wording import ROLES, Wording
from tests.model.tiny import random_space

Floats = NDArray[np.float32]
NAMES = [feature.name for feature in SECOND_LOOK]

SENTENCE = "the ferry leaves at noon and comes back late in the day."
LINES = 24
SEAM = 12


@dataclass
class Weighed:
    """Log odds of a start: the weighted sum of some features, and nothing else."""

    weights: dict[str, float] = field(
        default_factory=lambda: {
            "date+1": 3.0,
            "byline+1": 3.0,
            "dateline+0": 3.0,
            "breaks+0": 2.0,
            "ends_stop+0": -3.0,
            "line_times": 2.0,
            "start+0": 5.0,
            "position": 0.5,
        }
    )

    def predict_proba(self, rows: Floats) -> NDArray[np.float64]:
        odds = np.full(len(rows), -2.0)
        for name, weight in self.weights.items():
            odds += weight * np.nan_to_num(rows[:, NAMES.index(name)])
        start = 1 / (1 + np.exp(-odds))
        return np.column_stack([np.zeros(len(rows)), 1 - start, start])


NOTHING = Weighed({})


def look_at(*texts: str) -> Look:
    space = random_space(np.random.default_rng(0))
    zero = Wording(
        np.zeros((3 * len(space.table), len(ROLES)), np.float16), np.zeros(len(ROLES), np.float32)
    )
    batch = Batch.read([Page.from_text(text) for text in texts], space.table)
    look = Look.first(batch, space, zero)
    return look.again(np.tile(np.array([0.1, 0.8, 0.1], np.float32), (len(batch), 1)))


def said(look: Look) -> Floats:
    """That everything is in mid-story."""
    return np.tile(np.array([0.1, 0.8, 0.1], np.float32), (len(look.batch), 1))


def page(**changes: str) -> str:
    """A page of one sentence again and again, but for the lines that are changed."""
    lines = [SENTENCE.replace("noon", f"noon{n}") for n in range(LINES)]
    for name, line in changes.items():
        lines[SEAM + int(name.removeprefix("line"))] = line
    return "\n".join(lines)


def typical() -> Floats:
    values = feature_matrix(SECOND_LOOK, look_at(page()))
    values[:, np.isnan(values).all(axis=0)] = 0.0
    return np.asarray(np.nanmedian(values, axis=0), np.float32)


def explained(
    look: Look,
    blocks: list[int],
    *looks: Weighed,
    proba: Floats | None = None,
    usual: Floats | None = None,
) -> list[tuple[str, ...]]:
    return explain_seams(
        # Of two looks at least: a first one that is alone has fewer columns.
        (NOTHING, *(looks or (Weighed(),))),
        look,
        said(look) if proba is None else proba,
        blocks,
        typical() if usual is None else usual,
    )


def evidence(text: str, *looks: Weighed) -> tuple[str, ...]:
    (found,) = explained(look_at(text), [SEAM], *looks)
    return found


@pytest.mark.parametrize(
    ("text", "group"),
    [
        (page(line1="12 March 2021, said in one line."), "date line"),
        (page(line1="By Ana Brook of the harbour desk."), "byline"),
        (page(line0=f"LONDON (AN) — {SENTENCE} {SENTENCE}"), "dateline"),
        (page(line0="\n\n" + SENTENCE.replace("noon", "noon12")), "line breaks"),
        (page(line0="the ferry leaves at noon and comes back late in the day"), "headline"),
        (page(line0=SENTENCE, line7=SENTENCE), "repetition"),
    ],
    ids=["date line", "byline", "dateline", "line breaks", "headline", "repetition"],
)
def test_the_one_cue_of_a_page_is_named(text: str, group: str) -> None:
    assert evidence(text) == (group,)


def test_nothing_is_named_where_there_is_nothing() -> None:
    assert evidence(page()) == ()


def test_the_stronger_cue_comes_first() -> None:
    text = page(line0="\n\n\n\n" + SENTENCE, line1="12 March 2021, said in one line.")
    assert evidence(text)[:2] == ("line breaks", "date line")


def test_next_to_the_strongest_weak_ones_are_not_named() -> None:
    strong = Weighed({"date+1": 9.0, "byline+1": 1.0, "breaks+0": 2.0})
    text = page(line0="\n\n" + SENTENCE, line1="By Ana Brook, 12 March 2021")
    assert evidence(text, strong) == ("date line", "line breaks")
    assert evidence(page(line1="By Ana Brook."), strong) == ("byline",)


def test_what_is_a_sum_of_reasons_is_no_reason() -> None:
    """Neighbours' probabilities and the place on the page weigh most here, and are not named."""
    look = look_at(page())
    proba = np.tile(np.array([0.0, 0.0, 1.0], np.float32), (LINES, 1))
    assert explained(look.again(proba), [20]) == [()]


def test_reasons_of_the_look_before_are_reasons() -> None:
    """The last look goes by what the first one said, and that one by the date."""
    first, last = Weighed({"date+1": 4.0, "start-1": 9.0}), Weighed({"start+0": 6.0})
    text = page(line1="12 March 2021, said in one line.", line0="\n\n" + SENTENCE)
    assert evidence(text, last) == ()
    assert evidence(text, first, last) == ("date line",)
    assert evidence(text, first, last, Weighed({"start+0": 20.0})) == ("date line",)
    against = Weighed({"start+0": 6.0, "breaks+0": 1.0})
    assert set(evidence(text, first, against)) == {"date line", "line breaks"}


def test_what_the_whole_page_is_like_is_no_reason() -> None:
    """Mid-story is what it is on this page: here all lines stand three breaks apart."""
    wide = page().replace("\n", "\n\n\n")
    assert evidence(wide) == ()
    assert evidence(page()) == ()
    wider = wide.replace("the ferry leaves at noon12", "\n\nthe ferry leaves at noon12")
    assert evidence(wider) == ("line breaks",)


def test_a_line_that_does_not_come_back_is_no_reason() -> None:
    """Whatever the few lines that do come back are like elsewhere."""
    usual = typical()
    usual[[NAMES.index(f"line_blocks_{way}") for way in ("ago", "ahead")]] = 10.0
    weighed = Weighed({"line_blocks_ago": -1.0, "line_blocks_ahead": -1.0})
    assert explained(look_at(page()), [SEAM], weighed, usual=usual) == [()]
    again = look_at(page(line0=SENTENCE, line7=SENTENCE))
    weighed = Weighed({"line_times": 2.0})
    assert explained(again, [SEAM], weighed, usual=usual) == [("repetition",)]


def test_a_page_with_hardly_any_mid_story_is_held_against_others() -> None:
    short = "\n".join(page().split("\n")[:3]).replace("noon1 ", "noon1\n\n\n")
    look = look_at(short)
    inside = said(look)
    inside[:2] = 0.1, 0.2, 0.7
    usual = typical()
    usual[NAMES.index("line_blocks_ago")] = 10.0
    weighed = Weighed({"breaks+0": 2.0, "line_blocks_ago": -1.0})
    assert explained(look, [2], weighed, proba=inside, usual=usual) == [("line breaks",)]
    usual[NAMES.index("breaks+0")] = look.batch.breaks[2]
    assert explained(look, [2], weighed, proba=inside, usual=usual) == [()]


def test_seams_of_several_pages_are_explained_apart() -> None:
    dated, bylined = page(line1="12 March 2021, said in one line."), page(line1="By Ana Brook.")
    look = look_at(page(), dated, bylined)
    seams = [SEAM, LINES + SEAM, 2 * LINES + SEAM]
    assert explained(look, seams) == [(), ("date line",), ("byline",)]


def test_many_seams_are_explained_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    look = look_at(page(line1="12 March 2021, said in one line."), page(line1="By Ana Brook."))
    seams = [*range(1, 2 * LINES)]
    at_once = explained(look, seams)
    monkeypatch.setattr(model.evidence, "_AT_ONCE", 5)
    assert explained(look, seams) == at_once
    assert at_once[SEAM - 1] == ("date line",)


def test_a_page_without_markup_owes_nothing_to_markup() -> None:
    """Whatever mid-story is like on pages that have some."""
    usual = typical()
    for name, value in (("in_p", 1.0), ("alike_dress_1", 0.0)):
        usual[NAMES.index(name)] = value
    weighed = Weighed({"in_p": -5.0, "alike_dress_1": 5.0})
    text, cues = Page.from_text(page()), np.zeros((LINES, len(CUES)), np.float32)
    cues[:, CUES.index("in_p")] = 1.0
    cues[SEAM, CUES.index("in_p")] = 0.0
    dress = np.ones(LINES, np.int64)
    dress[[0, SEAM]] = 2
    marked = replace(text, markup=cues, dress=dress)
    first = Look.first(
        Batch.read([text, marked], (space := random_space(np.random.default_rng(0))).table),
        space,
        Wording(
            np.zeros((3 * len(space.table), len(ROLES)), np.float16),
            np.zeros(len(ROLES), np.float32),
        ),
    )
    proba = np.tile(np.array([0.0, 0.9, 0.1], np.float32), (2 * LINES, 1))
    proba[LINES] = 0.0, 0.2, 0.8
    look = first.again(proba)
    seams = [SEAM, LINES + SEAM]
    found = explained(look, seams, weighed, proba=proba, usual=usual)
    assert found == [(), ("markup", "header pattern")]
    # Nor where the page is too short to say what its mid-story is like.
    nothing = np.tile(np.array([1.0, 0.0, 0.0], np.float32), (2 * LINES, 1))
    assert explained(look, seams, weighed, proba=nothing, usual=usual)[0] == ()


def test_no_seams_no_evidence() -> None:
    assert explained(look_at(page()), []) == []


def test_every_group_has_a_name_that_a_reader_understands() -> None:
    groups = {feature.group for feature in SECOND_LOOK}
    assert {"headline", "date line", "byline", "dateline", "line breaks", "repetition"} <= groups
    assert all(group == group.lower() and "_" not in group for group in groups)
