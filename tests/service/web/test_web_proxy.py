"""The page at `/` and the docs in a real Chromium, behind a proxy that adds a prefix."""

from __future__ import annotations

import pytest

from tests.service.web.browser import DIGEST, Window


def test_it_answers_below_a_prefix(window: Window) -> None:
    """A proxy may serve it at /seams/; then every address must stay below that."""
    window.page.route(
        "**/seams/**",
        lambda route: route.continue_(url=route.request.url.replace("/seams/", "/")),
    )
    window.page.goto(f"{window.base}seams/")
    window.page.wait_for_selector("html[data-ready]")
    window.addresses.clear()
    window.paste(DIGEST)
    window.title("2 stories, 1 seam")
    assert window.addresses
    assert all("/seams/" in address for address in window.addresses)


@pytest.mark.parametrize("prefix", ["", "seams/"])
def test_the_api_can_be_tried_in_its_docs(window: Window, prefix: str) -> None:
    """Offline, under the policy, and below the prefix of a proxy."""
    window.page.route(
        "**/seams/**",
        lambda route: route.continue_(url=route.request.url.replace("/seams/", "/")),
    )
    window.page.goto(f"{window.base}{prefix}docs/")
    window.page.locator(".opblock", has_text="/healthz").locator("button").first.click()
    window.page.click(".opblock.is-open .try-out button")
    window.addresses.clear()
    window.page.click(".opblock.is-open .execute")
    answer = window.page.locator(".opblock.is-open .live-responses-table .response").first
    window.expect(answer).to_contain_text('"alive"')
    assert window.addresses == [f"{window.base}{prefix}healthz"]


@pytest.mark.parametrize("path", ["/v1/segment", "/v1/segment/batch", "/v1/corrections"])
def test_what_the_docs_have_ready_to_try_is_answered(window: Window, path: str) -> None:
    """What Swagger UI makes of a schema alone is refused, or holds no news."""
    window.page.goto(f"{window.base}docs/")
    mine = window.page.locator(f'[data-path="{path}"]')
    operation = window.page.locator(".opblock-post").filter(has=mine)
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    assert "Bees move into the empty cinema" in operation.locator("textarea").first.input_value()
    with window.page.expect_response(f"**{path}*") as got:
        operation.get_by_role("button", name="Execute").click()
    assert got.value.status == 200
    assert "error" not in got.value.text()
