"""A picture's credit ends a caption; sentences that speak of pictures and agencies are text."""

from __future__ import annotations

import time

import pytest

from model.page import Page
from model.telling.picture_credits import is_picture_credit
from tests.model.telling import BODY, MORE, told


@pytest.mark.parametrize(
    "line",
    [
        "Photo: Ana Brook",
        "Fotos: Stadtarchiv Wellen",
        "Marta Ek at the quay in March. Photo: Ana Brook / Daily Pier",
        "The old pier, before the storm. (Foto: Ana Brook)",
        "The pier at noon Image credit: Harbour Museum",
        "Photograph by Ana Brook",
        "The mayor walks along the quay on 3 May. (Ana Brook/AP)",
        "The quay at night. Ana Brook/Getty Images",
        "A ferry leaves the harbour | Getty Images",
        "A ferry leaves the harbour © Ana Brook",
        "Старый причал. Фото: Анна Брук",
    ],
)
def test_credits_are_known(line: str) -> None:
    assert is_picture_credit(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "The photo: nobody in the town had seen it before, and the museum did not say where "
        "it came from when it was hung in the hall in May.",
        "The council met on Monday, the mayor told Reuters.",
        "BRENNICK (AP) - The council met on Monday.",
        "The council met on Monday. (Reuters)",
        "Getty Images sued the firm in May, and the court will hear both sides in June.",
        "He said that the image of the port had suffered.",
        "Bild hatte darüber berichtet, wie der Hafen verkauft worden war.",
        "24/7 news from the quay",
        "The bigger picture: why rents rise",
        "Ein ganz anderes Bild: Der Hafen im Winter",
        f"{BODY} {MORE} {BODY} {MORE} {BODY} Photo: Ana Brook",
    ],
)
def test_sentences_are_none(line: str) -> None:
    assert not is_picture_credit(line)


def test_captions_are_no_text_of_a_story() -> None:
    caption = "The quay in March. Photo: Ana Brook"
    page = Page.from_text("\n".join(["Council votes to mend the old pier", BODY, caption, MORE]))
    assert told(page).stories[0].text == f"{BODY}\n\n{MORE}"


def test_a_gallery_keeps_its_captions() -> None:
    captions = [f"The quay at {hour} o'clock. Photo: Ana Brook" for hour in range(8)]
    page = Page.from_text("\n".join(["The old pier in eight pictures", BODY, *captions]))
    assert told(page).stories[0].text == "\n\n".join([BODY, *captions])


def test_lines_that_almost_are_take_no_longer() -> None:
    lines = ["photo " * 49, "/ " * 150, "©" * 300, "Ab " * 99, "image: " * 42, "a/" * 149]
    before = time.process_time()
    for line in lines * 50:
        is_picture_credit(line)
    assert time.process_time() - before < 1.0
