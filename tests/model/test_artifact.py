"""A model version is whole and ours, or it is refused before a byte of it is unpickled."""

from __future__ import annotations

import errno
import json
import os
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from model import artifact
from model.errors import (
    ArtifactError,
    IncompatibleArtifact,
    MissingArtifact,
    TamperedArtifact,
)

CARD = {"version": "v1", "feature_table": "abc", "figures": {"seam_f1": 0.97}}


class _Bomb:
    """Unpickling it leaves a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.trace),))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    artifact.save({"weights": np.arange(2000)}, tmp_path / "v1", CARD)
    return tmp_path / "v1"


def _edit(directory: Path, **changes: Any) -> None:
    path = directory / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_is_saved_is_loaded(saved: Path) -> None:
    payload, card = artifact.load(saved, expected_feature_table="abc")
    assert isinstance(payload, dict)
    assert np.array_equal(payload["weights"], np.arange(2000))
    assert card["figures"] == {"seam_f1": 0.97}
    assert card["format"] == artifact.FORMAT
    assert card["size"] == (saved / "model.joblib").stat().st_size
    assert set(card["libraries"]) == {"python", "numpy", "scipy", "scikit-learn", "joblib"}
    assert sorted(p.name for p in saved.iterdir()) == ["card.json", "model.joblib"]


def test_saving_again_replaces(saved: Path) -> None:
    artifact.save("second", saved, CARD | {"version": "v2"})
    payload, card = artifact.load(saved)
    assert (payload, card["version"]) == ("second", "v2")
    assert [p.name for p in saved.parent.iterdir()] == ["v1"]


def test_every_release_of_the_format_still_loads(tmp_path: Path) -> None:
    """Format 1, as its first release wrote it: two files, this card."""
    artifact.save("payload", tmp_path / "v", CARD)
    card = json.loads((tmp_path / "v" / "card.json").read_text())
    assert card["format"] == 1
    assert set(card) == {
        *CARD, "format", "sha256", "size", "libraries", "created"
    }  # fmt: skip


def _truncate(directory: Path) -> None:
    path = directory / "model.joblib"
    path.write_bytes(path.read_bytes()[:-7])


def _lengthen(directory: Path) -> None:
    path = directory / "model.joblib"
    path.write_bytes(path.read_bytes() + b"x")


def _flip(directory: Path) -> None:
    path = directory / "model.joblib"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def _library(name: str, number: str) -> Any:
    def change(directory: Path) -> None:
        _edit(directory, libraries=artifact.libraries() | {name: number})

    return change


@pytest.mark.parametrize(
    ("harm", "error", "says"),
    [
        (lambda d: (d / "card.json").unlink(), MissingArtifact, "card.json is missing"),
        (lambda d: (d / "model.joblib").unlink(), MissingArtifact, "model.joblib is missing"),
        (lambda d: (d / "card.json").write_text("{"), TamperedArtifact, "not JSON"),
        (lambda d: (d / "card.json").write_bytes(b"\xff"), TamperedArtifact, "not JSON"),
        (lambda d: (d / "card.json").write_text("[]"), TamperedArtifact, "not a JSON object"),
        (lambda d: (d / "card.json").write_text("{}"), TamperedArtifact, "lacks format (int)"),
        (lambda d: _edit(d, sha256=None), TamperedArtifact, "lacks sha256 (str)"),
        (_truncate, TamperedArtifact, "cut short"),
        (_lengthen, TamperedArtifact, "longer than it was"),
        (_flip, TamperedArtifact, "has changed since"),
        (lambda d: _edit(d, format=99), IncompatibleArtifact, "pip install --upgrade storyseam"),
        (
            _library("scikit-learn", "0.19.1"),
            IncompatibleArtifact,
            "pip install 'scikit-learn==0.19.1'",
        ),
        (_library("numpy", "1.26.4"), IncompatibleArtifact, "numpy 1.26.4"),
    ],
)
def test_a_harmed_version_is_refused_with_the_mending_command(
    tmp_path: Path, harm: Any, error: type[ArtifactError], says: str
) -> None:
    trace = tmp_path / "unpickled"
    artifact.save(_Bomb(trace), tmp_path / "v1", CARD)
    harm(tmp_path / "v1")
    with pytest.raises(error) as caught:
        artifact.load(tmp_path / "v1")
    message = str(caught.value)
    assert says in message
    assert "`storyseam" in message or "`pip install" in message
    assert not trace.exists(), "it was unpickled before it was checked"
    assert str(pickle.loads(pickle.dumps(caught.value))) == message


def test_the_bomb_of_the_tests_above_is_live(tmp_path: Path) -> None:
    artifact.save(_Bomb(tmp_path / "unpickled"), tmp_path / "v1", CARD)
    artifact.load(tmp_path / "v1")
    assert (tmp_path / "unpickled").is_dir()


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(MissingArtifact, match="storyseam train"):
        artifact.load(tmp_path / "none")


def test_another_feature_table_is_refused(saved: Path) -> None:
    with pytest.raises(IncompatibleArtifact, match="feature table"):
        artifact.load(saved, expected_feature_table="other")


def test_a_patch_release_is_no_reason_to_refuse(saved: Path) -> None:
    here = artifact.libraries()["scikit-learn"].split(".")
    _library("scikit-learn", ".".join([*here[:2], "999"]))(saved)
    artifact.load(saved)


def test_a_class_that_is_gone_is_incompatible(saved: Path, monkeypatch: Any) -> None:
    def gone(*_: Any) -> None:
        raise AttributeError("Can't get attribute 'Old'")

    monkeypatch.setattr(joblib, "load", gone)
    with pytest.raises(IncompatibleArtifact, match="Old"):
        artifact.load(saved)


class _Sulking:
    """Unpickling it fails in a way of its own."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_sulk, ())


def _sulk() -> None:
    raise RuntimeError("not today")


@pytest.mark.parametrize(("payload", "said"), [(_Sulking(), "not today"), (None, "EOFError")])
def test_whatever_unpickling_raises_names_what_to_do(
    tmp_path: Path, payload: object, said: str, monkeypatch: Any
) -> None:
    if payload is None:  # a file that was broken before its card was written
        monkeypatch.setattr(joblib, "dump", lambda value, file, **_: file.write(b"\x80\x04"))
    artifact.save(payload, tmp_path / "v1", CARD)
    with pytest.raises(IncompatibleArtifact, match=said) as caught:
        artifact.load(tmp_path / "v1")
    assert "storyseam train" in str(caught.value)


def test_what_is_unpickled_is_what_was_hashed(saved: Path, monkeypatch: Any) -> None:
    """Swapping the file between the check and the load changes nothing."""
    verify = artifact.verify

    def swap(directory: Path, **options: Any) -> Any:
        found = verify(directory, **options)
        joblib.dump("evil", directory / "model.joblib")
        return found

    monkeypatch.setattr(artifact, "verify", swap)
    assert isinstance(artifact.load(saved)[0], dict)


@pytest.mark.parametrize("full_at", ["model.joblib", "card.json"])
@pytest.mark.parametrize("exists", [False, True])
def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: Any, full_at: str, exists: bool
) -> None:
    if exists:
        artifact.save("old", tmp_path / "v1", CARD)
    write = artifact.write_file

    def full(path: Path, data: bytes) -> None:
        if path.name == full_at:
            path.write_bytes(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    monkeypatch.setattr(artifact, "write_file", full)
    with pytest.raises(OSError, match="No space left"):
        artifact.save("new", tmp_path / "v1", CARD)
    assert [p.name for p in tmp_path.iterdir()] == (["v1"] if exists else [])
    if exists:
        assert artifact.load(tmp_path / "v1")[0] == "old"


def test_a_card_that_json_cannot_hold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        artifact.save(1, tmp_path / "v1", CARD | {"figures": {"f1": float("nan")}})
    with pytest.raises(ValueError, match="feature_table"):
        artifact.save(1, tmp_path / "v1", {"version": "v1"})
    assert list(tmp_path.iterdir()) == []


def test_amend_adds_but_never_changes_what_is_checked(saved: Path) -> None:
    artifact.amend(saved, {"gate": {"promote": True}})
    assert artifact.load(saved)[1]["gate"] == {"promote": True}
    with pytest.raises(ValueError, match="sha256"):
        artifact.amend(saved, {"sha256": "0"})


def test_other_users_may_read_a_version(saved: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    assert saved.stat().st_mode & 0o777 == 0o777 & ~mask
