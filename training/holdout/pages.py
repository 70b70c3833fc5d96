"""Pages to measure with, from outlets, layouts and wording that no model was trained on.

``python -m training.holdout --articles FILES --out pages.jsonl --seed N`` writes them. The
generator shares nothing with `training.synthesis` but the articles' format; the rule for what is
held out is fixed here, and the training command goes by it:

* about 15 % of outlets, chosen by the hash of their names;
* all of the languages that are asked for, such as `HELD_OUT_LANGS`, for figures on languages never
  trained on; none of them without being asked, as the model that ships learned from all;
* in languages where one outlet gives nearly everything, 15 % of the articles instead. Their pages
  say so: the outlet's name ends in ``#articles``.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from training.corpus import Article, divide, fraction, read_articles, solo_outlets
from training.holdout.hard import single_hard
from training.holdout.layouts import KINDS, Draft
from training.holdout.stories import Deck, Story, neighbours, prepare
from training.holdout.wording import Wording
from training.labelled import LabelledPage, write_pages

__all__ = [
    "FEWEST_ARTICLES",
    "FEWEST_PARAGRAPHS",
    "HELD_OUT_LANGS",
    "HELD_OUT_SHARE",
    "ROTATIONS",
    "held_out_pages",
    "held_out_split",
    "holdout_pages",
    "is_held_out",
]

# One Germanic, one Romance and one Bantu language, of which others of the family are trained on
# only in part; small corpora, so that a model without them loses little.
HELD_OUT_LANGS: tuple[str, ...] = ("de", "ro", "sn")
# Other choices, for the rotation that measures languages never trained on.
ROTATIONS: tuple[tuple[str, ...], ...] = (
    HELD_OUT_LANGS,
    ("ar", "xh", "vi"),
    ("zh", "om", "fr"),
    ("ru", "yo", "es"),
    ("id", "so", "lg"),
)
HELD_OUT_SHARE = 0.15
# Chosen so that several large outlets of different colours are held out (usatoday.com,
# thehill.com, csmonitor.com, reason.com, breitbart.com) and no corpus vanishes from training.
_SEED = 298
_ALL = {**KINDS, "single_hard": single_hard}
# Of one-story pages there are as many as of all others together, as a false split costs most.
_WEIGHTS = {"single": 6, "single_hard": 6}
_STORIES = {"digest": (4, 10), "choi": (10, 10), "fullpage": (1, 2)}
_NEED_TITLES = {"titled", "dressed", "arab_news"}
# Languages other than English get one page for ten English ones of a kind.
_OTHERS = 10
# Fewer usable articles than this would stand on the same pages again and again.
FEWEST_ARTICLES = 12
FEWEST_PARAGRAPHS = 4


def is_held_out(outlet: str, lang: str, *, langs: Collection[str] = ()) -> bool:
    """Whether a whole outlet is kept from training; see `held_out_split` for the rest."""
    return lang in langs or fraction(outlet, _SEED) < HELD_OUT_SHARE


def held_out_split(
    articles: Iterable[Article], *, langs: Collection[str] = ()
) -> tuple[list[Article], list[Article]]:
    """(to train on, held out) by the fixed rule; near-duplicates of held-out articles go too."""
    articles = list(articles)
    solo = solo_outlets(articles) - set(langs)
    held = [
        fraction(one.id, _SEED) < HELD_OUT_SHARE
        if one.lang in solo
        else is_held_out(one.outlet, one.lang, langs=langs)
        for one in articles
    ]
    return divide(articles, held)


def holdout_pages(
    articles: Sequence[Article],
    *,
    seed: int,
    per_kind: int = 100,
    by_article: Collection[str] = (),
) -> list[LabelledPage]:
    """Evaluation pages of every kind and language.

    Parameters
    ----------
    articles : sequence of Article
        Held out; nothing else is read.
    seed : int
        The same seed and articles give the same pages.
    per_kind : int
        Pages of each kind in English, a tenth of it in other languages; of one-story kinds six
        times as many.
    by_article : collection of str
        Languages whose split was by article; their pages say so in ``outlets``.
    """
    by_lang: defaultdict[str, list[Article]] = defaultdict(list)
    for article in sorted(articles, key=lambda one: one.id):
        by_lang[article.lang].append(article)
    pages: list[LabelledPage] = []
    for lang in sorted(by_lang):
        rng = random.Random(f"{seed}:{lang}")
        usable = [
            one
            for one in by_lang[lang]
            if len(prepare(one, random.Random(one.id)).paragraphs) >= FEWEST_PARAGRAPHS
        ]
        if len(usable) < FEWEST_ARTICLES:
            continue
        count = per_kind if lang == "en" else max(1, per_kind // _OTHERS)
        pages += _language(usable, lang, rng, count, "#articles" if lang in by_article else "")
    return pages


def _language(
    articles: list[Article], lang: str, rng: random.Random, count: int, mark: str
) -> Iterator[LabelledPage]:
    titled = [one for one in articles if one.title]
    nearest: list[list[int]] = []
    teasers = [prepare(one, rng) for one in rng.sample(articles, min(400, len(articles)))]
    for name, kind in _ALL.items():
        pool = titled if name in _NEED_TITLES else articles
        if len(pool) < FEWEST_ARTICLES:
            continue
        deck = Deck(pool, rng)
        for number in range(count * _WEIGHTS.get(name, 1)):
            if name == "same_topic":
                nearest = nearest or neighbours(articles)
                hand = _alike(articles, nearest, rng)
            else:
                hand = deck.deal(
                    1 if name in _WEIGHTS else rng.randint(*_STORIES.get(name, (2, 4)))
                )
            stories = [prepare(one, rng) for one in hand]
            draft = Draft(rng, Wording(rng, lang), _others(teasers, hand))
            kind(draft, stories)
            text, starts, outside = draft.page(_separator(name, lang, rng))
            yield LabelledPage(
                id=f"holdout-{lang}-{name}-{number:04}",
                text=text,
                starts=starts,
                outside=outside,
                kind=name,
                lang=lang,
                outlets=tuple(dict.fromkeys(one.outlet + mark for one in hand)),
                articles=tuple(one.id for one in hand),
            ).check()


def _alike(
    articles: Sequence[Article], nearest: Sequence[Sequence[int]], rng: random.Random
) -> list[Article]:
    """A chain in which each is much like the one before it."""
    chain = [rng.randrange(len(articles))]
    length = rng.randint(2, 4)
    while len(chain) < length:
        near = [at for at in nearest[chain[-1]] if at not in chain]
        if not near:
            near = [at for at in range(len(articles)) if at not in chain]
        chain.append(rng.choice(near))
    return [articles[at] for at in chain]


def _others(teasers: Sequence[Story], hand: Sequence[Article]) -> list[Story]:
    """Articles to tease that do not stand on the page."""
    present = {one.id for one in hand}
    return [story for story in teasers if story.article.id not in present]


def _separator(kind: str, lang: str, rng: random.Random) -> str:
    """What stands between the lines of a page; a page has lost its line breaks or has not."""
    if kind == "running":
        return "" if lang in ("zh", "ja") else " "
    return rng.choice(("\n", "\n\n"))


def held_out_pages(
    files: Sequence[Path],
    *,
    seed: int,
    per_kind: int = 20,
    langs: Collection[str] = (),
) -> list[LabelledPage]:
    """Evaluation pages of the held-out part of some article files; see `holdout_pages`."""
    articles = list(read_articles(files))
    _, held = held_out_split(articles, langs=langs)
    solo = solo_outlets(articles) - set(langs)
    return holdout_pages(held, seed=seed, per_kind=per_kind, by_article=solo)


def main() -> None:
    """Write the pages of the held-out part of some article files."""
    parser = argparse.ArgumentParser(prog="python -m training.holdout", description=__doc__)
    parser.add_argument("--articles", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-kind", type=int, default=100)
    parser.add_argument("--langs", nargs="*", default=(), help="held out entirely")
    asked = parser.parse_args()
    pages = held_out_pages(
        asked.articles, seed=asked.seed, per_kind=asked.per_kind, langs=asked.langs
    )
    print(f"{write_pages(asked.out, pages)} pages")
