"""The page at `/` in a real Chromium: what people see of a page and its seams."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.web.browser import DIGEST, Window


def test_stories_seams_furniture_and_curve_are_shown(window: Window) -> None:
    window.paste(DIGEST)
    window.title("2 stories, 1 seam")
    assert window.stories() == ["# Quay 🚢 opens", "## Goats win"]
    page = window.page
    assert page.locator(".row .block").all_inner_texts() == DIGEST.split("\n")
    grey = page.locator(".row.furniture .block").all_inner_texts()
    assert grey == ["~ Home | News", "~ Share", "~ © Lantern"]
    seam = page.locator(".row.start").nth(1).locator(".seam")
    assert "60 %" in seam.inner_text()
    assert seam.locator(".evidence").all_inner_texts() == ["headline", "new vocabulary"]
    assert page.locator("#curve .dot").count() == 2
    assert page.locator("#curve .stroke").get_attribute("d").count("L") >= 10
    assert "95 %, 60 %" in page.locator("#curve title").first.text_content()
    assert page.locator("#outline .entry-title").all_inner_texts() == window.stories()


def test_a_headline_in_markdown_is_shown_as_one(window: Window) -> None:
    def answer(route: Any) -> None:
        found = route.fetch()
        said = found.json()
        for story, headline in zip(
            said["stories"], ("[Live] quay opens", "Goats win"), strict=True
        ):
            story["headline"] = headline
        route.fulfill(response=found, json=said)

    window.page.route("**/v1/segment?**", answer)
    lines = ["#[Live] quay opens", "It opened.", "# **[Goats win](/goats)**", "A prize of hay."]
    window.paste("\n".join(lines))
    assert window.page.locator(".row.headline .block").all_inner_texts() == [lines[2]]


def test_a_story_without_a_headline_is_known_by_its_first_line(window: Window) -> None:
    story = {"headline": None, "main": True, "text": "Rain.", "relatedness": 1, "confidence": 0.9}
    answer = {
        "model": "m",
        "text": "It rains.\nRain.",
        "stories": [{"start": 0, "end": 15, "byline": None, "published": None} | story],
        "seams": [],
        "blocks": [
            {"start": 0, "end": 9, "outside": 0, "inside": 0.1, "start_probability": 0.9},
            {"start": 10, "end": 15, "outside": 0, "inside": 1, "start_probability": 0},
        ],
    }
    window.page.route("**/v1/segment?*", lambda route: route.fulfill(json=answer))
    window.paste("It rains.\nRain.")
    assert window.page.locator("#outline .entry-title").all_inner_texts() == ["It rains."]
    assert window.page.locator(".row.headline").count() == 0


def test_a_sentence_in_two_is_one_again_where_the_slider_takes_the_seam_away(
    window: Window,
) -> None:
    text = "It rains. Photo: Ana Brook GOATS win."
    bounds = {True: [(0, 9), (10, 26), (27, 37)], False: [(0, 9), (10, 37)]}

    def answer(route: Any) -> None:
        cut = "threshold=0.9" not in route.request.url
        starts = [0, 27] if cut else [0]
        blank = {"headline": None, "byline": None, "published": None, "relatedness": 1}
        route.fulfill(
            json={
                "model": "m",
                "text": text,
                "stories": [
                    {"start": a, "end": b, "main": not a, "text": "", "confidence": 0.8} | blank
                    for a, b in zip(starts, [26, 37] if cut else [37], strict=True)
                ],
                "seams": [{"offset": 27, "probability": 0.8, "evidence": []}] if cut else [],
                "blocks": [
                    {"start": a, "end": b, "outside": 0, "inside": 1, "start_probability": 0}
                    for a, b in bounds[cut]
                ],
            }
        )

    window.page.route("**/v1/segment?*", answer)
    window.paste(text)
    rows = window.page.locator(".row .block")
    assert rows.all_inner_texts() == ["It rains.", "Photo: Ana Brook", "GOATS win."]
    window.title("2 stories, 1 seam")
    window.slide(90)
    window.title("1 story, 0 seams")
    assert rows.all_inner_texts() == ["It rains.", "Photo: Ana Brook GOATS win."]
    window.slide(50)
    window.title("2 stories, 1 seam")
    assert rows.all_inner_texts() == ["It rains.", "Photo: Ana Brook", "GOATS win."]


def test_numbers_and_sizes_tell_what_colours_tell(window: Window) -> None:
    window.paste(DIGEST)
    assert window.page.locator(".row.start .chip").all_inner_texts() == ["1", "2"]
    size = "(block) => parseFloat(getComputedStyle(block).fontSize)"
    grey = window.page.locator(".row.furniture .block").first.evaluate(size)
    story = window.page.locator(".row.told:not(.furniture) .block").last.evaluate(size)
    assert grey < story
    assert window.page.locator(".row.furniture .spoken").count() == 3


def test_the_slider_draws_again_at_once(window: Window) -> None:
    window.paste(DIGEST)
    window.title("2 stories, 1 seam")
    window.slide(70)
    window.title("1 story, 0 seams")
    window.slide(20)
    window.title("3 stories, 2 seams")
    assert window.stories()[2] == "### A subheading"
    window.page.click("#threshold-reset")
    window.title("2 stories, 1 seam")
    assert window.page.locator("#threshold").input_value() == "50"
    assert window.page.locator("#threshold-reset").is_disabled()


def test_of_many_moves_of_the_slider_the_last_one_counts(window: Window) -> None:
    window.paste(DIGEST)
    window.addresses.clear()
    window.page.evaluate(
        """() => {
          const slider = document.getElementById("threshold");
          for (let i = 1; i <= 96; i++) {
            slider.value = i;
            slider.dispatchEvent(new Event("input"));
          }
        }"""
    )
    window.title("No story on this page")
    assert len(window.addresses) < 10


def test_offsets_are_code_points(window: Window) -> None:
    dice = random.Random(6)
    for _ in range(40):
        signs = [
            dice.choice("aé\u0301😀🇫🇷中\U00010348 \ufffd\n") for _ in range(dice.randrange(60))
        ]
        text = "".join(signs)
        cuts = sorted(dice.randrange(len(text) + 1) for _ in range(8))
        got = window.page.evaluate(
            """async ([text, cuts]) => {
              const { CodePoints } = await import("./web/code_points.js");
              const points = new CodePoints(text);
              return [points.length, cuts.map((cut) => points.slice(0, cut))];
            }""",
            [text, cuts],
        )
        assert got == [len(text), [text[:cut] for cut in cuts]]


def test_a_story_and_the_json_can_be_had(window: Window) -> None:
    window.paste(DIGEST)
    goats = window.page.locator(".row.start").nth(1)
    wanted = "## Goats win\n\n2024-06-12\n\nA prize of hay.\n\nThey ate it.\n\n"
    wanted += "### A subheading\n\nMore of the goats.\n"
    goats.get_by_role("button", name="Copy story 2").click()
    window.expect(goats.get_by_role("button", name="Copy story 2")).to_have_text("Copied")
    assert window.clipboard() == wanted
    with window.page.expect_download() as got:
        goats.get_by_role("button", name="Download story 2").click()
    assert got.value.suggested_filename == "story-2.txt"
    assert Path(got.value.path()).read_text(encoding="utf-8") == wanted
    with window.page.expect_download() as got:
        window.page.click("#download-json")
    answer = json.loads(Path(got.value.path()).read_text(encoding="utf-8"))
    assert [DIGEST[s["start"] :].split("\n")[0] for s in answer["stories"]] == window.stories()
    assert "blocks" not in answer
    window.page.click("#copy-json")
    window.expect(window.page.locator("#copy-json")).to_have_text("Copied")
    assert json.loads(window.clipboard()) == answer


def test_a_seam_shows_the_probability_that_it_was_decided_by(window: Window) -> None:
    def judged(route: Any) -> None:
        answer = route.fetch().json()
        for seam in answer["seams"]:
            seam["probability"] = 0.72
        route.fulfill(json=answer)

    window.page.route("**/v1/segment?**", judged)
    window.paste(DIGEST)
    window.expect(window.page.locator(".row.start .seam").nth(1)).to_contain_text("72 %")


def test_the_slider_counts_that_was_moved_while_a_page_was_opened(window: Window) -> None:
    window.paste(DIGEST)
    window.page.evaluate(
        """() => {
          const ask = window.fetch;
          let first = true;
          window.fetch = async (...all) => {
            const wait = first;
            first = false;
            const answer = await ask(...all);
            if (wait) await new Promise((go) => setTimeout(go, 1000));
            return answer;
          };
        }"""
    )
    window.page.click("#editor summary")
    window.page.fill("#text", f"{DIGEST}\n# Last\nOne more.")
    window.page.click("#form [type=submit]")
    window.slide(20)
    window.title("4 stories, 3 seams")


def test_the_page_stays_where_it_is_when_what_sticks_to_its_edges_is_focused(
    window: Window,
) -> None:
    window.paste("\n".join(f"# Story {i}\nBody.\n~ Share" for i in range(30)))
    window.gap("# Story 3").click()
    window.page.evaluate("window.scrollTo(0, 2000)")
    for name in ("threshold", "threshold-reset", "why", "undo", "send"):
        window.page.locator(f"#{name}").evaluate("(element) => element.focus()")
        # Chromium may move a few pixels for the caret of a text field.
        assert abs(window.page.evaluate("scrollY") - 2000) < 20, name


def test_a_long_page_is_drawn_and_drawn_again(window: Window) -> None:
    text = "\n".join(f"{'#' if i % 40 == 0 else ''} line {i} 🚢" for i in range(6000))
    # Not pasted: it is the test's own typing that takes half a minute for so much.
    buffer = {"name": "long.txt", "mimeType": "text/plain", "buffer": text.encode()}
    window.page.set_input_files("#file", buffer)
    window.title("150 stories, 149 seams")
    window.expect(window.page.locator(".row")).to_have_count(6000)
    window.slide(97)
    window.title("No story on this page")
    assert window.page.locator(".row.told").count() == 0
    assert window.page.locator(".block").last.text_content() == "line 5999 🚢"


@pytest.mark.parametrize("width", [320, 390])
def test_it_fits_a_phone(open_window: Callable[..., Window], base: str, width: int) -> None:
    window = open_window(base, viewport={"width": width, "height": 780}, has_touch=True)
    window.paste(f"{DIGEST}\n# {'unbroken' * 40}\nhttps://lantern.example/{'a' * 300}")
    assert window.page.evaluate("document.documentElement.scrollWidth") <= width
    sizes: list[Any] = window.page.evaluate(
        """() => [...document.querySelectorAll("button, #threshold, summary")]
          .filter((one) => one.checkVisibility())
          .map((one) => [one.textContent, one.getBoundingClientRect()])
          .map(([text, box]) => [text, Math.min(box.width, box.height)])"""
    )
    # WCAG 2.2, 2.5.8: targets of 24 by 24.
    assert [text for text, size in sizes if size < 23.9] == []
