"""Pages that are kept to be looked at: for some days, and none that is corrected or removed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from training.corrections import Correction, CorrectionStore, Sample, page_hash
from training.corrections.schema import SampleRow
from training.labelled import LabelledPage


def _sample(text: str, uncertainty: float = 0.5) -> Sample:
    return Sample(text, None, "v1", [0], uncertainty)


def _kept(store: CorrectionStore) -> set[str]:
    return {sample.text for sample in store.suggest(limit=2000)}


def _age(store: CorrectionStore, text: str, days: float) -> None:
    with Session(store.engine) as session, session.begin():
        old = datetime.now(UTC) - timedelta(days=days)
        session.execute(
            update(SampleRow).where(SampleRow.hash == page_hash(text)).values(created=old)
        )


def test_what_was_kept_for_too_long_goes_and_leaves_no_text(
    store: CorrectionStore, database: str
) -> None:
    for text in ("Sampled long ago", "Sampled and seen again", "Sampled of late"):
        store.sample(_sample(text))
    corrected = store.add(Correction(LabelledPage("", "Corrected long ago\nBody", [0])))
    _age(store, "Sampled long ago", 30.1)
    _age(store, "Sampled and seen again", 31)
    _age(store, "Sampled of late", 29.9)
    store.sample(_sample("Sampled and seen again"))
    assert store.forget_samples(30) == 1
    assert _kept(store) == {"Sampled and seen again", "Sampled of late"}
    assert list(store.export()) == [corrected], "what people said is kept until they remove it"
    assert store.forget_samples(30) == 0
    if database.startswith("sqlite"):
        folder = Path(database.removeprefix("sqlite:///")).parent
        left = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
        assert b"Sampled of late" in left, "the test would see it"
        assert b"Sampled long ago" not in left


def test_what_somebody_had_removed_is_not_kept_again(store: CorrectionStore) -> None:
    """It comes again with the next scrape, and nobody would ask for its removal twice."""
    store.sample(_sample("Sampled\nBody"))
    store.add(Correction(LabelledPage("", "Corrected\nBody", [0])))
    for text in ("Sampled\nBody", "Corrected\nBody"):
        assert store.remove(page_hash(text))
        store.sample(_sample(text))
    assert _kept(store) == set()
    again = store.add(Correction(LabelledPage("", "Corrected\nBody", [0])))
    assert list(store.export()) == [again], "a person may send it again"


@pytest.mark.parametrize("act", ["add", "remove"])
def test_a_page_is_sampled_corrected_and_removed_at_once(
    store: CorrectionStore, database: str, act: str
) -> None:
    """Whoever is last: no page that is corrected, or was removed, stays among the samples."""
    errors: list[BaseException] = []
    texts = [f"Page {number}\nBody" for number in range(40)]
    for text in texts:
        store.sample(_sample(text))
    ready = threading.Barrier(3)

    def loop(do: Callable[[CorrectionStore, str], Any]) -> None:
        own = CorrectionStore(database)
        try:
            for text in texts:
                ready.wait(30)
                do(own, text)
        except BaseException as error:  # noqa: BLE001 - a thread's errors must reach the test
            errors.append(error)
            ready.abort()
        finally:
            own.close()

    def decide(own: CorrectionStore, text: str) -> None:
        if act == "add":
            own.add(Correction(LabelledPage("", text, [0])))
        else:
            assert own.remove(page_hash(text))

    def sample(own: CorrectionStore, text: str) -> None:
        own.sample(_sample(text))

    threads = [threading.Thread(target=loop, args=(each,)) for each in (decide, sample, sample)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Session(store.engine) as session:
        assert session.scalar(select(func.count()).select_from(SampleRow)) == 0
