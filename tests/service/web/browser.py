"""A service with a model that obeys marks, and a window of a real browser on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Unpack

from werkzeug.serving import WSGIRequestHandler, make_server

from model.page import Page
from model.stories import Block, Boundary, Segmentation, Story
from service.app import create_app
from service.predictor import Options
from service.settings import Settings

#: What the fake makes of a line by how it begins.
_CHANCES = {"###": 0.3, "##": 0.6, "#": 0.95}

DIGEST = (
    "~ Home | News\n"
    "# Quay 🚢 opens\nThe new quay takes two ships.\nA band played.\n"
    "## Goats win\nA prize of hay.\n~ Share\nThey ate it.\n"
    "### A subheading\nMore of the goats.\n"
    "~ © Lantern"
)


class Marked:
    """Stories start at ``#`` (95 %), ``##`` (60 %) and ``###`` (30 %); ``~`` is furniture."""

    version = "marked-1"
    threshold = 0.5
    card: dict[str, Any] = {"version": version}  # noqa: RUF012 - never changed

    def segment(
        self, page: str | Page, *, blocks: bool = False, **options: Unpack[Options]
    ) -> Segmentation:
        read = page if isinstance(page, Page) else Page.from_text(page)
        asked = options.get("threshold")
        bar = self.threshold if asked is None else asked
        told = tuple(
            _block(a, b, read.text[a:b])
            for a, b in zip(read.starts.tolist(), read.ends.tolist(), strict=True)
        )
        firsts = [i for i, one in enumerate(told) if one.start_probability >= bar]
        stories, seams = [], []
        for i, bound in zip(firsts, [*firsts, len(told)][1:], strict=bool(firsts)):
            own = [one for one in told[i:bound] if one.outside < 0.5]
            lines = [read.text[one.start : one.end] for one in own]
            chance = told[i].start_probability
            stories.append(
                Story(
                    own[0].start, own[-1].end, i == firsts[0], lines[0], None, "2024-06-12",
                    None, chance, 0.25, "\n\n".join(lines[1:]),
                )
            )  # fmt: skip
            if i != firsts[0]:
                evidence = ("headline", "new vocabulary") if options.get("explain") else ()
                seams.append(Boundary(own[0].start, chance, evidence))
        return Segmentation(
            self.version, read.text, tuple(stories), tuple(seams), told if blocks else None
        )

    def segment_many(
        self, pages: Sequence[str | Page], **options: Unpack[Options]
    ) -> list[Segmentation]:
        return [self.segment(page, **options) for page in pages]


def _block(start: int, end: int, line: str) -> Block:
    if line.startswith("~"):
        return Block(start, end, 0.9, 0.1, 0.0)
    chance = next((p for mark, p in _CHANCES.items() if line.startswith(mark)), 0.01)
    return Block(start, end, 0.0, round(1 - chance, 4), chance)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing."""


def serve(**settings: Any) -> Iterator[str]:
    """The service on a port of its own; gives its address."""
    chosen = Settings.from_environment({}, **({"log_level": "error"} | settings))
    app = create_app(chosen, segmenter=Marked())
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join(10)


@dataclass
class Window:
    """A tab on the page, and all that it complained of or asked for."""

    page: Any
    base: str
    expect: Any
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def paste(self, text: str, kind: str = "text") -> None:
        """Put a page into the field and have it segmented."""
        if not self.page.locator("#editor").evaluate("(editor) => editor.open"):
            self.page.click("#editor summary")
        self.page.check(f"input[name=kind][value={kind}]", force=True)
        self.page.fill("#text", text)
        with self.page.expect_response("**/v1/segment?*"):
            self.page.click("#form [type=submit]")
        self.page.wait_for_selector("#page .row")

    def slide(self, percent: int) -> None:
        """Move the threshold as a hand does."""
        self.page.locator("#threshold").fill(str(percent))

    def title(self, text: str) -> None:
        """Wait until the result says so."""
        self.expect(self.page.locator("#result-title")).to_have_text(text)

    def stories(self) -> list[str]:
        """First lines of the stories that are shown."""
        return self.page.locator(".row.start > .block").all_inner_texts()

    def clipboard(self) -> str:
        """What was copied; pasted, for the page's policy lets nobody read the clipboard."""
        field = self.page.locator("#why")
        field.evaluate("(field) => field.replaceWith(document.createElement('textarea'))")
        area = self.page.locator(".field textarea").first
        area.press("Control+V")
        pasted: str = area.input_value()
        area.evaluate(
            """(area) => {
              const field = document.createElement("input");
              field.id = "why";
              area.replaceWith(field);
            }"""
        )
        return pasted

    def gap(self, line: str) -> Any:
        """The button in the gap before a line."""
        block = self.page.locator(".block").get_by_text(line, exact=True)
        return self.page.locator(".row").filter(has=block).locator(".gap")
