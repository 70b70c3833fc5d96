"""The words of blocks by regular expressions and dictionaries: the oracle of model.words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from model.words import WordTable

MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u0f71-\u0f87"
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u312f\u31f0-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)


@dataclass(frozen=True)
class SlowToken:
    """A token: what it is equal to, where it stands, and its rows with their share."""

    key: str
    block: int
    capital: bool
    rows: tuple[int, ...]
    share: float


def slow_words(blocks: Sequence[str], table: WordTable) -> list[SlowToken]:
    """Tokens by block; in a block words first, then pairs."""
    row = {word: i for i, word in enumerate(table.vocabulary)}
    out: list[SlowToken] = []
    for at, block in enumerate(blocks):
        runs = re.findall(f"[{UNSPACED}]+", block)
        for word in re.findall(rf"[\w{MARKS}]{{2,}}", re.sub(f"[{UNSPACED}]+", " ", block)):
            key = word.lower()
            if key in row:
                rows, share = (row[key],), 1.0
            else:
                first, last = table.buckets_of([key])[0].tolist()
                rows, share = (first, last), 0.5
            out.append(SlowToken(key, at, not word.islower(), rows, share))
        for run in runs:
            for one, other in pairwise(run):
                bucket = _pair_row(ord(one) << 21 | ord(other), table)
                out.append(SlowToken(one + other, at, False, (bucket,), 0.5))
    return out


def _pair_row(code: int, table: WordTable) -> int:
    mixed = (code * 0x9E3779B97F4A7C15 % 2**64) >> 33
    return len(table.vocabulary) + mixed % table.buckets
