"""Storyseam beside the extractors of main text: the same HTML, one run, one thread.

An extractor gives one text a page. What is asked of it: is it the body of the page's own story, is
another story in it as well, and how long did it take. Storyseam gives its main story. The pages go
by in turns as in `training.benchmark`, and time is processor time.
"""

from __future__ import annotations

import platform
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from model.html import page_from_html
from model.page import Page
from training.benchmark import Absent, check_turns, installed, one_thread, spread, versions
from training.benchmark.html import MarkupPage
from training.evaluate import SegmenterLike
from training.metrics import shingles
from training.plan import Progress
from training.shingles import mean_f1, overlap, precision_recall_of

__all__ = ["EXTRACTORS", "Extractor", "run_extractors"]

# A story is in a text, or lost from it, by half of its shingles.
_HALF = 0.5
_REPLICATES = 1000

#: HTML and language -> main text.
Extract = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Extractor:
    """One that may or may not be installed; ``load`` raises ImportError where it is not."""

    name: str
    packages: tuple[str, ...]
    load: Callable[[], Extract]


def _trafilatura() -> Extract:
    extract = import_module("trafilatura").extract
    return lambda html, lang: extract(html, include_comments=False) or ""


def _newspaper() -> Extract:
    article = import_module("newspaper").Article

    def run(html: str, lang: str) -> str:
        # An address is asked for and never opened.
        page = article("https://page.invalid/", fetch_images=False)
        page.download(input_html=html)
        page.parse()
        return str(page.text)

    return run


def _readability() -> Extract:
    document = import_module("readability").Document
    parse = import_module("lxml.html").fromstring

    def run(html: str, lang: str) -> str:
        summary = document(html).summary()
        return " ".join(parse(summary).itertext()) if summary.strip() else ""

    return run


def _resiliparse() -> Extract:
    extract = import_module("resiliparse.extract.html2text").extract_plain_text
    return lambda html, lang: str(extract(html, main_content=True, alt_texts=False, links=False))


def _justext() -> Extract:
    justext = import_module("justext")
    names = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian"}
    names |= {"pt": "Portuguese", "pl": "Polish", "ko": "Korean", "la": "Latin", "vi": "Vietnamese"}

    def run(html: str, lang: str) -> str:
        stop = justext.get_stoplist(names.get(lang, "English"))
        found = justext.justext(html, stop)
        return "\n".join(piece.text for piece in found if not piece.is_boilerplate)

    return run


#: In the order of the table.
EXTRACTORS: tuple[Extractor, ...] = (
    Extractor("trafilatura", ("trafilatura",), _trafilatura),
    Extractor("newspaper4k", ("newspaper4k",), _newspaper),
    Extractor("readability-lxml", ("readability-lxml",), _readability),
    Extractor("resiliparse", ("resiliparse",), _resiliparse),
    Extractor("jusText", ("justext",), _justext),
)


@dataclass
class _Contestant:
    name: str
    packages: tuple[str, ...]
    run: Callable[[Sequence[MarkupPage]], list[tuple[str, ...]]]
    splits: bool
    seconds: list[float] = field(default_factory=list)
    texts: list[tuple[str, ...]] = field(default_factory=list)


def run_extractors(
    segmenter: SegmenterLike,
    pages: Sequence[MarkupPage],
    *,
    seed: int = 1,
    turns: int = 5,
    extractors: Sequence[Extractor] = EXTRACTORS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure all of them.

    Returns
    -------
    dict
        As JSON: ``pages``, ``rows``, ``absent``. ``f1`` has the bounds of its 95 % bootstrap
        interval over pages; ``swallowed`` is, by kind of page, the share of foreign stories that
        stand in the main text by half or more.

    Raises
    ------
    TooFewPages
        There are fewer pages than turns.
    """
    shuffled = list(pages)
    random.Random(seed).shuffle(shuffled)
    check_turns(shuffled, turns)
    parts = [shuffled[at::turns] for at in range(turns)]
    contestants = [_Contestant("Storyseam", (), lambda batch: _told(segmenter, batch), True)]
    absent: list[Absent] = []
    with one_thread():
        for extractor in extractors:
            extract = installed(extractor.name, extractor.load)
            if isinstance(extract, Absent):
                absent.append(extract)
            else:
                run = _runner(extract)
                contestants.append(_Contestant(extractor.name, extractor.packages, run, False))
        for turn, part in enumerate(parts):
            order = contestants[turn % len(contestants) :] + contestants[: turn % len(contestants)]
            for number, each in enumerate(order):
                if progress is not None:
                    progress(f"turn {turn + 1} of {turns}", number, len(order))
                begun = time.process_time()
                texts = each.run(part)
                each.seconds.append(time.process_time() - begun)
                each.texts += texts
    seen = [page for part in parts for page in part]
    gold = [[shingles(story) for story in page.stories] for page in seen]
    counts = [len(part) for part in parts]
    return {
        "model": segmenter.version,
        "python": platform.python_version(),
        "pages": {
            "kinds": dict(sorted(Counter(page.kind for page in seen).items())),
            "mean_kilobytes": round(sum(len(p.html.encode()) for p in seen) / len(seen) / 1000),
            "seed": seed,
        },
        "turns": turns,
        "rows": [_row(each, contestants[0], seen, gold, counts) for each in contestants],
        "absent": [{"name": one.name, "reason": one.reason} for one in absent],
    }


def _told(segmenter: SegmenterLike, pages: Sequence[MarkupPage]) -> list[tuple[str, ...]]:
    """Storyseam's stories, the main one first."""
    read: list[str | Page] = [page_from_html(page.html) for page in pages]
    return [
        tuple(story.text for story in sorted(answer.stories, key=lambda story: not story.main))
        for answer in segmenter.segment_many(read)
    ]


def _runner(extract: Extract) -> Callable[[Sequence[MarkupPage]], list[tuple[str, ...]]]:
    def run(pages: Sequence[MarkupPage]) -> list[tuple[str, ...]]:
        out: list[tuple[str, ...]] = []
        for page in pages:
            try:
                out.append((extract(page.html, page.lang),))
            except Exception:  # noqa: BLE001 - whatever it raises, the page is lost to it
                out.append(("",))
        return out

    return run


def _row(
    each: _Contestant,
    ours: _Contestant,
    pages: Sequence[MarkupPage],
    gold: Sequence[Sequence[Counter[tuple[str, ...]]]],
    counts: Sequence[int],
) -> dict[str, Any]:
    pairs: list[tuple[float, float]] = []
    lost = split = 0
    swallowed: dict[str, list[int]] = {}
    apart = foreign = 0
    for page, true, texts in zip(pages, gold, each.texts, strict=True):
        main = shingles(texts[0]) if texts else Counter()
        if page.kind == "one story":
            pairs.append(precision_recall_of(true[0], main))
            lost += overlap(true[0], main) < _HALF
            split += len(texts) > 1
            continue
        inside = sum(overlap(story, main) >= _HALF for story in true)
        tally = swallowed.setdefault(page.kind, [0, 0])
        # One of the stories is meant to be there.
        tally[0] += max(0, inside - 1)
        tally[1] += len(true) - 1
        others = [shingles(text) for text in texts[1:]]
        foreign += len(true) - 1
        apart += sum(any(_same(story, other) for other in others) for story in true[1:])
    table = np.asarray(pairs, dtype=float).reshape(-1, 2)
    rng = np.random.default_rng(0)
    drawn = [mean_f1(table[rng.integers(0, len(table), len(table))]) for _ in range(_REPLICATES)]
    rates = [n / max(s, 1e-9) for n, s in zip(counts, each.seconds, strict=True)]
    ratios = [b / max(a, 1e-9) for a, b in zip(each.seconds, ours.seconds, strict=True)]
    return {
        "name": each.name,
        "versions": versions(each.packages),
        "f1": [round(float(v), 4) for v in (mean_f1(table), *np.quantile(drawn, (0.025, 0.975)))],
        "lost": round(lost / len(table), 4),
        "false_split": round(split / len(table), 4) if each.splits else None,
        "swallowed": {kind: round(a / b, 4) for kind, (a, b) in sorted(swallowed.items())},
        "apart": round(apart / foreign, 4) if each.splits and foreign else None,
        "pages_per_second": spread(rates),
        "ratio": spread(ratios),
    }


def _same(story: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> bool:
    """Whether a returned story is this one: most of it, and little else."""
    return overlap(story, other) >= _HALF and overlap(other, story) >= _HALF
