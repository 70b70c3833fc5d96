"""What people labelled is read once, in the text that its HTML gives today."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from model.html import page_from_html
from training.corrections import Correction, CorrectionStore
from training.labelled import LabelledPage, as_page, write_pages
from training.reading import read_labelled

HTML = "<h1>Quay opens</h1><p>The quay is open.</p><h1>Goats win</h1><p>They ate the prize.</p>"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CorrectionStore]:
    made = CorrectionStore(f"sqlite:///{tmp_path / 'c.db'}")
    yield made
    made.close()


def test_a_page_that_is_corrected_meanwhile_comes_once_as_it_was_said_last(
    store: CorrectionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store gives it again at its end, with other labels: both would be learned."""
    monkeypatch.setattr("training.corrections.store._CHUNK", 1)
    texts = [f"Quay {n} opens\nBody.\nGoats {n} win\nBody." for n in range(3)]
    for text in texts:
        store.add(Correction(LabelledPage("", text, [0])))
    both = [0, texts[0].index("Goats")]

    class Meanwhile(CorrectionStore):
        def pages(self) -> Iterator[LabelledPage]:
            for number, page in enumerate(super().pages()):
                yield page
                if number == 0:
                    store.add(Correction(LabelledPage("", texts[0], both)))

    reading = Meanwhile(store.engine.url.render_as_string(hide_password=False))
    found = read_labelled([], reading).corrections
    reading.close()
    assert sorted(page.text for page in found) == texts
    assert [page.starts for page in found if page.text == texts[0]] == [both]


def test_pages_of_files_whose_html_gives_another_text_go_by_its_lines(tmp_path: Path) -> None:
    """Or are left out before a job fits, which else fails when it measures on them."""
    today = page_from_html(HTML).text
    old = f"Menu of old\n{today}"
    starts = [old.index("Quay"), old.index("Goats")]
    pages = [
        LabelledPage("today", today, [0], html=HTML),
        LabelledPage("moved", old, starts, outside=[(0, 11)], html=HTML),
        LabelledPage("gone", "Headline of old\nThe quay is open.", [0], html=HTML),
        LabelledPage("text", old, starts),
    ]
    write_pages(tmp_path / "p.jsonl", pages)
    found = read_labelled([tmp_path / "p.jsonl"], None)
    assert [page.id for page in found.pages] == ["today", "moved", "text"]
    assert found.counts() == {"pages": 3, "corrections": 0, "unusable": 1, "sampled": 0}
    assert [as_page(page).text for page in found.pages] == [today, today, old]
    (line,) = found.noticed()
    assert line.startswith("labelled pages and corrections left out: 1, as a line")
