"""service.bulk.files: lists of files, and storage that fails for a moment or for good."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path
from typing import Any

import pytest

from service.bulk.errors import InputError
from service.bulk.files import find_files
from tests.service.bulk_fake import pages
from tests.service.test_bulk import COMPRESSORS, bulk, lines, packed
from tests.service.test_bulk_resume import output

fsspec = pytest.importorskip("fsspec", reason="URLs need fsspec")


class Faltering(io.BytesIO):
    """A file of a store whose reads fail as often as the store says, beyond its first 300 kB."""

    def __init__(self, data: bytes, store: type[Any]) -> None:
        super().__init__(data)
        self._store = store

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() + (size or 0) > 300_000 and self._store.failures:
            self._store.failures -= 1
            self._store.failed += 1
            raise self._store.error
        return super().read(size)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store that fails, `faltering://`; nobody waits for it."""

    class Store(fsspec.get_filesystem_class("file")):  # type: ignore[misc]
        protocol = "faltering"
        failures = 0
        failed = 0
        error: Exception = ConnectionResetError("the store hung up")

        def _open(self, path: str, *_: Any, **__: Any) -> Faltering:
            return Faltering(Path(path).read_bytes(), Store)

    fsspec.register_implementation("faltering", Store, clobber=True)
    monkeypatch.setattr("service.bulk.files.PAUSES", (0.0, 0.0, 0.0))
    return Store


def written(folder: Path, form: str) -> Path:
    """300 pages that are longer than 300 kB however they are packed."""
    made = [{"id": p["id"], "text": os.urandom(1000).hex() + p["text"]} for p in pages(300)]
    path = folder / f"in.{form}"
    if form == "parquet":
        pa = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
        from pyarrow import parquet

        parquet.write_table(pa.Table.from_pylist(made), path)
    else:
        path.write_bytes(gzip.compress(packed(made)) if form.endswith("gz") else packed(made))
    return path


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "parquet"])
@pytest.mark.parametrize("error", [OSError("reset"), RuntimeError("a client's own exception")])
def test_what_a_store_gives_only_when_asked_again_is_whole(
    tmp_path: Path, store: Any, form: str, error: Exception
) -> None:
    path = written(tmp_path, form)
    bulk(path, tmp_path / "calm" / "out.jsonl")
    store.failures, store.error = 3, error
    bulk(f"faltering://{path}", tmp_path / "faltering" / "out.jsonl")
    assert (store.failures, store.failed) == (0, 3)
    assert output(tmp_path / "faltering") == output(tmp_path / "calm")


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "parquet"])
def test_what_a_store_does_not_give_is_no_bad_page(tmp_path: Path, store: Any, form: str) -> None:
    path = written(tmp_path, form)
    bulk(path, tmp_path / "calm" / "out.jsonl")
    store.failures = 1000
    with pytest.raises(InputError, match=r"asked for 4 times: .*hung up.*same command again"):
        bulk(f"faltering://{path}", tmp_path / "faltering" / "out.jsonl")
    store.failures = 0
    assert bulk(f"faltering://{path}", tmp_path / "faltering" / "out.jsonl").pages == 300
    assert output(tmp_path / "faltering") == output(tmp_path / "calm")


@pytest.mark.parametrize("name", ["files.txt", "crawl.paths.gz"])
def test_a_list_names_the_files_in_its_own_order(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    for letter in "abc":
        made = [{"id": letter, "text": "x"}]
        (tmp_path / "data" / f"{letter}.jsonl").write_bytes(packed(made))
    named = b"data/c.jsonl\n\n/data/a.jsonl\r\n" + f"file://{tmp_path}/data/b.jsonl\n".encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(named) if name.endswith("gz") else named)
    out = tmp_path / "out.jsonl"
    for base in (str(tmp_path), f"file://{tmp_path}/"):
        assert bulk(f"@{path}", out, base=base, restart=True).pages == 3
        assert [line["id"] for line in lines(out)] == ["c", "a", "b"]
    assert bulk(f"@{path}", out, base=f"file://{tmp_path}/").resumed == 3


def test_a_list_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(packed(pages(2)))
    path = tmp_path / "files.txt"
    path.write_text(f"{tmp_path}/a.jsonl\r\n", encoding="utf-8-sig")
    assert bulk(f"@{path}", tmp_path / "out.jsonl").pages == 2


def test_what_a_list_names_is_read_or_refused(tmp_path: Path) -> None:
    names = [f"{name}.docx" for name in "abcde"]
    for name in (*names, "f.jsonl"):
        (tmp_path / name).write_bytes(packed(pages(1)))
    (tmp_path / "folder.jsonl").mkdir()
    path = tmp_path / "files.txt"
    for base in (str(tmp_path), f"file://{tmp_path}"):
        path.write_text("\n".join(["f.jsonl", *names]), encoding="utf-8")
        with pytest.raises(InputError, match=r"names a\.docx, b\.docx, c\.docx and 2 more, which"):
            bulk(f"@{path}", tmp_path / "out.jsonl", base=base)
        path.write_text("f.jsonl\na.docx\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"names a\.docx, which is of no known form"):
            bulk(f"@{path}", tmp_path / "out.jsonl", base=base)
        assert not (tmp_path / "out.jsonl").exists()
        path.write_text("f.jsonl\nfolder.jsonl\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"folder\.jsonl is a folder, and a list names files"):
            bulk(f"@{path}", tmp_path / "out.jsonl", base=base)
    path.write_text("f.jsonl\na.docx\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    assert bulk(f"@{path}", out, base=str(tmp_path), input_format="jsonl").pages == 2


@pytest.mark.parametrize("ending", ["gz", "xz", "zst"])
def test_a_list_that_is_damaged_is_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"files.{ending}"
    path.write_bytes(COMPRESSORS[f".{ending}"](os.urandom(1000).hex().encode())[:-20])
    with pytest.raises(InputError, match="no list of files"):
        find_files(f"@{path}")


def test_a_list_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "files.txt"
    with pytest.raises(InputError, match=r"files\.txt cannot be opened"):
        find_files(f"@{path}")
    path.write_text(f"{tmp_path}/absent.jsonl\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"absent\.jsonl cannot be opened: No such file"):
        find_files(f"@{path}")
    path.write_text("\n\n", encoding="utf-8")
    with pytest.raises(InputError, match="names no file"):
        find_files(f"@{path}")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="no list of files"):
        find_files(f"@{path}")
    with pytest.raises(InputError, match=r"--base goes before the names of a list, as in @"):
        find_files(str(path), "s3://bucket")
