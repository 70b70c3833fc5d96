"""The chosen starts are the best there are: against all sets of starts, on small pages."""

from __future__ import annotations

import time
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.decoder import (
    FLOOR,
    INSIDE,
    LABELS,
    MIN_BODY,
    OUTSIDE,
    START,
    Span,
    decode,
    decode_whole,
    draw_spans,
    gather_starts,
)

Floats = NDArray[np.float32]


def rows(*starts: float, outside: float = 0.0) -> Floats:
    """Blocks with these probabilities of a start."""
    return np.array([[outside, 1 - outside - p, p] for p in starts], np.float32)


def words(count: int, each: float = 30.0) -> Floats:
    return np.full(count, each, np.float32)


def firsts(spans: list[Span]) -> list[int]:
    return [span.first for span in spans]


def gathered(proba: Floats, tokens: Floats) -> Floats:
    """Probability of a start at each block or beside it, pair by pair."""
    body = (tokens * (1.0 - proba[:, OUTSIDE])).astype(np.float64)
    start = proba[:, START]
    out = start.copy()
    for i in range(len(start)):
        rivals = [
            j
            for j in range(max(0, i - 2), min(len(start), i + 3))
            if j != i and body[min(i, j) : max(i, j)].sum() < MIN_BODY
        ]
        total = float(start[i]) + sum(float(start[j]) for j in rivals)
        if all(start[i] >= start[j] for j in rivals) and start[i] >= 0.4 * total:
            out[i] = max(min(total, 0.995), float(start[i]))
    return out


def brute_force(proba: Floats, tokens: Floats, threshold: float) -> float:
    """Greatest sum of log odds over the threshold's, of starts with a body each."""
    p = np.clip(gathered(proba, tokens).astype(np.float64), 1e-6, 1 - 1e-6)
    bar = min(max(threshold, 1e-6), 1 - 1e-6)
    gain = np.log(p / (1 - p)) - np.log(bar / (1 - bar)) + 1e-3
    body = (tokens * (1 - proba[:, OUTSIDE])).astype(np.float64)
    possible = [i for i in range(len(p)) if p[i] >= max(0.02, threshold * 0.999)]
    best = 0.0
    for size in range(1, len(possible) + 1):
        for some in combinations(possible, size):
            bounds = [*some, len(p)]
            if all(body[a:b].sum() >= MIN_BODY for a, b in pairwise(bounds)):
                best = max(best, float(gain[list(some)].sum()))
    return best


PAGES = st.integers(1, 11).flatmap(
    lambda n: st.tuples(
        st.lists(st.tuples(st.floats(0.001, 0.999), st.floats(0.0, 1.0)), min_size=n, max_size=n),
        st.lists(st.floats(0, 40), min_size=n, max_size=n),
        st.sampled_from([0.1, 0.3, 0.5, 0.8]),
    )
)


def page(
    drawn: tuple[list[tuple[float, float]], list[float], float],
) -> tuple[Floats, Floats, float]:
    chances, tokens, threshold = drawn
    proba = np.array([[(1 - s) * o, (1 - s) * (1 - o), s] for s, o in chances], np.float32)
    return proba, np.array(tokens, np.float32), threshold


@settings(max_examples=250, deadline=None)
@given(PAGES.map(page))
def test_starts_are_the_best_set_under_the_rule_of_the_body(
    drawn: tuple[Floats, Floats, float],
) -> None:
    proba, tokens, threshold = drawn
    found = firsts(decode(proba, tokens, threshold))
    p = gathered(proba, tokens).astype(np.float64)
    # The body before the first seam is given a start of its own, which need not reach the bar.
    chosen = found
    if found and p[found[0]] < max(0.02, threshold * 0.999):
        chosen = found[1:]
    bar = threshold
    p = np.clip(p, 1e-6, 1 - 1e-6)
    gain = np.log(p / (1 - p)) - np.log(bar / (1 - bar)) + 1e-3
    best = brute_force(proba, tokens, threshold)
    scores = [float(gain[chosen].sum())]
    if chosen == found and found:
        scores.append(float(gain[found[1:]].sum()))
    assert any(score == pytest.approx(best, abs=1e-4) for score in scores)


@settings(max_examples=250, deadline=None)
@given(PAGES.map(page))
def test_spans_are_ordered_disjoint_and_begin_and_end_with_their_own_blocks(
    drawn: tuple[Floats, Floats, float],
) -> None:
    proba, tokens, threshold = drawn
    spans = decode(proba, tokens, threshold)
    at = 0
    for span in spans:
        assert at <= span.first < span.last <= len(proba)
        assert len(span.inside) == span.last - span.first
        assert span.inside[0]
        assert span.inside[-1]
        assert span.probability == pytest.approx(gathered(proba, tokens)[span.first], abs=1e-6)
        outside = proba[span.first : span.last, OUTSIDE] >= 0.5
        assert not np.any(span.inside[1:] & outside[1:])
        assert np.all((span.inside | outside)[1:])
        at = span.last
    assert all(span.probability >= threshold * 0.999 for span in spans[1:])


def test_no_blocks_no_stories() -> None:
    assert decode(np.zeros((0, 3), np.float32), np.zeros(0, np.float32), 0.5) == []


def test_labels_stand_where_their_names_say() -> None:
    assert (LABELS[OUTSIDE], LABELS[INSIDE], LABELS[START]) == ("outside", "inside", "start")


def test_furniture_alone_is_no_story() -> None:
    assert decode(rows(0.0, 0.01, 0.0, outside=0.95), words(3), 0.5) == []


def test_too_few_words_are_no_story() -> None:
    assert decode(rows(0.9, 0.1), words(2, 5.0), 0.5) == []
    assert len(decode(rows(0.9, 0.1), words(2, 12.0), 0.5)) == 1


def test_headline_repeated_and_kicker_become_one_start() -> None:
    proba = rows(0.6, 0.9, 0.7, 0.01, 0.01)
    tokens = np.array([2, 8, 8, 60, 60], np.float32)
    assert firsts(decode(proba, tokens, 0.5)) == [1]


def test_a_run_of_teasers_is_no_run_of_stories() -> None:
    """Headlines with a line each after a story: none has a body, however likely as a start."""
    proba = np.concatenate([rows(0.9, 0.01, 0.01), rows(*[0.8, 0.05] * 6, outside=0.15)])
    tokens = np.concatenate([words(3, 80.0), np.tile(np.array([7, 2], np.float32), 6)])
    assert len(decode(proba, tokens, 0.5)) < 5


def test_no_seam_below_the_threshold() -> None:
    proba = rows(0.9, 0.01, 0.55, 0.01, 0.7, 0.01)
    assert firsts(decode(proba, words(6), 0.5)) == [0, 2, 4]
    assert firsts(decode(proba, words(6), 0.6)) == [0, 4]
    assert firsts(decode(proba, words(6), 0.8)) == [0]


def test_a_start_whose_place_is_unsure_counts_with_its_neighbours() -> None:
    """Section name or headline: nobody can tell, but one of them starts a story."""
    proba = rows(0.9, 0.01, 0.44, 0.5, 0.01)
    tokens = np.array([60, 60, 2, 9, 60], np.float32)
    (_, second) = decode(proba, tokens, 0.9)
    assert second.first == 3
    assert second.probability == pytest.approx(0.95)
    # With a body between them they are two stories, neither of them sure.
    assert firsts(decode(proba, words(5), 0.9)) == [0]


def test_neighbours_of_equal_chance_are_no_sure_place() -> None:
    proba = rows(0.9, 0.01, 0.3, 0.3, 0.3, 0.01)
    tokens = np.array([60, 60, 2, 2, 2, 60], np.float32)
    assert firsts(decode(proba, tokens, 0.5)) == [0]


def test_a_story_that_begins_as_another_did_is_that_story_again() -> None:
    proba = rows(0.9, 0.01, 0.8, 0.01, 0.9, 0.01, 0.9, 0.01)
    lines = np.array([7, 1, 7, 2, -1, 3, -1, 4])
    assert firsts(decode(proba, words(8), 0.5, lines)) == [0, 4, 6]
    assert firsts(decode(proba, words(8), 0.5)) == [0, 2, 4, 6]


def test_gathered_starts_of_one_block_and_of_none() -> None:
    one = gather_starts(np.array([0.4], np.float32), np.array([0.0, 30.0]))
    assert one.tolist() == pytest.approx([0.4])
    assert len(gather_starts(np.zeros(0, np.float32), np.zeros(1))) == 0


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_thresholds_at_the_ends_of_the_scale(threshold: float) -> None:
    spans = decode(rows(0.9, 0.3, 0.5, 0.2), words(4), threshold)
    assert spans[0].first == 0
    assert len(spans) == (4 if threshold == 0.0 else 1)


def test_a_page_without_a_likely_start_still_has_its_story() -> None:
    spans = decode(rows(0.001, 0.001, 0.001), words(3), 0.5)
    assert firsts(spans) == [0]


def test_the_first_start_is_the_likeliest_before_the_body() -> None:
    proba = np.concatenate([rows(0.0, 0.0, outside=0.99), rows(0.3, 0.1, 0.01, 0.01)])
    tokens = np.array([3, 3, 4, 9, 40, 40], np.float32)
    assert firsts(decode(proba, tokens, 0.9)) == [2]


def test_furniture_after_a_story_is_not_its_end() -> None:
    proba = np.concatenate(
        [rows(0.9, 0.0), rows(0.0, outside=0.9), rows(0.0), rows(0.0, outside=0.9)]
    )
    (span,) = decode(proba, words(5), 0.5)
    assert (span.first, span.last) == (0, 4)
    assert span.inside.tolist() == [True, True, False, True]


@pytest.mark.parametrize("likely", [0.0, 0.01, 0.4, 0.9])
def test_two_hundred_thousand_blocks_in_linear_time(likely: float) -> None:
    rng = np.random.default_rng(0)
    n = 200_000
    start = np.clip(rng.uniform(0, 0.05, n) + (rng.random(n) < likely) * 0.8, 0, 1)
    proba = np.column_stack([np.zeros(n), 1 - start, start]).astype(np.float32)
    tokens = rng.uniform(0, 30, n).astype(np.float32)
    before = time.process_time()
    spans = decode(proba, tokens, 0.5)
    assert time.process_time() - before < 5.0
    assert spans


@pytest.mark.parametrize(
    ("first", "blocks", "wanted"),
    [
        (0.05, 3, [3]),  # a notice above the story
        (0.5, 3, [0, 3]),  # short, but likely a story
        (0.05, 8, [0, 8]),  # unlikely to start one, but long: the top of the story is not there
        (0.01, 3, [3]),
    ],
)
def test_what_stands_before_the_first_start_is_a_story_if_long_or_likely(
    first: float, blocks: int, wanted: list[int]
) -> None:
    proba = rows(first, *[0.0] * (blocks - 1), 0.99, 0.0, 0.0)
    assert firsts(decode(proba, words(len(proba)), 0.4)) == wanted


def test_a_short_body_without_any_start_is_still_a_story() -> None:
    assert firsts(decode(rows(0.05, 0.0, 0.0), words(3), 0.4)) == [0]


@settings(max_examples=250, deadline=None)
@given(PAGES.map(page))
def test_a_page_left_whole_is_one_story_wherever_it_holds_any(
    drawn: tuple[Floats, Floats, float],
) -> None:
    """What stands uncut stands as one story: nothing is lost by being unsure."""
    proba, tokens, _ = drawn
    spans = decode_whole(proba, tokens)
    assert len(spans) == bool(decode(proba, tokens, FLOOR))
    for span in spans:
        assert span.probability == pytest.approx(gathered(proba, tokens)[span.first], abs=1e-6)
        own = proba[span.first :, OUTSIDE] < 0.5
        own[0] = True
        assert span.last == span.first + int(np.flatnonzero(own)[-1]) + 1
        assert span.inside.tolist() == own[: span.last - span.first].tolist()


def test_a_whole_page_begins_at_its_first_start_if_that_is_all_but_certain() -> None:
    proba = rows(0.05, 0.0, 0.95, 0.0, 0.95, 0.0)
    (span,) = decode_whole(proba, words(6))
    assert (span.first, span.last) == (2, 6)
    assert span.probability == pytest.approx(0.95)


def test_a_whole_page_without_such_a_start_begins_where_its_body_does() -> None:
    unsure = rows(0.05, 0.0, 0.85, 0.0, 0.85, 0.0)
    (span,) = decode_whole(unsure, words(6))
    assert (span.first, span.last) == (0, 6)
    assert span.probability == pytest.approx(0.05)
    furniture = rows(0.0, 0.0, outside=0.9)
    (later,) = decode_whole(np.concatenate([furniture, unsure]), words(8))
    assert (later.first, later.last) == (2, 8)


def test_a_whole_page_that_is_all_but_furniture_begins_where_a_story_might() -> None:
    proba = rows(0.0, 0.3, 0.0, 0.0, outside=0.6)
    (span,) = decode_whole(proba, words(4))
    assert (span.first, span.last) == (1, 2)
    assert decode_whole(rows(0.0, 0.01, 0.0, 0.0, outside=0.6), words(4)) == []


def test_no_blocks_no_whole_page() -> None:
    assert decode_whole(np.zeros((0, 3), np.float32), np.zeros(0, np.float32)) == []


def test_spans_are_drawn_from_start_to_start_less_the_furniture_at_their_end() -> None:
    outside = [0.9, 0.8, 0.1, 0.7, 0.2, 0.5, 0.9, 0.4, 0.6]
    proba = np.array([[p, 1 - p, 0.0] for p in outside], np.float32)
    one, two, three = draw_spans([1, 4, 6], [0.25, 0.5, 0.75], proba)
    # A start belongs to its story whatever it looks like.
    assert (one.first, one.last, one.inside.tolist()) == (1, 3, [True, True])
    assert (two.first, two.last, two.inside.tolist()) == (4, 5, [True])
    assert (three.first, three.last, three.inside.tolist()) == (6, 8, [True, True])
    assert [span.probability for span in (one, two, three)] == [0.25, 0.5, 0.75]
    (whole,) = draw_spans([1], [0.25], proba)
    assert (whole.first, whole.last) == (1, 8)
    assert whole.inside.tolist() == [True, True, False, True, False, False, True]


@pytest.mark.parametrize("blocks", [0, 3])
def test_no_starts_no_spans(blocks: int) -> None:
    assert draw_spans([], [], rows(*[0.1] * blocks).reshape(blocks, 3)) == []
