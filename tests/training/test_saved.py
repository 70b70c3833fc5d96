"""Labelled pages in the forms that other programs save them in."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest

from training.labelled import LabelledPage, read_pages, write_pages
from training.saved import OF_TEXT, MissingPackage, Style, saved

BODY = "The ferry to the outer islands leaves at noon, said Ana Brook, and comes back at dusk. " * 3
HAY = (
    "Goats ate the hay of the whole village, said Ana Brook, before the fair had even opened. " * 3
)
TEXT = f"Quay opens\n\n{BODY.strip()}\nGoats win\n{HAY.strip()}\n"
PAGE = LabelledPage("a", TEXT, [0, TEXT.index("Goats")], lang="en", outlets=("one.example",))
HTML = replace(PAGE, html="<h1>Quay opens</h1><p>…</p><h2>Goats win</h2><p>…</p>")


@pytest.mark.parametrize("form", [form for form in OF_TEXT if form != "spoken"])
def test_stories_start_where_they_did(form: str) -> None:
    found = saved(PAGE, form)
    assert found is not None
    assert found.check().text != TEXT
    firsts = [found.text[at:].split("\n")[0] for at in found.starts]
    assert [re.sub("</?p>", "", line) for line in firsts] == ["Quay opens", "Goats win"]
    assert ("<p>" in found.text) == all(line.startswith("<p>") for line in firsts)
    # And read the same, whatever the form.
    assert found.text.count("Ana Brook") + found.text.count("Ana\nBrook") == 6
    assert (found.id, found.outlets) == ("a", ("one.example",))


def test_captions_have_small_letters_and_no_signs() -> None:
    found = saved(replace(PAGE, text=TEXT + "Don't \"go\" - it's 1,000 (or so).\n— —\n"), "spoken")
    assert found is not None
    assert [found.text[at:].split("\n")[0] for at in found.starts] == ["quay opens", "goats win"]
    assert "at noon said ana brook and comes" in found.text
    assert "don't go  it's 1000 or so\n" in found.text
    # A story of which nothing is left is none.
    assert saved(replace(PAGE, text=f"{TEXT}— —\n", starts=[0, len(TEXT)]), "spoken") is None


@pytest.mark.parametrize("form", OF_TEXT)
def test_what_is_outside_stays_outside(form: str) -> None:
    menu = "Menu of the day, and more"
    text = f"{menu}\n{TEXT}{menu}\n"
    page = LabelledPage(
        "a",
        text,
        [len(menu) + 1, len(menu) + 1 + TEXT.index("Goats")],
        outside=[(0, len(menu)), (len(text) - 1 - len(menu), len(text) - 1)],
    )
    found = saved(page, form)
    assert found is not None
    spans = [found.check().text[a:b] for a, b in found.outside]
    assert [re.sub("</?p>", "", span.lower()).replace(",", "") for span in spans] == [
        menu.lower().replace(",", "")
    ] * 2


def test_every_style_is_another_than_the_one_to_measure_with() -> None:
    styles = [Style.drawn(random.Random(n)) for n in range(200)]
    assert len({style.mail for style in styles}) > 10
    for style in styles:
        assert style.mail != Style.mail
        assert style.terminal != Style.terminal
        assert style.address.split("/")[2:3] != ["www.lantern.example"]
    narrow = saved(PAGE, "wrapped", Style(mail=50))
    assert narrow is not None
    assert 40 < max(map(len, narrow.text.split("\n"))) <= 50


def test_a_story_within_a_line_has_no_tags_of_its_own() -> None:
    assert saved(replace(PAGE, starts=[0, 20]), "tagged") is None
    assert saved(replace(PAGE, starts=[0, 20]), "linked") is not None


def test_lines_are_as_long_as_mail_has_them() -> None:
    found = saved(PAGE, "wrapped")
    assert found is not None
    assert 60 < max(map(len, found.text.split("\n"))) <= 72
    assert found.text.split() == TEXT.split()


def test_html_is_saved_by_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"[Home](/)\n\n# Quay opens\n\n{BODY}\n\n## Goats win\n\n{HAY}\n"
    fake = types.SimpleNamespace(
        markdownify=lambda html: text,
        html2text=lambda html, bodywidth: text.replace("Goats win", ""),
    )
    monkeypatch.setitem(sys.modules, "markdownify", fake)
    monkeypatch.setitem(sys.modules, "html2text", fake)
    found = saved(HTML, "markdownify")
    assert found is not None
    assert found.html is None
    assert [found.text[at:].split("\n")[0] for at in found.starts] == [
        "# Quay opens",
        "## Goats win",
    ]
    # A story whose first line is gone could not be found.
    assert saved(HTML, "html2text") is None
    assert saved(PAGE, "markdownify") is None
    assert saved(HTML, "wrapped") is None


def test_the_first_line_is_the_nearest_above_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    top = "Quay opens | The Lantern\n\n* Goats win\n\n"
    text = f"{top}# Quay opens\n\n{BODY}\n\n## Goats win\n\n{HAY}"
    monkeypatch.setitem(
        sys.modules, "markdownify", types.SimpleNamespace(markdownify=lambda html: text)
    )
    found = saved(HTML, "markdownify")
    assert found is not None
    assert found.starts == [text.index("# Quay"), text.index("## Goats")]


def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "html2text", None)
    with pytest.raises(MissingPackage, match="pip install html2text"):
        saved(HTML, "html2text")


def test_files_of_pages_are_written(tmp_path: Path) -> None:
    write_pages(tmp_path / "pages.jsonl", [PAGE, HTML])
    command = [sys.executable, "-m", "training.saved", str(tmp_path / "pages.jsonl")]
    told = subprocess.run(
        [*command, "--form", "linked", "--out", str(tmp_path / "linked.jsonl")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout == "1 pages\n"
    (found,) = read_pages(tmp_path / "linked.jsonl")
    assert "[Ana Brook](https://" in found.text
