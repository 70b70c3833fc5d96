"""Articles to train and measure on: read from files, cleaned, without duplicates, split by outlet.

Reads JSONL (plain, .gz, .xz, .zst), Parquet and folders of .txt. A row needs ``text``; ``id``,
``source``, ``lang``, ``title``, ``date`` and ``authors`` are used where present. Bad rows are
counted, reported through logging and skipped.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path

from training.boilerplate import recurring_parts, strip_edges
from training.duplicates import COPY, duplicate_pairs, first_of_each
from training.outlets import outlet_of, registered_domain
from training.sources import Row, read_rows

__all__ = [
    "Article",
    "divide",
    "fraction",
    "read_articles",
    "solo_outlets",
    "split_outlets",
]

log = logging.getLogger(__name__)

# An article with less text than this is a caption or a teaser; signs of Chinese, Japanese and
# Korean carry two to three letters' worth each.
_SHORTEST = 200
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
# Before boilerplate is known only clear copies go, since shared boilerplate looks like copying.
_CLEAR_COPY = 0.8
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
_DATE_TITLE = re.compile(r"[^a-z]*(?:[a-z]{3,9}\W+){1,3}\d{1,2}\W+\d{4}.{0,20}", re.IGNORECASE)
_SUFFIX = re.compile(r"\s+(?:[-|–—»:•])\s+([^-|–—»•]{2,40})$")
_CONTROL = dict.fromkeys((*range(32), *range(127, 160), 0xFEFF)) | {
    **{ord(sign): "\n" for sign in "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"},
    ord("\t"): " ",
    **dict.fromkeys(range(0xD800, 0xE000)),
}


@dataclass(frozen=True, slots=True)
class Article:
    """One article, with its paragraphs and nothing of its publisher's.

    Attributes
    ----------
    id : str
        Unique within what was read.
    outlet : str
        Registered domain where the source names a host or is a URL, else the source's name in lower
        case; all sections of one publisher are one outlet.
    text : str
        Paragraphs separated by a line break.
    topic : str
        Where the corpus gives one.
    """

    id: str
    outlet: str
    lang: str
    title: str
    date: str
    byline: str
    text: str
    topic: str = ""

    @property
    def paragraphs(self) -> list[str]:
        return self.text.split("\n")


def read_articles(paths: Sequence[Path], *, limit: int | None = None) -> Iterator[Article]:
    """Read, clean and deduplicate.

    Duplicates and boilerplate can only be seen with all articles at hand, so everything is read
    before the first one is given out. Each text is in memory once: 200,000 articles of 0.9 GB take
    1.8 GB, as a string with one wide character takes two bytes for each, and 3 GB while copies
    and boilerplate are looked for.

    Parameters
    ----------
    paths : sequence of Path
        Files or folders; in their order the articles come.
    limit : int, optional
        At most so many articles of each file, chosen by the hash of their ids.

    Raises
    ------
    CorpusError
        A file is missing, of an unknown kind, or needs a package that is not installed.
    """
    articles: list[Article] = []
    seen: Counter[str] = Counter()
    for path in paths:
        some = _named([_article(row) for row in read_rows(path)], path)
        if limit is not None and len(some) > limit:
            chosen = sorted(some, key=lambda article: fraction(article.id, 0))[:limit]
            ids = {article.id for article in chosen}
            some = [article for article in some if article.id in ids]
        for article in some:
            seen[article.id] += 1
            again = seen[article.id]
            articles.append(article if again == 1 else replace(article, id=f"{article.id}~{again}"))
    _clean(articles)
    yield from articles


def _article(row: Row) -> Article:
    """A row with its control characters gone; its text still has everything on lines."""
    title = " ".join(row.title.translate(_CONTROL).replace('\\"', '"').split())
    lines = (line.strip() for line in row.text.translate(_CONTROL).split("\n"))
    return Article(
        id=row.id,
        outlet=row.source,
        lang=row.lang.strip(" ?").lower(),  # "isl?": the collector's guess
        title="" if _DATE_TITLE.fullmatch(title) else title,
        date=row.date,
        byline=_byline(row.authors),
        text="\n".join(line for line in lines if line),
        topic=row.topic,
    )


def _byline(authors: str) -> str:
    """Up to three names; scrapers put section names and staff lists into the field."""
    names = (" ".join(name.translate(_CONTROL).split()) for name in re.split(r"[,;\n]", authors))
    good = [
        name
        for name in names
        if name and len(name.split()) <= 5 and not re.search(r"\d| of$|@|http", name)
    ]
    return ", ".join(dict.fromkeys(good[:3]))


def _named(articles: list[Article], path: Path) -> list[Article]:
    """Outlets from sources: hosts where given, else what all sources of a file have in common."""
    sources = {article.outlet for article in articles}
    hosts = {source: _host_of(source) for source in sources}
    plain = sorted(source for source, host in hosts.items() if not host)
    common = [] if len(plain) < 2 else plain[0].split()
    for source in plain:
        words = source.split()
        common = [a for a, b in zip(common, words, strict=False) if a == b]
    prefix = " ".join(common) if len(common) > 1 else ""
    file = path.name.split(".")[0]
    names: dict[str, str] = {}
    for source in sources:
        names[source] = (hosts[source] or prefix or source).strip().lower() or file
    titles = Counter(
        (names[article.outlet], match[1])
        for article in articles
        if (match := _SUFFIX.search(article.title))
    )
    named: list[Article] = []
    for article in articles:
        outlet, title = names[article.outlet], article.title
        match = _SUFFIX.search(title)
        if match and titles[outlet, match[1]] >= 5:  # " - The Times" on five titles: a site's name
            title = title[: match.start()]
        named.append(replace(article, outlet=outlet, title=title))
    return named


def _host_of(source: str) -> str:
    """The outlet that a source names by its address, or else by the last host in its words."""
    for word in source.split():
        # The last host in a URL may be a file: story.html.
        if "://" in word and (outlet := outlet_of(word)):
            return outlet
    hosts: list[str] = _HOST.findall(source)
    return registered_domain(hosts[-1]) if hosts else ""


def _clean(articles: list[Article]) -> None:
    """Take out copies, boilerplate and stumps, in place: no text is in memory twice."""
    read = len(articles)
    for n, one in enumerate(articles):
        articles[n] = _reduced(one, strip_edges(one.paragraphs, one.title, one.byline))
    _drop_copies(articles, _CLEAR_COPY)
    habits = recurring_parts((one.paragraphs for one in articles), [one.outlet for one in articles])
    for n, (one, habit) in enumerate(zip(articles, habits, strict=True)):
        articles[n] = _reduced(one, compress(one.paragraphs, ~habit))
    copies = read - len(articles)
    stumps = len(articles)
    articles[:] = [one for one in articles if len(one.text) + _dense(one.text) >= _SHORTEST]
    stumps -= len(articles)
    copies += len(articles)
    _drop_copies(articles, COPY)
    copies -= len(articles)
    log.info("%d articles of %d; %d copies, %d stumps", len(articles), read, copies, stumps)


def _reduced(article: Article, paragraphs: Iterable[str]) -> Article:
    """With these paragraphs; the very article where nothing is gone."""
    text = "\n".join(paragraphs)
    return article if text == article.text else replace(article, text=text)


def _dense(text: str) -> int:
    return len(_DENSE.findall(text[: 2 * _SHORTEST]))


def _drop_copies(articles: list[Article], threshold: float) -> None:
    texts = [article.text for article in articles]
    ids = [article.id for article in articles]
    articles[:] = [articles[index] for index in first_of_each(texts, ids, threshold)]


def fraction(name: str, seed: int) -> float:
    """A number from 0 to 1 that depends on the name and the seed only."""
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def solo_outlets(articles: Iterable[Article]) -> set[str]:
    """Languages in which fewer than three outlets give nearly everything: no split by outlet."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for article in articles:
        counts[article.lang][article.outlet] += 1
    return {
        lang
        for lang, outlets in counts.items()
        if len(outlets) < 3 or outlets.most_common(1)[0][1] > 0.8 * outlets.total()
    }


def split_outlets(
    articles: Iterable[Article], *, seed: int, share: float
) -> tuple[list[Article], list[Article]]:
    """Split into articles to train on and articles of other outlets.

    An outlet is on one side only. Where a language has one outlet, as many corpora have, the split
    is by article instead (see `solo_outlets`): figures on those are on unseen articles, not on an
    unseen outlet. A training article that is a near-duplicate of a held-out one is dropped.

    Returns
    -------
    (train, held_out)
    """
    articles = list(articles)
    solo = solo_outlets(articles)
    held = [fraction(one.id if one.lang in solo else one.outlet, seed) < share for one in articles]
    return divide(articles, held)


def divide(
    articles: Sequence[Article], held: Sequence[bool]
) -> tuple[list[Article], list[Article]]:
    """(kept, held out) by the flags, without what would be on both sides."""
    leaks: set[int] = set()
    for left, right in duplicate_pairs([one.text for one in articles], COPY).tolist():
        if held[left] != held[right]:
            leaks.add(right if held[left] else left)
    train = [one for n, one in enumerate(articles) if not held[n] and n not in leaks]
    return train, [one for one, out in zip(articles, held, strict=True) if out]
