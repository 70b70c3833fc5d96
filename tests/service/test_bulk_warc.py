"""service.bulk_readers: WARC and WET files, packed as crawlers pack them."""

from __future__ import annotations

import gzip
import lzma
import re
from itertools import pairwise
from pathlib import Path

import pytest
import zstandard

from tests.service.bulk_fake import pages
from tests.service.test_bulk import bulk, lines, packed


def write_responses(path: Path, contents: list[bytes], *, compress: bool = False) -> None:
    """An archive of these HTTP responses, numbered by their addresses."""
    warc = pytest.importorskip("fastwarc.warc", reason="WARC needs fastwarc")
    from fastwarc.stream_io import GzipWriter

    with path.open("wb") as file:
        stream = GzipWriter(file) if compress else file
        for number, content in enumerate(contents):
            record = warc.WarcRecord()
            record.init_headers(warc.WarcRecordType.response)
            record.headers["WARC-Target-URI"] = f"https://news.example/{number}"
            record.headers["Content-Type"] = "application/http; msgtype=response"
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
