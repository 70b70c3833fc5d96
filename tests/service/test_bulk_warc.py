"""service.bulk.readers: WARC and WET files, packed as crawlers pack them."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import zstandard

from service.bulk.checkpoint import save_checkpoint
from service.bulk.errors import InputError
from tests.service.bulk_fake import pages
from tests.service.test_bulk import bulk, lines, packed
from tests.service.test_bulk_resume import output


def write_responses(
    path: Path, contents: list[bytes], *, compress: bool = False, identified: str | None = None
) -> None:
    """An archive of these HTTP responses, numbered by their addresses.

    ``identified`` is the type that the crawler found out by itself.
    """
    warc = pytest.importorskip("fastwarc.warc", reason="WARC needs fastwarc")
    from fastwarc.stream_io import GzipWriter

    with path.open("wb") as file:
        stream = GzipWriter(file) if compress else file
        for number, content in enumerate(contents):
            record = warc.WarcRecord()
            record.init_headers(warc.WarcRecordType.response)
            record.headers["WARC-Target-URI"] = f"https://news.example/{number}"
            record.headers["Content-Type"] = "application/http; msgtype=response"
            if identified is not None:
                record.headers["WARC-Identified-Payload-Type"] = identified
            record.set_bytes_content(content)
            record.write(stream)
        if compress:
            stream.close()


def write_warc(path: Path, *, compress: bool = True) -> None:
    """A crawl: what is no HTML page, or no success, is no page."""

    def http(kind: str, body: bytes, status: str = "200 OK", more: str = "") -> bytes:
        return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + body

    page = "<html><body><h1>Schöne Brücke</h1><p>Sie ist offen.</p></body></html>"
    responses = [
        http("text/html; charset=utf-8", page.encode()),
        http("text/html; charset=iso-8859-1", page.encode("latin-1")),
        http("image/png", b"\x89PNG"),
        http("text/html", b"<p>gone</p>", "404 Not Found"),
        http(
            "text/html; charset=utf-8",
            gzip.compress(page.encode()),
            more="Content-Encoding: gzip\r\n",
        ),
    ]
    write_responses(path, responses, compress=compress)


@pytest.mark.parametrize("compress", [True, False])
def test_warc_gives_its_html_responses(tmp_path: Path, compress: bool) -> None:
    pytest.importorskip("model.html")
    pytest.importorskip("model.charset")
    path = tmp_path / ("in.warc.gz" if compress else "in.warc")
    write_warc(path, compress=compress)
    summary = bulk(path, tmp_path / "out.jsonl")
    out = lines(tmp_path / "out.jsonl")
    assert [line["id"] for line in out] == [f"https://news.example/{n}" for n in (0, 1, 4)]
    assert all("Schöne Brücke" in line["text"] for line in out)
    assert summary.errors == 0


@pytest.mark.parametrize("ending", ["xz", "zst"])
@pytest.mark.parametrize("members", ["one", "several"])
def test_warc_comes_through_other_compressions_too(
    tmp_path: Path, ending: str, members: str
) -> None:
    """Whole, or as crawlers pack it: piece after piece, each by itself."""
    pytest.importorskip("model.html")
    pytest.importorskip("model.charset")
    write_warc(tmp_path / "plain.warc", compress=False)
    data = (tmp_path / "plain.warc").read_bytes()
    begins = [0] if members == "one" else [at.start() for at in re.finditer(rb"WARC/1\.", data)]
    assert (len(begins) > 1) == (members == "several")
    pieces = [data[low:high] for low, high in pairwise([*begins, len(data)])]
    pack = lzma.compress if ending == "xz" else zstandard.ZstdCompressor().compress
    (tmp_path / f"in.warc.{ending}").write_bytes(b"".join(map(pack, pieces)))
    summary = bulk(tmp_path / f"in.warc.{ending}", tmp_path / "out.jsonl")
    bulk(tmp_path / "plain.warc", tmp_path / "plain.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "plain.jsonl").read_bytes()
    assert (summary.pages, summary.errors) == (3, 0)


def test_a_shortened_warc_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("model.html")
    pytest.importorskip("model.charset")
    write_warc(tmp_path / "whole.warc.gz")
    data = (tmp_path / "whole.warc.gz").read_bytes()
    (tmp_path / "in.warc.gz").write_bytes(data[: len(data) - 120])
    summary = bulk(tmp_path / "in.warc.gz", tmp_path / "out.jsonl")
    assert summary.errors == 1
    assert summary.pages == 2


def test_wet_gives_its_conversions(tmp_path: Path) -> None:
    pytest.importorskip("model.charset")
    warc = pytest.importorskip("fastwarc.warc", reason="WARC needs fastwarc")
    from fastwarc.stream_io import GzipWriter

    with (tmp_path / "in.warc.wet.gz").open("wb") as file:
        stream = GzipWriter(file)
        for page in pages(12):
            record = warc.WarcRecord()
            record.init_headers(warc.WarcRecordType.conversion)
            record.headers["WARC-Target-URI"] = f"https://news.example/{page['id']}"
            record.headers["Content-Type"] = "text/plain"
            record.set_bytes_content(page["text"].encode())
            record.write(stream)
        stream.close()
    bulk(tmp_path / "in.warc.wet.gz", tmp_path / "out.jsonl")
    out = lines(tmp_path / "out.jsonl")
    assert [line["id"] for line in out] == [f"https://news.example/page-{n}" for n in range(12)]
    (tmp_path / "in.jsonl").write_bytes(packed(pages(12)))
    bulk(tmp_path / "in.jsonl", tmp_path / "lines.jsonl")
    stories = [line["stories"] for line in lines(tmp_path / "lines.jsonl")]
    assert [line["stories"] for line in out] == stories


def response(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


PAGE = "<html><body><h1>Schöne Brücke</h1>\n<p>Sie ist offen.</p></body></html>".encode()


@pytest.mark.parametrize(
    "header",
    [
        "Content-Encoding: gzip",
        "Content-Encoding: deflate",
        "Content-Encoding: zstd",
        "Content-Encoding: br",
        "Content-Encoding: utf-8",
        "Transfer-Encoding: chunked",
    ],
)
def test_a_coding_that_is_said_and_undone_costs_nothing(tmp_path: Path, header: str) -> None:
    """Crawlers that store decoded bodies keep the header; what comes after is read as well."""
    write_responses(tmp_path / "in.warc", [response(PAGE, header), *[response(PAGE)] * 2])
    summary = bulk(tmp_path / "in.warc", tmp_path / "out.jsonl")
    out = lines(tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors) == (3, 0)
    assert all("Schöne Brücke" in line["text"] for line in out)


def test_a_damaged_body_or_a_bomb_costs_its_own_record(tmp_path: Path) -> None:
    damaged = bytearray(gzip.compress(PAGE * 300, 1))
    damaged[len(damaged) // 2] ^= 0xFF
    bomb = gzip.compress(b"a" * 60_000_000, 1)
    coded = "Content-Encoding: gzip"
    write_responses(
        tmp_path / "in.warc",
        [response(bytes(damaged), coded), response(bomb, coded), response(PAGE)],
    )
    summary = bulk(tmp_path / "in.warc", tmp_path / "out.jsonl")
    last = lines(tmp_path / "out.jsonl")[-1]
    assert "Schöne Brücke" in last["text"]
    assert summary.pages + summary.errors == 3
    assert summary.errors >= 1
    assert any("longer than" in line.get("error", "") for line in lines(tmp_path / "out.jsonl"))


def test_an_unpacked_archive_that_ends_in_a_page_lists_it(tmp_path: Path) -> None:
    write_responses(tmp_path / "whole.warc", [response(PAGE), response(PAGE * 20)])
    data = (tmp_path / "whole.warc").read_bytes()
    (tmp_path / "in.warc").write_bytes(data[:-400])
    summary = bulk(tmp_path / "in.warc", tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors) == (1, 1)
    assert "ends in the middle" in lines(tmp_path / "out.jsonl")[-1]["error"]


@pytest.mark.parametrize(
    ("header", "identified", "count"),
    [
        ("Content-Type: TEXT/HTML; Charset=UTF-8", None, 1),
        ("Content-Type: Application/XHTML+XML", None, 1),
        ("Server: silent", "text/html", 1),
        ("Server: silent", "application/pdf", 0),
        ("Server: silent", None, 0),
        ("Content-Type: text/plain", "text/html", 0),  # what the server says is what browsers do
    ],
)
def test_a_page_is_what_is_called_html_in_whatever_letters(
    tmp_path: Path, header: str, identified: str | None, count: int
) -> None:
    content = f"HTTP/1.1 200 OK\r\n{header}\r\n\r\n".encode() + PAGE
    write_responses(tmp_path / "in.warc", [content], identified=identified)
    assert bulk(tmp_path / "in.warc", tmp_path / "out.jsonl").pages == count


def test_what_is_too_long_and_no_page_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.bulk.warc.MAX_RECORD", 100_000)
    film = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n" + b"\0" * 200_000
    write_responses(tmp_path / "in.warc", [film, response(PAGE * 2000), response(PAGE)])
    summary = bulk(tmp_path / "in.warc", tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors) == (1, 1)
    assert "longer than" in lines(tmp_path / "out.jsonl")[0]["error"]


def test_an_archive_comes_through_a_pipe_and_a_stopped_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_responses(
        tmp_path / "in.warc.gz", [response(PAGE + b"%d" % n) for n in range(60)], compress=True
    )
    data = (tmp_path / "in.warc.gz").read_bytes()

    def feed(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))

    feed(data)
    options = {"input_format": "warc", "batch_pages": 4, "checkpoint_pages": 8}
    bulk("-", tmp_path / "whole" / "out.jsonl", **options)
    saves = 0

    def save_thrice(*args: Any) -> None:
        nonlocal saves
        saves += 1
        if saves > 3:
            raise ConnectionAbortedError
        save_checkpoint(*args)

    stopped = tmp_path / "stopped" / "out.jsonl"
    feed(data)
    with monkeypatch.context() as patch:
        patch.setattr("service.bulk.run.save_checkpoint", save_thrice)
        with pytest.raises(ConnectionAbortedError):
            bulk("-", stopped, **options)
    write_responses(tmp_path / "other.warc", [response(PAGE)] * 60)
    feed((tmp_path / "other.warc").read_bytes())
    with pytest.raises(InputError, match="what comes through the pipe"):
        bulk("-", stopped, **options)
    feed(data)
    assert 0 < bulk("-", stopped, **options).resumed < 60
    assert output(stopped) == output(tmp_path / "whole" / "out.jsonl")
