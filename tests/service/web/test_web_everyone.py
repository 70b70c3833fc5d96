"""The page at `/` in a real Chromium, for everyone: by keyboard, with a screen reader, enlarged."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.service.web.browser import DIGEST, Window

FOCUSED = "() => document.activeElement.id || document.activeElement.textContent"


def test_the_focus_stays_with_those_who_send_by_keyboard(window: Window) -> None:
    """A button that is disabled while it is busy would lose it, and they would begin anew."""
    keys = window.page.keyboard
    window.page.locator("#find").focus()
    keys.press("Enter")
    window.expect(window.page.locator("#problem")).to_contain_text("Empty page")
    assert window.page.evaluate(FOCUSED) == "find"
    window.paste(DIGEST)
    window.page.locator("#send").focus()
    keys.press("Enter")
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    assert window.page.evaluate(FOCUSED) == "send"


def test_the_focus_goes_to_the_slider_when_trying_again_has_helped(window: Window) -> None:
    window.paste(DIGEST)
    window.page.route("**/v1/segment?**", lambda route: route.abort())
    window.slide(70)
    again = window.page.get_by_role("button", name="Try again")
    with window.page.expect_event("requestfailed"):
        again.press("Enter")
    window.page.wait_for_timeout(200)
    assert window.page.evaluate(FOCUSED) == "Try again"
    window.page.unroute("**/v1/segment?**")
    again.press("Enter")
    window.title("1 story, 0 seams")
    assert window.page.evaluate(FOCUSED) == "threshold"


def test_forced_colours_still_tell_furniture_and_choices(
    open_window: Callable[..., Window], base: str
) -> None:
    """Gradients and shadows, which tell them otherwise, are not drawn there."""
    window = open_window(base, forced_colors="active")
    window.paste(DIGEST)
    edge = "(row) => getComputedStyle(row).borderLeftStyle"
    assert window.page.locator(".row.furniture").nth(1).evaluate(edge) == "dotted"
    assert window.page.locator(".row.told:not(.furniture)").first.evaluate(edge) == "solid"
    ground = "(span) => getComputedStyle(span).backgroundColor"
    chosen, other = (
        window.page.locator(f".kinds input[value={kind}] + span").evaluate(ground)
        for kind in ("text", "html")
    )
    assert chosen != other


def test_a_gap_is_called_by_the_words_that_are_seen_on_it(window: Window) -> None:
    """WCAG 2.5.3: by these do people call it who speak to the page; axe does not look."""
    window.paste(DIGEST)
    gaps = {
        "# Quay 🚢 opens": "Remove",
        "A band played.": "Start a story here (1 %)",
        "## Goats win": "Remove seam",
    }
    for line, words in gaps.items():
        gap = window.gap(line)
        assert gap.inner_text().endswith(words)
        name = gap.get_attribute("aria-label")
        assert name.startswith(words)
        assert f"before “{line}”" in name
    gap.click()
    assert gap.get_attribute("aria-label") == "Put it back: the start before “## Goats win” (60 %)"


def test_nothing_is_sent_twice(window: Window) -> None:
    """By those who press a button twice while the service is slow."""
    asked: list[Any] = []
    window.page.route("**/v1/**", lambda route: asked.append(route))
    window.page.fill("#text", DIGEST)
    window.page.locator("#find").dblclick()
    window.page.wait_for_timeout(300)
    assert len(asked) == 1
    asked[0].continue_()
    window.title("2 stories, 1 seam")
    window.page.locator("#send").dblclick()
    window.page.wait_for_timeout(300)
    sent = [route for route in asked if route.request.url.endswith("/v1/corrections")]
    assert len(sent) == 1
    sent[0].continue_()
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")


@pytest.mark.parametrize("size", [(1280, 900), (640, 450), (360, 740), (740, 360), (320, 256)])
def test_a_gap_with_the_focus_is_never_hidden(
    open_window: Callable[..., Window], base: str, size: tuple[int, int]
) -> None:
    """WCAG 2.2, 2.4.11: what sticks to the edges of the window lies over the page, at 400 % too."""
    window = open_window(base, viewport={"width": size[0], "height": size[1]})
    window.paste("\n".join(f"# Story {i}\nBody of it.\nMore.\n~ Share" for i in range(12)))
    gaps = window.page.locator(".gap")
    # As far down as can be without the bar that the first change brings.
    gaps.nth(9).evaluate("(gap) => gap.scrollIntoView({ block: 'end' })")
    gaps.nth(9).focus()
    seen = """() => {
      const box = document.activeElement.getBoundingClientRect();
      return [0.1, 0.9].every((part) => document.activeElement.contains(
        document.elementFromPoint(box.left + 9, box.top + part * box.height)));
    }"""
    for key in ["Enter", *["ArrowDown"] * 12, *["ArrowUp"] * 18]:
        window.page.keyboard.press(key)
        assert window.page.evaluate(seen), key


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2) of `rgb(…)`, or of `color(srgb …)`."""
    whole = colour.startswith("rgb")
    parts = [float(part) / (255 if whole else 1) for part in re.findall(r"[\d.]+", colour)[:3]]
    red, green, blue = (
        (c / 12.92) if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_furniture_is_grey_and_still_legible_on_its_hatching(
    open_window: Callable[..., Window],
    base: str,
    scheme: str,
) -> None:
    """Axe passes over text on a gradient."""
    window = open_window(base, color_scheme=scheme)
    window.paste(DIGEST)
    text = window.page.locator(".row.furniture .block").first.evaluate(
        "(block) => getComputedStyle(block).color"
    )
    # The solid colour of the hatching, mixed into the paper as the style sheet mixes it.
    grounds = window.page.evaluate(
        """() => {
          const probe = document.querySelector(".page").appendChild(document.createElement("i"));
          return ["var(--paper)", "color-mix(in srgb, var(--line) 42%, var(--paper))"].map(
            (colour) => {
              probe.style.color = colour;
              return getComputedStyle(probe).color;
            });
        }"""
    )
    for ground in grounds:
        low, high = sorted([_luminance(text), _luminance(ground)])
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(
    open_window: Callable[..., Window],
    base: str,
    scheme: str,
    width: int,
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window = open_window(base, color_scheme=scheme, viewport={"width": width, "height": 900})
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

    def check(where: str) -> None:
        found = axe.run(window.page, options=options).response["violations"]
        told = [(one["id"], [node["html"][:120] for node in one["nodes"]][:5]) for one in found]
        assert not told, where

    check("before a page")
    window.paste("\n".join(f"# Story {i}\nBody.\n~ Share" for i in range(7)))
    window.gap("# Story 3").click()
    window.page.locator(".gap").nth(1).click()
    window.page.locator(".gap").nth(5).focus()
    check("with a page")
    window.page.click("#send")
    window.expect(window.page.locator("#correction-answer")).to_contain_text("Thank you")
    check("after a correction")
