"""The one table of named features: (name, group, function, by).

A function takes a :class:`~model.look.Look` and gives one value a block; NaN means that there is
nothing to measure, and the trees treat it as such. The feature of a block is the function's value
``by`` blocks on: a function is measured once, however many neighbours look at it. ``group`` is what
evidence calls the feature towards people. The table's hash is part of a model's card: a model only
runs on the table that it was trained on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.batch import running_sums
from model.cues import CUES
from model.cut_columns import CUT_COLUMNS, PAGE_COLUMNS
from model.feature import Feature
from model.look import Look
from model.partings import PARTINGS
from model.pattern import header_pattern, repetition, segment_pattern
from model.places import PLACES
from model.run_ons import RUN_ON_COLUMNS
from model.top_columns import TOP_COLUMNS
from model.wording import ROLES

__all__ = ["FIRST_LOOK", "SECOND_LOOK", "table_hash"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Raise when a function changes its meaning under the same name.
_VERSION = 6


@cache
def _layout(name: str) -> Callable[[Look], Floats]:
    return lambda look: look.layout.columns[name]


def _log_length(look: Look) -> Floats:
    return np.log1p(look.layout.columns["length"])


def _breaks(look: Look) -> Floats:
    return np.minimum(look.batch.breaks, 6).astype(np.float32)


def _relative_breaks(look: Look) -> Floats:
    """Line breaks before the block, less the page's usual number."""
    breaks = np.minimum(look.batch.breaks, 6).astype(np.float32)
    out = np.empty_like(breaks)
    for low, high in zip(look.batch.offsets[:-1], look.batch.offsets[1:], strict=True):
        if high > low:
            out[low:high] = breaks[low:high] - np.median(breaks[low:high])
    return out


@cache
def _wording(role: int) -> Callable[[Look], Floats]:
    return lambda look: look.wording[:, role]


@cache
def _cohesion(name: str) -> Callable[[Look], Floats]:
    return lambda look: look.columns[name]


def _position(look: Look) -> Floats:
    at = np.arange(len(look.batch))
    return np.asarray(np.minimum(at - look.batch.first, 400), dtype=np.float32)


def _from_end(look: Look) -> Floats:
    at = np.arange(len(look.batch))
    return np.asarray(np.minimum(look.batch.last - at, 400), dtype=np.float32)


def _page_blocks(look: Look) -> Floats:
    return np.asarray(np.log1p(look.batch.last - look.batch.first), dtype=np.float32)


def _known_words(look: Look) -> Floats:
    return look.cohesion.known


def _prose_share(look: Look) -> Floats:
    """Share of the page's blocks that end a sentence: news text, or lists and navigation?"""
    ends = look.layout.columns["ends_stop"]
    total = running_sums(ends)
    batch = look.batch
    share = (total[batch.last] - total[batch.first]) / np.maximum(batch.last - batch.first, 1)
    return np.asarray(share, dtype=np.float32)


def _words_near(low: int, high: int) -> Callable[[Look], Floats]:
    """Words of the blocks ``low`` to ``high`` places on: is there a body here?"""

    def function(look: Look) -> Floats:
        batch = look.batch
        total = running_sums(look.tokens)
        at = np.arange(len(batch))
        left = np.minimum(np.maximum(at + low, batch.first), batch.last)
        right = np.minimum(np.maximum(at + high, batch.first), batch.last)
        return np.asarray(np.log1p(total[right] - total[left]), dtype=np.float32)

    return function


@cache
def _markup(cue: str) -> Callable[[Look], Floats]:
    """One cue of the markup; NaN where there is none."""
    column = CUES.index(cue)

    def function(look: Look) -> Floats:
        if look.markup is None:
            return np.full(len(look.batch), np.nan, np.float32)
        return look.markup[:, column]

    return function


@cache
def _proba(label: int) -> Callable[[Look], Floats]:
    def function(look: Look) -> Floats:
        assert look.proba is not None
        return look.proba[:, label]

    return function


# Which neighbours of a block are asked for what. Trees that were given more of them split on the
# rest in one split of a thousand at most.
_NEAR: tuple[tuple[str, str, range], ...] = (
    ("ends_stop", "headline", range(-2, 4)),
    ("capitalised", "headline", range(-2, 4)),
    ("date", "date line", range(-1, 5)),
    ("byline", "byline", range(-1, 3)),
    ("upper", "headline", range(-1, 3)),
    ("punctuation", "headline", range(-1, 3)),
    ("digits", "headline", range(-1, 3)),
    ("name_runs", "headline", range(-1, 3)),
    ("dateline", "dateline", range(2)),
    ("ends_ellipsis", "headline", range(-1, 1)),
    ("stops", "headline", range(-1, 1)),
    ("time", "date line", range(1)),
    ("opens_bullet", "headline", range(1)),
    ("opens_lower", "headline", range(1)),
    ("opens_digit", "headline", range(1)),
    ("ends_colon", "headline", range(1)),
    ("numbered", "headline", range(1)),
)


def _layout_features() -> Iterable[Feature]:
    for by in range(-3, 5):
        yield Feature(f"length{by:+d}", "headline", _log_length, by, True)
    for by in range(-1, 2):
        yield Feature(f"breaks{by:+d}", "line breaks", _breaks, by, True)
    for name, group, near in _NEAR:
        for by in near:
            yield Feature(f"{name}{by:+d}", group, _layout(name), by, True)
    yield Feature("uncased", "position", _layout("uncased"), settled=True)
    yield Feature("breaks_relative", "line breaks", _relative_breaks, settled=True)
    yield Feature("position", "position", _position, settled=True)
    yield Feature("from_end", "position", _from_end, settled=True)
    yield Feature("page_blocks", "position", _page_blocks, settled=True)
    yield Feature("prose_share", "position", _prose_share, settled=True)
    yield Feature("known_words", "position", _known_words, settled=True)
    for low, high in ((-12, 0), (-4, 0), (1, 4), (1, 12), (0, 30)):
        yield Feature(f"words_near_{low}_{high}", "body text", _words_near(low, high), settled=True)


_SUBJECT = (
    "similar_20", "similar_60", "similar_150", "similar_400", "similar_page", "similar_block",
    "block_to_left", "block_to_right", "block_to_page", "similar_skip_2", "similar_skip_4",
    "depth_20", "relative_150", "centred_60", "centred_150", "similar_20_by_meaning",
    "similar_60_by_meaning", "similar_150_by_meaning", "similar_400_by_meaning",
    "similar_block_by_meaning",
)  # fmt: skip
_VOCABULARY = (
    "chains_40", "chains_120", "chains_400", "names_120", "names_400", "block_new", "block_ends",
    "new_ahead_40", "new_ahead_120", "new_rise_40", "ends_behind_40", "ends_behind_120",
    "introduces", "introduces_names",
)  # fmt: skip


def _cohesion_features() -> Iterable[Feature]:
    for name in _SUBJECT:
        yield Feature(name, "change of subject", _cohesion(name))
    for name in _VOCABULARY:
        yield Feature(name, "new vocabulary", _cohesion(name))
    for name in ("words_before", "words_after"):
        yield Feature(name, "position", _cohesion(name))
    for name in ("similar_60", "similar_150"):
        yield Feature(f"{name}-1", "change of subject", _cohesion(name), -1)
    for by in (-1, 1):
        yield Feature(f"similar_block{by:+d}", "change of subject", _cohesion("similar_block"), by)
        for name in ("chains_120", "introduces", "block_new", "block_ends"):
            yield Feature(f"{name}{by:+d}", "new vocabulary", _cohesion(name), by)


def _wording_features() -> Iterable[Feature]:
    for by in range(-1, 3):
        for i, role in enumerate(ROLES):
            yield Feature(f"reads_like_{role}{by:+d}", "wording", _wording(i), by, True)


def _pattern_features() -> Iterable[Feature]:
    for name, function in repetition():
        yield Feature(name, "repetition", function, settled=True)
    for name, function in header_pattern():
        yield Feature(name, "header pattern", function, settled=True)


# What the markup says of the block itself. The other cues are as good as never split on: they stand
# on few pages, or say what these say.
_CUES = (
    "heading_level", "depth", "depth_change", "same_parent_as_previous", "new_article",
    "jsonld_headline_match", "jsonld_body", "link_density", "in_p", "in_list", "in_nav", "in_aside",
    "in_footer", "in_header", "in_article", "in_main", "in_form", "in_bold", "in_hidden",
    "itemprop_articlebody", "hint_comment", "hint_related", "hint_byline", "hint_date", "hint_body",
    "hint_story", "hint_card", "hint_breadcrumb", "hint_consent", "hint_menu", "hint_topic",
    "hint_side", "hint_frame", "hint_media", "hint_quote", "hint_live", "own_hint_byline",
)  # fmt: skip
# What it says of the blocks around.
_CUES_NEAR = (
    ("heading_level", (-1, 1, 2)),
    ("link_density", (-1, 1, 2)),
    ("new_article", (-1, 1)),
    ("in_p", (1, 2)),
    ("hint_byline", (1,)),
    ("hint_date", (1,)),
)


def _markup_features() -> Iterable[Feature]:
    for name in _CUES:
        yield Feature(name, "markup", _markup(name), settled=True)
    for name, near in _CUES_NEAR:
        for by in near:
            yield Feature(f"{name}{by:+d}", "markup", _markup(name), by, True)


def _first_look_features() -> Iterable[Feature]:
    for by in range(-4, 5):
        yield Feature(f"outside{by:+d}", "neighbours", _proba(0), by)
    for by in range(-4, 3):
        yield Feature(f"start{by:+d}", "neighbours", _proba(2), by)
    for name, function in segment_pattern():
        yield Feature(name, "header pattern", function)
    for threshold in (0.15, 0.5):
        for name in ("segments", "segments_skipping", "halves", "halves_relative"):
            yield Feature(
                f"{name}_{threshold}", "change of subject", _cohesion(f"{name}_{threshold}")
            )
        for name in ("shared_words", "shared_names"):
            named = f"{name}_{threshold}"
            yield Feature(named, "new vocabulary", _cohesion(named))
    yield Feature("segments_0.15-1", "change of subject", _cohesion("segments_0.15"), -1)
    for name in (*PLACES, *PARTINGS):
        yield Feature(name, "change of subject", _cohesion(name))
    for by in (-2, -1, 1, 2):
        yield Feature(f"parting{by:+d}", "change of subject", _cohesion("parting"), by)


FIRST_LOOK: tuple[Feature, ...] = (
    *_layout_features(),
    *_cohesion_features(),
    *_wording_features(),
    *_pattern_features(),
    *_markup_features(),
)
SECOND_LOOK: tuple[Feature, ...] = (*FIRST_LOOK, *_first_look_features())


def table_hash() -> str:
    """What a model was trained on: version, names, groups and order of the features, and the
    columns that its reviewers read."""
    names = (f"{f.name}\t{f.group}" for f in SECOND_LOOK)
    reviewed = (*PAGE_COLUMNS, *CUT_COLUMNS, *TOP_COLUMNS, *RUN_ON_COLUMNS)
    text = "\n".join([str(_VERSION), *names, *reviewed])
    return hashlib.sha256(text.encode()).hexdigest()
