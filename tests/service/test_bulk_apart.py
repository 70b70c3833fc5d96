"""service.bulk.apart: a run writes over nothing that it reads, by whatever name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.bulk.errors import InputError, OutputError
from tests.service.bulk_fake import pages
from tests.service.test_bulk import bulk, lines, packed

BODY = packed(pages(3)) + b"nonsense\n"


@pytest.mark.parametrize(
    "name", ["out.errors.jsonl", "out.checkpoint.json", ".out.checkpoint.json.tmp"]
)
@pytest.mark.parametrize("given", ["file", "link", "list", "pattern"])
@pytest.mark.parametrize("restart", [False, True])
def test_what_lies_beside_the_output_may_not_be_input(
    tmp_path: Path, name: str, given: str, restart: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(BODY)
    source = {
        "file": str(path),
        "link": str(tmp_path / "link.jsonl"),
        "list": f"@{tmp_path / 'files.txt'}",
        "pattern": f"{tmp_path}/.out*" if name.startswith(".") else f"{tmp_path}/out.?*",
    }[given]
    (tmp_path / "link.jsonl").symlink_to(path)
    (tmp_path / "files.txt").write_text(f"{path}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"choose another --out"):
        bulk(source, tmp_path / "out", input_format="jsonl", restart=restart)
    assert path.read_bytes() == BODY
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("restart", [False, True])
def test_a_second_name_of_the_input_is_no_output(tmp_path: Path, restart: bool) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(BODY)
    os.link(path, tmp_path / "hard.jsonl")
    (tmp_path / "soft.jsonl").symlink_to(path)
    for name in ("hard.jsonl", "soft.jsonl"):
        with pytest.raises(InputError, match="is the input as well"):
            bulk(path, tmp_path / name, restart=restart)
        with pytest.raises(InputError, match="is the input as well"):
            bulk(f"file://{path}", tmp_path / name, restart=restart)
    assert path.read_bytes() == BODY
    files = tmp_path / "files"
    files.write_text(f"{path}\n", encoding="utf-8")
    with pytest.raises(InputError, match="is the input as well"):
        bulk(f"@{files}", files, restart=restart)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("name", ["part-00000.jsonl", "_errors-00002.jsonl", "_errors.jsonl"])
@pytest.mark.parametrize("remote", [False, True])
def test_a_part_of_the_output_may_not_be_input(
    tmp_path: Path, name: str, remote: bool, restart: bool
) -> None:
    path = tmp_path / "pp" / name
    path.parent.mkdir()
    path.write_bytes(BODY)
    (tmp_path / "files.txt").write_text(f"{path}\n", encoding="utf-8")
    out = f"file://{tmp_path}/pp" if remote else f"{tmp_path}/pp/"
    sources = (path, f"@{tmp_path}/files.txt", f"{tmp_path}/pp/*.jsonl", f"{tmp_path}/p*/*")
    for source in sources:
        with pytest.raises(InputError, match=f"{name} is read, and the run would write over it"):
            bulk(source, out, restart=restart)
    assert path.read_bytes() == BODY
    assert os.listdir(path.parent) == [name]


def test_a_pattern_that_the_parts_would_match_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(BODY)
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match=r"part-00000\.jsonl would be read by"):
        bulk(f"{tmp_path}/**/*.jsonl", f"{tmp_path}/out/")
    assert bulk(f"{tmp_path}/*.jsonl", f"{tmp_path}/out/").pages == 3


def test_urls_are_kept_apart_too(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="URLs need fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/in/part-00000.jsonl", BODY)
    (tmp_path / "files.txt").write_text("memory://in/part-00000.jsonl\n", encoding="utf-8")
    try:
        for source, says in (
            ("memory://in", "is read, and"),
            ("memory://in/*.jsonl", "is read, and"),
            (f"@{tmp_path}/files.txt", "is read, and"),
        ):
            with pytest.raises(InputError, match=says):
                bulk(source, "memory://in/", restart=True)
        with pytest.raises(InputError, match="lies in the folder"):
            bulk("memory://in", "memory://in/out", restart=True)
        with pytest.raises(InputError, match=r"part-00000\.jsonl would be read by"):
            bulk("memory://*/*.jsonl", "memory://out", restart=True)
        assert memory.cat_file("/in/part-00000.jsonl") == BODY
        assert bulk("memory://in", "memory://in-2").pages == 3
        assert bulk("memory://in", tmp_path / "out.jsonl").pages == 3
    finally:
        memory.rm("/", recursive=True)


def test_the_folder_that_one_works_in_may_be_read_into_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsspec = pytest.importorskip("fsspec", reason="URLs need fsspec")
    (tmp_path / "in.jsonl").write_bytes(BODY)
    monkeypatch.chdir(tmp_path)
    try:
        assert bulk(".", "memory://out").pages == 3
    finally:
        fsspec.filesystem("memory").rm("/", recursive=True)


@pytest.mark.parametrize("folder", [False, True])
def test_a_list_of_bad_pages_that_is_not_ours_is_not_overwritten(
    tmp_path: Path, folder: bool
) -> None:
    (tmp_path / "in.jsonl").write_bytes(BODY)
    out = f"{tmp_path}/out/" if folder else f"{tmp_path}/out"
    listed = tmp_path / "out" / "_errors.jsonl" if folder else tmp_path / "out.errors.jsonl"
    listed.parent.mkdir(exist_ok=True)
    listed.write_bytes(b"somebody's work\n")
    with pytest.raises(OutputError, match=rf"{listed.name} is there already.*--restart"):
        bulk(tmp_path / "in.jsonl", out)
    assert listed.read_bytes() == b"somebody's work\n"
    bulk(tmp_path / "in.jsonl", out, restart=True)
    assert lines(listed)[0]["line"] == 4
    assert bulk(tmp_path / "in.jsonl", out).resumed == 4
