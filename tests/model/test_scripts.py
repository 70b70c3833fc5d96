"""Scripts that no training page was written in: stories are found all the same.

Words are drawn from syllables, so that nobody has to know the languages: what counts is that words
and sentences are seen as such.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from model.segmenter import DEFAULT, Segmenter

pytestmark = pytest.mark.skipif(
    not (DEFAULT / "model.joblib").exists(), reason="the shipped model is not there yet"
)

# Pages of two stories, and how many must be cut rightly: fewer than are, more than used to be.
PAGES, RIGHT = 12, 4


def signs(*ranges: tuple[int, int]) -> list[str]:
    return [chr(code) for first, last in ranges for code in range(first, last)]


# Letters, what goes with them, what parts words, and what ends a sentence.
SCRIPTS = [
    pytest.param(signs((0x1200, 0x12C0)), [""], " ", "።", id="Amharic"),
    pytest.param(signs((0x1200, 0x12C0)), [""], " ", "፡፡", id="Amharic as it is typed"),
    pytest.param(signs((0x780, 0x7A6)), signs((0x7A6, 0x7B1)), " ", ".", id="Dhivehi"),
    pytest.param(signs((0xABC0, 0xABDB)), signs((0xABE3, 0xABEB)), " ", "꯫", id="Meetei"),
    pytest.param(signs((0xF40, 0xF48)), ["ི", "ུ", "ྱི", "གས"], "་", "།", id="Tibetan"),
    pytest.param(signs((0x1820, 0x1840)), [""], " ", "᠃", id="Mongolian"),
    pytest.param(signs((0x1C5A, 0x1C78)), [""], " ", "᱾", id="Santali"),
    pytest.param(signs((0x1780, 0x17A3)), signs((0x17B6, 0x17C6)), "", "។", id="Khmer"),
    pytest.param(signs((0x1000, 0x1021)), signs((0x102B, 0x1033)), "", "။", id="Burmese"),
    pytest.param(signs((0xE01, 0xE2F)), ["ะ", "า", "ิ", "ี", "ุ"], "", " ", id="Thai"),
    pytest.param(
        signs((0xE94, 0xE98), (0xE99, 0xEA0), (0xEA1, 0xEA4)),
        ["ະ", "າ", "ິ", "ີ", "ຸ"],
        "",
        " ",
        id="Lao",
    ),
]


def story(
    rng: random.Random, frame: list[str], letters: Sequence[str], marks: Sequence[str], parts: str,
    stop: str,
) -> str:  # fmt: skip
    """A headline, a date and nine paragraphs of words of its own and of those of the language."""
    own = [word(rng, letters, marks) for _ in range(40)]

    def sentence(words: int) -> str:
        return parts.join(rng.choice(frame if rng.random() < 0.6 else own) for _ in range(words))

    paragraphs = [
        " ".join(sentence(rng.randint(9, 16)) + stop for _ in range(rng.randint(2, 4))).strip()
        for _ in range(9)
    ]
    return "\n".join([sentence(7), "12.03.2021", *paragraphs])


def word(rng: random.Random, letters: Sequence[str], marks: Sequence[str]) -> str:
    length = rng.choice([2, 3, 4])
    return "".join(rng.choice(letters) + rng.choice(marks) for _ in range(length))


@pytest.fixture(scope="module")
def shipped() -> Segmenter:
    return Segmenter.load()


@pytest.mark.parametrize(("letters", "marks", "parts", "stop"), SCRIPTS)
def test_two_stories_are_parted_in_any_script(
    letters: list[str], marks: list[str], parts: str, stop: str, shipped: Segmenter
) -> None:
    frame = [word(random.Random(n), letters, marks) for n in range(60)]
    found = 0
    for seed in range(PAGES):
        rng = random.Random(seed)
        one, other = (story(rng, frame, letters, marks, parts, stop) for _ in range(2))
        assert len(shipped.segment(one).stories) == 1
        answer = shipped.segment(f"{one}\n{other}")
        assert answer.stories
        found += [seam.offset for seam in answer.seams] == [len(one) + 1]
    assert found >= RIGHT
