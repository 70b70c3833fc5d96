"""The page at `/` in a real Chromium: a service that asks for a key."""

from __future__ import annotations

from typing import Any

from tests.service.web.browser import DIGEST, Window

SEGMENT = "**/v1/segment?**"


def test_a_token_is_asked_for_and_sent(window: Window) -> None:
    seen: list[str | None] = []

    def answer(route: Any) -> None:
        seen.append(route.request.headers.get("authorization"))
        if seen[-1] != "Bearer sesame":
            route.fulfill(status=401, json={"title": "Unauthorized", "detail": "Send the token."})
        else:
            route.fulfill(json={"revision": 12})

    window.page.route("**/v1/corrections", answer)
    window.paste(DIGEST)
    assert window.page.locator("#token").is_hidden()
    window.page.click("#send")
    window.expect(window.page.locator("#token")).to_be_focused()
    window.page.fill("#token", "pepper")
    window.page.click("#send")
    told = window.page.locator("#correction-answer")
    window.expect(told).to_contain_text("does not know this key")
    window.page.fill("#token", "sesame")
    window.page.click("#send")
    window.expect(told).to_contain_text("revision 12")
    assert seen == [None, "Bearer pepper", "Bearer sesame"]


def test_a_key_that_is_wanted_for_segmenting_is_asked_for_and_sent(window: Window) -> None:
    seen: list[str | None] = []

    def answer(route: Any) -> None:
        seen.append(route.request.headers.get("authorization"))
        if seen[-1] is None:
            route.fulfill(status=401, json={"title": "Unauthorized", "detail": "Send a key."})
        else:
            route.continue_()

    window.page.route("**/v1/segment?**", answer)
    assert window.page.locator("#key").is_hidden()
    window.page.fill("#text", DIGEST)
    window.page.click("#form [type=submit]")
    window.expect(window.page.locator("#key")).to_be_focused()
    window.page.fill("#key", "sesame")
    window.page.click("#form [type=submit]")
    window.title("2 stories, 1 seam")
    assert seen == [None, "Bearer sesame"]
    assert window.page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_the_models_own_threshold_is_known_once_there_is_a_key(window: Window) -> None:
    def card(route: Any) -> None:
        if route.request.headers.get("authorization") is None:
            route.fulfill(status=401, json={"title": "Unauthorized", "detail": "Send a key."})
        else:
            version = {"version": "marked-1", "threshold": 0.92, "further": 0.45}
            route.fulfill(json=version)

    def answer(route: Any) -> None:
        if route.request.headers.get("authorization") is None:
            route.fulfill(status=401, json={"title": "Unauthorized", "detail": "Send a key."})
        else:
            route.continue_()

    window.page.route("**/v1/models/current", card)
    window.page.route("**/v1/segment?**", answer)
    window.page.reload()
    window.page.wait_for_selector("html[data-ready]")
    window.page.fill("#text", DIGEST)
    window.page.click("#form [type=submit]")
    window.page.fill("#key", "sesame")
    window.page.click("#form [type=submit]")
    window.title("2 stories, 1 seam")
    window.expect(window.page.locator("#threshold-value")).to_have_text("45 %")
    assert window.page.locator("#threshold-reset").is_disabled()


def test_with_its_key_a_page_goes_on_at_once(window: Window) -> None:
    seen: list[str | None] = []

    def answer(route: Any) -> None:
        seen.append(route.request.headers.get("authorization"))
        if seen[-1] != "Bearer sesame":
            route.fulfill(status=401, json={"title": "Unauthorized", "detail": "-H 'Auth…'"})
        else:
            route.continue_()

    window.page.route(SEGMENT, answer)
    window.page.fill("#text", DIGEST)
    window.page.click("#form [type=submit]")
    problem = window.page.locator("#problem")
    # Not how requests are written by hand.
    window.expect(problem).to_contain_text("This service asks for a key")
    key = window.page.locator("#key")
    window.expect(key).to_be_focused()
    key.fill("pepper")
    key.press("Enter")
    window.expect(problem).to_contain_text("Unknown key")
    key.fill("sesame")
    key.press("Enter")
    window.title("2 stories, 1 seam")
    window.expect(problem).to_be_hidden()
    window.expect(key).to_be_hidden()
    assert seen == [None, "Bearer pepper", "Bearer sesame"]


def test_no_key_is_asked_for_where_none_would_help(window: Window) -> None:
    refusal = {
        "type": "urn:storyseam:problem:other-host",
        "title": "Not by this name",
        "detail": "Ask for it as localhost.",
    }
    window.page.route(SEGMENT, lambda route: route.fulfill(status=403, json=refusal))
    window.page.fill("#text", DIGEST)
    window.page.click("#form [type=submit]")
    window.expect(window.page.locator("#problem")).to_contain_text("Not by this name")
    assert window.page.locator("#key").is_hidden()
