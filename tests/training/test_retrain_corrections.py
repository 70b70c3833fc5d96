"""The batch job and what people corrected: learned from, measured on, looked at for drift."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.exc import OperationalError

from model import artifact
from model.html import page_from_html
from tests.training.stub_model import StubSegmenter, stub_pages
from tests.training.stub_retrain import job, run, stub_articles, stub_steps
from training import retrain as module
from training.corrections import Correction, CorrectionStore, Sample
from training.drift import Profile
from training.findings import Findings
from training.holdout import is_held_out
from training.labelled import CORRECTED, LabelledPage, write_pages
from training.retrain import NothingToTrainOn
from training.steps import Steps


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "registry"


class _Corrections:
    def __init__(self, pages: list[LabelledPage], sampled: Sequence[LabelledPage] = ()) -> None:
        self._pages = pages
        self._sampled = sampled

    def pages(self) -> list[LabelledPage]:
        return self._pages

    def sampled(self) -> Sequence[LabelledPage]:
        return self._sampled

    def seen(self, model: str, bins: Profile) -> Profile:
        return bins.empty()


def _outlet(held: bool) -> str:
    return next(one.outlet for one in stub_articles() if is_held_out(one.outlet, "en") is held)


def test_corrections_are_learned_from_and_measured_on(root: Path) -> None:
    pages = [
        LabelledPage(p.id, p.text, p.starts, kind=CORRECTED, lang="en", outlets=(f"s{n}.example",))
        for n, p in enumerate(stub_pages(80, seed=77))
    ]
    seen: list[LabelledPage] = []
    steps = stub_steps(miss=0.05)

    def fit(articles: Any, *, real_pages: Any, **options: Any) -> Any:
        seen.extend(truth for _, truth in real_pages)
        return steps.fit(articles, **options)

    watching = Steps(steps.read, steps.split, steps.compose, fit, load=steps.load)
    mixed = LabelledPage("mixed", "Of two", [0], outlets=(_outlet(False), _outlet(True)))
    log: list[dict[str, Any]] = []
    result = job(root, watching, corrections=_Corrections([*pages, mixed]), log=log.append)
    measured = result.challenger_report.groups["kind", CORRECTED].pages
    assert len(seen) + measured == 80
    assert len(seen) > 40
    assert measured > 3
    assert {key: value for key, value in log[1].items() if key.startswith("corrections")} == {
        "corrections_learned": len(seen),
        "corrections_measured": measured,
        "corrections_dropped": 1,
    }


def test_a_correction_that_was_removed_is_not_learned_from(root: Path, tmp_path: Path) -> None:
    store = CorrectionStore(f"sqlite:///{tmp_path / 'c.db'}")
    names = [
        store.add(Correction(LabelledPage("", f"Quay {n} opens\nBody {n}", [0]))).page.id
        for n in range(20)
    ]
    seen: list[str] = []
    steps = stub_steps(miss=0.05)

    def fit(articles: Any, *, real_pages: Any, **options: Any) -> Any:
        seen[:] = [truth.id for _, truth in real_pages]
        return steps.fit(articles, **options)

    watching = Steps(steps.read, steps.split, steps.compose, fit, load=steps.load)
    first = job(root, watching, corrections=store)
    removed, *kept = seen
    assert removed in names
    assert len(kept) > 5
    assert store.remove(removed)
    second = job(root, watching, corrections=store)
    assert seen == kept
    prints = [artifact.read_card(root / each.challenger)["fingerprint"] for each in (first, second)]
    assert prints[0] != prints[1]
    store.close()


def test_what_the_service_sampled_shows_drift_beside_what_was_corrected(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = "<h1>Goats win</h1><p>Body.</p>"
    store = CorrectionStore(f"sqlite:///{tmp_path / 'c.db'}")
    corrected = store.add(Correction(LabelledPage("", "Quay opens\nBody", [0]))).page
    store.sample(Sample(page_from_html(html).text, html, "v1", [0], 0.1))
    store.sample(Sample("As text", None, "v1", [0], 0.9))
    store.sample(Sample("What another version extracted", "<p>Other.</p>", "v1", [0], 0.5))
    given: list[LabelledPage] = []

    def find(*_: Any, seen: Any, **__: Any) -> Findings:
        given.extend(seen)
        return Findings(drift={"score": 0.3}, drifted="3 pages against the 600 on v1's card")

    monkeypatch.setattr(module, "find", find)
    log: list[dict[str, Any]] = []
    result = run(root, miss=0.05, corrections=store, log=log.append)
    assert given[0] == corrected
    assert {page.text.split("\n")[0] for page in given[1:]} == {"Goats win", "As text", "Other."}
    assert log[0]["sampled"] == 3
    assert result.challenger_report.findings.drifted.endswith("card (1 corrected, 3 sampled)")
    store.close()


def test_an_upgrade_that_extracts_another_text_keeps_what_people_said(
    root: Path, tmp_path: Path
) -> None:
    """A version before this one left the menu in; a start whose line is gone, nobody can place."""
    html = (
        "<nav><a href=/>Menu</a></nav><h1>Quay {n} opens</h1><p>The quay is open.</p>"
        "<h1>Goats {n} win</h1><p>They ate the prize.</p>"
    )
    store = CorrectionStore(f"sqlite:///{tmp_path / 'c.db'}")
    names = set()
    for n in range(20):
        own = html.format(n=n)
        old = f"Menu of old\n{page_from_html(own).text}"
        starts = [old.index("Quay"), old.index("Goats")]
        page = LabelledPage("", old, starts, outside=[(0, 11)], html=own)
        names.add(store.add(Correction(page)).page.id)
    gone = "Goats that are no more\nThe quay is open."
    store.add(Correction(LabelledPage("", gone, [0], html="<p>The quay is open.</p>")))
    learned: list[LabelledPage] = []
    steps = stub_steps(miss=0.05)

    def fit(articles: Any, *, real_pages: Any, **options: Any) -> Any:
        learned[:] = [truth for _, truth in real_pages]
        return steps.fit(articles, **options)

    watching = Steps(steps.read, steps.split, steps.compose, fit, load=steps.load)
    log: list[dict[str, Any]] = []
    job(root, watching, corrections=store, log=log.append)
    assert (log[0]["corrections"], log[0]["unusable"]) == (20, 1)
    assert len(learned) > 10
    for page in learned:
        assert page.id in names
        assert page.text == page_from_html(page.html or "").text
        assert [page.text[start:].split(" ")[0] for start in page.starts] == ["Quay", "Goats"]
    store.close()


def test_an_equal_model_that_learned_corrections_is_promoted(root: Path) -> None:
    """On frozen pages both are alike; on the corrected ones only the challenger is right."""
    steps = stub_steps(shipped_miss=0.0)
    texts = [f"Odd headline {n}\nBody\nOdder headline {n}\nBody" for n in range(12)]
    corrected = [
        LabelledPage(
            text[:15], text, [0, text.index("Odder")], kind=CORRECTED, outlets=("one.example",)
        )
        for text in texts
    ]

    class Learned(StubSegmenter):
        def label_proba(self, pages: Any) -> Any:
            out = super().label_proba(pages)
            for page, proba in zip(pages, out, strict=True):
                for i, block in enumerate(page.blocks()):
                    if "headline" in block:
                        proba[i, 2] = self.said
            return out

    def load(directory: Path | None) -> Any:
        if directory is None:
            return StubSegmenter(version="shipped")
        return Learned(version=directory.name)

    learning = Steps(steps.read, steps.split, steps.compose, steps.fit, load=load)
    without = job(root, learning)
    assert without.reason.startswith("no better than the champion")
    with_them = job(root, learning, corrections=_Corrections(corrected))
    assert with_them.promoted
    assert with_them.reason.startswith("learned: ")


def test_labelled_pages_of_files_are_read(root: Path, tmp_path: Path) -> None:
    pages = [
        LabelledPage(p.id, p.text, p.starts, kind="real", outlets=(f"r{n}.example",))
        for n, p in enumerate(stub_pages(60, seed=5))
    ]
    write_pages(tmp_path / "real.jsonl.gz", pages)
    result = run(root, miss=0.05, shipped_miss=0.3)
    with_real = job(root, stub_steps(miss=0.01), pages=[tmp_path / "real.jsonl.gz"])
    assert ("kind", "real") not in result.challenger_report.groups
    assert with_real.challenger_report.groups["kind", "real"].pages > 2
    card = artifact.read_card(root / with_real.challenger)
    assert card["labelled_pages"] + card["figures"]["kind"]["real"]["pages"] == 60


def test_a_database_that_is_away_after_the_fit_costs_a_section_of_the_report(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(_Corrections):
        def seen(self, model: str, bins: Profile) -> Profile:
            raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))

    def find(*_: Any, counted: Any, **__: Any) -> Findings:
        assert counted("v1", Profile(np.zeros((1, 9)), np.zeros((1, 11), np.int64))).pages == 0
        return Findings()

    monkeypatch.setattr(module, "find", find)
    log: list[dict[str, Any]] = []
    assert run(root, miss=0.05, corrections=Away([]), log=log.append).promoted
    (found,) = [line for line in log if line["stage"] == "findings"]
    assert found["uncounted"] == "the server closed the connection"


def test_a_handful_of_pages_decides_nothing(root: Path) -> None:
    steps = stub_steps(miss=0.05, pages=0)
    pages = [
        LabelledPage(p.id, p.text, p.starts, kind=CORRECTED, lang="en", outlets=(f"s{n}.example",))
        for n, p in enumerate(stub_pages(40, seed=77))
    ]
    with pytest.raises(NothingToTrainOn, match=r"make \d+ pages, too few"):
        job(root, steps, corrections=_Corrections(pages))
