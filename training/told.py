"""How well the parts of the main story are told: headline, byline, day of publication.

``python -m training.told FOLDER`` measures a model on real pages of sites that none is trained on,
each as text and as HTML. What a headline should be comes with the data, where it stands on the
page; bylines and days come from the page's own metadata. From HTML those are known to the model,
so that the figures for text are the ones that say how well headers are read.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from model.html import page_from_html
from model.page import Metadata, Page
from model.segmenter import Segmenter
from model.stories import Story
from training.holdout import is_held_out
from training.real import RealPage, read_real_pages

__all__ = ["measure", "same_headline", "same_name"]

_BATCH = 32
# A title of more letters may go on on one side: with the name of the site, with a subtitle.
_ENOUGH = 15
_NAME = re.compile(r"[^\W\d_]{3,}")


def same_headline(one: str, other: str) -> bool:
    """Whether two headlines are the same, or one goes on where the other ends."""
    short, long = sorted((_plain(one), _plain(other)), key=len)
    return short == long or (len(short) >= _ENOUGH and long.startswith(short))


def same_name(one: str, other: str) -> bool:
    """Whether two bylines share a word that may be a name."""
    return bool(set(_NAME.findall(one.casefold())) & set(_NAME.findall(other.casefold())))


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def measure(segmenter: Segmenter, pages: Iterable[RealPage]) -> dict[str, dict[str, float | int]]:
    """Shares of right headlines, bylines and days; of those that were told and of all there are.

    Returns
    -------
    dict
        For ``text`` and ``html``, for each part: ``pages`` that have it, ``told`` and ``right`` as
        shares of those.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    for batch in _batches(pages):
        forms = {
            "text": [Page.from_text("\n".join(page.blocks)) for page in batch],
            "html": [page_from_html(page.html) for page in batch],
        }
        for form, ready in forms.items():
            answers = segmenter.segment_many(ready)
            for page, markup, answer in zip(batch, forms["html"], answers, strict=True):
                story = next((story for story in answer.stories if story.main), None)
                for part, told, right in _compare(page, markup.metadata, story):
                    counts[form, part, "pages"] += 1
                    counts[form, part, "told"] += told
                    counts[form, part, "right"] += right
    out: dict[str, dict[str, float | int]] = {}
    for form, part in sorted({(form, part) for form, part, _ in counts}):
        n = counts[form, part, "pages"]
        shares = {name: round(counts[form, part, name] / n, 3) for name in ("told", "right")}
        out[f"{part} from {form}"] = {"pages": n, **shares}
    return out


def _batches(pages: Iterable[RealPage]) -> Iterator[list[RealPage]]:
    ready: list[RealPage] = []
    for page in pages:
        ready.append(page)
        if len(ready) == _BATCH:
            yield ready
            ready = []
    if ready:
        yield ready


def _compare(
    page: RealPage, truth: Metadata, story: Story | None
) -> Iterator[tuple[str, bool, bool]]:
    """Each part that the page has: its name, whether it was told, whether rightly."""
    if page.title and any(same_headline(block, page.title) for block in page.blocks):
        told = story.headline if story else None
        yield "headline", told is not None, told is not None and same_headline(told, page.title)
    if truth.byline and truth.byline != truth.site:  # many sites name themselves
        told = story.byline if story else None
        yield "byline", told is not None, told is not None and same_name(told, truth.byline)
    if truth.published:
        told = story.published if story else None
        days = {day[:10] for day in (truth.published, truth.updated) if day}
        yield "day", told is not None, told is not None and told[:10] in days


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m training.told", description=__doc__)
    parser.add_argument("folder", type=Path, help="real pages: real_main.jsonl.xz, real_html…")
    parser.add_argument("--model", type=Path, help="by default the one that ships")
    options = parser.parse_args()
    held = [
        page
        for page in read_real_pages(options.folder)
        if is_held_out(page.site, page.lang, langs=())
    ]
    print(json.dumps(measure(Segmenter.load(options.model), held), indent=1))


if __name__ == "__main__":
    main()
