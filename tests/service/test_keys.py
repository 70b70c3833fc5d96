"""API keys: only their hashes are kept, what they allow, and that a running service follows."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from service.limits.keys import BadKeyFile, KeyFile, Keys, UnknownKey


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "new folder" / "keys.jsonl")


def test_the_file_holds_hashes_and_no_key(file: KeyFile) -> None:
    key, text = file.create("desk", ["correct", "segment", "segment"])
    assert key.scopes == ("segment", "correct")
    secret = text.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in file.path.read_text()
    assert key.sha256 not in repr(key)
    assert file.read() == [key]


def test_a_key_is_for_its_scopes_and_admin_for_all(file: KeyFile) -> None:
    key, _ = file.create("a", ["segment"])
    assert key.allows("segment")
    assert not key.allows("correct")
    assert not key.allows("admin")
    admin, _ = file.create("b", ["admin"])
    assert admin.allows("metrics")
    assert admin.allows("correct")


def test_only_the_very_key_is_found(file: KeyFile) -> None:
    key, text = file.create("a", ["segment"])
    _, other = file.create("b", ["segment"])
    keys = Keys(file.path)
    assert keys.find(text) == key
    # The id of one with the secret of another, and whatever else a header can hold.
    for wrong in (
        text[:-1], text + "x", text[: -len(text.split("_", 2)[2])] + other.split("_", 2)[2],
        "", "seam_", "x" * 100_000, "seam_zz_\udcff", key.sha256, f"seam_{key.id}_{key.sha256}",
    ):  # fmt: skip
        assert keys.find(wrong) is None


def test_a_running_service_follows_the_file(file: KeyFile) -> None:
    clock = Clock()
    first, text = file.create("a", ["segment"])
    keys = Keys(file.path, clock=clock)
    second, later = file.create("b", ["segment"])
    assert keys.find(later) is None
    clock.now += 2
    assert keys.find(later) == second
    file.revoke(first.id)
    clock.now += 2
    assert keys.find(text) is None
    assert keys.find(later) == second


def test_a_damaged_file_changes_nothing_and_a_missing_one_allows_nobody(
    file: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    key, text = file.create("a", ["segment"])
    keys = Keys(file.path, clock=clock)
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:50])
    clock.now += 2
    assert keys.find(text) == key
    file.path.unlink()
    clock.now += 2
    assert keys.find(text) is None


def test_what_is_wrong_with_a_file_is_said_without_its_content(file: KeyFile) -> None:
    with pytest.raises(BadKeyFile, match="storyseam keys create"):
        Keys(file.path)
    file.create("a", ["segment"])
    with file.path.open("a") as stream:
        stream.write('{"id": "confidential"}\n')
    with pytest.raises(BadKeyFile, match="line 2 is not a key") as caught:
        Keys(file.path)
    assert "confidential" not in str(caught.value)


def test_only_what_is_there_is_revoked(file: KeyFile) -> None:
    file.create("a", ["segment"])
    with pytest.raises(UnknownKey, match="storyseam keys list"):
        file.revoke("00000000")
    assert len(file.read()) == 1


def test_nothing_is_left_beside_the_file(file: KeyFile) -> None:
    file.create("a", ["segment"])
    left = {name for name in os.listdir(file.path.parent) if not name.endswith(".lock")}
    assert left == {file.path.name}


def test_a_name_may_hold_any_separator(file: KeyFile) -> None:
    for name in ("a\u2028b", "c\x85d", "e\nf"):
        file.create(name, ["segment"])
    assert [key.name for key in file.read()] == ["a\u2028b", "c\x85d", "e\nf"]


def test_a_file_that_could_not_be_read_is_read_later(
    file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    key, text = file.create("a", ["segment"])
    keys = Keys(file.path, clock=clock)
    file.revoke(key.id)

    def fail(*_: object, **__: object) -> str:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_text", fail)
        clock.now += 2
        assert keys.find(text) == key
    clock.now += 2
    assert keys.find(text) is None
