"""A model and pages small enough to train, publish and kill hundreds of times.

Stories of these pages begin with a line that ends in " #". The stub sees that, and errs as often
as it is told to, by the hash of the line, so that two stubs err on the same pages or on others.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import artifact
from model.page import Page
from model.stories import Boundary, Segmentation, Story
from training.labelled import LabelledPage

FEATURE_TABLE = "stub"


def _chance(*parts: object) -> float:
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@dataclass
class StubSegmenter:
    """Misses ``miss`` of the starts, invents a start at ``false`` of the other lines."""

    version: str = "stub"
    miss: float = 0.0
    false: float = 0.0
    said: float = 0.99
    delay: float = 0.0
    ballast: bytes = b""
    salt: str = ""

    def label_proba(self, pages: Sequence[str | Page]) -> list[NDArray[Any]]:
        out = []
        for page in pages:
            assert isinstance(page, Page)
            proba = np.zeros((len(page), 3))
            for i, block in enumerate(page.blocks()):
                chance = _chance(self.salt, block)
                found = chance >= self.miss if block.endswith(" #") else chance < self.false
                proba[i, 2] = self.said if found else 0.01
            proba[:, 1] = 1 - proba[:, 2]
            out.append(proba)
        return out

    def segment_many(
        self, pages: Sequence[str | Page], *, granularity: str = "story"
    ) -> list[Segmentation]:
        time.sleep(self.delay * len(pages))
        out = []
        for page, proba in zip(pages, self.label_proba(pages), strict=True):
            assert isinstance(page, Page)
            starts = page.starts[proba[:, 2] > 0.5].tolist()
            ends = [*starts[1:], len(page.text)]
            stories = [
                Story(a, b, a == starts[0], None, None, None, None, self.said, 1.0, page.text[a:b])
                for a, b in zip(starts, ends, strict=False)
            ]
            seams = [Boundary(start, self.said) for start in starts[1:]]
            out.append(Segmentation(self.version, page.text, tuple(stories), tuple(seams)))
        return out

    def save(self, directory: Path, card: dict[str, Any] | None = None) -> None:
        base = {"version": self.version, "feature_table": FEATURE_TABLE, "threshold": 0.5}
        artifact.save(self, directory, base | (card or {}))

    @classmethod
    def load(cls, directory: Path | None = None) -> StubSegmenter:
        if directory is None:
            return cls(version="shipped", miss=0.3, false=0.02)
        payload, card = artifact.load(directory)
        assert isinstance(payload, cls)
        payload.version = card["version"]
        return payload


def stub_pages(count: int, *, seed: int = 0, kinds: Sequence[str] = ("digest", "single")) -> Any:
    """Invented pages: of kind ``single`` with one story, of any other with one to four."""
    rng = np.random.default_rng(seed)
    pages = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        lines: list[str] = []
        starts: list[int] = []
        size = 0
        for story in range(1 if kind == "single" else int(rng.integers(1, 5))):
            for row in range(int(rng.integers(2, 9))):
                line = f"Page {seed}-{number} story {story} row {row}" + (" #" if row == 0 else "")
                if row == 0:
                    starts.append(size)
                lines.append(line)
                size += len(line) + 1
        lang = "en" if number % 3 else "mi"
        pages.append(
            LabelledPage(f"{seed}-{number}", "\n".join(lines), starts, kind=kind, lang=lang)
        )
    return pages
