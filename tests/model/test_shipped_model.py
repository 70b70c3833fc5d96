"""The model that ships, on the seeds and on invented pages of their kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.html import page_from_html
from model.page import Page
from model.segmenter import DEFAULT, Segmenter

ROOT = Path(__file__).parents[2]
SEEDS = Path(os.environ.get("STORYSEAM_SHARED", ROOT / "../shared")) / "seeds"

pytestmark = pytest.mark.skipif(
    not (DEFAULT / "model.joblib").exists(), reason="the shipped model is not there yet"
)
needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed texts are not here")

LIGHTHOUSE = """Lighthouse at Cape Orrin to be lit again after nineteen years

The lamp room of the Cape Orrin light, whose lens was taken down for repair. (Quay Courier photo/Ines Halvard)
Short Url
https://quay.example/p4w8z
Updated 4 May 2022
Follow

Lighthouse at Cape Orrin to be lit again after nineteen years

  • Volunteers have ground the broken prisms of the old lens by hand
  • Pilots had asked for a light since two barges ran aground

ORRIN: The light on Cape Orrin will be lit again in June, nineteen years after the coastal service switched it off and boarded up the keeper's house.
A society of forty volunteers has mended the lens, which was cracked when a crane dropped it on the quay. They ground eleven new prisms from blanks that a glassworks gave them.
“You learn to hear when the glass is about to go,” said Tobias Wren, a retired dentist who did most of the grinding. “It sings, and then you stop.”
The coastal service pays for the current and for a keeper who comes once a week. Pilots had asked for the light after two barges ran aground on the Orrin bar in one winter.

NO FOGHORN THIS TIME

The foghorn stays silent. People in the holiday village below the cape had signed a petition against it, and modern ships do not need it, the service said.
The keeper's house is to become a small museum with the old clockwork, which turned the lens on a bath of mercury until it was found to be leaking. The mercury went to a works inland that deals with such things.
"""  # noqa: E501
SECOND = """Bakers of Tullen march with empty trays against price of flour

Bakers carry their trays across the market square in Tullen on Monday. (Quay Courier photo/Jorun Apsley)
Short Url
https://quay.example/d7t1m
Updated 4 May 2022
Follow

Bakers of Tullen march with empty trays against price of flour

  • Flour costs twice what it did when the mill changed hands
  • The new owner speaks of a bad harvest and of dearer diesel

TULLEN: Some three hundred bakers walked through Tullen on Monday with empty trays on their heads and let the town go without bread until noon.
They protest against the price of flour, which has doubled since the only mill of the valley was sold to a trading house in autumn. Eleven bakeries have closed since then.
“I get up at two to lose money,” said Agata Prell, whose family has baked in the same street for four generations. “I could lose it in bed.”
The trading house said that the harvest was the worst in a decade, that diesel had become dearer and that it had not raised its margin. It offered to show its books to a judge.
The town wants to buy a share of the mill. A vote on that is to be held before the summer, the mayor told the crowd from the steps of the corn exchange.
"""  # noqa: E501


@pytest.fixture(scope="module")
def shipped() -> Segmenter:
    return Segmenter.load()


def seed(number: str) -> str:
    (path,) = SEEDS.glob(f"{number}_*.txt")
    return path.read_text(encoding="utf-8")


@needs_seeds
def test_the_page_with_an_appended_story_is_two(shipped: Segmenter) -> None:
    text = seed("003")
    answer = shipped.segment(text, explain=True)
    assert [s.start for s in answer.stories][1:] == [text.index("UK Police arrest 86 people")]
    assert [s.main for s in answer.stories] == [True, False]
    assert answer.seams[0].evidence


@needs_seeds
def test_the_page_of_one_story_is_one(shipped: Segmenter) -> None:
    answer = shipped.segment(seed("000"))
    assert len(answer.stories) == 1
    assert answer.seams == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_invented_page_of_that_kind_is_two(newline: str, shipped: Segmenter) -> None:
    text = f"{LIGHTHOUSE}\n{SECOND}".replace("\n", newline)
    answer = shipped.segment(text)
    assert [seam.offset for seam in answer.seams] == [text.index("Bakers of Tullen")]
    first, second = answer.stories
    assert first.headline == "Lighthouse at Cape Orrin to be lit again after nineteen years"
    assert second.headline == "Bakers of Tullen march with empty trays against price of flour"
    assert text[second.start : second.end].startswith("Bakers of Tullen")
    assert "mayor told the crowd" in second.text
    assert "Bakers" not in first.text


def test_pages_of_text_and_of_markup_do_not_disturb_each_other(shipped: Segmenter) -> None:
    """This model knows markup, and a batch holds both."""
    body = "".join(f"<p class=a>{line}</p>" for line in SECOND.split("\n") if line.strip())
    pages: list[str | Page] = [LIGHTHOUSE, page_from_html(f"<main>{body}</main>"), "", SECOND]
    pages += ["Menu\nShare", page_from_html(f"<h1>A pier</h1>{body}"), LIGHTHOUSE + SECOND]
    alone = [shipped.label_proba([page])[0] for page in pages]
    for order in (range(7), (3, 5, 1, 6, 0, 2, 4), (6, 5, 4, 3, 2, 1, 0)):
        together = shipped.label_proba([pages[i] for i in order])
        for i, proba in zip(order, together, strict=True):
            np.testing.assert_allclose(proba, alone[i], atol=1e-6)


@pytest.mark.parametrize("text", [LIGHTHOUSE, SECOND], ids=["lighthouse", "bakers"])
def test_subheads_a_repeated_headline_and_bullets_are_no_seams(
    text: str, shipped: Segmenter
) -> None:
    answer = shipped.segment(text)
    assert len(answer.stories) == 1
    assert answer.stories[0].start <= text.index("\n\n  •")


def test_the_model_is_small_and_its_card_says_where_it_comes_from() -> None:
    assert (DEFAULT / "model.joblib").stat().st_size <= 12 * 1024**2
    card = Segmenter.load().card
    assert card["data"]
    assert card["figures"]
    assert card["seed"] is not None


def test_loading_takes_at_most_two_seconds_of_work() -> None:
    """Work, not time on the clock: other jobs of the machine must not fail this test."""
    probe = (
        "import time; from model.segmenter import Segmenter; before = time.process_time();"
        "Segmenter.load(); print(time.process_time() - before)"
    )
    spent = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        spent.append(float(done.stdout))
        # A core whose caches other jobs share takes longer for the same work: the least counts.
        if spent[-1] <= 2.0:
            break
    assert min(spent) <= 2.0
