"""Spans -> stories: their offsets and text, the main story, how they relate, the JSON of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from model.page import Metadata, Page
from model.stories import tell
from tests.model.telling import BODY, MORE, RELATED, TWO, told


def test_the_text_leaves_out_what_is_outside_and_the_span_does_not() -> None:
    text = f"Council votes to mend pier\nShare\n{BODY}\nAdvertisement\n{MORE}\n\nMore news"
    (story,) = told(text, [(0, 5)], outside=[1, 3]).stories
    assert story.text == f"{BODY}\n\n{MORE}"
    assert text[story.start : story.end] == text.removesuffix("\n\nMore news")
    assert story.headline == "Council votes to mend pier"


def test_stories_and_seams_have_the_offsets_of_their_blocks() -> None:
    answer = told(TWO, [(0, 3), (3, 5)])
    starts = [story.start for story in answer.stories]
    assert starts == [0, TWO.index("Orchestra")]
    assert [(s.offset, s.probability, s.evidence) for s in answer.seams] == [
        (starts[1], 0.9, ("headline",))
    ]
    assert (
        TWO[answer.stories[1].start : answer.stories[1].end] == f"Orchestra finds a score\n{BODY}"
    )
    assert answer.text == TWO
    assert answer.model == "v1"


def test_the_first_story_of_good_length_is_the_main_one() -> None:
    assert [s.main for s in told(TWO, [(0, 3), (3, 5)]).stories] == [True, False]
    brief = f"Short\nNotice.\nOrchestra finds a score\n{BODY}\n{BODY}"
    assert [s.main for s in told(brief, [(0, 2), (2, 5)]).stories] == [False, True]


def test_the_story_that_the_page_names_is_the_main_one() -> None:
    named = Metadata(headline="  orchestra FINDS a score ")
    answer = told(TWO, [(0, 3), (3, 5)], metadata=named)
    assert [s.main for s in answer.stories] == [False, True]
    other = told(TWO, [(0, 3), (3, 5)], metadata=Metadata(headline="Something else"))
    assert [s.main for s in other.stories] == [True, False]


def test_relatedness_is_to_the_main_story() -> None:
    three = f"{TWO}\nPier again\n{BODY}\nEmpty here\n{BODY}"
    vectors = [[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 2 + [[1.0, 0.1]] * 2 + [[0.0, 0.0]] * 2
    answer = told(three, [(0, 3), (3, 5), (5, 7), (7, 9)], vectors=vectors)
    main, foreign, near, empty = (story.relatedness for story in answer.stories)
    assert main == 1.0
    assert 0.0 <= foreign < 0.1 < 0.9 < near <= 1.0
    assert empty == 0.0


def test_what_is_outside_does_not_make_stories_related() -> None:
    vectors = [[1.0, 0.0], [0.0, 5.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    answer = told(TWO, [(0, 3), (3, 5)], outside=[1], vectors=vectors)
    assert answer.stories[1].relatedness < 0.1


def test_a_page_without_stories() -> None:
    page = Page.from_text("Menu")
    none = np.zeros((1, 2), np.float32)
    answer = tell(page, [], [], none, {}, 0, none[:, 0], relatedness=RELATED, model="v")
    assert (answer.stories, answer.seams, answer.text) == ((), (), "Menu")


def test_the_json_shape_is_the_design_s() -> None:
    answer = told(TWO, [(0, 3), (3, 5)])
    shape = json.loads(json.dumps(answer.to_dict()))
    assert set(shape) == {"model", "stories", "seams"}
    assert set(shape["stories"][0]) == {
        "start", "end", "main", "headline", "byline", "published", "updated", "confidence",
        "relatedness", "text", "published_words", "updated_words",
    }  # fmt: skip
    assert shape["seams"] == [
        {"offset": TWO.index("Orchestra"), "probability": 0.9, "evidence": ["headline"]}
    ]
    assert answer.to_dict(with_text=True)["text"] == TWO


def test_relatedness_rises_with_the_cosine() -> None:
    values = [RELATED(cosine) for cosine in (-1.0, 0.0, 0.5, 0.9, 1.0)]
    assert values == sorted(values)
    assert RELATED(0.5) == pytest.approx(0.5)
