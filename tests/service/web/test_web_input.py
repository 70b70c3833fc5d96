"""What people give the page at `/`, in a real Chromium: files, examples, text that is hostile."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from tests.service.web.browser import DIGEST, Window

EVIL = (
    "# <script>window.hacked = 1</script>\n<script>alert(document.cookie)</script>\n"
    "<img src=x onerror=window.hacked=2> <svg onload=window.hacked=3>\n"
    "## </div></div><style>*{display:none}</style>\n<a href='javascript:window.hacked=4'>here</a>"
)


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


def _dropped(window: Window, *files: tuple[str, bytes]) -> Any:
    return window.page.evaluate_handle(
        """(files) => {
          const transfer = new DataTransfer();
          for (const [name, bytes] of files)
            transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "text/plain" }));
          return transfer;
        }""",
        [[name, list(data)] for name, data in files],
    )


def test_a_file_is_dropped_in_its_own_character_set(window: Window) -> None:
    transfer = _dropped(
        window, ("port.txt", "# Порт\nПароход ушёл.\n## Козы\nСено.".encode("windows-1251"))
    )
    window.page.dispatch_event("#title", "dragover", {"dataTransfer": transfer})
    window.expect(window.page.locator("#drop")).to_be_visible()
    window.page.dispatch_event("#title", "drop", {"dataTransfer": transfer})
    window.title("2 stories, 1 seam")
    assert window.stories() == ["# Порт", "## Козы"]
    window.expect(window.page.locator("#drop")).to_be_hidden()
    window.expect(window.page.locator("#file-note")).to_be_hidden()


def test_of_several_dropped_files_the_first_is_read_and_the_others_are_told_of(
    window: Window,
) -> None:
    files = (("a.txt", b"# One\nText."), ("b.txt", b"# Two\nText."), ("c.txt", b"# Three"))
    transfer = _dropped(window, *files)
    window.page.dispatch_event("#title", "drop", {"dataTransfer": transfer})
    window.title("1 story, 0 seams")
    assert window.stories() == ["# One"]
    window.expect(window.page.locator("#file-note")).to_contain_text("2 other files were not read")


HTML = "<!doctype html><html><head>{}</head><body><p># Fähre</p><p>Text.</p><p>## Möwe</p></body>"
_LATIN = HTML.format("<meta charset=iso-8859-1>")


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (HTML.encode("utf-16"), True),
        (b"\xfe\xff" + HTML.encode("utf-16-be"), True),
        (_LATIN.encode("latin-1"), True),
        # Only the service knows these.
        (HTML.encode("utf-16-le"), False),
        (HTML.encode("utf-32"), False),
        (HTML.encode("latin-1"), False),
        (_LATIN.replace("iso-8859-1", "utf-16").encode("latin-1"), False),
        (gzip.compress(HTML.encode()), False),
        (gzip.compress(_LATIN.encode("latin-1")), False),
    ],
    ids=["utf-16", "utf-16-be", "declared", "unmarked", "utf-32", "none", "lie", "gz", "gz-latin"],
)
def test_html_is_known_by_its_tags_in_any_character_set(
    window: Window, data: bytes, seen: bool
) -> None:
    """Its name says nothing; what the browser can read for certain, people see and correct."""
    file = {"name": "page.saved", "mimeType": "", "buffer": data}
    window.page.set_input_files("#file", file)
    window.title("2 stories, 1 seam")
    assert window.stories() == ["# Fähre", "## Möwe"]
    assert ("Fähre" in window.page.input_value("#text")) == seen
    with window.page.expect_request("**/v1/corrections") as sent:
        window.page.click("#send")
    assert ("html" in sent.value.post_data_json) == seen


def test_a_character_set_that_is_declared_wrongly_is_left_to_the_service(window: Window) -> None:
    """A browser reads any bytes as windows-1252."""
    page = "".join(f"<p>{'## ' * (i == 9)}新しい港が開きました{i}。</p>" for i in range(20))
    data = f"<html><head><meta charset=iso-8859-1></head><body>{page}</body></html>"
    file = {"name": "page.html", "mimeType": "text/html", "buffer": data.encode("cp932")}
    window.page.set_input_files("#file", file)
    window.title("1 story, 0 seams")
    assert window.stories() == ["## 新しい港が開きました9。"]


def test_a_file_is_chosen_and_html_known_by_its_name(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "page.htm"
    path.write_text("<p># Eins 😀</p><p>Text.</p><p>## Zwei</p>", encoding="utf-8")
    window.page.set_input_files("#file", path)
    window.title("2 stories, 1 seam")
    assert window.stories() == ["# Eins 😀", "## Zwei"]


def test_bytes_that_only_look_like_utf_8_are_not_read_as_such(
    window: Window, tmp_path: Path
) -> None:
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
    buttons = window.page.locator("[data-example]").all()
    assert len(buttons) == 5
    for button in buttons:
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
