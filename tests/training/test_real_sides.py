"""Real pages, apart by site, as text and as HTML; on invented pages and on the shared ones."""

from __future__ import annotations

import json
import lzma
import os
from pathlib import Path
from typing import Any

import pytest

import training.real.sides
from model.page import Page
from training.holdout import is_held_out
from training.labelled import LabelledPage
from training.real.sides import RealSides, html_twin, read_sides

SHARED = Path(os.environ.get("STORYSEAM_SHARED", Path(__file__).parents[3] / "shared"))
LINES = ["Home", "A headline of the harbour", *[f"Paragraph {n} of the story." for n in range(6)]]
LINES += ["Footer"]


def markup(lines: list[str]) -> str:
    tags = "".join(f"<p>{line}</p>" for line in lines[2:])
    return f"<html><body><nav>{lines[0]}</nav><h1>{lines[1]}</h1>{tags}</body></html>"


def truth(lines: list[str] = LINES) -> LabelledPage:
    text = "\n".join(lines)
    end = len(text)
    outside = [(0, 4), (end - len(lines[-1]), end)]
    return LabelledPage("p", text, [5], outside, "real", "en", ("heron.example",), ("p",)).check()


def test_the_twin_has_the_same_labels_on_the_text_of_the_markup() -> None:
    found = html_twin(truth(), markup(LINES))
    assert found is not None
    page, label = found
    label.check()
    assert label.text == page.text
    assert page.markup is not None
    assert label.html == markup(LINES)
    assert [label.text[at:].split("\n")[0] for at in label.starts] == [LINES[1]]
    assert [label.text[a:b] for a, b in label.outside] == ["Home", "Footer"]
    assert label.articles == truth().articles
    assert label.id != truth().id


def test_blocks_that_the_markup_lacks_or_has_more_of_shift_nothing() -> None:
    other = [*LINES[:3], "Only in the markup", *LINES[4:]]
    found = html_twin(truth(), markup(other))
    assert found is not None
    page, label = found
    assert [label.text[at:].split("\n")[0] for at in label.starts] == [LINES[1]]
    assert [label.text[a:b] for a, b in label.outside] == ["Home", "Footer"]
    assert "Only in the markup" in page.text


def test_without_markup_or_without_the_start_there_is_no_twin() -> None:
    assert html_twin(truth(), "") is None
    assert html_twin(truth(), markup([LINES[0], "Another headline", *LINES[2:]])) is None


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealSides:
    """Forty invented pages of twenty sites, one of them labelled by hand with the data."""
    rows: list[dict[str, Any]] = []
    pages: list[dict[str, Any]] = []
    for n in range(40):
        lines = [LINES[0], f"Headline {n} of the harbour", *LINES[2:-1], "Footer"]
        lines = [line.replace("story", f"story {n}") for line in lines]
        rows.append(
            {
                "id": f"p{n}",
                "url": f"https://site{n // 2}.example/{n}",
                "lang": "en",
                "title": lines[1],
                "blocks": lines,
                "main": [0, 0, 1, 1, 1, 1, 1, 1, 0],
            }
        )
        pages.append({"id": f"p{n}", "html": markup(lines)})
    given = {
        "id": "p0", "url": "https://site0.example/0", "lang": "en", "kind": "multistory",
        "blocks": rows[0]["blocks"], "story_starts": [1, 5], "furniture_from": 8,
        "furniture_spans": [],
    }  # fmt: skip
    for name, content in (
        ("real_main", rows),
        ("real_html", pages),
        ("real_multistory", [given]),
    ):
        with lzma.open(tmp_path / f"{name}.jsonl.xz", "wt", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in content)
    monkeypatch.setattr(training.real.sides, "read_newsletters", lambda folder: [])
    return read_sides(tmp_path)


def sites(pages: list[LabelledPage]) -> set[str]:
    return {name for page in pages for name in page.outlets}


def test_no_site_is_learned_from_and_measured_on(sides: RealSides) -> None:
    learned = sites([truth for _, truth in sides.learn])
    measured = sites(sides.measure)
    assert learned
    assert measured
    assert not learned & measured
    assert {page.site for page in sides.hosts} == learned
    assert {one.outlet for one in sides.articles} <= learned
    assert all(not is_held_out(site, "en", langs=()) for site in learned)


def test_the_hand_labelled_page_and_its_site_are_measured_on_only(sides: RealSides) -> None:
    assert "site0.example" in sites(sides.measure)
    given = [page for page in sides.measure if page.kind == "real_multistory_text"]
    assert [len(page.starts) for page in given] == [2]
    # The other page of that site is nowhere: neither learned from nor labelled by hand.
    assert not any("p1" in page.articles for page in sides.measure)


def test_a_language_to_leave_unseen_is_still_measured_on(sides: RealSides) -> None:
    lang = sides.articles[0].lang
    without = sides.without([lang])
    assert without.measure == sides.measure
    assert lang not in {one.lang for one in (*without.hosts, *without.articles)}
    assert lang not in {truth.lang for _, truth in without.learn}
    assert sides.without(["xx"]) == sides


def test_every_page_comes_as_text_and_as_markup(sides: RealSides) -> None:
    text = [truth for page, truth in sides.learn if page.markup is None]
    both = [truth for page, truth in sides.learn if page.markup is not None]
    assert len(text) == len(both) > 0
    assert {kind.rpartition("_")[2] for kind in (p.kind for p in sides.measure)} == {"text", "html"}
    for page, label in sides.learn:
        assert page.text == label.text
        assert set(label.starts) <= set(page.starts.tolist())


def test_stories_of_learned_pages_are_articles_of_paragraphs(sides: RealSides) -> None:
    assert sides.articles
    for one in sides.articles:
        assert len(one.paragraphs) == 6
        assert "Home" not in one.text
        assert one.title.startswith("Headline")


@pytest.mark.skipif(not (SHARED / "data/pages").is_dir(), reason="the shared pages are absent")
def test_the_shared_pages_stand_apart() -> None:
    """Labels only: reading all markup would take a minute."""
    from training.real import read_multistory

    given = read_multistory(SHARED / "data/pages")
    assert given
    for page in given:
        blocks = set(Page.from_text(page.text).starts.tolist())
        assert sum(start in blocks for start in page.starts) >= 0.9 * len(page.starts)


def test_both_forms_of_a_page_carry_the_text_of_its_article(sides: RealSides) -> None:
    bodies = {page.body for page in sides.measure if page.kind in ("real_text", "real_html")}
    assert bodies
    assert all(body and "Headline" not in body and "Paragraph 0" in body for body in bodies)
