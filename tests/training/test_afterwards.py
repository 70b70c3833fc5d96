"""What fails after the gate has decided: told, and no failure of the job."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from model import artifact
from model.errors import RegistryBusy
from model.registry import Registry
from tests.training.stub_model import StubSegmenter
from tests.training.stub_retrain import run
from training import retrain as module
from training.afterwards import KEPT_REFUSED, prune
from training.floors import Floors


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def _fail(*_: Any, **__: Any) -> Any:
    raise OSError(errno.EIO, "the store is away")


@pytest.mark.parametrize("miss", [0.01, 0.5])
def test_what_fails_after_the_decision_does_not_undo_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, miss: float
) -> None:
    """Neither old versions that stay, nor a lock that is not let go of, make it a failed job."""
    first = run(root, miss=0.1)
    lock = Registry.lock

    @contextmanager
    def stuck(self: Registry) -> Iterator[Path]:
        with lock(self) as work:
            yield work
        _fail()

    monkeypatch.setattr(Registry, "lock", stuck)
    monkeypatch.setattr(module, "prune", _fail)
    log: list[dict[str, Any]] = []
    result = run(root, miss=miss, log=log.append)
    assert result.promoted is (miss < 0.1)
    now = result.challenger if result.promoted else first.challenger
    assert Registry(root).champion() == result.champion == now
    assert [line["stage"] for line in log if "error" in line] == ["prune", "close"]
    assert [what.partition(":")[0] for what in result.failed] == ["prune", "close"]
    assert all("the store is away" in what for what in result.failed)


def test_a_pointer_that_is_in_place_and_not_synced_is_a_promotion(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(root, miss=0.1)
    sync = artifact.sync_directory

    def broken(directory: Path) -> None:
        sync(directory)
        if directory == root and Registry(root).champion() != first.challenger:
            _fail()

    monkeypatch.setattr(artifact, "sync_directory", broken)
    result = run(root, miss=0.01)
    assert result.promoted
    assert Registry(root).champion() == result.champion == result.challenger
    assert [what.partition(":")[0] for what in result.failed] == ["sync"]


def test_a_lock_that_another_job_holds_still_stops_this_one(root: Path) -> None:
    with Registry(root).lock(), pytest.raises(RegistryBusy):
        run(root, miss=0.05)


def test_what_may_fail_fails_before_the_champion_changes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(root, miss=0.1)
    monkeypatch.setattr(module, "find", _fail)
    with pytest.raises(OSError, match="away"):
        run(root, miss=0.01)
    assert Registry(root).champion() == first.challenger


def test_floors_that_were_lowered_stay_on_the_card(root: Path) -> None:
    result = run(root, miss=0.05)
    corpus = result.challenger_report.corpus
    floors = Floors(corpus, "m", {"overall": {"seam_f1": 0.999}})
    refused = run(root, miss=0.02, floors=floors)
    assert refused.reason.startswith("below a pinned floor: seam_f1 of overall")
    assert artifact.read_card(root / refused.challenger)["gate"]["floors_lowered"] == []
    lowered = run(root, miss=0.02, floors=floors, lower_floors="the pages are harder")
    assert lowered.promoted
    (record,) = artifact.read_card(root / lowered.challenger)["gate"]["floors_lowered"]
    assert (record["figure"], record["why"]) == ("seam_f1", "the pages are harder")


def test_versions_that_the_history_has_forgotten_do_not_fill_the_registry(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.registry.folder._REMEMBERED", 3)
    monkeypatch.setattr("training.afterwards.KEPT_FORGOTTEN", 2)
    made = [run(root, miss=0.8 - 0.09 * number, shipped_miss=0.95) for number in range(9)]
    promoted = [each.challenger for each in made if each.promoted]
    assert len(promoted) >= 7
    registry = Registry(root)
    assert registry.history()[:2] == promoted[:-3:-1]
    left = [card["version"] for card in registry.versions()]
    assert [name for name in promoted if name in left] == promoted[
        -(len(registry.history()) - 1) - 2 :
    ]
    assert made[-1].failed == ()


def test_after_a_clock_has_jumped_the_nights_own_version_stays(root: Path) -> None:
    """Its card says that it is the oldest; and a card whose gate says nothing stops nothing."""
    registry = Registry(root)
    refused = {"promote": False}
    made = [
        (f"v{day}", f"2027-01-0{day}", refused) for day in range(1, KEPT_REFUSED + 2)
    ] + [("tonight", "2026-11-30", refused), ("by-hand", "2026-01-01", None)]  # fmt: skip
    for version, created, gate in made:
        folder = root / version
        StubSegmenter(version=version).save(folder, {"created": created, "gate": gate})
    assert prune(registry, "tonight") == ["v1", "v2"]
    left = {card["version"] for card in registry.versions()}
    assert left == {version for version, _, _ in made} - {"v1", "v2"}
