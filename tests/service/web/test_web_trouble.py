"""The page at `/` in a real Chromium: a service that refuses, is full, slow or gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.web.browser import DIGEST, Window

SEGMENT = "**/v1/segment?**"


def busy(route: Any, seconds: int, status: int = 429) -> None:
    route.fulfill(
        status=status,
        headers={"Retry-After": str(seconds), "Content-Type": "application/problem+json"},
        body='{"title": "Too many requests", "detail": "More than 12 in 60 s."}',
    )


def test_what_was_answered_is_not_asked_for_again(window: Window) -> None:
    window.paste(DIGEST)
    window.slide(70)
    window.title("1 story, 0 seams")
    window.addresses.clear()
    window.page.click("#threshold-reset")
    window.title("2 stories, 1 seam")
    window.slide(70)
    window.title("1 story, 0 seams")
    assert not [address for address in window.addresses if "segment" in address]


def test_what_is_known_does_not_wait_for_what_was_asked_before(window: Window) -> None:
    held: list[Any] = []
    window.paste(DIGEST)
    window.slide(70)
    window.title("1 story, 0 seams")
    window.page.route(SEGMENT, lambda route: held.append(route))
    window.slide(20)
    window.page.click("#threshold-reset")
    window.title("2 stories, 1 seam")
    window.page.wait_for_timeout(600)
    window.expect(window.page.locator("#again")).to_be_hidden()
    with window.page.expect_response(SEGMENT):
        held[0].continue_()
    window.page.wait_for_timeout(300)
    window.title("2 stories, 1 seam")
    window.slide(20)
    window.title("3 stories, 2 seams")
    assert len(held) == 1


def test_a_service_that_is_busy_for_a_moment_is_asked_again(window: Window) -> None:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        busy(route, 1, 503) if len(asked) < 3 else route.continue_()

    window.page.route(SEGMENT, answer)
    window.page.fill("#text", DIGEST)
    window.page.click("#form [type=submit]")
    window.title("2 stories, 1 seam")
    assert len(asked) == 3
    assert window.page.locator("#problem").is_hidden()


def test_a_slider_that_asks_too_often_waits_and_goes_on_with_the_last_place(window: Window) -> None:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        busy(route, 3) if len(asked) == 1 else route.continue_()

    window.paste(DIGEST)
    window.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    window.page.route(SEGMENT, answer)
    window.slide(70)
    told = window.page.locator("#again")
    window.expect(told).to_contain_text("Goes on by itself in 3 s")
    assert window.page.locator("#problem").is_hidden()
    window.slide(80)
    window.slide(20)
    assert len(asked) == 1
    window.title("3 stories, 2 seams")
    assert len(asked) == 2
    assert "threshold=0.2" in asked[1]
    window.expect(told).to_be_hidden()


def test_a_page_that_takes_long_to_open_says_so(window: Window) -> None:
    held: list[Any] = []
    window.page.route(SEGMENT, lambda route: held.append(route))
    window.page.click("[data-example='one_story.txt']")
    told = window.page.get_by_text("Reading the page…")
    window.expect(told).to_be_visible()
    assert told.get_attribute("role") == "status"
    held[0].abort()
    window.expect(window.page.locator("#problem")).to_contain_text("No answer")
    window.expect(told).to_have_count(0)


def test_what_goes_wrong_with_the_slider_is_said_beside_it_and_can_be_tried_again(
    window: Window,
) -> None:
    window.paste("\n".join(f"# Story {i}\nBody.\n~ Share" for i in range(30)))
    window.page.locator("#threshold").focus()
    window.page.evaluate("window.scrollTo(0, 2000)")
    height = window.page.evaluate("scrollY")
    window.page.route(SEGMENT, lambda route: route.abort())
    window.page.keyboard.press("End")
    told = window.page.locator("#again")
    window.expect(told).to_contain_text("What you see is as it was before. No answer")
    assert window.page.evaluate("scrollY") == height
    box = told.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 400
    window.title("30 stories, 29 seams")
    window.page.unroute(SEGMENT)
    told.get_by_role("button", name="Try again").click()
    window.title("No story on this page")
    window.expect(told).to_be_hidden()


def test_a_page_that_takes_long_to_read_again_says_so(window: Window) -> None:
    held: list[Any] = []
    window.paste(DIGEST)
    window.page.route(SEGMENT, lambda route: held.append(route))
    window.slide(70)
    window.expect(window.page.locator("#again")).to_have_text("Reading the page again…")
    held[0].continue_()
    window.title("1 story, 0 seams")
    window.expect(window.page.locator("#again")).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "words"), [(413, "no page of this size"), (502, "not there at the moment")]
)
def test_what_a_proxy_refuses_in_its_own_way_is_told_in_words(
    window: Window, status: int, words: str
) -> None:
    page = "<html><body><center><h1>nginx</h1></center></body></html>"
    window.page.route(
        SEGMENT, lambda route: route.fulfill(status=status, content_type="text/html", body=page)
    )
    window.page.fill("#text", DIGEST)
    window.page.click("#form [type=submit]")
    window.expect(window.page.locator("#problem")).to_contain_text(words)


def test_it_is_said_what_a_threshold_is_of(window: Window) -> None:
    """The model's own way has two bars: to set its second one for all may find more seams."""
    card = {"version": "marked-1", "threshold": 0.92, "further": 0.45}
    window.page.route("**/v1/models/current", lambda route: route.fulfill(json=card))
    window.page.reload()
    window.page.wait_for_selector("html[data-ready]")
    window.paste(DIGEST)
    hint = window.page.locator("#threshold-hint")
    window.expect(hint).to_contain_text("only if a second story is 92 % certain")
    window.expect(hint).to_contain_text("every gap of 45 % or more")
    window.slide(46)
    window.expect(hint).to_have_text("Set by you: every gap of 46 % or more is a seam.")


def test_a_date_beside_a_name_that_is_read_from_the_right_is_in_order(window: Window) -> None:
    def named(route: Any) -> None:
        answer = route.fetch().json()
        for story in answer["stories"]:
            story["byline"] = "ليلى حداد"
        route.fulfill(json=answer)

    window.page.route(SEGMENT, named)
    window.paste(DIGEST)
    meta = window.page.locator(".meta").first
    assert meta.inner_text().startswith("ليلى حداد · 2024-06-12 · confidence")
    left = meta.evaluate(
        """(meta) => [...meta.querySelectorAll("bdi")].map(
          (part) => part.getBoundingClientRect().left)"""
    )
    assert left == sorted(left)
