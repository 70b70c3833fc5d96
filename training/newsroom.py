"""What corrections teach: one newsroom whose layout no model has seen, and what it gains from them.

``python -m training.newsroom --articles FILES --out docs/newsroom.svg`` writes a plot, and its
figures beside it as JSON. The newsroom's pages are a feed of several stories in an odd order: a
rubric, the first paragraph, and only then the headline, byline and date, so that what looks like
the beginning of a story is its third line. Models are fitted with 0, 20, 50 and 100 corrected
pages of that site, and measured on others of its pages and on pages of all other kinds, from other
outlets.

The fits are smaller than the one that ships, so that the command takes minutes; all that depends on
articles alone is computed once.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from model.page import Page
from model.segmenter import Segmenter
from training.corpus import Article, read_articles, solo_outlets
from training.evaluate import Report, evaluate
from training.fit import fit
from training.holdout import held_out_split, holdout_pages
from training.labelled import CORRECTED, LabelledPage
from training.plan import Plan
from training.sentences import first_words

__all__ = ["SITE", "draw", "newsroom_page", "simulate"]

SITE = "newsroom.example"
COUNTS = (0, 20, 50, 100)

# A tenth to a quarter of the shipped model's: what corrections bring shows at any size.
# But for the bar: of 500 pages, one in a hundred of the whole ones are too few to set it by, and
# what these models cut of others would be chance.
_PLAN = Plan(pages=2_500, wording_pages=300, vector_steps=700, rounds=90, tuning_pages=3_000)
_UNSEEN = 150
_PER_KIND = 25
_RUBRICS = ("Harbour", "Market", "Council", "Schools", "Roads", "Weather desk", "Courts", "Sport")
_ABOVE = ("Menu", "Search", "The Newsroom", "Subscribe", "Sign in")
_BELOW = ("Most read", "About us", "Imprint", "Privacy")
_MONTHS = ("January", "March", "May", "July", "October", "December")


def newsroom_page(stories: Sequence[Article], rng: random.Random, name: str) -> LabelledPage:
    """A page of the newsroom, with the labels that a person would give it."""
    lines = list(_ABOVE)
    starts: list[int] = []
    outside = [(0, sum(len(line) + 1 for line in lines) - 1)]
    for story in stories:
        starts.append(sum(len(line) + 1 for line in lines))
        body = first_words([p for p in story.paragraphs if p.strip()], rng.randint(90, 220))
        date = f"{rng.randint(1, 28)} {rng.choice(_MONTHS)} 2024, {rng.randint(10, 22)}:30"
        head = [story.title or "Report", f"By {story.byline or 'our reporter'}", date]
        lines += [rng.choice(_RUBRICS), body[0], *head, *body[1:]]
    ends = sum(len(line) + 1 for line in lines)
    lines += _BELOW
    text = "\n".join(lines)
    outside.append((ends, len(text)))
    return LabelledPage(
        id=name,
        text=text,
        starts=starts,
        outside=outside,
        kind=CORRECTED,
        lang=stories[0].lang,
        outlets=(SITE,),
        articles=tuple(one.id for one in stories),
    ).check()


def newsroom_pages(articles: Sequence[Article], count: int, seed: int) -> list[LabelledPage]:
    """So many pages of two to five stories."""
    rng = random.Random(f"newsroom/{seed}")
    usable = [one for one in articles if one.title and len(one.paragraphs) >= 3]
    return [
        newsroom_page(rng.sample(usable, rng.randint(2, 5)), rng, f"newsroom-{seed}-{number}")
        for number in range(count)
    ]


def simulate(
    articles: Sequence[Article],
    *,
    seed: int = 1,
    counts: Sequence[int] = COUNTS,
    plan: Plan = _PLAN,
    lang: str = "en",
    shipped: Segmenter | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any]:
    """Fit with more and more corrections, and measure.

    Parameters
    ----------
    articles : sequence of Article
        Split by outlet; the newsroom's pages are of held-out articles, those that are corrected
        and those that are measured of different ones.
    counts : sequence of int
        Corrected pages to learn from; 0 is the model before.
    shipped : Segmenter, optional
        Measured as well, as it is.

    Returns
    -------
    dict
        JSON values: for every count the figures with their intervals, at the newsroom and
        elsewhere.
    """
    learned, held = held_out_split(articles, langs=())
    own = [one for one in held if one.lang == lang]
    half = len(own) // 2
    random.Random(seed).shuffle(own)
    taught = newsroom_pages(own[:half], max(counts), seed)
    unseen = [
        replace(page, kind="newsroom") for page in newsroom_pages(own[half:], _UNSEEN, seed + 1)
    ]
    solo = solo_outlets(articles)
    elsewhere = holdout_pages(own[half:], seed=seed, per_kind=_PER_KIND, by_article=solo)
    rows: list[dict[str, Any]] = []
    if shipped is not None:
        rows.append({"model": "shipped"} | _measure(shipped, unseen, elsewhere))
    with tempfile.TemporaryDirectory(prefix="storyseam-newsroom-") as cache:
        for count in counts:
            model = fit(
                learned,
                seed=seed,
                plan=plan,
                real_pages=[(Page.from_text(page.text), page) for page in taught[:count]],
                cache=Path(cache),
                progress=progress,
            )
            rows.append({"corrections": count} | _measure(model, unseen, elsewhere))
    sizes = {"articles": len(learned), "unseen": len(unseen), "elsewhere": len(elsewhere)}
    shown = {name: value for name, value in vars(plan).items() if name not in ("jobs", "curve")}
    return {"seed": seed, "plan": shown} | sizes | {"rows": rows}


def _measure(
    model: Segmenter, unseen: Sequence[LabelledPage], elsewhere: Sequence[LabelledPage]
) -> dict[str, Any]:
    return {
        "newsroom": _figures(evaluate(model, unseen, worst=0)),
        "elsewhere": _figures(evaluate(model, elsewhere, worst=0)),
    }


def _figures(report: Report) -> dict[str, list[float]]:
    """Value and interval of the two figures that corrections must not trade for each other."""
    figures = report.overall.figures
    return {
        name: [round(float(each), 4) for each in figures[name]]
        for name in ("seam_f1", "false_split")
        if figures[name][0] == figures[name][0]  # not NaN: the newsroom has no one-story pages
    }


def draw(found: dict[str, Any], path: Path) -> None:
    """The plot: seam F1 by corrections, at the newsroom and elsewhere, with intervals."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    rows = [row for row in found["rows"] if "corrections" in row]
    counts = [row["corrections"] for row in rows]
    for where, words in (
        ("newsroom", "unseen pages of the newsroom"),
        ("elsewhere", "pages of all other kinds"),
    ):
        value, low, high = zip(*(row[where]["seam_f1"] for row in rows), strict=True)
        axes.fill_between(counts, low, high, alpha=0.2)
        axes.plot(counts, value, "o-", label=words)
    axes.set(xlabel="corrected pages of the newsroom", ylabel="seam F1", ylim=(0, 1.01))
    axes.set_xticks(counts)
    axes.legend(loc="lower right")
    figure.savefig(path, format="svg", metadata={"Date": None})


def main() -> None:
    """Simulate, and write the plot and its figures."""
    parser = argparse.ArgumentParser(prog="python -m training.newsroom", description=__doc__)
    parser.add_argument("--articles", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=Path("docs/newsroom.svg"))
    parser.add_argument("--limit", type=int, default=4000, help="articles of each file")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    stage = ""

    def tell(name: str, done: int, total: int) -> None:
        nonlocal stage
        if name != stage:
            stage = name
            print(name, flush=True)

    found = simulate(
        list(read_articles(asked.articles, limit=asked.limit)),
        seed=asked.seed,
        shipped=Segmenter.load(),
        progress=tell,
    )
    asked.out.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(found, asked.out)
    for row in found["rows"]:
        print({key: row[key] for key in row})


if __name__ == "__main__":
    main()
