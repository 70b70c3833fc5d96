"""Floors that a night's job is held to: pinned in a file by the first, kept by those after it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from model.registry import Registry
from tests.training.stub_model import StubSegmenter, stub_pages
from tests.training.stub_retrain import run
from training.drift import Profile
from training.evaluate import evaluate
from training.floors import BadFloors, Floors, check_file, pin, standing
from training.labelled import CORRECTED, LabelledPage


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "floors.json"


def corrected(count: int, seed: int) -> list[LabelledPage]:
    return [
        LabelledPage(p.id, p.text, p.starts, kind=CORRECTED, lang="en", outlets=(f"s{n}.example",))
        for n, p in enumerate(stub_pages(count, seed=seed))
    ]


class _Corrections:
    def __init__(self, pages: list[LabelledPage]) -> None:
        self._pages = pages

    def pages(self) -> list[LabelledPage]:
        return self._pages

    def sampled(self) -> Iterable[LabelledPage]:
        return ()

    def seen(self, model: str, bins: Profile) -> Profile:
        return bins.empty()


def test_a_file_that_is_not_there_gets_what_the_champion_stands_on(root: Path) -> None:
    first = run(root, miss=0.1)
    file = root / "floors.json"  # as in compose.yaml: a registry does not mind
    second = run(root, miss=0.02, floors=file)
    assert second.promoted
    floors = Floors.load(file)
    assert floors is not None
    assert floors.model == first.challenger
    assert second.verdict.figures["floors"] == "applied"
    third = run(root, miss=0.01, floors=file)
    assert third.verdict.figures["floors_of"] == first.challenger, "and they stay"
    assert floors == pin(first.challenger_report)
    assert [card["version"] for card in Registry(root).versions()] == [
        first.challenger,
        second.challenger,
        third.challenger,
    ]


def test_floors_hold_while_other_pages_are_corrected(root: Path, file: Path) -> None:
    run(root, miss=0.1, corrections=_Corrections(corrected(60, 5)))
    run(root, miss=0.05, floors=file, corrections=_Corrections(corrected(60, 5)))
    raised = Floors.load(file)
    assert raised is not None
    Floors(raised.corpus, raised.model, {"overall": {"seam_f1": 0.999}}).save(file)
    refused = run(root, miss=0.04, floors=file, corrections=_Corrections(corrected(90, 6)))
    assert refused.verdict.figures["floors"] == "applied"
    assert "below a pinned floor: seam_f1 of overall" in refused.reason
    assert refused.challenger_report.corpus != refused.challenger_report.standing_corpus


def test_on_other_pages_they_are_pinned_anew(root: Path, file: Path) -> None:
    """As where a correction takes a held-out article away, and other pages are composed."""
    run(root, miss=0.1)
    Floors("other pages", "m", {"overall": {"seam_f1": 0.999}}, [{"why": "once"}]).save(file)
    log: list[dict[str, Any]] = []
    result = run(root, miss=0.02, floors=file, log=log.append)
    assert result.promoted
    floors = Floors.load(file)
    assert floors is not None
    assert floors.corpus == result.challenger_report.corpus
    assert floors.lowered == [{"why": "once"}]
    gate = next(line for line in log if line["stage"] == "gate")
    assert (gate["floors"], gate["floors_of"]) == ("applied", result.verdict.figures["champion"])
    assert gate["floors_of"] == floors.model != "m", "the log says that they are new"
    assert Floors.load() is not None
    unknown = run(root, miss=0.01, log=log.append)
    assert unknown.promoted, "the floors that ship are of other pages"
    gates = [line["floors"] for line in log if line["stage"] == "gate"]
    assert gates == ["applied", "none pinned for these pages"]


def test_a_reason_lowers_them_in_the_file_once_the_challenger_is_the_champion(
    root: Path, file: Path
) -> None:
    first = run(root, miss=0.1)
    Floors(first.challenger_report.corpus, "m", {"overall": {"seam_f1": 0.999}}).save(file)
    assert not run(root, miss=0.02, floors=file).promoted
    lowered = run(root, miss=0.02, floors=file, lower_floors="the pages are harder")
    assert lowered.promoted
    floors = Floors.load(file)
    assert floors is not None
    (step,) = floors.lowered
    assert (step["from"], step["why"]) == (0.999, "the pages are harder")
    assert floors.floors["overall"]["seam_f1"] < 0.999
    assert run(root, miss=0.01, floors=file).promoted, "the next night needs no flag"


def test_a_file_that_holds_no_floors_is_told_before_any_work(root: Path, file: Path) -> None:
    file.write_text("{}")
    with pytest.raises(BadFloors, match=r"floors\.json holds no floors"):
        run(root, miss=0.1, floors=file)
    with pytest.raises(BadFloors, match="make the folder"):
        run(root, miss=0.1, floors=file.parent / "gone" / "floors.json")
    assert Registry(root).versions() == []


@pytest.mark.parametrize(
    ("floors", "says"),
    [
        (None, "are an object"),
        ({"overall": None}, "'overall' are no object"),
        ({"overall": {"seam_f1": "0.9"}}, "no number: '0.9'"),
        ({"overall": {"seam_f1": True}}, "no number: True"),
        ({"overall": {"seam_f1": float("nan")}}, "no number: nan"),
        ({"overall": {"seam_f2": 0.9}}, "no figure 'seam_f2'"),
    ],
)
def test_so_are_floors_that_no_model_can_be_held_to(file: Path, floors: Any, says: str) -> None:
    file.write_text(json.dumps({"corpus": "c", "model": "m", "floors": floors}))
    with pytest.raises(BadFloors, match=says):
        check_file(file)


def test_and_a_folder_that_nothing_can_be_pinned_in(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Floors("c", "m", {"overall": {"seam_f1": 0.9}}).save(file)
    check_file(file)
    assert [path.name for path in file.parent.iterdir()] == [file.name]

    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(BadFloors, match="Read-only file system; let this job write"):
        check_file(file)


def test_a_file_is_whole_or_as_before(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = evaluate(StubSegmenter(miss=0.05), stub_pages(120), replicates=20)
    pin(report).save(file)
    before = file.read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("model.artifact.write_file", full)
    with pytest.raises(OSError, match="No space"):
        Floors("c", "m", {}).save(file)
    assert file.read_text() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_what_stands_is_what_no_correction_brought() -> None:
    pages = stub_pages(200)
    alone = evaluate(StubSegmenter(miss=0.1), pages, replicates=20)
    assert standing(alone) is alone
    assert alone.standing_corpus == alone.corpus
    mixed = evaluate(StubSegmenter(miss=0.1), [*pages, *corrected(40, 9)], replicates=20)
    rest = standing(mixed)
    assert (rest.corpus, len(rest.rows)) == (alone.corpus, len(alone.rows))
    assert ("kind", CORRECTED) in mixed.groups
    assert ("kind", CORRECTED) not in rest.groups
    assert rest.overall.value("seam_f1") == alone.overall.value("seam_f1")
