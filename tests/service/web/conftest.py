"""A real Chromium for the tests of this folder.

Skips where there is none: `apt-get install chromium-headless-shell` brings it, and `pip install
playwright` what drives it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.web.browser import Window, serve

# The shell is the same engine without all that people have around a page: half the time.
_NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable",
)  # fmt: skip
CHROMIUM = os.environ.get("STORYSEAM_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), "")
_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (STORYSEAM_CHROMIUM may name one)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("corrections")
    yield from serve(corrections=f"sqlite:///{folder / 'c.db'}")


@pytest.fixture
def open_window(chromium: Any) -> Iterator[Callable[..., Window]]:
    """Opens windows; in the end none may have complained or asked another host for anything."""
    from playwright.sync_api import expect  # there, as there is a browser

    expect.set_options(timeout=30_000)
    contexts, windows = [], []

    def opened(base: str, **options: Any) -> Window:
        chosen = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options
        context = chromium.new_context(**chosen)
        contexts.append(context)
        # A machine that does other things besides may be slow; that is not what is tested.
        context.set_default_timeout(30_000)
        window = Window(context.new_page(), base, expect)
        window.page.on("console", lambda message: _note(window, message))
        window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
        window.page.on("request", lambda request: window.addresses.append(request.url))
        # Chromium begins to hold requests back a moment after it says so: a test that begins with
        # it in the midst of a page may see its first request slip through, unseen.
        window.page.route("**/nothing/has/this/address", lambda route: route.abort())
        window.page.goto(base)
        window.page.wait_for_selector("html[data-ready]")
        windows.append(window)
        return window

    yield opened
    for context in contexts:
        context.close()
    for window in windows:
        assert not window.complaints
        strangers = [
            address
            for address in window.addresses
            if not address.startswith((window.base, "data:", f"blob:{window.base}"))
        ]
        assert not strangers


@pytest.fixture
def window(open_window: Callable[..., Window], base: str) -> Window:
    return open_window(base)


def _note(window: Window, message: Any) -> None:
    # A refusal by the service is told to people, and by the browser to its console as well.
    if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
        window.complaints.append(message.text)
