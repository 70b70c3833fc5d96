"""What block has which role, and the pieces of articles that roles are learned from."""

from __future__ import annotations

import numpy as np
import pytest

from model.batch import Batch
from model.decoder import INSIDE, OUTSIDE, START
from model.page import Page
from model.wording import ROLES
from model.words import WordTable
from tests.model.tiny import article, tiny_segmenter
from training import roles

LONG = "word " * 20


def test_roles_follow_from_labels_and_place() -> None:
    lines = ["Menu", "Title here", "Short line", LONG, LONG, "End of it", "Foot", LONG, LONG]
    labels = np.array([OUTSIDE, START, INSIDE, INSIDE, INSIDE, INSIDE, OUTSIDE, START, INSIDE])
    batch = Batch.read([Page.from_text("\n".join(lines))], WordTable([], 8))
    assert [ROLES[role] for role in roles._roles(labels, batch)] == [
        "outside", "start", "body", "lead", "body", "closing", "outside", "lead", "closing",
    ]  # fmt: skip


def test_the_end_of_a_page_is_the_end_of_its_story() -> None:
    pages = [Page.from_text(f"Title\n{LONG}\nLast words") for _ in range(2)]
    labels = np.array([START, INSIDE, INSIDE, INSIDE, INSIDE, INSIDE])
    found = roles._roles(labels, Batch.read(pages, WordTable([], 8)))
    assert ROLES[found[2]] == "closing"


def test_pieces_of_an_article_are_its_own() -> None:
    one = article(4)
    pieces = roles._pieces(one, np.random.default_rng(0))
    assert [role for role, _ in pieces] == ["lead", "closing", "body", "body", "start"]
    texts = dict(pieces)
    assert texts["start"] == one.title
    assert texts["lead"] == one.paragraphs[0]
    assert texts["closing"] == one.paragraphs[-1]
    assert texts["body"] in one.paragraphs[1:-1]


@pytest.mark.parametrize("role", ["lead", "start", "outside"])
def test_the_small_model_tells_roles_apart(role: str) -> None:
    """Lines of furniture, headlines and leads of articles that it has not seen."""
    classifiers = tiny_segmenter().classifiers
    fresh = [article(30_000 + n) for n in range(12)]
    texts = {
        "lead": [one.paragraphs[0] for one in fresh],
        "start": [one.title for one in fresh],
        "outside": ["Share", "Advertisement", "Sign in", "Privacy policy", "Subscribe", "Menu"],
    }[role]
    other = [one.paragraphs[2] for one in fresh]

    def scores(lines: list[str]) -> float:
        batch = Batch.read([Page.from_text(line) for line in lines], classifiers.space.table)
        return float(classifiers.wording.scores(batch)[:, ROLES.index(role)].mean())

    assert scores(texts) > scores(other)
