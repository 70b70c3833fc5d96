"""Extractors beside Storyseam: shingles, pages with a second story, and what is counted."""

from __future__ import annotations

import math
import os
from pathlib import Path

import orjson
import pytest

from model.page import Page
from model.stories import Boundary, Segmentation, Story
from training.benchmark.extractors import EXTRACTORS, Extractor, run_extractors
from training.benchmark.html import CONTAINERS, MarkupPage, read_markup_pages, set_in
from training.benchmark.tables import extractors_section
from training.holdout import is_held_out
from training.metrics import shingles
from training.real import read_multistory, read_real_pages
from training.shingles import mean_f1, overlap, precision_recall_of

SHARED = Path(os.environ.get("STORYSEAM_SHARED", Path(__file__).parents[3] / "shared"))
# Long enough for jusText, which takes shorter paragraphs for furniture.
OWN = [
    f"The ferry to island {n} was late because the winch had frozen in the night, and it was for "
    "the captain to say to all of us on the quay when there would be another one, if at all, as "
    "he did not have the part for it in any of his boxes."
    for n in range(6)
]
NEXT = [f"A museum found coin number {n} under the floor of its own kitchen." for n in range(6)]
HTML = (
    '<html><body><nav><a href="/">Home</a></nav><article><h1 class="top">Ferries late</h1>'
    + "".join(f'<p class="para">{line}</p>' for line in OWN)
    + "</article><footer>About us</footer></body></html>"
)


def test_shingles_are_runs_of_four_words() -> None:
    assert shingles("a b c d e") == {("a", "b", "c", "d"): 1, ("b", "c", "d", "e"): 1}
    assert shingles("a b") == {("a", "b"): 1}
    assert not shingles(" … ")


def test_precision_and_recall_count_repetition() -> None:
    once, twice = shingles("a b c d"), shingles("a b c d a b c d")
    precision, recall = precision_recall_of(once, twice)
    assert (precision, recall) == (0.2, 1.0)
    assert overlap(twice, once) == 0.2
    assert overlap(shingles(""), once) == 1.0


def test_f1_is_that_of_the_means_and_empty_answers_count_for_recall() -> None:
    nothing = precision_recall_of(shingles("a b c d"), shingles(""))
    assert math.isnan(nothing[0])
    assert mean_f1([(1.0, 1.0), nothing]) == pytest.approx(2 / 3)
    assert mean_f1([nothing]) == 0.0


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_second_story_stands_behind_the_first_in_its_dress(kind: str) -> None:
    html = set_in(HTML, OWN[-1], "Coins found", NEXT, kind)
    assert html is not None
    assert html.index(OWN[-1]) < html.index("Coins found") < html.index(NEXT[0])
    assert html.index(NEXT[-1]) < html.index("About us")
    assert html.count('<p class="para">') == 12
    assert ("infinite-scroll" in html) == (kind == "scroll box")
    assert html.count("<article>") == (2 if kind == "articles" else 1)


def test_a_paragraph_that_is_not_there_gives_no_page() -> None:
    assert set_in(HTML, "Not on the page", "Coins found", NEXT, "flat") is None


class Told:
    """Finds both stories of every page, or takes them for one."""

    version = "told"

    def __init__(self, apart: bool) -> None:
        self.apart = apart

    def segment_many(self, pages: list[Page]) -> list[Segmentation]:
        return [self._answer(page) for page in pages]

    def label_proba(self, pages: list[Page]) -> list[object]:
        raise NotImplementedError

    def _answer(self, page: Page) -> Segmentation:
        texts = ["\n".join(OWN), "\n".join(NEXT)]
        if NEXT[0] not in page.text:
            texts = texts[:1]
        elif not self.apart:
            texts = ["\n".join(texts)]
        stories = [
            Story(0, 1, not at, None, None, None, None, 1.0, 1.0, text)
            for at, text in enumerate(texts)
        ]
        return Segmentation(
            "told", page.text, tuple(stories), (Boundary(1, 1.0),) * (len(texts) > 1)
        )


def markup_pages() -> list[MarkupPage]:
    own, other = "\n".join(OWN), "\n".join(NEXT)
    out = [MarkupPage(str(n), HTML, "en", "one story", (own,)) for n in range(4)]
    for kind in CONTAINERS:
        html = set_in(HTML, OWN[-1], "Coins found", NEXT, kind)
        assert html is not None
        out.append(MarkupPage(kind, html, "en", kind, (own, other)))
    return out


def failing(html: str, lang: str) -> str:
    raise RuntimeError(lang)


def gone() -> object:
    raise ImportError("No module named 'nowhere'")


def test_what_is_swallowed_lost_split_and_apart() -> None:
    everything = Extractor("all", (), lambda: lambda html, lang: "\n".join([*OWN, *NEXT]))
    nothing = Extractor("none", (), lambda: failing)
    missing = Extractor("x", (), gone)  # type: ignore[arg-type]
    found = run_extractors(
        Told(apart=True),  # type: ignore[arg-type]
        markup_pages(),
        turns=2,
        extractors=[everything, nothing, missing],
    )
    ours, greedy, broken = found["rows"]
    assert ours["f1"] == [1.0, 1.0, 1.0]
    assert (ours["apart"], ours["false_split"], ours["lost"]) == (1.0, 0.0, 0.0)
    assert set(ours["swallowed"].values()) == {0.0}
    assert set(greedy["swallowed"].values()) == {1.0}
    assert greedy["apart"] is None
    assert (broken["f1"][0], broken["lost"]) == (0.0, 1.0)
    assert [one["name"] for one in found["absent"]] == ["x"]
    assert "None" not in extractors_section(found)
    assert orjson.loads(orjson.dumps(found)) == found
    merged = run_extractors(
        Told(apart=False),  # type: ignore[arg-type]
        markup_pages(),
        turns=2,
        extractors=[],
    )
    assert set(merged["rows"][0]["swallowed"].values()) == {1.0}
    assert merged["rows"][0]["apart"] == 0.0


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda one: one.name)
def test_an_extractor_that_is_installed_finds_a_plain_body(extractor: Extractor) -> None:
    try:
        extract = extractor.load()
    except ImportError as error:
        pytest.skip(f"needs the extra benchmark: {error}")
    body = "\n".join(OWN)
    assert overlap(shingles(body), shingles(extract(HTML, "en"))) > 0.5


@pytest.mark.skipif(not (SHARED / "data/pages").is_dir(), reason="the shared pages are absent")
def test_the_real_pages_are_of_sites_that_nothing_was_learned_from() -> None:
    folder = SHARED / "data" / "pages"
    pages = read_markup_pages(folder, count=24)
    assert sum(page.kind == "one story" for page in pages) == 24
    assert {page.kind for page in pages} == {"one story", "by hand", *CONTAINERS}
    given = {page.outlets[0] for page in read_multistory(folder)}
    learned = {
        page.id
        for page in read_real_pages(folder)
        if page.site not in given and not is_held_out(page.site, page.lang, langs=())
    }
    assert not learned & {part for page in pages for part in page.id.split("+")}
