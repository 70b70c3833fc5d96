"""What is known of the cuts of one page, cut by cut: slow, and simple enough to be believed.

The oracle of :mod:`tests.model.test_review`; it shares no code with :mod:`model.cut_columns`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.decoder import Span
from model.subject import one_subject

Vector = NDArray[np.float64]
NAN = math.nan


def cosine(a: Vector, b: Vector) -> float:
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 1e-9 else NAN


class SlowStories:
    """The stories of one page.

    ``proba`` has a row of outside, inside and start a block, ``vectors`` one row a block, of which
    the first ``split`` numbers are of meaning.
    """

    def __init__(
        self,
        spans: Sequence[Span],
        proba: Vector,
        tokens: Sequence[float],
        vectors: Vector,
        split: int,
    ) -> None:
        self.split = split
        self.spans, self.tokens, self.n = list(spans), list(tokens), len(tokens)
        self.outside = [float(row[0]) for row in proba]
        self.start = [float(row[2]) for row in proba]
        self.doubt = [1.0 - float(row.max()) for row in proba]
        self.vectors = vectors.astype(np.float64)
        self.own = [
            [span.first + i for i, inside in enumerate(span.inside) if inside] for span in spans
        ]

    def body(self, low: int, high: int) -> float:
        """Words of these blocks that belong to a story, by their chances."""
        return sum(self.tokens[i] * (1.0 - self.outside[i]) for i in range(low, high))

    def words(self, story: int) -> float:
        return math.log1p(self.body(self.spans[story].first, self.spans[story].last))

    def vector(self, *stories: int) -> Vector:
        total = np.zeros(self.vectors.shape[1])
        for story in stories:
            for block in self.own[story]:
                total = total + self.vectors[block]
        return total

    def likely(self, *stories: int) -> float:
        """That these stories are about one subject."""
        blocks = [block for story in stories for block in self.own[story]]
        total = self.vector(*stories)
        square, mass = [], []
        for kind in (slice(None, self.split), slice(self.split, None)):
            square.append(float(np.linalg.norm(total[kind])) ** 2)
            mass.append(sum(float(np.linalg.norm(self.vectors[block][kind])) for block in blocks))
        return float(one_subject(np.complex128(complex(*square)), np.complex128(complex(*mass))))

    def weighted(self, low: int, high: int) -> Vector:
        total = np.zeros(self.vectors.shape[1])
        for block in range(low, high):
            total = total + self.vectors[block] * (1.0 - self.outside[block])
        return total

    def alike(self, one: int, other: int) -> float:
        """Cosine of two stories; NaN where the page has no such story."""
        if not (0 <= one < len(self.spans) and 0 <= other < len(self.spans)):
            return NAN
        return cosine(self.vector(one), self.vector(other))

    def near(self, first: int, last: int) -> float:
        """The likeliest start among these blocks, as far as the page has them."""
        return max([self.start[i] for i in range(first, last + 1) if 0 <= i < self.n], default=0.0)

    def share_outside(self, low: int, high: int) -> float:
        some = self.outside[max(low, 0) : min(high, self.n)]
        return sum(some) / len(some)

    def page_columns(self) -> dict[str, float]:
        """All columns of the page but those that a look knows: known, stops and markup."""
        chances = [span.probability for span in self.spans[1:]]
        words = [self.words(i) for i in range(len(self.spans))]
        alike = [self.alike(i - 1, i) for i in range(1, len(self.spans))]
        known = [value for value in alike if not math.isnan(value)]
        none = math.prod(1.0 - chance for chance in chances)
        return {
            "page_odds": math.log((1.0 - none) / none),
            "page_most": max(chances),
            "page_sum": sum(chances),
            "page_cuts": len(chances),
            "page_likely": sum(chance > 0.5 for chance in chances),
            "page_first": self.start[self.spans[0].first],
            "page_words": math.log1p(sum(math.expm1(value) for value in words)),
            "page_words_mean": sum(words) / len(words),
            "page_words_least": min(words),
            "page_words_most": max(words),
            "page_alike_least": min(known, default=NAN),
            "page_alike_most": max(known, default=NAN),
            "page_alike_mean": sum(known) / len(alike),
            "page_blocks": self.n,
            "page_outside": sum(self.outside) / self.n,
            "page_story": self.body(0, self.n) / max(sum(self.tokens), 1.0),
            "page_doubt_outside": sum(min(p, 1.0 - p) for p in self.outside) / self.n,
            "page_doubt": sum(self.doubt) / self.n,
        }

    def cut_columns(self, story: int) -> dict[str, float]:
        """All columns of the cut before a story, but what the look measured there."""
        spans, many = self.spans, len(self.spans)
        this, before, at = spans[story], spans[story - 1], spans[story].first
        chances = [span.probability for span in spans[1:]]
        usual = sum(self.words(i) for i in range(many)) / many
        others = [i for i in range(many) if i != story]
        likelier = [
            i
            for i in range(1, many)
            if spans[i].probability > this.probability
            or (spans[i].probability == this.probability and i < story)
        ]
        return {
            "chance": this.probability,
            "start": self.start[at],
            "rank": len(likelier),
            "above_mean": this.probability - sum(chances) / len(chances),
            "words_own": self.words(story),
            "words_before": self.words(story - 1),
            "ratio_own": self.words(story) - usual,
            "ratio_before": self.words(story - 1) - usual,
            "alike_before": self.alike(story - 1, story),
            "alike_after": self.alike(story, story + 1),
            "alike_across": self.alike(story - 1, story + 1),
            "alike_rest": cosine(self.vector(story), self.vector(*others)),
            "alike_sides": cosine(self.weighted(0, at), self.weighted(at, self.n)),
            "apart": self.likely(story - 1) + self.likely(story) - self.likely(story - 1, story),
            "place": at / self.n,
            "place_words": self.body(0, at) / max(self.body(0, self.n), 1.0),
            "inside_own": len(self.own[story]) / (this.last - at),
            "inside_before": len(self.own[story - 1]) / (before.last - before.first),
            "outside_after": self.share_outside(at, at + 6),
            "outside_above": self.share_outside(at - 6, at),
            "outside_own": sum(self.outside[i] for i in self.own[story]) / len(self.own[story]),
            "gap": at - before.last,
            "number": story,
            "left": many - 1 - story,
            "chance_before": spans[story - 1].probability if story > 1 else NAN,
            "chance_after": spans[story + 1].probability if story + 1 < many else NAN,
            "near_above": self.near(at - 3, at - 1),
            "near_below": self.near(at + 1, at + 3),
        }

    def dress_columns(
        self, story: int, shapes: Sequence[int], lines: Sequence[int]
    ) -> dict[str, float]:
        """How many of a story's first seven blocks are like those of two others."""
        out: dict[str, float] = {}
        top = self.top(story)
        for name, other in (("first", 0), ("before", story - 1)):
            theirs = self.top(other)
            alike = [shapes[a] == shapes[b] for a, b in zip(top, theirs, strict=False)]
            there = {lines[block] for block in theirs}
            out[f"shapes_{name}"] = sum(alike)
            out[f"lines_{name}"] = sum(lines[block] in there for block in top)
        return out

    def top(self, story: int) -> range:
        first = self.spans[story].first
        return range(first, min(first + 7, self.n))
