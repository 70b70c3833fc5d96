"""service.bulk.sources, readers and sinks: every form of input and output."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from service.bulk import run_bulk
from service.bulk.errors import InputError, OutputError
from service.bulk.parts import PartsSink
from service.bulk.sources import FORMS, Position, open_source
from tests.service.bulk_fake import load, pages
from tests.service.test_bulk import bulk, lines, packed
from tests.service.test_bulk_warc import write_warc


def expected(tmp_path: Path, count: int) -> list[list[dict[str, Any]]]:
    """Stories of ``pages(count)``, by way of JSON lines."""
    (tmp_path / "expected.jsonl").write_bytes(packed(pages(count)))
    bulk(tmp_path / "expected.jsonl", tmp_path / "expected-out.jsonl")
    return [line["stories"] for line in lines(tmp_path / "expected-out.jsonl")]


def write_parquet(path: Path, columns: dict[str, list[Any]], rows: int = 7) -> None:
    pa = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    from pyarrow import parquet

    path.parent.mkdir(exist_ok=True)
    parquet.write_table(pa.table(columns), path, row_group_size=rows)


def test_parquet_out_holds_what_lines_hold(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    from pyarrow import parquet

    (tmp_path / "in.jsonl").write_bytes(packed(pages(30)) + b"nonsense\n" + packed(pages(1)))
    bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", explain=True)
    options = {"batch_pages": 5, "checkpoint_pages": 10, "explain": True}
    bulk(tmp_path / "in.jsonl", tmp_path / "out.parquet", **options)
    assert len(list((tmp_path / "out.parquet").glob("part-*.parquet"))) == 4
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    told = [{k: v for k, v in row.items() if v is not None or k == "id"} for row in rows]
    assert told == lines(tmp_path / "out.jsonl")
    (error,) = lines(tmp_path / "out.parquet" / "_errors.jsonl")
    assert error["line"] == 31


def test_a_folder_of_parts_holds_what_a_file_holds(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(30)))
    bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    options = {"batch_pages": 5, "checkpoint_pages": 10, "out_format": "jsonl.gz"}
    bulk(tmp_path / "in.jsonl", f"{tmp_path}/parts/", **options)
    parts = sorted((tmp_path / "parts").glob("part-*.jsonl.gz"))
    assert [part.name for part in parts] == [f"part-0000{n}.jsonl.gz" for n in range(3)]
    together = b"".join(gzip.decompress(part.read_bytes()) for part in parts)
    assert together == (tmp_path / "out.jsonl").read_bytes()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(3)))
    (tmp_path / "out").mkdir()
    spark = tmp_path / "out" / "part-00000-8d7c-c000.snappy.parquet"
    spark.write_bytes(b"somebody's work")
    for restart in (False, True):
        with pytest.raises(OutputError, match="no bulk run has written"):
            bulk(tmp_path / "in.jsonl", tmp_path / "out", restart=restart)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [spark.name]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    pytest.importorskip("model.html")
    pytest.importorskip("model.charset")
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / "b.jsonl").write_bytes(packed(pages(2)))
    (folder / "a.txt").write_text("# one\n# two", encoding="utf-8")
    (folder / "deep" / "c.html").write_text("<h1>three</h1><p>it is</p>", encoding="utf-8")
    (folder / "deep" / "d.jsonl.gz").write_bytes(gzip.compress(packed(pages(1))))
    (folder / "picture.png").write_bytes(b"x")
    (folder / ".hidden" / "e.txt").write_bytes(b"x")
    summary = bulk(folder, tmp_path / "out.jsonl")
    ids = [line["id"] for line in lines(tmp_path / "out.jsonl")]
    assert ids == ["a.txt", "page-0", "page-1", "deep/c.html", "page-0"]
    assert (summary.errors, summary.unread) == (0, 1)
    assert bulk(folder, tmp_path / "out.jsonl").unread == 1
    assert bulk(f"{folder}/?.*", tmp_path / "pattern.jsonl").unread == 0
    assert bulk(f"{folder}/*", tmp_path / "pattern.jsonl.gz").unread == 1
    with pytest.raises(InputError, match="lies in the folder"):
        bulk(folder, folder / "out.jsonl")


def test_markdown_is_text(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.md", "b.markdown", "c.txt"):
        (folder / name).write_text("# one\n# two", encoding="utf-8")
    bulk(folder, tmp_path / "out.jsonl")
    out = lines(tmp_path / "out.jsonl")
    assert [line["id"] for line in out] == ["a.md", "b.markdown", "c.txt"]
    assert out[0]["stories"] == out[1]["stories"] == out[2]["stories"]
    assert "text" not in out[0]  # offsets refer to the file as it is


def test_a_name_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    name = os.path.join(os.fsencode(folder), "brücke.txt".encode("latin-1"))
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT)
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    os.write(descriptor, b"# One\nA body.\n")
    os.close(descriptor)
    summary = bulk(folder, tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors) == (1, 0)
    assert lines(tmp_path / "out.jsonl")[0]["id"].startswith("br\ufffdcke.txt")


def test_a_pattern_that_its_own_output_would_match_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(packed(pages(3)))
    pattern = tmp_path / "*.jsonl"
    with pytest.raises(InputError, match="would be read by"):
        bulk(pattern, tmp_path / "out.jsonl")
    with pytest.raises(InputError, match=r"errors\.jsonl would be read by"):
        bulk(pattern, tmp_path / "out.jsonl.gz")
    (tmp_path / "done").mkdir()
    assert bulk(pattern, tmp_path / "done" / "out.jsonl").pages == 3


def test_a_pattern_and_a_named_form(tmp_path: Path) -> None:
    for number in (2, 1, 3):
        (tmp_path / f"in-{number}.dump").write_bytes(packed([{"id": number, "text": "a"}]))
    bulk(f"{tmp_path}/in-[12].dump", tmp_path / "out.jsonl", input_format="jsonl")
    assert [line["id"] for line in lines(tmp_path / "out.jsonl")] == [1, 2]


@pytest.mark.parametrize("form", ["lines", "gz", "parquet", "warc", "folder"])
@pytest.mark.parametrize("after", [1, 9, 17, 29])
def test_records_after_a_position_are_the_rest(tmp_path: Path, form: str, after: int) -> None:
    path = tmp_path / "in"
    path.mkdir()
    if form == "parquet":
        write_parquet(path / "in.parquet", {"text": [p["text"] for p in pages(30)]})
    elif form == "warc":
        for number in range(10):
            write_warc(path / f"{number}.warc.gz")
    elif form == "folder":
        for number in range(10):
            (path / f"{number}.jsonl").write_bytes(packed(pages(2)) + b"\n")
            (path / f"{number}.txt").write_bytes(b"text")
    else:
        body = packed(pages(30)).replace(b"\n", b"\n\n")
        (path / "in.jsonl").write_bytes(body)
        if form == "gz":
            (path / "in.jsonl").rename(path / "plain")
            (path / "in.jsonl.gz").write_bytes(gzip.compress(body))
    whole = list(open_source(str(path)).records(Position(), None))
    assert len(whole) == 30
    position = whole[after - 1][1]
    assert list(open_source(str(path)).records(position, None)) == whole[after:]


def test_urls_go_through_fsspec(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="URLs need fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/in/b.jsonl", packed(pages(20)))
    memory.pipe_file("/in/a.jsonl.gz", gzip.compress(packed(pages(1))))
    try:
        options: dict[str, Any] = {
            "batch_pages": 4,
            "checkpoint_pages": 8,
            "loader": load,
            "progress": False,
        }
        summary = run_bulk("memory://in", "memory://out", **options)
        assert summary.pages == 21
        names = [path.rsplit("/", 1)[-1] for path in memory.ls("/out", detail=False)]
        assert "part-00002.jsonl" in names
        out = b"".join(memory.cat_file(f"/out/part-0000{n}.jsonl") for n in range(3))
        ids = [json.loads(line)["id"] for line in io.BytesIO(out)]
        assert ids == ["page-0", *(p["id"] for p in pages(20))]
        assert run_bulk("memory://in", "memory://out", **options).resumed == 21
        memory.pipe_file("/in/a.jsonl.gz", gzip.compress(packed(pages(2))))
        with pytest.raises(InputError, match="input changed"):
            run_bulk("memory://in", "memory://out", **options)
        assert run_bulk("memory://in", "memory://out", **options, restart=True).pages == 22
    finally:
        memory.rm("/", recursive=True)
    with pytest.raises(InputError, match="no such file"):
        bulk("memory://absent/x.jsonl", tmp_path / "out.jsonl")


def test_unknown_forms_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(1)))
    with pytest.raises(InputError, match="jsonl, parquet, warc, text, html"):
        bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", input_format="pdf")
    with pytest.raises(OutputError, match=r"jsonl\.zst"):
        bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", out_format="pdf")
    with pytest.raises(OutputError, match="pipe"):
        bulk(tmp_path / "in.jsonl", "-", out_format="parquet")
    assert set(FORMS) == {"jsonl", "parquet", "warc", "text", "html"}


def test_standard_output(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(5)))
    bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    bulk(tmp_path / "in.jsonl", "-")
    assert capfdbinary.readouterr().out == (tmp_path / "out.jsonl").read_bytes()


def test_drafts_of_workers_that_were_killed_are_gone_at_the_end(tmp_path: Path) -> None:
    sink = PartsSink(str(tmp_path / "out"), "jsonl")
    sink.write(b'{"id": 1}\n', b"")
    sink.commit()
    (tmp_path / "out" / ".part-00001.jsonl.Worker-7.tmp").write_bytes(b"half")
    sink.finish()
    sink.close()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["part-00000.jsonl"]
