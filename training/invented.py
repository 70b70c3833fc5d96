"""As many articles as anyone likes, where no corpus has so many: to measure memory and time with.

Copies in exchanged letters have words and outlets of their own, so that they are no duplicates and
take as much as articles of other languages would; see `training.foreign`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from training.foreign import foreign
from training.sources import read_rows

__all__ = ["write_articles"]

# Languages of each round of copies, so that no language takes all.
_LANGUAGES = 50
# Invented articles are about as long as those of the corpora, 4,000 characters.
_WORDS, _LINES, _LINE = 20_000, 20, 40
# Digits of numbers as letters, so that the words are words.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def write_articles(path: Path, count: int, files: Sequence[Path] = ()) -> None:
    """Write so many articles as JSONL: those of the files, then copies; invented without files."""
    rows = [asdict(row) for file in files for row in read_rows(file)] if files else None
    with path.open("w", encoding="utf-8") as out:
        for n in range(count):
            row = _invented(n) if rows is None else _copy(rows[n % len(rows)], n // len(rows), n)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _copy(row: dict[str, str], again: int, number: int) -> dict[str, str]:
    if again == 0:
        return row
    seed = again * 1_000_003 + number % _LANGUAGES
    text, title = (foreign(row[name], seed) for name in ("text", "title"))
    return row | {
        "id": f"{row['id']}-{again}", "source": f"{again}.{row['source']}",
        "text": text, "title": title,
    }  # fmt: skip


def _invented(number: int) -> dict[str, str]:
    """Paragraphs of words of chance, common ones more often, in one of a few languages."""
    rng = random.Random(number)
    lang = f"x{number % 2}"

    def line(words: int) -> str:
        drawn = (int(_WORDS ** rng.random()) for _ in range(words))
        return " ".join(f"{lang[1]}{word:x}".translate(_LETTERS) for word in drawn).capitalize()

    lines = [line(rng.randint(_LINE // 2, _LINE)) + "." for _ in range(_LINES)]
    return {
        "id": f"invented-{number}", "source": f"outlet-{number % 60}.example", "lang": lang,
        "title": line(7), "text": "\n".join(lines),
    }  # fmt: skip
