"""Articles cut to size: sentences, and paragraphs of so many words."""

from __future__ import annotations

import random
from collections.abc import Sequence

from model.page import sentence_spans

__all__ = ["first_words", "regroup", "split_sentences"]


def split_sentences(text: str) -> list[str]:
    """The sentences of one line."""
    return [text[a:b] for a, b in sentence_spans(text, 0, len(text))]


def regroup(pieces: Sequence[str], rng: random.Random) -> list[str]:
    """Paragraphs of one to four pieces."""
    out = []
    at = 0
    while at < len(pieces):
        take = rng.randint(1, 4)
        out.append(" ".join(pieces[at : at + take]))
        at += take
    return out


def first_words(paragraphs: Sequence[str], words: int) -> list[str]:
    """Whole paragraphs up to about so many words (six characters a word), one at least."""
    out: list[str] = []
    room = words * 6
    for paragraph in paragraphs:
        if out and room < len(paragraph) / 2:
            break
        out.append(paragraph)
        room -= len(paragraph)
    return out
