"""Labels of real pages: invented pages for the rules, the shared ones for the agreement."""

from __future__ import annotations

import json
import lzma
import os
from pathlib import Path
from typing import Any

import pytest

from training.real.headers import Titles, body_blocks, headline_block, kickers, page_titles
from training.real.pages import (
    RealPage,
    agreement,
    as_labelled,
    fold,
    read_all,
    read_hand_labels,
    read_multistory,
    read_newsletters,
    read_real_pages,
)

SHARED = Path(os.environ.get("STORYSEAM_SHARED", Path(__file__).parents[3] / "shared"))
PAGES = SHARED / "data" / "pages"
needs_pages = pytest.mark.skipif(not PAGES.exists(), reason=f"{PAGES} is absent")

TITLE = "Ferry to the outer islands stops for the winter"
PARAGRAPHS = [
    f"The harbour office said in its notice number {n} that nothing was sure." for n in range(6)
]


def dump(path: Path, *rows: dict[str, Any]) -> None:
    with lzma.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)


def real(tmp_path: Path, blocks: list[str], main: list[int], markup: str = "") -> RealPage:
    row = {
        "id": "p1",
        "url": "https://news.heron.co.uk/a",
        "lang": "en",
        "title": f"{TITLE} - Heron",
    }
    dump(tmp_path / "real_main.jsonl.xz", row | {"blocks": blocks, "main": main})
    dump(tmp_path / "real_html.jsonl.xz", {"id": "p1", "html": markup})
    return read_real_pages(tmp_path)[0]


def labels(page: RealPage) -> str:
    """One letter a block: S start, i inside, o outside."""
    made = as_labelled(page)
    assert made is not None
    at, out = 0, ""
    for block in page.blocks:
        if any(a <= at < b for a, b in made.outside):
            out += "o"
        else:
            out += "S" if at in made.starts else "i"
        at += len(block) + 1
    return out


def test_header_belongs_to_the_story_and_share_lines_do_not(tmp_path: Path) -> None:
    head = ["Home", "Sport", TITLE, "By Ana Ruiz", "3 May 2024", "Share on Facebook"]
    blocks = [*head, *PARAGRAPHS, "More stories", "Contact"]
    page = real(tmp_path, blocks, [0] * 6 + [1] * 6 + [0] * 2)
    assert page.site == "heron.co.uk"
    assert labels(page) == "ooSiio" + "i" * 6 + "oo"


def test_date_above_the_headline_opens_the_story(tmp_path: Path) -> None:
    blocks = ["Home", "3 May 2024", TITLE, *PARAGRAPHS]
    assert labels(real(tmp_path, blocks, [0] * 3 + [1] * 6)).startswith("oSi")


def test_of_several_headlines_the_nearest_to_the_body(tmp_path: Path) -> None:
    blocks = ["Home", TITLE, "Login", "Search", TITLE, "By Jo Bell", *PARAGRAPHS, TITLE]
    assert labels(real(tmp_path, blocks, [0] * 6 + [1] * 6 + [0])) == "ooooSi" + "i" * 6 + "o"


def test_two_copies_in_a_row_begin_with_the_first() -> None:
    blocks = ["Home", TITLE, TITLE, *PARAGRAPHS]
    assert headline_block(blocks, [3, 4, 5], Titles([], [TITLE])) == 1


def test_kicker_only_where_the_markup_says_so(tmp_path: Path) -> None:
    blocks = ["Home", "Harbour notes", TITLE, *PARAGRAPHS]
    main = [0] * 3 + [1] * 6
    together = f"<nav>Home</nav><header><span>Harbour notes</span><h1>{TITLE}</h1></header>"
    apart = f"<ul><li>Home<li>Harbour notes</ul><h1>{TITLE}</h1>"
    assert kickers(together, TITLE) == ["Harbour notes"]
    assert kickers(apart, TITLE) == []
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert labels(real(tmp_path / "a", blocks, main, together)).startswith("oSi")
    assert labels(real(tmp_path / "b", blocks, main, apart)).startswith("ooS")


def test_interruption_is_outside_and_a_lost_last_paragraph_inside(tmp_path: Path) -> None:
    last = f"“{PARAGRAPHS[0]}” said the port master, who has served for thirty years."
    blocks = [
        TITLE,
        *PARAGRAPHS[:3],
        "Read also",
        "Another headline",
        *PARAGRAPHS[3:],
        last,
        "Tags",
    ]
    assert labels(real(tmp_path, blocks, [0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0])) == "Siiiooiiiio"


def test_a_stray_copy_of_the_lead_is_not_the_body() -> None:
    blocks = [PARAGRAPHS[0], *["Menu"] * 40, *PARAGRAPHS]
    assert body_blocks(blocks, [1, *[0] * 40, *[1] * 6]) == list(range(41, 47))


def test_a_page_without_its_article_has_no_label(tmp_path: Path) -> None:
    assert as_labelled(real(tmp_path, ["Home", "Login"], [0, 0])) is None


def test_titles_lose_the_site_and_foreign_headings() -> None:
    markup = f"<h1>Our sponsors</h1><h1><a>{TITLE}</a></h1><title>{TITLE} | The Heron</title>"
    titles = page_titles(markup, None)
    assert titles.headings == [TITLE]
    assert TITLE in titles.names


def test_folds_go_by_site() -> None:
    folds = [fold(f"site{n}.example", 5) for n in range(500)]
    assert set(folds) == set(range(5))
    assert all(70 < folds.count(n) < 130 for n in range(5))
    assert fold("heron.co.uk", 5) == fold("heron.co.uk", 5)


@needs_pages
def test_agreement_with_hand_labels_stays() -> None:
    """Floors a little under what was measured (.56 of 9, .81 of 77 starts; .947 of characters)."""
    pages = read_real_pages(PAGES)
    own = agreement(pages, read_hand_labels(PAGES, drafted=False))
    assert own["first start exact"] > 0.77
    assert own["characters alike, one-story pages"] > 0.93
    assert agreement(pages, read_multistory(PAGES))["first start exact"] > 0.5


@needs_pages
def test_every_page_once_and_hand_labels_first() -> None:
    pages = read_all(PAGES)
    assert len({page.id for page in pages}) == len(pages)
    assert sum(len(page.starts) > 1 for page in pages) > 25
    assert len(pages) > 1300


@needs_pages
def test_starts_of_hand_labels_are_first_characters_of_blocks() -> None:
    for page in (*read_multistory(PAGES), *read_hand_labels(PAGES), *read_newsletters(PAGES)):
        for start in page.starts:
            assert start == 0 or page.text[:start].rstrip(" \t\u00a0").endswith("\n")
            assert not any(a <= start < b for a, b in page.outside)
