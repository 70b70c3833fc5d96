"""Cohesion of one page, gap by gap and word by word: slow, and simple enough to be believed.

The oracle of :mod:`tests.model.test_cohesion`; it shares no code with :mod:`model.cohesion`.
"""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.word_space import WordSpace

Vector = NDArray[np.float64]
NAN = math.nan


@dataclass(frozen=True)
class Link:
    """A word, where it stands, and where it stands next."""

    before: int
    after: int
    distance: int
    weight: float
    name: bool
    first: bool


class SlowPage:
    """Everything that is measured of one page of lines of words with single spaces."""

    def __init__(self, blocks: Sequence[str], space: WordSpace, prose: Sequence[float]) -> None:
        self.n = len(blocks)
        self.prose = list(prose)
        self.sums: dict[int, list[Vector]] = {}
        meaning: list[Vector] = []
        self.tokens: list[tuple[str, int, bool, float]] = []
        row = {word: i for i, word in enumerate(space.table.vocabulary)}
        dense = space.vectors.astype(np.float64) * space.scale[:, None].astype(np.float64)
        self.counts: list[int] = []
        pieces: list[tuple[int, ...]] = []
        for at, block in enumerate(blocks):
            total = np.zeros(dense.shape[1])
            words = block.split(" ") if block else []
            for word in words:
                key = word.lower()
                if key in row:
                    total = total + dense[row[key]]
                    rarity = float(space.rarity[row[key]])
                    pieces.append(())
                else:
                    beginning, ending = space.table.buckets_of([key])[0]
                    total = total + (dense[beginning] + dense[ending]) / 2
                    rarity = 1.0
                    pieces.append((int(beginning), int(ending)))
                self.tokens.append((key, at, word != key or word[0].isdigit(), rarity))
            meaning.append(total)
            self.counts.append(len(words))
        unknown = sum(map(bool, pieces)) / max(len(pieces), 1)
        trust = min(max((0.85 - unknown) / 0.3, 0.0), 1.0)
        self.meaning = [trust * vector for vector in meaning]
        self.recurrence = self._recurrence(pieces)
        self.vectors = [
            np.concatenate([one, 12.0 * other])
            for one, other in zip(self.meaning, self.recurrence, strict=True)
        ]
        self.links = self._links()
        self.mass = [0.0] * self.n
        for _, at, _, rarity in self.tokens:
            self.mass[at] += rarity * self.prose[at]

    def _recurrence(self, pieces: Sequence[tuple[int, ...]]) -> list[Vector]:
        """A dimension for every word, beginning and end; tokens come to weigh what is their own."""
        parts: defaultdict[str | int, set[int]] = defaultdict(set)
        for place, (key, *_) in enumerate(self.tokens):
            for kind in (key, *pieces[place]):
                parts[kind].add(place // 30)
        every = math.ceil(len(self.tokens) / 30) + 1
        own = {kind: math.log(every / len(at)) / math.log(every) for kind, at in parts.items()}
        dimension = {kind: n for n, kind in enumerate(parts)}
        vectors = [np.zeros(len(parts)) for _ in range(self.n)]
        for place, (key, at, capital, rarity) in enumerate(self.tokens):
            for kind in (key, *pieces[place]):
                if len(parts[kind]) > 1:
                    share = 1.0 if kind == key else 0.5
                    says = own[kind] * rarity * (2.0 if capital else 1.0) * share
                    vectors[at][dimension[kind]] += says
            self.tokens[place] = (key, at, capital, rarity * own[key])
        return vectors

    def by_meaning(self) -> SlowPage:
        """The same page, but for what comes back."""
        page = copy.copy(self)
        page.vectors, page.sums = self.meaning, {}
        return page

    def _links(self) -> list[Link]:
        links: list[Link] = []
        last: dict[str, int] = {}
        seen: set[str] = set()
        for place, (key, at, capital, _) in enumerate(self.tokens):
            if key in last:
                _, before, capital_before, rarity = self.tokens[last[key]]
                weight = rarity * self.prose[before] * self.prose[at]
                links.append(
                    Link(
                        before,
                        at,
                        place - last[key],
                        weight,
                        capital and capital_before,
                        first=key not in seen,
                    )
                )
                seen.add(key)
            last[key] = place
        return links

    # -- meaning --------------------------------------------------------------------------------

    def sum(self, low: int, high: int) -> Vector:
        """Block after block from the first, and kept, as it is asked for thousands of times."""
        if low not in self.sums:
            self.sums[low] = [np.zeros_like(self.vectors[0])]
        sums = self.sums[low]
        for at in range(low + len(sums) - 1, high):
            sums.append(sums[-1] + self.vectors[at] * self.prose[at])
        return sums[max(high - low, 0)]

    def left(self, gap: int, size: float) -> Vector:
        """Whole blocks before the gap until they hold so many words, less half a word."""
        at, words = gap, 0.0
        while at > 0 and words < size - 0.5:
            at -= 1
            words += self.counts[at] * self.prose[at]
        return self.sum(at, gap)

    def right(self, gap: int, size: float) -> Vector:
        at, words = gap, 0.0
        while at < self.n and words < size - 0.5:
            words += self.counts[at] * self.prose[at]
            at += 1
        return self.sum(gap, at)

    def own(self, low: int, high: int) -> Vector:
        """What a run of blocks has beyond the page's mean."""
        weights = [c * p for c, p in zip(self.counts, self.prose, strict=True)]
        share = sum(weights[low:high]) / max(sum(weights), 1e-9)
        return self.sum(low, high) - share * self.sum(0, self.n)

    def centred(self, gap: int, size: float) -> float:
        low, words = gap, 0.0
        while low > 0 and words < size - 0.5:
            low -= 1
            words += self.counts[low] * self.prose[low]
        high, words = gap, 0.0
        while high < self.n and words < size - 0.5:
            words += self.counts[high] * self.prose[high]
            high += 1
        one, other = self.own(low, gap), self.own(gap, high)
        page = self.sum(0, self.n)
        if min(float(one @ one), float(other @ other)) < 1e-6 * float(page @ page):
            return NAN
        return cosine(one, other)

    def similar(self, gap: int, size: float, skip: int = 0) -> float:
        return cosine(self.left(gap, size), self.right(min(gap + skip, self.n), size))

    def depth(self, values: Sequence[float], gap: int, reach: int = 5) -> float:
        known = [-1.0 if math.isnan(v) else v for v in values]
        left = max(known[max(0, gap - reach) : gap + 1])
        right = max(known[gap : gap + reach + 1])
        return min(left, right) - known[gap]

    def relative(self, values: Sequence[float], gap: int) -> float:
        known = [v for v in values if not math.isnan(v)]
        if not known or math.isnan(values[gap]):
            return NAN
        spread = math.sqrt(max(float(np.var(known)), 1e-4))
        return (values[gap] - float(np.mean(known))) / spread

    # -- repetition -----------------------------------------------------------------------------

    def reach_left(self, gap: int, reach: int) -> int:
        """First block of those before the gap that hold at most so many words."""
        at, words = gap, 0
        while at > 0 and words + self.counts[at - 1] <= reach:
            at -= 1
            words += self.counts[at]
        return at

    def reach_right(self, gap: int, reach: int) -> int:
        """End of the blocks after the gap that hold at least so many words."""
        at, words = gap, 0
        while at < self.n and words < reach:
            words += self.counts[at]
            at += 1
        return at

    def crossing(self, gap: int, reach: int, *, names: bool = False) -> float:
        across = sum(
            link.weight
            for link in self.links
            if link.before < gap <= link.after
            and link.distance <= reach
            and (link.name or not names)
        )
        low, high = self.reach_left(gap, reach), self.reach_right(gap, reach)
        room = min(sum(self.mass[low:gap]), sum(self.mass[gap:high]))
        return across / (room + 1.0)

    def new(self, at: int) -> float:
        """Weight of what stands here and did not stand on the page before."""
        seen = sum(x.weight for x in self.links if x.after == at and x.before < at)
        return max(self.mass[at] - seen, 0.0)

    def ending(self, at: int) -> float:
        """Weight of what stands here and not again."""
        returns = sum(x.weight for x in self.links if x.before == at and x.after > at)
        return max(self.mass[at] - returns, 0.0)

    def share(self, low: int, high: int, values: Sequence[float]) -> float:
        return sum(values[low:high]) / (sum(self.mass[low:high]) + 0.5)

    def introduces(self, at: int, *, names: bool = False) -> float:
        """Weight of the words that stand here first and come back within 400 words."""
        brought = sum(
            x.weight
            for x in self.links
            if x.before == at and x.first and x.distance <= 400 and (x.name or not names)
        )
        return brought / (self.mass[at] + 0.5)


def cosine(a: Vector, b: Vector) -> float:
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 1e-9 else NAN


def slow_columns(page: SlowPage) -> dict[str, list[float]]:
    """All columns of :func:`model.cohesion.measure_cohesion`, one value a gap."""
    gaps = range(page.n)
    out: dict[str, list[float]] = {}
    for size in (20, 60, 150, 400):
        out[f"similar_{size}"] = [page.similar(g, size) for g in gaps]
    for skip in (2, 4):
        out[f"similar_skip_{skip}"] = [page.similar(g, 150, skip) for g in gaps]
    out["similar_page"] = [cosine(page.sum(0, g), page.sum(g, page.n)) for g in gaps]
    vectors = page.vectors
    out["similar_block"] = [cosine(vectors[g - 1], vectors[g]) if g else NAN for g in gaps]
    out["block_to_left"] = [cosine(page.left(g, 150), vectors[g]) for g in gaps]
    out["block_to_right"] = [cosine(vectors[g], page.right(g + 1, 150)) for g in gaps]
    out["block_to_page"] = [
        cosine(vectors[g], page.sum(0, g) + page.sum(g + 1, page.n)) for g in gaps
    ]
    for size in (60, 150):
        out[f"centred_{size}"] = [page.centred(g, size) for g in gaps]
    meant = page.by_meaning()
    for size in (20, 60, 150, 400):
        out[f"similar_{size}_by_meaning"] = [meant.similar(g, size) for g in gaps]
    out["similar_block_by_meaning"] = [
        cosine(meant.vectors[g - 1], meant.vectors[g]) if g else NAN for g in gaps
    ]
    out["depth_20"] = [page.depth(out["similar_20"], g) for g in gaps]
    out["relative_150"] = [page.relative(out["similar_150"], g) for g in gaps]
    weights = [c * p for c, p in zip(page.counts, page.prose, strict=True)]
    out["words_before"] = [math.log1p(sum(weights[:g])) for g in gaps]
    out["words_after"] = [math.log1p(sum(weights[g:])) for g in gaps]
    for reach in (40, 120, 400):
        out[f"chains_{reach}"] = [page.crossing(g, reach) for g in gaps]
        if reach > 40:
            out[f"names_{reach}"] = [page.crossing(g, reach, names=True) for g in gaps]
    new, ending = [page.new(g) for g in gaps], [page.ending(g) for g in gaps]
    out["introduces"] = [page.introduces(g) for g in gaps]
    out["introduces_names"] = [page.introduces(g, names=True) for g in gaps]
    out["block_new"] = [v / (m + 0.5) for v, m in zip(new, page.mass, strict=True)]
    out["block_ends"] = [v / (m + 0.5) for v, m in zip(ending, page.mass, strict=True)]
    for reach in (40, 120):
        low = [page.reach_left(g, reach) for g in gaps]
        high = [page.reach_right(g, reach) for g in gaps]
        ahead = [page.share(g, high[g], new) for g in gaps]
        behind = [page.share(low[g], g, new) for g in gaps]
        out[f"new_ahead_{reach}"] = ahead
        if reach == 40:
            out["new_rise_40"] = [a - b for a, b in zip(ahead, behind, strict=True)]
        out[f"ends_behind_{reach}"] = [page.share(low[g], g, ending) for g in gaps]
    return out


def slow_segments(
    page: SlowPage, start: Sequence[float], threshold: float
) -> dict[str, list[float]]:
    """All columns of :func:`model.cohesion.compare_segments` for one threshold, without it."""
    names = (
        "segments", "segments_skipping", "halves", "halves_relative", "shared_words",
        "shared_names",
    )  # fmt: skip
    out: dict[str, list[float]] = {name: [] for name in names}
    for gap in range(page.n):
        ago = [at for at in range(gap) if start[at] > threshold]
        left = ago[-1] if ago else 0
        further = ago[-2] if len(ago) > 1 else 0
        ahead = [at for at in range(gap + 1, page.n) if start[at] > threshold]
        right = ahead[0] if ahead else page.n
        after = page.sum(gap, right)
        out["segments"].append(cosine(page.sum(left, gap), after))
        out["segments_skipping"].append(cosine(page.sum(further, left), after))
        one, other = half(page, left, gap), half(page, gap, right)
        across = cosine(page.sum(one, gap), page.sum(gap, other))
        within = [
            cosine(page.sum(left, one), page.sum(one, gap)),
            cosine(page.sum(gap, other), page.sum(other, right)),
        ]
        known = [v for v in within if not math.isnan(v)]
        out["halves"].append(across)
        out["halves_relative"].append(across - min(known) if known else NAN)
        room = math.sqrt(sum(page.mass[left:gap]) * sum(page.mass[gap:right])) + 1.0
        shared = [x for x in page.links if left <= x.before < gap <= x.after < right]
        out["shared_words"].append(sum(x.weight for x in shared) / room)
        out["shared_names"].append(sum(x.weight for x in shared if x.name) / room)
    return out


def half(page: SlowPage, low: int, high: int) -> int:
    """First block before which half of the words from ``low`` to ``high`` lie."""
    weights = [c * p for c, p in zip(page.counts, page.prose, strict=True)]
    at = low
    while at < high and sum(weights[low:at]) < sum(weights[low:high]) / 2 - 1e-9:
        at += 1
    return at
