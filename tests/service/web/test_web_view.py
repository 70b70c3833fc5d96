"""The page at `/` in a real Chromium: what people see of a page and its seams."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.web.browser import DIGEST, Window

EVIL = (
    "# <script>window.hacked = 1</script>\n<script>alert(document.cookie)</script>\n"
    "<img src=x onerror=window.hacked=2> <svg onload=window.hacked=3>\n"
    "## </div></div><style>*{display:none}</style>\n<a href='javascript:window.hacked=4'>here</a>"
)


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


@pytest.mark.parametrize("kind", ["text", "auto"])
def test_a_page_full_of_scripts_shows_as_such(window: Window, kind: str) -> None:
    window.paste(EVIL, kind)
    assert window.page.locator(".row .block").all_text_contents() == EVIL.split("\n")
    assert window.page.locator("#page :is(script, img, svg, style, a)").count() == 0
    assert window.page.evaluate("window.hacked") is None


def test_scripts_in_html_neither_run_nor_show(window: Window) -> None:
    escaped = "&lt;script&gt;window.hacked = 5&lt;/script&gt;"
    window.paste(f"<p># A</p><script>window.hacked = 6</script><p>{escaped}</p>", "html")
    blocks = window.page.locator(".row .block").all_text_contents()
    assert blocks == ["# A", "<script>window.hacked = 5</script>"]
    assert window.page.evaluate("window.hacked") is None


def test_the_policy_is_in_force(window: Window) -> None:
    refused = window.page.evaluate(
        """async () => {
          const said = [];
          document.addEventListener("securitypolicyviolation",
            (event) => said.push(event.effectiveDirective));
          try { document.body.innerHTML = "<b>x</b>"; } catch (error) { said.push(error.name); }
          const script = document.createElement("script");
          script.append("window.hacked = 7");
          try { document.body.append(script); } catch { said.push("script"); }
          const image = new Image();
          image.src = "https://elsewhere.example/x.png";
          document.body.append(image);
          await fetch("https://elsewhere.example/").catch(() => {});
          await new Promise((done) => setTimeout(done, 300));
          return said;
        }"""
    )
    assert "TypeError" in refused
    assert {"img-src", "connect-src"} <= set(refused)
    assert window.page.evaluate("window.hacked") is None
    assert window.complaints
    window.complaints.clear()
    window.addresses.clear()


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


def test_html_is_told_from_text(window: Window) -> None:
    cases = {
        "<!DOCTYPE html><p>x": True,
        "\n<!-- a --><HTML>x": True,
        "<div><p>x</p></div>": True,
        "<script>alert(1)</script>": False,
        "A story on </p> tags": False,
        "<3 this page": False,
        "": False,
    }
    got = window.page.evaluate(
        """async (cases) => {
          const { looksLikeHtml } = await import("./web/source.js");
          return cases.map(looksLikeHtml);
        }""",
        list(cases),
    )
    assert got == list(cases.values())


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


def test_a_file_is_dropped_in_its_own_character_set(window: Window) -> None:
    data = "# Порт\nПароход ушёл.\n## Козы\nСено.".encode("windows-1251")
    transfer = window.page.evaluate_handle(
        """(bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "port.txt", { type: "text/plain" }));
          return transfer;
        }""",
        list(data),
    )
    window.page.dispatch_event("#title", "dragover", {"dataTransfer": transfer})
    window.expect(window.page.locator("#drop")).to_be_visible()
    window.page.dispatch_event("#title", "drop", {"dataTransfer": transfer})
    window.title("2 stories, 1 seam")
    assert window.stories() == ["# Порт", "## Козы"]
    window.expect(window.page.locator("#drop")).to_be_hidden()


def test_a_file_is_chosen_and_html_known_by_its_name(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "page.htm"
    path.write_text("<p># Eins 😀</p><p>Text.</p><p>## Zwei</p>", encoding="utf-8")
    window.page.set_input_files("#file", path)
    window.title("2 stories, 1 seam")
    assert window.stories() == ["# Eins 😀", "## Zwei"]


def test_bytes_that_only_look_like_utf_8_go_as_they_are(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    page = "<html><head><meta charset=iso-2022-jp></head><body><p># 日本語</p></body></html>"
    path.write_bytes(page.encode("iso-2022-jp"))
    window.page.set_input_files("#file", path)
    window.title("1 story, 0 seams")
    assert window.stories() == ["# 日本語"]


def test_a_file_that_was_changed_since_is_told_of(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes("# Füße".encode("latin-1"))
    window.page.set_input_files("#file", path)
    window.title("1 story, 0 seams")
    path.write_bytes("# Füße und mehr".encode("latin-1"))
    os.utime(path, (1, 1))
    window.page.click("#editor summary")
    window.page.click("#form [type=submit]")
    window.expect(window.page.locator("#problem")).to_contain_text("could not be read")


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


def test_an_example_that_comes_late_takes_nothing_away(window: Window) -> None:
    held: list[Any] = []
    window.page.route("**/web/examples/*", lambda route: held.append(route))
    window.page.click("[data-example='one_story.txt']")
    window.paste(DIGEST)
    window.title("2 stories, 1 seam")
    held[0].continue_()
    window.page.wait_for_timeout(500)
    assert window.page.input_value("#text") == DIGEST
    window.title("2 stories, 1 seam")


def test_every_example_opens(window: Window) -> None:
    for button in window.page.locator("[data-example]").all():
        button.click()
        name = button.inner_text()
        window.expect(window.page.locator("#editor-summary")).to_have_text(f"Your page: {name}")
        assert window.page.locator("#page .row").count() >= 5, name


def test_a_refusal_is_told_in_the_words_of_the_service(window: Window) -> None:
    window.page.click("#form [type=submit]")
    problem = window.page.get_by_role("alert")
    window.expect(problem).to_contain_text("Empty page")
    assert window.page.locator("#result").is_hidden()
    window.paste(DIGEST)
    window.expect(problem).to_be_hidden()
    window.page.route("**/v1/segment?*", lambda route: route.abort())
    window.slide(80)
    window.expect(window.page.locator("#again")).to_contain_text("cannot be reached")


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
