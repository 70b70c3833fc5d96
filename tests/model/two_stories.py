"""Invented HTML pages of two unrelated stories, in the four shapes that extractors merge.

``python -m tests.model.two_stories [MODEL_DIR]`` says of every shape how many of its pages a model
takes apart: two stories, each from its headline on, with all of its own text and none of the
other's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from model.html import page_from_html
from model.segmenter import Segmenter
from model.stories import Segmentation

__all__ = ["SHAPES", "STORIES", "TwoStories", "pages", "separated"]


@dataclass(frozen=True)
class Written:
    """One invented story."""

    headline: str
    byline: str
    date: str
    body: tuple[str, ...]


STORIES = (
    Written(
        "Salt works at Brennick Sound to reopen after forty years",
        "By Ada Quill",
        "9 March 2023",
        (
            "The old salt works at Brennick Sound will boil brine again this summer, forty years "
            "after the last pan was let go cold, the island council decided on Tuesday.",
            "A cooperative of nine families has leased the pans for a decade. They want to sell "
            "coarse grey salt to bakers on the mainland and to show visitors how it is raked.",
            "“My grandmother burned her hands here and cursed the place every evening,” said "
            "Torvald Hesk, who leads the cooperative. “She would laugh at me now.”",
            "The council will look at the lease again after the third harvest, and at the price "
            "of the peat that heats the pans.",
        ),
    ),
    Written(
        "Grand Halden orchestra finds missing overture in bakery attic",
        "By Piers Lomond",
        "10 March 2023",
        (
            "An overture that was thought lost since the fire of 1911 has turned up in the attic "
            "of a bakery in Grand Halden, wrapped around a bundle of cake tins.",
            "Musicians of the town's orchestra played the first forty bars on Thursday from "
            "photographs of the pages. The horns come in early and stay for a long time.",
            "The composer, Emmeline Vask, had copied the parts by hand for a concert that never "
            "took place. Historians knew of them from her letters to a cousin.",
            "The baker will keep the tins. The manuscript goes to the library, where it is dried "
            "and ironed page by page before anybody plays it again.",
        ),
    ),
    Written(
        "Court stops toll on Orrin bridge for farm vehicles",
        "By Nell Tarrow",
        "11 March 2023",
        (
            "Tractors may cross the Orrin bridge without paying, the regional court ruled on "
            "Friday, because the farms lay there before the toll gates did.",
            "Eleven farmers had sued the operator, which had charged them like lorries since the "
            "gates were moved by two hundred metres last spring.",
            "The judges found that a road which people need to reach their own fields cannot be "
            "sold back to them. The operator must return what it took.",
            "Its lawyer spoke of an appeal. The gates stay open for harvesters until then, the "
            "court clerk said, but not for trailers with timber.",
        ),
    ),
    Written(
        "Tullen goalkeeper saves three penalties on her first evening",
        "By Rex Ambler",
        "12 March 2023",
        (
            "Sixteen year old Mina Krall came on in the last minute of extra time and kept out "
            "three penalties as Tullen beat Marwick in the second round of the cup.",
            "The regular keeper had twisted an ankle on the frozen pitch. Krall had played for "
            "the youth side in the morning and had meant to watch the match with her brothers.",
            "“I looked at their knees, not at the ball,” she said. “Knees do not lie.” Marwick's "
            "coach asked for her shirt and was given a scarf.",
            "Tullen meet the winners of Saturday's match between Uist and Ferring, who have both "
            "conceded nothing so far.",
        ),
    ),
)

_HEAD = (
    "<!DOCTYPE html><html><head><title>The Heron</title></head><body><header><nav><ul>"
    "<li><a href=/>Home</a><li><a href=/i>Islands</a><li><a href=/c>Culture</a>"
    "<li><a href=/s>Sport</a><li><a href=/a>Subscribe</a></ul></nav></header>"
)
_SHARE = "<div class=share><a href=#>Share</a> <a href=#>Print</a></div>"
_FOOT = "<footer><p>About us</p><p>Contact</p><p>© 2023 The Heron</p></footer></body></html>"


def _flat(one: Written, two: Written) -> str:
    parts = "".join(
        f"<h1>{s.headline}</h1><p>{s.byline}</p><p>{s.date}</p>"
        + "".join(f"<p>{line}</p>" for line in s.body)
        for s in (one, two)
    )
    return f"{_HEAD}<div id=content>{parts}</div>{_FOOT}"


def _plain_divs(one: Written, two: Written) -> str:
    parts = "".join(
        "".join(f"<div>{line}</div>" for line in (s.headline, s.byline, s.date, *s.body))
        for s in (one, two)
    )
    return f"{_HEAD}<div><div>{parts}</div></div>{_FOOT}"


def _scroll(one: Written, two: Written) -> str:
    parts = "".join(
        f"<div class=post><h2 class=post-title>{s.headline}</h2>"
        f"<div class=meta><span class=author>{s.byline}</span> <time>{s.date}</time></div>{_SHARE}"
        "<div class=post-body>"
        + "".join(f"<p>{line}</p>" for line in s.body)
        + f"</div>{_SHARE}</div>"
        for s in (one, two)
    )
    return f"{_HEAD}<main><div class=infinite-scroll>{parts}</div></main>{_FOOT}"


def _articles(one: Written, two: Written) -> str:
    parts = "".join(
        f"<article><header><h1>{s.headline}</h1><p class=byline>{s.byline}</p>"
        f"<time>{s.date}</time></header>"
        + "".join(f"<p>{line}</p>" for line in s.body)
        + "</article>"
        for s in (one, two)
    )
    return f"{_HEAD}<main>{parts}</main>{_FOOT}"


SHAPES: dict[str, Callable[[Written, Written], str]] = {
    "flat container": _flat,
    "plain divs": _plain_divs,
    "infinite-scroll box": _scroll,
    "two articles": _articles,
}


@dataclass(frozen=True)
class TwoStories:
    """One page, and what it holds."""

    shape: str
    html: str
    stories: tuple[Written, Written]


def pages() -> Iterator[TwoStories]:
    """Every shape with every ordered pair of stories: 12 pages a shape."""
    for shape, write in SHAPES.items():
        for one, two in permutations(STORIES, 2):
            yield TwoStories(shape, write(one, two), (one, two))


def separated(page: TwoStories, found: Segmentation) -> bool:
    """Whether both stories were found, each from its headline on, with all of its own text only."""
    if len(found.stories) != 2:
        return False
    for told, true, other in zip(found.stories, page.stories, page.stories[::-1], strict=True):
        if not found.text[told.start :].startswith(true.headline):
            return False
        whole = found.text[told.start : told.end]
        if not all(line in whole for line in true.body) or any(p in whole for p in other.body):
            return False
    return True


def main() -> None:
    """Print how many pages of each shape are taken apart."""
    segmenter = Segmenter.load(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    made = list(pages())
    answers = segmenter.segment_many([page_from_html(page.html) for page in made])
    for shape in SHAPES:
        right = [separated(p, a) for p, a in zip(made, answers, strict=True) if p.shape == shape]
        print(f"{shape}: {sum(right)} of {len(right)}")


if __name__ == "__main__":
    main()
