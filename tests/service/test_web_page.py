"""What serves the page at `/`: its policy, its files, and that it needs nobody else's."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from service.web_page import EXAMPLES, POLICY, WEB
from tests.service.serving_fake import client

HTTP = client()
SCRIPTS = sorted(path.name for path in WEB.glob("*.js") if path.name != "docs.js")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.examples: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "href"} and value and not value.startswith("#"):
                self.links.append(value)
            elif name == "id" and value:
                self.ids.append(value)
            elif name == "data-example" and value:
                self.examples.append(value)
            elif name == "style" or name.startswith("on"):
                self.inline.append(name)
        if tag == "style" or (tag == "script" and "src" not in dict(attrs)):
            self.inline.append(tag)


def _page() -> _Page:
    page = _Page()
    page.feed(HTTP.get("/").text)
    return page


def test_the_page_comes_with_a_policy_that_lets_nothing_else_in() -> None:
    response = HTTP.get("/")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    policy = dict(
        [*part.split(None, 1), ""][:2]
        for part in response.headers["Content-Security-Policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_every_file_that_it_names_is_there_and_relative() -> None:
    page = _page()
    assert not page.inline
    assert {"web/app.js", "web/style.css"} <= set(page.links)
    for link in page.links:
        assert not re.match(r"[a-z]+:|/", link), link
        response = HTTP.get(f"/{link}")
        assert response.status_code == 200, link
        assert response.headers.get("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_import_what_is_there_and_never_make_markup_of_text(name: str) -> None:
    response = HTTP.get(f"/web/{name}")
    assert (response.status_code, response.mimetype) == (200, "text/javascript")
    assert response.headers["Content-Security-Policy"] == POLICY
    for imported in re.findall(r'from "\./([\w.]+)"', response.text):
        assert imported in SCRIPTS
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert word not in response.text
    assert "://" not in response.text.replace("http://www.w3.org/2000/svg", "")


def test_the_elements_that_the_scripts_ask_for_are_on_the_page() -> None:
    ids = _page().ids
    assert len(ids) == len(set(ids))
    asked = {
        found
        for name in SCRIPTS
        for found in re.findall(r'byId\("([\w-]+)"\)', (WEB / name).read_text(encoding="utf-8"))
    }
    assert len(asked) > 20
    assert asked <= set(ids)


def test_every_example_is_offered_and_comes_as_plain_text() -> None:
    offered = _page().examples
    assert sorted(offered) == sorted(path.name for path in EXAMPLES.iterdir())
    for name in offered:
        response = HTTP.get(f"/web/examples/{name}")
        assert response.mimetype == "text/plain"
        assert response.data == (EXAMPLES / name).read_bytes()
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/web/index.html", "/web/docs.html", "/web/none.js", "/web/..%2fapp.py",
        "/web/examples/..%2f..%2fapp.py", "/web/examples/none.txt", "/web/", "/web/examples/",
    ],
)  # fmt: skip
def test_nothing_else_is_given_out(path: str) -> None:
    response = HTTP.get(path)
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


def test_a_file_that_did_not_change_is_not_sent_again() -> None:
    first = HTTP.get("/web/app.js")
    again = HTTP.get("/web/app.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert first.headers["Cache-Control"] == "no-cache"
