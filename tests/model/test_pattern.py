"""What comes back on a page, against counting by hand; and never across pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from model.batch import Batch
from model.look import Look
from model.page import Page
from model.pattern import header_pattern, repetition, segment_pattern
from model.wording import ROLES, Wording
from tests.model.tiny import random_space

Floats = NDArray[np.float32]
FEATURES: dict[str, Callable[[Look], Floats]] = {
    **dict(repetition()),
    **dict(header_pattern()),
    **dict(segment_pattern()),
}
LINES = (
    "Harbour news today",
    "By Ana Brook",
    "12 March 2021",
    "Share",
    "the ferry leaves at noon and comes back late in the day.",
    "the ferry leaves at noon and comes back late, said the harbour office of the outer islands.",
    "WEATHER",
    "Harbour news today",
    "Is the pier to be mended:",
)


def random_pages(seed: int, sizes: Sequence[int], *, dressed: Sequence[int] = ()) -> list[Page]:
    rng = np.random.default_rng([seed, *sizes])
    pages = []
    for i, size in enumerate(sizes):
        page = Page.from_text("\n".join(rng.choice(LINES, size))) if size else Page.from_text("")
        if i in dressed:
            page = replace(
                page,
                markup=np.zeros((size, 2), np.float32),
                dress=rng.integers(0, 4, size) * 10**15,
            )
        pages.append(page)
    return pages


def look_at(pages: Sequence[Page], seed: int = 0) -> Look:
    """A second look whose first probabilities depend on the place within the page only."""
    space = random_space(np.random.default_rng(0))
    zero = Wording(
        np.zeros((3 * len(space.table), len(ROLES)), np.float16), np.zeros(len(ROLES), np.float32)
    )
    batch = Batch.read(pages, space.table)
    parts = [
        np.random.default_rng([seed, len(page)]).dirichlet((1, 2, 1), len(page)) for page in pages
    ]
    proba = np.concatenate([*parts, np.zeros((0, 3))]).astype(np.float32)
    return Look.first(batch, space, zero).again(proba)


def tokens(look: Look) -> list[float]:
    return [float(t) for t in look.tokens]


def keys(look: Look, name: str) -> list[Hashable]:
    """What must be equal for two blocks of one page to be alike, by the feature's name."""
    kind, _, length = name.rpartition("_")
    n = len(look.batch)
    if name == "line":
        return [*look.layout.line.tolist()]
    one: list[int] = look.layout.shape.tolist()
    if kind.startswith("dress"):
        assert look.dress is not None
        one = look.dress.tolist()
    return [tuple(one[i : min(i + int(length), n)]) for i in range(n)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "name", ["line", "shape_run_2", "shape_run_4", "dress_run_1", "dress_run_3"]
)
def test_what_comes_back_is_counted_by_hand(name: str, seed: int) -> None:
    look = look_at(random_pages(seed, [25], dressed=[0]))
    key, words = keys(look, name), tokens(look)
    times = FEATURES[f"{name}_times"](look)
    ago = FEATURES[f"{name}_words_ago"](look)
    ahead = FEATURES[f"{name}_words_ahead"](look)
    for i in range(25):
        same = [j for j in range(25) if key[j] == key[i]]
        assert times[i] == pytest.approx(math.log1p(len(same)))
        before, after = [j for j in same if j < i], [j for j in same if j > i]
        for values, some in ((ago, before[-1:]), (ahead, after[:1])):
            if not some:
                assert np.isnan(values[i])
                continue
            low, high = min(i, some[0]), max(i, some[0])
            assert values[i] == pytest.approx(math.log1p(sum(words[low:high])), abs=1e-5)


def test_blocks_to_the_same_line() -> None:
    look = look_at([Page.from_text("a b\nc d\nA B\ne f\na b")])
    np.testing.assert_array_equal(
        FEATURES["line_blocks_ahead"](look), [2, np.nan, 2, np.nan, np.nan]
    )
    np.testing.assert_array_equal(FEATURES["line_blocks_ago"](look), [np.nan, np.nan, 2, np.nan, 2])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["shape_2", "shape_3", "dress_1"])
def test_the_mean_of_alike_leaves_the_block_itself_out(kind: str, seed: int) -> None:
    look = look_at(random_pages(seed, [25], dressed=[0]), seed)
    key = keys(look, kind.replace("_", "_run_"))
    assert look.proba is not None
    start = look.proba[:, 2]
    values = FEATURES[f"alike_{kind}"](look)
    for i in range(25):
        others = [start[j] for j in range(25) if j != i and key[j] == key[i]]
        expected = float(np.mean(others)) if others else math.nan
        assert values[i] == pytest.approx(expected, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("threshold", [0.2, 0.5])
def test_body_to_the_next_likely_start_and_back_to_the_last(threshold: float) -> None:
    look = look_at(random_pages(1, [25]))
    assert look.proba is not None
    mass = [t * float(p) for t, p in zip(tokens(look), look.proba[:, 1], strict=True)]
    likely = [i for i in range(25) if look.proba[i, 2] > threshold]
    ahead = FEATURES[f"body_ahead_{threshold}"](look)
    ago = FEATURES[f"body_ago_{threshold}"](look)
    for i in range(25):
        end = min([j for j in likely if j > i], default=25)
        begin = max([j for j in likely if j < i], default=0)
        assert ahead[i] == pytest.approx(math.log1p(sum(mass[i:end])), abs=1e-5)
        assert ago[i] == pytest.approx(math.log1p(sum(mass[begin:i])), abs=1e-5)


def test_expected_starts_and_what_is_outside_near() -> None:
    look = look_at(random_pages(2, [25]))
    assert look.proba is not None
    total = math.log1p(float(look.proba[:, 2].sum()))
    np.testing.assert_allclose(FEATURES["starts_expected"](look), total, atol=1e-5)
    behind, ahead = FEATURES["outside_behind"](look), FEATURES["outside_ahead"](look)
    outside = look.proba[:, 0]
    for i in range(25):
        near = outside[max(0, i - 10) : i]
        assert behind[i] == pytest.approx(float(near.mean()) if len(near) else 0.0, abs=1e-5)
        near = outside[i + 1 : i + 11]
        assert ahead[i] == pytest.approx(float(near.mean()) if len(near) else 0.0, abs=1e-5)


def test_the_top_of_a_header_is_known_by_what_other_headers_have_above_them() -> None:
    """Three stories, each with a section's name above its likely start: the third name is a top."""
    story = "WEATHER\nHarbour news today again\n" + "the ferry goes out and comes back.\n" * 3
    pages = [Page.from_text(story * 3)]
    look = look_at(pages)
    proba = np.zeros((15, 3), np.float32)
    proba[:, 1], proba[[1, 6, 11]] = 1.0, (0.0, 0.1, 0.9)
    look = look.again(proba)
    top = FEATURES["top_of_next"](look)
    assert top[[0, 5, 10]].tolist() == pytest.approx([1.0] * 3, abs=0.01)
    assert FEATURES["top_itself"](look)[[1, 6, 11]].tolist() == pytest.approx([1.0] * 3, abs=0.01)
    assert np.all(FEATURES["top_itself"](look)[[3, 8, 13]] < 0.01)


@pytest.mark.parametrize("dressed", [[], [0, 2], [1]])
@pytest.mark.parametrize("name", sorted(FEATURES))
def test_pages_of_one_batch_do_not_see_each_other(name: str, dressed: list[int]) -> None:
    pages = random_pages(3, [9, 14, 1, 0, 9, 22], dressed=dressed)
    together = look_at(pages)
    values = FEATURES[name](together)
    assert values.dtype == np.float32
    for i, page in enumerate(pages):
        low, high = together.batch.offsets[i], together.batch.offsets[i + 1]
        if "dress" in name and page.dress is None:
            # Whether another page of the batch has markup must not matter.
            assert np.isnan(values[low:high]).all()
        elif low < high:
            alone = FEATURES[name](look_at([page]))
            np.testing.assert_allclose(values[low:high], alone, atol=1e-6)


def test_what_is_measured_once_is_measured_once() -> None:
    look = look_at(random_pages(1, [5]))
    calls: list[int] = []

    def measure() -> int:
        calls.append(1)
        return 7

    assert [look.once("key", measure), look.once("key", measure)] == [7, 7]
    assert calls == [1]
