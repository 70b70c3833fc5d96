"""The pages that load is made of: invented text of about 8 kB, in as many variants as wanted."""

from __future__ import annotations

import random
from pathlib import Path

__all__ = ["EXAMPLES", "pages_of_text"]

EXAMPLES = Path(__file__).parents[1] / "examples"

# Lines of the examples that are as long as this are sentences of a body; shorter ones are headers
# and furniture.
_BODY = 80


def pages_of_text(count: int, characters: int = 8000, seed: int = 1) -> list[bytes]:
    """Pages of plain text, UTF-8: one of the examples, or its top, and paragraphs of all after it.

    As most pages that people send, they are a header and some thirty paragraphs. Different pages,
    so that nothing can answer from what it remembers; from a seed, so that all that are compared
    get the same ones.
    """
    chance = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.txt"))]
    sentences = [
        line for text in texts for line in text.splitlines() if _BODY <= len(line) <= 4 * _BODY
    ]
    pages = []
    for _ in range(count):
        page = [chance.choice(texts)[: characters // 2].rstrip()]
        size = len(page[0])
        while size < characters:
            page.append(" ".join(chance.sample(sentences, 2)))
            size += len(page[-1]) + 1
        pages.append("\n".join(page)[:characters].encode())
    return pages
