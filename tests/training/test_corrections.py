"""What the correction store keeps and gives, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import inspect, text

from model.html import page_from_html
from training.corrections import Correction, CorrectionStore, Sample, page_hash
from training.corrections.records import SAMPLED
from training.drift import Profile
from training.labelled import CORRECTED, BadLabelledPage, LabelledPage, as_page

PAGE = LabelledPage(
    "given", "Quay opens\nBody.\nGoats win\nBody.", [0, 17], lang="en", outlets=("tide.example",)
)


def _page(number: int) -> LabelledPage:
    return LabelledPage("", f"Headline {number}\nBody of {number}", [0], lang="en")


def test_what_is_added_comes_back(store: CorrectionStore) -> None:
    before = datetime.now(UTC)
    saved = store.add(Correction(PAGE, "Desk", "the goats are a story", "v7", [0]))
    assert saved.id > 0
    (found,) = store.export()
    assert found == saved
    assert found.page.id == page_hash(PAGE.text)
    assert (found.page.starts, found.page.outlets, found.page.kind) == (
        [0, 17], ("tide.example",), CORRECTED
    )  # fmt: skip
    assert (found.who, found.why, found.model) == ("Desk", "the goats are a story", "v7")
    assert list(found.prediction) == [0]
    assert found.created is not None
    assert before - timedelta(seconds=1) <= found.created <= datetime.now(UTC)
    assert list(store.pages()) == [found.page]
    line = json.loads(json.dumps(found.to_dict()))
    assert LabelledPage.from_json(json.dumps(line)) == found.page
    assert line["why"] == "the goats are a story"


def test_the_same_again_changes_nothing(store: CorrectionStore) -> None:
    first = store.add(Correction(PAGE, who="A"))
    assert store.add(Correction(PAGE, who="A")) == first
    assert len(store.history(first.page.id)) == 1


def test_another_opinion_replaces_and_history_stays(store: CorrectionStore) -> None:
    first = store.add(Correction(PAGE, who="A"))
    changed = LabelledPage("", PAGE.text, [0], outside=[(11, 16)], lang="en")
    second = store.add(Correction(changed, who="B"))
    assert second.id > first.id
    assert second.page.outlets == ("tide.example",), "the site that was known stays"
    assert [found.page.starts for found in store.export()] == [[0]]
    assert [(found.who, found.page.starts) for found in store.history(first.page.id)] == [
        ("A", [0, 17]), ("B", [0])
    ]  # fmt: skip
    assert store.count() == 1


def test_a_language_that_was_known_stays_where_none_is_said(store: CorrectionStore) -> None:
    """As by whoever corrects in the web page, after a program that knew it."""
    store.add(Correction(PAGE))
    for lang, now in (("und", "en"), ("", "en"), ("mi", "mi")):
        said = LabelledPage("", PAGE.text, [0], lang=lang)
        assert store.add(Correction(said)).page.lang == now
        assert [found.page.lang for found in store.export()] == [now]


def test_html_and_its_text_are_two_pages(store: CorrectionStore) -> None:
    html = LabelledPage("", PAGE.text, [0], html="<h1>Quay opens</h1>")
    store.add(Correction(PAGE))
    store.add(Correction(html))
    assert [found.page.html for found in store.export()] == [None, "<h1>Quay opens</h1>"]


def test_html_that_is_extracted_anew_has_the_new_text(store: CorrectionStore) -> None:
    """The same HTML, by a version that leaves its menu out: another text, other offsets."""
    html = "<nav>Menu</nav><h1>Quay opens</h1><p>Body.</p>"
    old = LabelledPage("", "Menu\nQuay opens\nBody.", [5], outside=[(0, 4)], html=html)
    text = page_from_html(html).text
    assert text != old.text
    new = LabelledPage("", text, [text.index("Quay")], html=html)
    first = store.add(Correction(old, who="A"))
    store.add(Correction(old, who="B"))
    saved = store.add(Correction(new, who="A"))
    assert saved.page.id == first.page.id
    (found,) = store.export(after=first.id)
    assert found == saved
    assert (found.page.text, found.page.starts) == (new.text, new.starts)
    assert as_page(found.page).text[found.page.starts[0] :].startswith("Quay opens")
    # Offsets that were said of the old text still count in it.
    assert [(c.who, c.page.text, c.page.starts) for c in store.history(first.page.id)] == [
        ("A", old.text, [5]), ("B", old.text, [5]), ("A", text, new.starts)
    ]  # fmt: skip
    assert store.add(Correction(new, who="A")) == saved, "the same again"


def test_the_same_offsets_in_another_text_are_a_revision(store: CorrectionStore) -> None:
    """And back: what was said of each text stays with it."""
    html = "<h1>Quay opens</h1><p>Body.</p><footer>End</footer>"
    texts = ["Quay opens\nBody.", "Quay opens\nBody.\nEnd", "Quay opens\nBody."]
    saved = [store.add(Correction(LabelledPage("", each, [0], html=html))) for each in texts]
    assert len({each.id for each in saved}) == 3
    assert [each.page.text for each in store.history(saved[0].page.id)] == texts
    assert list(store.export()) == [saved[2]]


def test_any_text_survives(store: CorrectionStore) -> None:
    odd = "Ḣeadline 🚢 e\u0301\nnul \0 here\r\n\u2028 end"
    page = LabelledPage("", odd, [0], lang="e\0n", outlets=("tide\0.example",))
    store.add(Correction(page, who="nul \0", why="'; DROP TABLE page; --"))
    (found,) = store.export()
    assert (found.page.lang, found.page.outlets) == ("en", ("tide.example",))
    assert found.page.text == odd
    assert found.who == "nul "
    assert found.why == "'; DROP TABLE page; --"


def test_contradictions_are_refused(store: CorrectionStore) -> None:
    with pytest.raises(BadLabelledPage):
        store.add(Correction(LabelledPage("", "short", [99])))
    assert store.count() == 0


def test_paging_misses_and_doubles_nothing(store: CorrectionStore) -> None:
    for number in range(25):
        store.add(Correction(_page(number)))
    seen: list[str] = []
    after = 0
    while page := list(store.export(after=after, limit=7)):
        seen += [found.page.text for found in page]
        after = page[-1].id
    assert seen == [_page(number).text for number in range(25)]
    assert len(list(store.export())) == 25
    assert list(store.export(limit=0)) == []


def test_a_page_corrected_during_an_export_comes_again(store: CorrectionStore) -> None:
    for number in range(4):
        store.add(Correction(_page(number)))
    first = list(store.export(limit=2))
    store.add(Correction(_page(0), who="later"))
    rest = list(store.export(after=first[-1].id))
    assert [found.page.text for found in rest] == [_page(n).text for n in (2, 3, 0)]


def _everything(store: CorrectionStore, database: str) -> bytes:
    """All bytes that the database keeps, as far as a test can see them."""
    if database.startswith("sqlite"):
        path = Path(database.removeprefix("sqlite:///"))
        return b"".join(p.read_bytes() for p in path.parent.iterdir() if p.is_file())
    with store.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        rows = [
            bytes(value) if isinstance(value, memoryview) else value
            for table in tables
            for row in connection.execute(text(f"SELECT * FROM {table}"))
            for value in row
        ]
    return b"".join(v if isinstance(v, bytes) else repr(v).encode() for v in rows)


def test_removal_leaves_no_text_behind(store: CorrectionStore, database: str) -> None:
    secret = "Plunkett's goat was found in the library."
    page = LabelledPage("", f"Goat\n{secret}", [0], html=f"<p>{secret}</p>")
    kept = store.add(Correction(PAGE))
    name = store.add(Correction(page, who="Plunkett", why="mine")).page.id
    store.add(Correction(page, who="Plunkett", why="mine again"))
    anew = LabelledPage("", "Goat found", [0], html=page.html)
    store.add(Correction(anew, who="Plunkett", why="extracted anew"))
    assert secret.encode() in _everything(store, database), "the test would see it"
    assert store.remove(name)
    left = _everything(store, database)
    assert secret.encode() not in left
    assert b"Plunkett" not in left
    assert list(store.export()) == [kept]
    assert store.history(name) == []
    assert not store.remove(name), "it is gone"
    assert store.add(Correction(page)).id > 0, "and may come again"


def test_ids_of_removed_corrections_never_come_back(store: CorrectionStore) -> None:
    first = store.add(Correction(PAGE))
    store.remove(first.page.id)
    assert store.add(Correction(_page(1))).id > first.id


def test_suggestions_are_the_least_certain_pages(store: CorrectionStore) -> None:
    for number, uncertainty in enumerate([0.1, 0.9, 0.5, 0.7]):
        store.sample(Sample(f"Page {number}", None, "v1", [0], uncertainty), most=3)
    assert [s.text for s in store.suggest()] == ["Page 1", "Page 3", "Page 2"]
    assert [s.text for s in store.suggest(limit=1)] == ["Page 1"]
    store.sample(Sample("Page 1", None, "v2", [0, 3], 0.2))
    assert store.suggest()[-1] == Sample("Page 1", None, "v2", [0, 3], 0.2)
    store.add(Correction(LabelledPage("", "Page 3", [0])))
    assert [s.text for s in store.suggest()] == ["Page 2", "Page 1"], "corrected, so known"
    store.sample(Sample("Page 3", None, "v2", [0], 0.99))
    assert "Page 3" not in [s.text for s in store.suggest()]
    assert store.remove(page_hash("Page 2"))
    assert [s.text for s in store.suggest()] == ["Page 1"]


def test_what_was_sampled_is_given_out_whatever_the_model_was_sure_of(
    store: CorrectionStore,
) -> None:
    for number in range(12):
        store.sample(Sample(f"Page {number}", None, "v1", [0], number / 12))
    store.sample(Sample("Menu", "<p>Menu</p>", "v1", [0], 0.5))
    store.add(Correction(LabelledPage("", "Page 3", [0])))
    found = list(store.sampled())
    assert {page.text for page in found} == {
        "Menu", *(f"Page {n}" for n in range(12) if n != 3)
    }  # fmt: skip
    assert all(page.starts == [] and page.kind == SAMPLED for page in found)
    assert next(page for page in found if page.text == "Menu").html == "<p>Menu</p>"
    some = [page.text for page in store.sampled(limit=4)]
    assert len(some) == 4
    assert set(some) != {each.text for each in store.suggest(limit=4)}


def test_what_models_saw_is_counted_by_day(
    store: CorrectionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bins = Profile(np.zeros((3, 9)), np.zeros((3, 11), np.int64))

    def seen(number: int) -> Profile:
        return Profile(bins.edges, np.full((3, 11), number), number)

    def on(day: int, act: Callable[[], None]) -> None:
        class Day(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)

        monkeypatch.setattr("training.corrections.store.datetime", Day)
        act()

    on(0, lambda: store.count_seen("v1", seen(1000)))
    on(94, lambda: store.count_seen("v1", seen(100)))
    for _ in range(2):
        on(100, lambda: store.count_seen("v1", seen(10)))
        on(100, lambda: store.count_seen("v2", seen(1)))
    of_a_week = store.seen("v1", bins)
    assert of_a_week.pages == 120
    assert of_a_week.counts.tolist() == [[120] * 11] * 3
    assert store.seen("v1", bins, days=6).pages == 20
    assert store.seen("v2", bins).pages == 2
    assert store.seen("v1", bins, days=1000).pages == 120, "a season later it is forgotten"
    assert bins.pages == 0


def test_workers_that_count_at_once_lose_nothing(store: CorrectionStore, database: str) -> None:
    bins = Profile(np.zeros((2, 9)), np.zeros((2, 11), np.int64))

    def count() -> None:
        own = CorrectionStore(database)
        for _ in range(10):
            own.count_seen("v1", Profile(bins.edges, np.ones((2, 11), np.int64), 3))
        own.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.seen("v1", bins)
    assert (found.pages, found.counts.tolist()) == (120, [[40] * 11] * 2)
