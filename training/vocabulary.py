"""Which words the table knows, and articles read as its rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from model.words import WordTable, read_words, spaced_words
from training.corpus import Article

__all__ = ["Rows", "Shares", "Tokens", "article_counts", "build_table", "rarity_of", "tokenise"]

Floats = NDArray[np.float32]
Rows = NDArray[np.int32]
Shares = NDArray[np.float16]

VOCABULARY = 44_000
BUCKETS = 16_000
# Articles whose words are counted together: counting takes five times what the counts do.
_AT_ONCE = 2_000


@dataclass(frozen=True)
class Tokens:
    """Word table rows of one article, in reading order, and what part of a token each stands for.

    ``rows`` has shape (n_tokens, 2) and ``share`` too: a known word fills the first column, an
    unknown one both. In types that take half of the usual ones: 40,000 articles take 0.4 GB.
    """

    rows: Rows
    share: Shares


def build_table(articles: Sequence[Article]) -> WordTable:
    """Choose the vocabulary: the words in most articles, every language with its fair part.

    A language's part grows with the square root of its articles, so that the largest does not
    take all.
    """
    frequency: dict[str, Counter[str]] = defaultdict(Counter)
    size: Counter[str] = Counter()
    for article in articles:
        frequency[article.lang].update(set(spaced_words(article.text)))
        size[article.lang] += 1
    total = sum(np.sqrt(n) for n in size.values())
    chosen: dict[str, None] = {}
    for lang, n in sorted(size.items()):
        part = int(VOCABULARY * np.sqrt(n) / total)
        chosen.update(dict.fromkeys(_most_frequent(frequency[lang], 3)[:part]))
    rest = Counter[str]()
    while frequency:
        rest.update(frequency.popitem()[1])
    for word in _most_frequent(rest, 4):
        if len(chosen) >= VOCABULARY:
            break
        chosen[word] = None
    return WordTable(list(chosen), BUCKETS)


def _most_frequent(counts: Counter[str], fewest: int) -> list[str]:
    """Words in so many articles at least; of millions few are, and only these are sorted."""
    often = [(-count, word) for word, count in counts.items() if count >= fewest]
    return [word for _, word in sorted(often)]


def tokenise(articles: Sequence[Article], table: WordTable) -> list[Tokens]:
    """Rows of every article's words."""
    out = []
    for article in articles:
        words = read_words([article.text], table)
        n = len(words.ids)
        rows = np.zeros((n, 2), np.int32)
        share = np.zeros((n, 2), np.float16)
        first = np.ones(len(words.rows), bool)
        first[1:] = words.row_tokens[1:] != words.row_tokens[:-1]
        column = np.where(first, 0, 1)
        rows[words.row_tokens, column] = words.rows
        share[words.row_tokens, column] = words.row_share
        out.append(Tokens(rows, share))
    return out


def article_counts(tokens: Sequence[Tokens], n_rows: int) -> csr_matrix:
    """How often each row occurs in each article, shape (n_articles, n_rows)."""
    parts = [_counts(tokens[at : at + _AT_ONCE], n_rows) for at in range(0, len(tokens), _AT_ONCE)]
    return vstack(parts, format="csr")


def _counts(tokens: Sequence[Tokens], n_rows: int) -> csr_matrix:
    sizes = [len(t.rows) for t in tokens]
    owner = np.repeat(np.arange(len(tokens)), sizes)
    rows = np.concatenate([t.rows for t in tokens])
    share = np.concatenate([t.share for t in tokens])
    keep = share.ravel() > 0
    owners = np.repeat(owner, 2)[keep]
    return csr_matrix(
        (share.ravel()[keep], (owners, rows.ravel()[keep])),
        shape=(len(tokens), n_rows),
        dtype=np.float32,
    )


def rarity_of(counts: csr_matrix) -> Floats:
    """Inverse document frequency, 1 for a word in a thousandth of the articles."""
    n = counts.shape[0]
    df = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((n + 1) / (df + 1)) / np.log(1000.0)
    return np.asarray(np.clip(idf, 0.05, 1.3), dtype=np.float32)
