"""What is known of the blocks that may open a story, one by one: slow, and simple enough to be
believed.

The oracle of :mod:`tests.model.test_tops`; it shares no code with :mod:`model.tops`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

NAN = math.nan


class SlowTops:
    """The stories of one page by their first blocks.

    ``outside`` and ``start`` are the chances of each block, ``tokens`` its words.
    """

    def __init__(
        self,
        firsts: Sequence[int],
        outside: Sequence[float],
        start: Sequence[float],
        tokens: Sequence[float],
    ) -> None:
        self.firsts, self.n = list(firsts), len(tokens)
        self.outside, self.start, self.tokens = list(outside), list(start), list(tokens)

    def body(self, a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        words = sum(self.tokens[i] * (1 - self.outside[i]) for i in range(low, high))
        return words if b >= a else -words

    def candidates(self, story: int) -> list[int]:
        if len(self.firsts) == 1 and self.start[self.firsts[0]] >= 0.95:
            return []
        first = self.firsts[story]
        found = []
        for block in range(max(0, first - 4), min(self.n, first + 4)):
            nearest = min(
                range(len(self.firsts)),
                # Half way between two starts a block is the lower one's.
                key=lambda k: (abs(block - self.firsts[k]), -k),
            )
            if nearest == story and abs(self.body(first, block)) <= 60:
                found.append(block)
        return found

    def own(self, story: int, block: int) -> dict[str, float]:
        first = self.firsts[story]
        may = self.candidates(story)
        odds = [math.log(clipped(p)) - math.log(clipped(1 - p)) for p in self.start]
        ranked = sorted(may, key=lambda other: -self.start[other])
        return {
            "step": block - first,
            "stories": len(self.firsts),
            "number": story,
            "odds_found": odds[first],
            "odds": odds[block],
            "odds_less": odds[block] - odds[first],
            "rank": ranked.index(block),
            "share": self.start[block] / sum(self.start[other] for other in may),
            "outside-1": self.outside[block - 1] if block else NAN,
            "outside": self.outside[block],
            "outside+1": self.outside[block + 1] if block + 1 < self.n else NAN,
            "body_between": self.body(first, block),
            "position": block,
        }

    def agreement(self, story: int, block: int, codes: Sequence[object | None]) -> dict[str, float]:
        """By one code a block; None is like no other, and is told nothing."""
        code = codes[block]
        names = ("among", "chance", "first", "top", "opens", "over", "times", "gathered")
        if code is None:
            return dict.fromkeys(names, NAN)
        times = sum(other == code for other in codes)
        rest = [k for k in range(len(self.firsts)) if k != story]
        if not rest:
            return dict.fromkeys(names, NAN) | {"times": math.log1p(times)}
        most = []
        for k in rest:
            chances = [self.start[c] for c in self.candidates(k) if codes[c] == code]
            if chances:
                most.append(max(chances))
        in_first = any(codes[c] == code for c in self.candidates(0))
        over = [self.firsts[k] - 1 for k in rest if self.firsts[k] > 0]
        return {
            "among": len(most) / len(rest),
            "chance": sum(most) / max(len(most), 1),
            "first": float(in_first) if story else NAN,
            "top": sum(codes[self.firsts[k]] == code for k in rest) / len(rest),
            "opens": float(codes[self.firsts[0]] == code) if story else NAN,
            "over": sum(codes[at] == code for at in over) / len(rest),
            "times": math.log1p(times),
            "gathered": len(most) / max(times - 1, 1),
        }


def clipped(p: float) -> float:
    return min(max(p, 1e-5), 1 - 1e-5)
