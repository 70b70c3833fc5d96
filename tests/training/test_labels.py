"""The hand labels hold together by themselves and fit the pages they speak of."""

from __future__ import annotations

import json
import lzma
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LABELS = ROOT / "training" / "labels"
PAGES = (ROOT / os.environ.get("STORYSEAM_SHARED", "../shared") / "data" / "pages").resolve()

REAL_FIELDS = {"id", "kind", "main_start", "story_starts", "outside", "ambiguous", "note"}
REAL_KINDS = {
    "appended_briefs",
    "liveblog",
    "newsletter",
    "one_story_hard",
    "roundup",
    "teasers_long",
}
NEWSLETTER_FIELDS = {"id", "kind", "starts", "outside"}
LONGEST_NOTE = 300  # a note describes; anything longer would be text of the page
QUOTABLE = 40  # a block this long inside a note would be text of the page, not an interface word


def read(name: str) -> list[dict[str, Any]]:
    lines = (LABELS / name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


REAL = read("real_multistory.jsonl")
NEWSLETTERS = read("newsletters.jsonl")
EVERY = [(label, label["story_starts"]) for label in REAL] + [
    (label, label["starts"]) for label in NEWSLETTERS
]


def shared(name: str) -> Iterator[dict[str, Any]]:
    path = PAGES / name
    if not path.exists():
        pytest.skip(f"the shared pages are absent: {name} (set STORYSEAM_SHARED)")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def real_blocks() -> dict[str, list[str]]:
    wanted = {label["id"] for label in REAL}
    return {p["id"]: p["blocks"] for p in shared("real_main.jsonl.xz") if p["id"] in wanted}


def newsletter_blocks() -> dict[str, list[str]]:
    wanted = {label["id"] for label in NEWSLETTERS}
    return {
        page["id"]: [line for line in page["text"].split("\n") if line.strip()]
        for page in shared("newsletters_en.jsonl.xz")
        if page["id"] in wanted
    }


def inside(label: dict[str, Any], size: int) -> list[bool]:
    flags = [True] * size
    for start, end in label["outside"]:
        flags[start:end] = [False] * (end - start)
    return flags


def test_fields_hold_indexes_and_no_text() -> None:
    for label in REAL:
        assert set(label) - {"drafted"} == REAL_FIELDS, label["id"]
        assert label.get("drafted", True) is True
        assert isinstance(label["ambiguous"], bool)
        assert len(label["note"]) <= LONGEST_NOTE, label["id"]
    for label in NEWSLETTERS:
        assert set(label) == NEWSLETTER_FIELDS, label["id"]
    for label, starts in EVERY:
        numbers = [*starts, *(bound for span in label["outside"] for bound in span)]
        assert all(type(number) is int and number >= 0 for number in numbers), label["id"]


def test_ids_are_unique() -> None:
    for labels in (REAL, NEWSLETTERS):
        assert [i for i, n in Counter(label["id"] for label in labels).items() if n > 1] == []


def test_starts_and_spans_are_in_order() -> None:
    for label, starts in EVERY:
        assert starts == sorted(set(starts)), label["id"]
        assert all(start < end for start, end in label["outside"]), label["id"]
        bounds = [bound for span in label["outside"] for bound in span]
        assert bounds == sorted(set(bounds)), f"{label['id']}: spans touch, overlap or are unsorted"


def test_every_story_starts_inside() -> None:
    for label, starts in EVERY:
        flags = inside(label, max(starts[-1] + 1, label["outside"][-1][1]))
        assert all(flags[start] for start in starts), label["id"]
        assert not any(flags[: starts[0]]), f"{label['id']}: text before the first story"


def test_kinds_agree_with_the_number_of_stories() -> None:
    for label in REAL:
        assert label["kind"] in REAL_KINDS
        assert label["main_start"] == label["story_starts"][0]
        assert (label["kind"] == "one_story_hard") == (len(label["story_starts"]) == 1), label["id"]
    assert {label["kind"] for label in NEWSLETTERS} == {"newsletter"}


def test_the_readme_counts_what_is_there() -> None:
    readme = (LABELS / "README.md").read_text("utf-8")
    several = [label["story_starts"] for label in REAL if label["kind"] != "one_story_hard"]
    assert (
        f"{len(REAL)}: {len(several)} pages of several stories"
        f" ({sum(map(len, several))} starts), {len(REAL) - len(several)} hard pages of one"
    ) in readme
    starts = sum(len(label["starts"]) for label in NEWSLETTERS)
    assert f"{len(NEWSLETTERS)} digests, {starts} starts" in readme


def test_real_labels_fit_the_pages() -> None:
    pages = real_blocks()
    for label in REAL:
        blocks = pages[label["id"]]
        assert label["story_starts"][-1] < len(blocks), label["id"]
        assert label["outside"][-1][1] <= len(blocks), label["id"]
        assert not [b for b in blocks if len(b) >= QUOTABLE and b in label["note"]], label["id"]


def test_newsletter_labels_fit_the_digests() -> None:
    pages = newsletter_blocks()
    for label in NEWSLETTERS:
        blocks = pages[label["id"]]
        assert label["starts"][-1] < len(blocks), label["id"]
        assert label["outside"][-1][1] <= len(blocks), label["id"]


def test_every_story_has_text_of_its_own() -> None:
    pages = real_blocks() | newsletter_blocks()
    for label, starts in EVERY:
        blocks = pages[label["id"]]
        flags = inside(label, len(blocks))
        for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
            text = sum(len(blocks[i]) for i in range(start, end) if flags[i])
            assert text >= 100, f"{label['id']}: the story at {start} holds {text} characters"


def test_no_page_is_labelled_twice() -> None:
    earlier = {page["id"] for page in shared("real_multistory.jsonl.xz")}
    assert earlier.isdisjoint(label["id"] for label in REAL)
