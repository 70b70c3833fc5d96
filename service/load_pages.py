"""The pages that load is made of: invented text of about 8 kB, in as many variants as wanted."""

from __future__ import annotations

import random
from pathlib import Path

__all__ = ["EXAMPLES", "pages_of_text"]

EXAMPLES = Path(__file__).parent / "examples"


def pages_of_text(count: int, characters: int = 8000, seed: int = 1) -> list[bytes]:
    """Pages of plain text, UTF-8, each of lines of the examples in an order of its own.

    Different pages, so that nothing can answer from what it remembers; from a seed, so that all
    that are compared get the same ones.
    """
    chance = random.Random(seed)
    lines = [
        line
        for path in sorted(EXAMPLES.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    pages = []
    for _ in range(count):
        page, size = [], 0
        while size < characters:
            line = chance.choice(lines)
            page.append(line)
            size += len(line) + 1
        pages.append("\n".join(page)[:characters].encode())
    return pages
