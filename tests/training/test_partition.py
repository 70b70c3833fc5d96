"""Nothing of what is learned from is measured on, by name or by text."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.page import Page
from tests.model.tiny import article
from training.corpus import Article, read_articles
from training.holdout import held_out_split, holdout_pages, is_held_out
from training.labelled import LabelledPage
from training.partition import Partition, divide_sources, partition
from training.real import pages as real_module
from training.real import sides as sides_module
from training.real.sides import REAL, RealSides, read_sides

SHARED = Path(os.environ.get("STORYSEAM_SHARED", Path(__file__).parents[3] / "shared"))


def split(some: Any) -> Any:
    return held_out_split(some, langs=())


def articles() -> list[Article]:
    """Long enough, and of enough outlets, for both sides to have some."""
    some = [article(n, paragraphs=7) for n in range(240)]
    return [replace(one, outlet=f"outlet{n % 24}.example") for n, one in enumerate(some)]


def page(name: str, site: str, *stories: Article) -> LabelledPage:
    """A real page that shows articles in other lines, between furniture of its own."""
    lines, starts = ["Home", "Subscribe"], []
    for story in stories:
        starts.append(sum(len(line) + 1 for line in lines))
        lines += [f"As seen on {site}", *story.text.replace(". ", ".\n").split("\n")]
    text = "\n".join([*lines, "About us", "Imprint"])
    return LabelledPage(name, text, starts, [], "real", "en", (site,), (name,)).check()


def grams(text: str) -> set[tuple[str, ...]]:
    words = text.casefold().split()
    return {tuple(words[at : at + 8]) for at in range(len(words) - 7)}


def on_both_sides(sides: Partition) -> set[tuple[str, str]]:
    """Pairs of ids whose texts share a third of the shorter; slow, and by words, not by signs."""
    owners: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    sizes = {}
    for one in (*sides.articles, *sides.pages, *(page for _, page in sides.real)):
        own = grams(one.text)
        sizes[one.id] = len(own)
        for gram in own:
            owners[gram].append(one.id)
    found = set()
    for one in (*sides.held_articles, *sides.frozen):
        own = grams(one.text)
        shared = Counter(name for gram in own for name in owners.get(gram, ()))
        found |= {
            (name, one.id)
            for name, count in shared.items()
            if count > 0.35 * max(1, min(len(own), sizes[name]))
        }
    return found


class Case:
    """Articles, and real pages of both sides that have their texts."""

    def __init__(self) -> None:
        self.articles = articles()
        learned, held = split(self.articles)
        self.to_learn, self.held = learned[0], held[0]
        self.other_held = held[1]
        fresh = replace(article(900, paragraphs=8), id="fresh")
        sites = [f"site{n}.example" for n in range(60)]
        here, there = (
            [site for site in sites if is_held_out(site, "en") is out] for out in (False, True)
        )
        self.measure = [page("m0", there[0], self.to_learn, fresh), page("m1", there[1], fresh)]
        learn = [
            page("holds-what-is-measured", here[0], fresh),
            page("holds-a-held-out-article", here[1], self.held),
            page("alone", here[2], replace(article(901, paragraphs=8), id="alone")),
        ]
        stories = [replace(fresh, id=REAL + learn[0].id, outlet=here[0])]
        self.real = RealSides(
            [], [(Page.from_text(p.text), p) for p in learn], self.measure, stories
        )
        self.correction = replace(page("corrected", here[3], self.other_held), kind="corrected")

    def sides(self, compose: Callable[..., Sequence[LabelledPage]] = lambda *_: []) -> Partition:
        return divide_sources(
            self.articles, [self.correction], self.real, split=split, compose=compose
        )


def test_the_text_of_an_article_is_on_one_side_only_under_whatever_name() -> None:
    case = Case()
    by_name = partition(case.articles, [case.correction], split=split).with_real(case.real)
    assert on_both_sides(by_name), "names alone do not tell"
    sides = case.sides()
    assert on_both_sides(sides) == set()
    assert case.to_learn not in sides.articles, "what is measured as a page is not learned"
    assert {p.id for _, p in sides.real} == {"holds-a-held-out-article", "alone"}
    assert not any(one.id.startswith(REAL) for one in sides.articles), "nor by its page's story"
    assert sides.pages == [case.correction], "what a person labelled is learned from"
    assert case.held not in sides.held_articles
    assert case.other_held not in sides.held_articles
    assert sides.frozen == case.measure
    # Of the articles nothing else went; the dropped page went with its story.
    assert len(sides.articles) + len(sides.held_articles) == len(case.articles) - 3
    assert sides.copies == 5


def _solo() -> tuple[list[Article], str]:
    """Articles of many outlets, and of one that alone has its language and a held-out name."""
    name = next(f"one{n}.example" for n in range(99) if is_held_out(f"one{n}.example", "mi"))
    alone = [
        replace(article(1000 + n, paragraphs=7), id=f"mi{n}", lang="mi", outlet=name)
        for n in range(40)
    ]
    return [*articles(), *alone], name


def test_a_page_of_an_outlet_that_is_split_by_article_is_learned_from() -> None:
    """Its articles are learned from, whatever the hash of its name says."""
    some, name = _solo()
    correction = LabelledPage("c", "A page of theirs", [0], [], "corrected", "mi", (name,))
    sides = partition(some, [correction], split=split)
    assert sides.by_article == {"mi"}
    assert any(one.outlet == name for one in sides.articles)
    assert sides.pages == [correction]
    assert sides.frozen == []


def test_a_page_of_an_outlet_that_is_learned_from_and_held_out_is_learned_from() -> None:
    """Alone in one language, where it is split by article, and one of many in another."""
    some, name = _solo()
    some += [
        replace(article(1100 + n, paragraphs=7), id=f"en{n}", lang="en", outlet=name)
        for n in range(4)
    ]
    assert not [one for one in partition(some, [], split=split).articles if one.id == "en0"]
    corrections = [
        LabelledPage(lang, f"A page in {lang}", [0], [], "corrected", lang, (name,))
        for lang in ("mi", "en")
    ]
    composed = [LabelledPage("f", "A composed page", [0], [], "feed", "en", (name,), ("en0",))]
    sides = divide_sources(some, corrections, None, split=split, compose=lambda *_: composed)
    assert sides.pages == corrections
    assert sides.frozen == composed
    assert "en0" in {one.id for one in sides.held_articles}, "what is measured stays"


def test_pages_that_a_training_held_out_of_a_split_outlet_are_measured_on() -> None:
    """As `storyseam train --held-out` wrote them: the marked name's own hash says nothing."""
    some, name = _solo()
    learned, held = (tuple(one.id for one in side if one.lang == "mi") for side in split(some))
    names = (f"other{n}.example#articles" for n in range(99))
    marks = (f"{name}#articles", next(each for each in names if not is_held_out(each, "mi")))
    pages = [
        LabelledPage("held", "One that was held out", [0], [], "feed", "mi", marks[:1], held[:1]),
        LabelledPage("plain", "One of theirs", [0], [], "real", "mi", (name,), held[1:2]),
        LabelledPage("other", "Of an outlet without articles here", [0], [], "", "mi", marks[1:]),
        LabelledPage("moved", "One learned by now", [0], [], "feed", "mi", marks[:1], learned[:1]),
    ]
    composed = [replace(pages[0], id="again"), LabelledPage("new", "A composed page", [0])]
    sides = divide_sources(some, pages, None, split=split, compose=lambda *_: composed)
    assert [page.id for page in sides.frozen] == ["held", "plain", "other", "new"]
    assert sides.pages == []


def test_corrections_of_a_site_that_real_pages_measure_are_measured_as_well() -> None:
    some = articles()
    site = split(some)[0][0].outlet
    real = RealSides([], [], [page("m", site, replace(article(900, paragraphs=8), id="m"))], [])
    elsewhere = split(some)[0][-1].outlet
    corrections = [
        LabelledPage("c", "A page of theirs", [0], [], "corrected", "en", (site,)),
        LabelledPage("copy", "A page of theirs", [0], [], "corrected", "en", (elsewhere,)),
        LabelledPage("o", "One of others", [0], [], "corrected", "en", (elsewhere,)),
        LabelledPage("both", "Of two", [0], [], "corrected", "en", (site, elsewhere)),
    ]
    sides = divide_sources(some, corrections, real, split=split, compose=lambda *_: [])
    assert elsewhere != site
    assert [page.id for page in sides.frozen] == ["c", "m"]
    assert [page.id for page in sides.pages] == ["o"]
    assert sides.measured_sites == {site}
    assert site not in {one.outlet for one in sides.articles}


def test_composed_pages_have_no_text_that_was_learned_from() -> None:
    sides = Case().sides(
        lambda held, solo: holdout_pages(held, seed=1, per_kind=6, by_article=solo)
    )
    assert len(sides.frozen) > 30
    assert on_both_sides(replace(sides, held_articles=[])) == set()


def test_without_real_pages_nothing_is_dropped() -> None:
    sides = divide_sources(articles(), [], None, split=split, compose=lambda *_: [])
    assert sides.copies == 0
    assert sides.hosts == sides.real == []


@pytest.mark.skipif(not (SHARED / "data/pages").is_dir(), reason="the shared pages are absent")
def test_articles_of_the_shared_corpora_are_no_bodies_of_measured_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fundus articles are bodies of real pages under other names: a leak that once was."""
    # Every fourth page, as text only: all of them with their markup would take a minute.
    some = real_module.read_real_pages(SHARED / "data/pages")[::4]
    monkeypatch.setattr(real_module, "_markup", lambda folder: {})
    monkeypatch.setattr(sides_module, "read_real_pages", lambda folder: some)
    monkeypatch.setattr(sides_module, "read_hand_labels", lambda folder: [])
    real = read_sides(SHARED / "data/pages")
    fundus = list(read_articles([SHARED / "data/articles/multi_fundus.jsonl.xz"]))
    assert on_both_sides(partition(fundus, [], split=split).with_real(real))
    sides = divide_sources(fundus, [], real, split=split, compose=lambda *_: [])
    assert len(sides.frozen) > 30
    assert len(sides.real) > 0.9 * len(real.learn)
    assert on_both_sides(sides) == set()


def test_a_real_page_is_thinned_out_in_all_its_forms() -> None:
    sides = Case().sides()
    sides = replace(sides, articles=[*sides.articles, *Case().real.articles])
    for share in (0.1, 0.4, 0.7):
        less = sides.thinned(share, seed=3)
        assert less.frozen == sides.frozen
        assert less.held_articles == sides.held_articles
        kept = {truth.articles[0] for _, truth in less.real}
        as_articles = {one.id.removeprefix(REAL) for one in less.articles if REAL in one.id}
        both = {truth.articles[0] for _, truth in sides.real} & {
            one.id.removeprefix(REAL) for one in sides.articles
        }
        assert kept & both == as_articles & both
