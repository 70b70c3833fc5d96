"""Which words come back on a page, and how much each of them says there.

Word vectors know what words mean and not which of them this page is about: a name that returns four
times in one story ties its paragraphs together, whether any corpus knew it or not. What every part
of a page has says nothing, and what only one place has ties nothing together; so a word says the
more, the fewer parts of the page have it, by the same rule as the inverse document frequency, with
the page for the corpus. It needs no knowledge of the language.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from model.batch import Batch, running_sums

__all__ = ["EXACT", "Recurrence", "dimensions"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

# Words of the parts that a page is counted in: a sentence or two. At 20 and at 40 the cosines of
# windows tell seams of held-out pages equally well.
_PART = 30
# What the beginning and the end of a word that the vocabulary lacks count beside the word itself:
# in languages that inflect, a word comes back with another ending.
_PIECE = 0.5
# A word with a capital counts twice: it is a name more often than not.
_CAPITAL = 1.0
#: Blocks of the longest page whose products are kept as they are, and so in as many dimensions as
#: the page has blocks; of a longer one they are a sketch, in ``_SKETCH`` dimensions, which costs in
#: proportion to its length.
EXACT = 512
_SKETCH = 128
# Share of the greatest product that is added to each block's own, so that blocks that say the same
# do not stop the factoring.
_NOISE = 1e-10


@dataclass(frozen=True)
class Recurrence:
    """What comes back on each page of a batch.

    Attributes
    ----------
    order : int64 array, shape (n_tokens,)
        The tokens by page and word, equal ones as they stand on the page.
    weight : float32 array, shape (n_tokens,)
        How much each word says on its page: its rarity, less the more parts of the page have it.
    vectors : float32 array, shape (n_blocks, n_dims)
        The product of two blocks of a page is the sum, over the words that both have, of what they
        say in the one times what they say in the other. Of two pages it is nothing to ask for.
    """

    order: Ints
    weight: Floats
    vectors: Floats

    @classmethod
    def read(cls, batch: Batch, rarity: Floats) -> Recurrence:
        """Count the words of each page; time n log n in them.

        Parameters
        ----------
        rarity : float32 array, shape (n_tokens,)
            What each word says anywhere.
        """
        terms = _Terms.read(batch)
        tokens = len(rarity)
        whole = terms.occurrence < tokens
        weight = rarity.copy()
        order = terms.occurrence[whole]
        weight[order] *= terms.own[terms.term[whole]].astype(np.float32)
        says = terms.own[terms.term] * rarity[terms.token]
        says *= (1.0 + _CAPITAL * batch.words.capital[terms.token]) * np.where(whole, 1.0, _PIECE)
        back = terms.parts > 1
        number = np.cumsum(back) - 1
        keep = back[terms.term]
        counts = csr_matrix(
            (says[keep], (batch.words.blocks[terms.token[keep]], number[terms.term[keep]])),
            shape=(len(batch), int(back.sum())),
        )
        bounds = np.searchsorted(terms.page[back], np.arange(len(batch.pages) + 1))
        return cls(order, weight, _vectors(counts, terms.first[back], batch.offsets, bounds))


@dataclass(frozen=True)
class _Terms:
    """Words, and beginnings and ends of those that the vocabulary lacks, sorted by page and kind.

    Attributes
    ----------
    occurrence : int64 array, shape (n_occurrences,)
        Less than the number of tokens for a word, from there on for a beginning or an end.
    token, term : int64 arrays, shape (n_occurrences,)
        Whose it is, and what: equal numbers for equal words of one page.
    page, parts, first : int64 arrays, shape (n_terms,)
        Its page, how many of its parts have it, and the token that has it first.
    own : float64 array, shape (n_terms,)
        1 for what one part of a page has, near 0 for what all have.
    """

    occurrence: Ints
    token: Ints
    term: Ints
    page: Ints
    parts: Ints
    first: Ints
    own: Doubles

    @classmethod
    def read(cls, batch: Batch) -> _Terms:
        words = batch.words
        tokens = len(words.ids)
        pieces = np.flatnonzero(words.unknown[words.row_tokens])
        token = np.concatenate([np.arange(tokens), words.row_tokens[pieces]])
        kind = np.concatenate([words.ids, words.rows[pieces]])
        page = batch.page_of[words.blocks]
        sizes = np.bincount(page, minlength=len(batch.pages))
        begins = running_sums(sizes)
        occurrence = _order(page[token], kind)
        token, kind = token[occurrence], kind[occurrence]
        page = page[token]
        part = (token - begins[page]) // _PART
        opens = np.ones(len(token), bool)
        opens[1:] = (kind[1:] != kind[:-1]) | (page[1:] != page[:-1])
        another = opens.copy()
        another[1:] |= part[1:] != part[:-1]
        term = np.cumsum(opens) - 1
        parts = np.bincount(term, another).astype(np.int64)
        of_page = page[opens]
        all_parts = -(-sizes[of_page] // _PART) + 1.0
        own = np.log(all_parts / parts) / np.log(all_parts)
        return cls(occurrence, token, term, of_page, parts, token[opens], own)


def _order(page: Ints, kind: Ints) -> Ints:
    """``np.lexsort((kind, page))``: what is equal stays in the order of the page.

    Numbers that hold page, kind and place are sorted in a tenth of the time that places take.
    """
    place = len(kind).bit_length()
    if int(page.max(initial=0)).bit_length() + int(kind.max(initial=0)).bit_length() + place > 63:
        # Pairs of characters have ids of 45 bits: their ranks are in the same order.
        kind = np.unique(kind, return_inverse=True)[1]
    whole = (page << int(kind.max(initial=0)).bit_length() | kind) << place | np.arange(len(kind))
    whole.sort()
    return whole & (1 << place) - 1


def dimensions(blocks: int) -> int:
    """In how many dimensions a page of so many blocks has something; those behind are nothing."""
    return blocks if blocks <= EXACT else _SKETCH


def _vectors(counts: csr_matrix, first: Ints, offsets: Ints, bounds: Ints) -> Floats:
    """Vectors of few dimensions whose products are those of the rows of each page.

    Parameters
    ----------
    counts : sparse array, shape (n_blocks, n_terms)
    first : int64 array, shape (n_terms,)
        Where each appears.
    offsets, bounds : int64 arrays, shape (n_pages + 1,)
        The blocks of each page, and its terms.
    """
    sizes = np.diff(offsets)
    exact = sizes <= EXACT
    width = max(map(dimensions, sizes.tolist()), default=0)
    out = np.zeros((int(offsets[-1]), width), np.float32)
    # No term is of two pages, so one product holds those of all.
    short = counts[np.repeat(exact, sizes)] if not exact.all() else counts
    products = short @ short.T
    # Where each page's blocks are in it.
    begins = running_sums(np.where(exact, sizes, 0))
    for page, (low, high) in enumerate(pairwise(offsets.tolist())):
        if low == high:
            continue
        if exact[page]:
            begin, end = begins[page : page + 2].tolist()
            out[low:high, : high - low] = _factor(products, begin, end)
        else:
            own = slice(int(bounds[page]), int(bounds[page + 1]))
            out[low:high, :_SKETCH] = _sketch(counts[low:high, own], first[own])
    return out


def _factor(products: csr_matrix, low: int, high: int) -> Doubles:
    """Rows whose products are those of these blocks; as many dimensions as there are blocks."""
    rows = slice(products.indptr[low], products.indptr[high])
    own = np.zeros((high - low, high - low))
    at = np.repeat(np.arange(high - low), np.diff(products.indptr[low : high + 1]))
    own[at, products.indices[rows] - low] = products.data[rows]
    said = own.diagonal() > 0
    own[np.diag_indices(high - low)] += np.where(said, _NOISE * max(float(own.max()), 1.0), 1.0)
    return np.asarray(np.linalg.cholesky(own) * said[:, None])


def _sketch(counts: csr_matrix, first: Ints) -> Doubles:
    """The same in ``_SKETCH`` dimensions, right on the average."""
    terms = len(first)
    # By the order in which they appear, so that neighbours share no dimension; with the signs of
    # Walsh functions, so that what shares one cancels out.
    rank = np.empty(terms, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(terms)
    turn, place = np.divmod(rank, _SKETCH)
    sign = 1.0 - 2.0 * (np.bitwise_count(turn & place) & 1)
    onto = csr_matrix((sign, (np.arange(terms), place)), shape=(terms, _SKETCH))
    return np.asarray((counts @ onto).toarray())
