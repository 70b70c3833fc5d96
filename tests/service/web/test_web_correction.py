"""The page at `/` in a real Chromium: correcting seams by mouse and keyboard."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.corrections.schemas import CorrectionRequest
from service.schemas import Story
from tests.service.web.browser import DIGEST, Window, serve

GOATS = "## Goats win"
BAND = "A band played."


def stored(base: str) -> list[dict[str, Any]]:
    """What the service's store holds."""
    with urllib.request.urlopen(f"{base}v1/corrections?limit=1000") as response:
        return [json.loads(line) for line in response.read().splitlines()]


def starts(*lines: str) -> list[int]:
    return [DIGEST.index(line) for line in lines]


def test_a_gap_adds_a_seam_and_takes_it_back(window: Window) -> None:
    window.paste(DIGEST)
    gap = window.gap(BAND)
    gap.click()
    window.title("3 stories, 2 seams")
    assert "by you" in window.page.locator(".row.start").nth(1).inner_text()
    assert window.page.locator("#curve .dot.mine").count() == 1
    gap.click()
    window.title("2 stories, 1 seam")
    assert window.page.locator("#undo").is_hidden()


def test_a_seam_is_removed_and_put_back(window: Window) -> None:
    window.paste(DIGEST)
    window.gap(GOATS).click()
    window.title("1 story, 0 seams")
    assert "Removed by you" in window.page.locator(".row.removed").inner_text()
    assert "the model says 60 %" in window.page.locator(".row.removed").inner_text()
    window.page.click("#undo")
    window.title("2 stories, 1 seam")
    window.gap("# Quay 🚢 opens").click()
    window.title("1 story, 0 seams")
    assert window.page.locator(".row", has_text="A band played.").get_attribute("class") == (
        "row furniture"
    )


def test_the_json_has_what_was_changed(window: Window) -> None:
    window.paste(DIGEST)
    window.gap(GOATS).click()
    window.gap(BAND).click()
    window.title("2 stories, 1 seam")
    window.page.click("#copy-json")
    window.expect(window.page.locator("#copy-json")).to_have_text("Copied")
    answer = json.loads(window.clipboard())
    assert answer["corrected"] is True
    assert [DIGEST[story["start"] :].split("\n")[0] for story in answer["stories"]] == (
        window.stories()
    )
    for story in answer["stories"]:
        assert {*story} == {*Story.model_fields}
        # Which a model alone could say.
        assert story["confidence"] is story["relatedness"] is None
    assert answer["seams"] == [{"offset": DIGEST.index(BAND), "probability": None, "evidence": []}]
    window.page.click("#undo")
    window.page.click("#copy-json")
    window.expect(window.page.locator("#copy-json")).to_have_text("Copied")
    assert "corrected" not in json.loads(window.clipboard())


def test_edits_outlive_the_slider(window: Window) -> None:
    window.paste(DIGEST)
    window.gap(BAND).click()
    window.gap(GOATS).click()
    window.slide(20)
    window.title("3 stories, 2 seams")
    assert window.stories() == ["# Quay 🚢 opens", BAND, "### A subheading"]


def test_a_gap_turns_what_is_seen_whatever_the_model_came_to_think(window: Window) -> None:
    window.paste(DIGEST)
    line = "### A subheading"
    window.gap(line).click()
    window.title("3 stories, 2 seams")
    window.slide(20)
    window.page.wait_for_timeout(500)
    window.gap(line).click()
    window.title("2 stories, 1 seam")
    window.slide(50)
    window.page.wait_for_timeout(500)
    window.gap(line).click()
    window.title("3 stories, 2 seams")


def test_a_correction_arrives_in_code_points(window: Window) -> None:
    window.paste(DIGEST)
    window.gap(BAND).click()
    window.gap(GOATS).click()
    state = window.page.locator("#correction-state")
    window.expect(state).to_have_text("1 start added, 1 start removed.")
    window.page.fill("#why", "The goats belong to the band.")
    window.page.click("#send")
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    (said,) = [one for one in stored(window.base) if one["text"] == DIGEST]
    assert said["starts"] == starts("# Quay", BAND)
    assert said["why"] == "The goats belong to the band."


def test_the_site_of_a_page_can_be_said(window: Window) -> None:
    """Or its pages are learned from and measured on at once."""
    text = f"{DIGEST}\nFrom the island."
    window.paste(text)
    window.gap(BAND).click()
    window.page.get_by_label("Address of the page").fill(" https://www.tide.example/a?b ")
    window.page.click("#send")
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    (said,) = [one for one in stored(window.base) if one["text"] == text]
    assert said["outlets"] == ["tide.example"]


def test_a_correction_of_html_carries_the_html(window: Window) -> None:
    page = "<html><body><p># Eins 😀</p><p>Text.</p><p>## Zwei</p></body></html>"
    window.paste(page, "html")
    window.gap("Text.").click()
    with window.page.expect_request("**/v1/corrections") as sent:
        window.page.click("#send")
    asked = CorrectionRequest.model_validate_json(sent.value.post_data)
    assert asked.html == page
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    (said,) = [one for one in stored(window.base) if one.get("html") == page]
    assert [said["text"][start:].split("\n")[0] for start in said["starts"]] == [
        "# Eins 😀", "Text.", "## Zwei",
    ]  # fmt: skip


def test_that_all_is_right_can_be_said_too(window: Window) -> None:
    text = f"{DIGEST}\nAll of it is right."
    window.paste(text)
    send = window.page.get_by_role("button", name="They are right")
    send.click()
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    (said,) = [one for one in stored(window.base) if one["text"] == text]
    assert said["starts"] == starts("# Quay", GOATS)


@pytest.fixture(scope="module")
def base_without() -> Iterator[str]:
    yield from serve()


def test_a_service_without_corrections_says_so_politely(
    open_window: Callable[..., Window],
    base_without: str,
) -> None:
    window = open_window(base_without)
    window.paste(DIGEST)
    window.gap(BAND).click()
    window.page.click("#send")
    answer = window.page.locator("#correction-answer")
    window.expect(answer).to_contain_text("keeps no corrections")
    with window.page.expect_download() as got:
        answer.get_by_role("button", name="Download it instead").click()
    with open(got.value.path(), encoding="utf-8") as lines:
        (line,) = map(json.loads, lines)
    assert line["text"] == DIGEST
    assert line["starts"] == starts("# Quay", BAND, GOATS)
    # What was changed is still there.
    window.title("3 stories, 2 seams")


def test_a_reason_is_of_one_page_alone(window: Window) -> None:
    window.paste(DIGEST)
    window.page.fill("#why", "The goats belong to the band.")
    window.page.fill("#address", "tide.example")
    window.paste("# Another\nOf something else.")
    window.title("1 story, 0 seams")
    assert window.page.input_value("#why") == ""
    assert window.page.input_value("#address") == ""


def test_nobody_opens_another_page_over_changes_without_being_asked(window: Window) -> None:
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    window.page.on("dialog", stay)
    window.paste(f"{DIGEST}\nNot left.")
    window.gap(BAND).click()
    file = {"name": "page.txt", "mimeType": "text/plain", "buffer": b"# Another\nOne."}
    for give in (
        lambda: window.page.click("[data-example='one_story.txt']"),
        lambda: window.page.set_input_files("#file", file),
        lambda: window.page.evaluate("document.getElementById('form').requestSubmit()"),
    ):
        give()
        window.page.wait_for_timeout(300)
        window.title("3 stories, 2 seams")
    assert len(asked) == 3
    assert "not been sent" in asked[0]
    window.page.click("#send")
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    # Another threshold at which it is the same: it is stored all the same.
    window.slide(55)
    window.title("3 stories, 2 seams")
    window.page.set_input_files("#file", file)
    window.title("1 story, 0 seams")
    window.gap("One.").click()
    window.page.remove_listener("dialog", stay)
    window.page.once("dialog", lambda dialog: dialog.accept())
    window.page.click("[data-example='one_story.txt']")
    window.expect(window.page.locator("#editor-summary")).to_have_text("Your page: One story only")


def test_nobody_leaves_changes_behind_without_being_asked(window: Window) -> None:
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    window.page.on("dialog", stay)
    window.paste(DIGEST)
    window.gap(BAND).click()
    with window.page.expect_event("dialog"):
        window.page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
    window.page.click("#send")
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    with window.page.expect_event("close"):
        window.page.close(run_before_unload=True)
    assert len(asked) == 1


def test_all_of_it_works_by_keyboard(window: Window) -> None:
    keys = window.page.keyboard
    focused = "() => document.activeElement.id || document.activeElement.className"

    def tab_to(wanted: str) -> None:
        for _ in range(60):
            keys.press("Tab")
            if window.page.evaluate(focused) == wanted:
                return
        raise AssertionError(f"Tab does not lead to {wanted}")

    keys.press("Tab")
    assert window.page.evaluate(focused) == "skip"
    keys.press("Enter")
    tab_to("text")
    text = f"{DIGEST}\nBy keyboard."
    keys.insert_text(text)
    keys.press("Control+Enter")
    window.title("2 stories, 1 seam")
    window.expect(window.page.locator("#result-title")).to_be_focused()
    tab_to("threshold")
    for _ in range(15):
        keys.press("ArrowRight")
    window.title("1 story, 0 seams")
    keys.press("Home")
    for _ in range(49):
        keys.press("ArrowRight")
    window.title("2 stories, 1 seam")
    tab_to("gap")
    gap = "() => document.activeElement.getAttribute('aria-label')"
    assert "~ Home" in window.page.evaluate(gap)
    keys.press("Shift+ArrowDown")
    assert "# Quay" in window.page.evaluate(gap)
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    assert BAND in window.page.evaluate(gap)
    keys.press("Enter")
    window.title("3 stories, 2 seams")
    keys.press("Shift+ArrowDown")
    assert GOATS in window.page.evaluate(gap)
    keys.press("Space")
    window.title("2 stories, 1 seam")
    keys.press("End")
    assert "By keyboard" in window.page.evaluate(gap)
    # One stop for all gaps: the next one is not a gap, and the way back leads to where one was.
    keys.press("Tab")
    assert window.page.evaluate(focused) != "gap"
    keys.press("Shift+Tab")
    assert "By keyboard" in window.page.evaluate(gap)
    tab_to("send")
    keys.press("Enter")
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    (said,) = [one for one in stored(window.base) if one["text"] == text]
    assert said["starts"] == starts("# Quay", BAND)
