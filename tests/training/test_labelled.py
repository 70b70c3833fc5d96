"""Labelled pages survive their files, and contradictions are named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.model.tiny import article
from tests.training.test_partition import articles, page, split
from training.fingerprint import fingerprint
from training.holdout import is_held_out
from training.labelled import BadLabelledPage, LabelledPage, read_pages, write_pages
from training.partition import partition

PAGE = LabelledPage(
    id="p1",
    text="Harbour opens\nThe new 🚢 quay.\n\nGoats win\nA prize in Ōtaki.",
    starts=[0, 31],
    outside=[(29, 31)],
    kind="digest",
    lang="en",
    outlets=("Tide",),
    articles=("t-1", "t-2"),
    body="The new 🚢 quay.",
)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])
def test_a_file_gives_back_what_was_written(tmp_path: Path, suffix: str) -> None:
    pages = [PAGE, LabelledPage("p2", "nothing here", [])]
    path = tmp_path / f"pages.jsonl{suffix}"
    assert write_pages(path, pages) == 2
    assert list(read_pages(path)) == pages
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_reading_is_lazy_and_names_the_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_text(PAGE.to_json() + "\n\n{\n")
    pages = read_pages(path)
    assert next(pages) == PAGE
    with pytest.raises(BadLabelledPage, match=r"pages\.jsonl:3: not JSON"):
        next(pages)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    write_pages(path, [PAGE])
    with pytest.raises(BadLabelledPage):
        write_pages(path, [PAGE, LabelledPage("bad", "x", [9])])
    assert list(read_pages(path)) == [PAGE]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": None}, 'needs "text"'),
        ({"starts": None}, 'needs "starts"'),
        ({"starts": [0, 999]}, "starts outside the text"),
        ({"starts": [-1]}, "starts outside the text"),
        ({"starts": [31, 0]}, "not ascending"),
        ({"starts": [0, 0]}, "not ascending"),
        ({"starts": [13]}, "white space"),
        ({"starts": [True]}, "whole number"),
        ({"starts": ["0"]}, "whole number"),
        ({"starts": [0.5]}, "whole number"),
        ({"outside": [[5, 5]]}, "outside span"),
        ({"outside": [[5, 9], [8, 12]]}, "overlap"),
        ({"outside": [[5]]}, "unpack"),
        ({"kind": 3}, "expected text"),
        ({"text": "a\ud800b", "starts": []}, "lone surrogate"),
    ],
)
def test_contradictions_are_named(changes: dict[str, Any], says: str) -> None:
    line = json.dumps(json.loads(PAGE.to_json()) | changes)
    with pytest.raises(BadLabelledPage, match=says):
        LabelledPage.from_json(line)


def test_a_page_that_contradicts_itself_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    bad = json.dumps(json.loads(PAGE.to_json()) | {"starts": [13]})
    path.write_text(f"{PAGE.to_json()}\n{bad}\n", encoding="utf-8")
    with pytest.raises(BadLabelledPage, match=rf"pages\.jsonl:2: page '{PAGE.id}': a story starts"):
        list(read_pages(path))


def test_the_fingerprint_follows_content_and_not_order() -> None:
    other = LabelledPage("p2", "nothing here", [])
    assert fingerprint([PAGE, other]) == fingerprint([other, PAGE])
    assert fingerprint([PAGE]) != fingerprint([PAGE, PAGE])
    moved = LabelledPage("p1", PAGE.text, [0])
    assert fingerprint([PAGE]) != fingerprint([moved])


def test_the_mark_at_the_start_of_utf_8_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + PAGE.to_json().encode() + b"\r\n")
    assert list(read_pages(path)) == [PAGE]


def test_what_is_no_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    line = LabelledPage("p2", "Une journée au port.", [0]).to_json()
    path.write_bytes(PAGE.to_json().encode() + b"\n" + line.encode("latin-1") + b"\n")
    pages = read_pages(path)
    assert next(pages) == PAGE
    with pytest.raises(BadLabelledPage, match=r"pages\.jsonl:2: not UTF-8: byte 0xe9 at 31"):
        next(pages)


def test_pages_without_an_id_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_text(f'{{"id": null, {PAGE.to_json()[1:].partition(",")[2]}\n' * 2)
    assert [one.id for one in read_pages(path)] == [f"{path}:1", f"{path}:2"]


def test_an_id_that_comes_again_is_another_page(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    write_pages(one, [replace(PAGE, id=name) for name in ("p", "p~3", "p", "q")])
    write_pages(other, [replace(PAGE, id=name) for name in ("q", "r")])
    assert [found.id for found in read_pages(one, other)] == ["p", "p~3", "p~3~3", "q", "q~1", "r"]
    assert [found.id for found in read_pages(other)] == ["q", "r"]


def test_a_copy_takes_no_other_pages_of_its_id_with_it(tmp_path: Path) -> None:
    learn, measure = (
        next(f"s{n}.example" for n in range(99) if is_held_out(f"s{n}.example", "en") is out)
        for out in (False, True)
    )
    stories = [article(800 + n, paragraphs=8) for n in range(20)]
    pages = [replace(page("export", learn, story), articles=()) for story in stories]
    path = tmp_path / "pages.jsonl"
    write_pages(path, [*pages, page("measured", measure, stories[7])])
    sides = partition(articles(), read_pages(path), split=split)
    assert len(sides.pages) == 20
    kept = sides.without_copies().pages
    assert [one.text for one in kept] == [one.text for one in pages if one is not pages[7]]
