"""service.bulk: from lines to lines, in order, whatever the lines hold."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from model.errors import MissingArtifact
from service.bulk import BulkSummary, run_bulk
from service.bulk.errors import BulkError, InputError, OutputError
from tests.service.bulk_fake import live, load, pages


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def packed(records: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def bulk(source: Path | str, out: Path | str, **options: Any) -> BulkSummary:
    settings: dict[str, Any] = {"loader": load, "progress": False} | options
    return run_bulk(str(source), str(out), **settings)


def test_writes_stories_and_seams_in_the_order_of_the_input(tmp_path: Path) -> None:
    records = pages(50)
    (tmp_path / "in.jsonl").write_bytes(packed(records))
    summary = bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", batch_pages=7)
    out = lines(tmp_path / "out.jsonl")
    assert [line["id"] for line in out] == [record["id"] for record in records]
    assert set(out[0]) == {"id", "stories", "seams"}
    for record, line in zip(records, out, strict=True):
        assert (
            "".join(record["text"][s["start"] : s["end"]] for s in line["stories"])
            == (record["text"])
        )
    assert (summary.pages, summary.errors) == (50, 0)
    assert summary.stories == sum(len(line["stories"]) for line in out)
    assert summary.seams == sum(len(line["seams"]) for line in out) == summary.stories - 50
    assert summary.seconds > 0
    assert summary.pages_per_second == 50 / summary.seconds
    assert summary.model == "fake-1"


def test_html_brings_the_text_that_offsets_refer_to(tmp_path: Path) -> None:
    pytest.importorskip("model.html")
    record = {"id": 7, "html": "<html><body><h1>Bridge opens</h1><p>It is open.</p></body></html>"}
    (tmp_path / "in.jsonl").write_bytes(packed([record]))
    bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    (line,) = lines(tmp_path / "out.jsonl")
    assert line["id"] == 7
    assert "Bridge opens" in line["text"]
    assert "<h1>" not in line["text"]
    story = line["stories"][0]
    assert line["text"][story["start"] : story["end"]] == story["text"]


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("suffix", COMPRESSORS)
@pytest.mark.parametrize("piped", [False, True])
def test_every_compression_reads_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, piped: bool
) -> None:
    compress = COMPRESSORS[suffix]
    # Two members or frames, as `cat a.gz b.gz` makes them.
    data = compress(packed(pages(20)[:9])) + compress(packed(pages(20)[9:]))
    path = tmp_path / f"in.jsonl{suffix}"
    path.write_bytes(data)
    source = str(path)
    if piped:
        source = "-"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
    bulk(source, tmp_path / "out.jsonl")
    assert [line["id"] for line in lines(tmp_path / "out.jsonl")] == [p["id"] for p in pages(20)]


@pytest.mark.parametrize(
    ("suffix", "expand"),
    [
        (".gz", gzip.decompress),
        (".xz", lzma.decompress),
        (
            ".zst",
            lambda data: (
                zstandard.ZstdDecompressor()
                .stream_reader(io.BytesIO(data), read_across_frames=True)
                .read()
            ),
        ),
    ],
)
@pytest.mark.parametrize("count", [0, 30])
def test_every_compression_writes_the_same(
    tmp_path: Path, suffix: str, expand: Callable[[bytes], bytes], count: int
) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(count)))
    bulk(tmp_path / "in.jsonl", tmp_path / "plain.jsonl")
    packed_out = tmp_path / f"out.jsonl{suffix}"
    bulk(tmp_path / "in.jsonl", packed_out, batch_pages=4, checkpoint_pages=8)
    assert packed_out.stat().st_size > 0
    assert expand(packed_out.read_bytes()) == (tmp_path / "plain.jsonl").read_bytes()


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_a_shortened_file_is_an_error_and_no_silent_end(tmp_path: Path, suffix: str) -> None:
    import random

    noise = random.Random(1)
    records = [{"id": n, "text": noise.randbytes(3000).hex()} for n in range(60)]
    data = COMPRESSORS[suffix](packed(records))
    (tmp_path / f"in.jsonl{suffix}").write_bytes(data[: len(data) * 2 // 3])
    summary = bulk(tmp_path / f"in.jsonl{suffix}", tmp_path / "out.jsonl")
    out = lines(tmp_path / "out.jsonl")
    assert 0 < summary.pages < 60
    assert summary.errors == 1
    assert "cannot be read from here on" in out[-1]["error"]


BAD = [
    (b"nonsense", "not JSON"),
    (b'{"id": "x", "text": "cut off', "not JSON"),
    (b"[1, 2]", "not a JSON object"),
    (b'"text"', "not a JSON object"),
    (b"null", "not a JSON object"),
    (b'{"id": "x"}', "neither text nor html"),
    (b'{"id": "x", "text": null}', "neither text nor html"),
    (b'{"id": "x", "text": 5}', "text must be a string"),
    (b'{"id": "x", "text": ["a"]}', "text must be a string"),
    (b'{"id": "x", "html": {"a": 1}}', "html must be a string"),
    (b'{"id": "x", "text": "a", "html": "b"}', "both text and html"),
    (b'{"id": ["x"], "text": "a"}', "id must be"),
    (b'{"id": true, "text": "a"}', "id must be"),
    (b'{"id": 9223372036854775808, "text": "a"}', "an integer of 64 bits"),
    (b'{"id": 1.5, "text": "a"}', "id must be"),
    (b'{"id": "x", "text": "\\ud800 lone"}', "not JSON"),
    (b'{"id": "x", "text": "\xed\xa0\x80"}', "not JSON"),
    (b'{"id": "x", "text": "a\x00b"}', "not JSON"),
    (b"\x00\x00\x00", "not JSON"),
    (b'{"id": "x", "text": "latin \xe9"}', "not JSON"),
    (b"[" * 100_000, "not JSON"),
    (b'{"id": "x", "text": "PLEASE FAIL"}', "ZeroDivisionError: asked to"),
]


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_lines_become_errors_and_the_run_goes_on(tmp_path: Path, workers: int) -> None:
    good = packed(pages(1))
    body = b"".join(good + line + b"\n\r\n" for line, _ in BAD) + good.rstrip()
    (tmp_path / "in.jsonl").write_bytes(b"\xef\xbb\xbf" + body)
    summary = bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", workers=workers, batch_pages=5)
    out = lines(tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors, len(out)) == (len(BAD) + 1, len(BAD), 2 * len(BAD) + 1)
    listed = lines(tmp_path / "out.jsonl.errors.jsonl")
    for index, (line, reason) in enumerate(BAD):
        assert "stories" in out[2 * index]
        answer = out[2 * index + 1]
        assert set(answer) == {"id", "error"}
        assert reason in answer["error"], line
        if answer["id"] is None:
            assert answer["error"].startswith(f"line {3 * index + 2}: ")
        assert listed[index]["line"] == 3 * index + 2  # two lines and a blank one each
        assert listed[index]["path"] == "in.jsonl"
        assert reason in listed[index]["error"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_live_blog_is_one_story_unless_its_entries_are_asked_for(
    tmp_path: Path, workers: int
) -> None:
    records = live(20)
    records[9]["text"] += " PLEASE FAIL"  # so that the pages beside it are segmented alone
    source = tmp_path / "in.jsonl"
    source.write_bytes(packed(records))
    for asked, stories in (({}, 1), ({"granularity": "story"}, 1), ({"granularity": "entry"}, 3)):
        out = tmp_path / f"{len(asked)}-{stories}.jsonl"
        summary = bulk(source, out, workers=workers, batch_pages=7, **asked)
        found = [len(line.get("stories", ())) for line in lines(out)]
        assert found == [0 if number == 9 else stories for number in range(20)]
        assert (summary.stories, summary.errors) == (19 * stories, 1)


def test_what_is_odd_but_valid_passes(tmp_path: Path) -> None:
    odd: list[dict[str, Any]] = [
        {"id": "", "text": "a\x00b"},
        {"id": -3, "text": ""},
        {"text": "no id"},
        {"id": None, "text": "no id"},
        {"id": 2.0, "text": "a"},
        {"id": "x", "text": "a", "html": None, "more": {"fields": 1}},
    ]
    (tmp_path / "in.jsonl").write_bytes(packed(odd))
    summary = bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors) == (6, 0)
    ids = [line["id"] for line in lines(tmp_path / "out.jsonl")]
    assert ids == ["", -3, "in.jsonl:3", "in.jsonl:4", 2, "x"]
    assert not (tmp_path / "out.jsonl.errors.jsonl").exists()


def test_a_line_over_the_bound_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.bulk.readers.MAX_RECORD", 10_000)
    good = packed(pages(2)).splitlines(keepends=True)
    exact = json.dumps({"id": 1, "text": ""}).encode()
    fits = exact[:-2] + b"x" * (10_000 - len(exact)) + exact[-2:] + b"\n"
    long = fits[:-1] + b" \n"
    (tmp_path / "in.jsonl").write_bytes(good[0] + long + b"y" * 3_000_000 + b"\n" + fits + good[1])
    summary = bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    out = lines(tmp_path / "out.jsonl")
    assert [line["id"] for line in out] == ["page-0", None, None, 1, "page-1"]
    assert "line 2: line longer than 10,000 bytes" in out[1]["error"]
    assert (summary.pages, summary.errors) == (3, 2)


def test_the_number_of_workers_does_not_show(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(300)))
    for workers in (1, 2):
        bulk(
            tmp_path / "in.jsonl",
            tmp_path / f"{workers}.jsonl.zst",
            workers=workers,
            batch_pages=16,
            checkpoint_pages=64,
        )
    assert (tmp_path / "1.jsonl.zst").read_bytes() == (tmp_path / "2.jsonl.zst").read_bytes()


def test_input_that_is_not_there_or_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        bulk(tmp_path / "absent.jsonl", tmp_path / "out.jsonl")
    (tmp_path / "in.docx").write_bytes(b"x")
    with pytest.raises(InputError, match="--input-format"):
        bulk(tmp_path / "in.docx", tmp_path / "out.jsonl")
    (tmp_path / "in.jsonl").write_bytes(packed(pages(1)))
    with pytest.raises(InputError, match="is the input as well"):
        bulk(tmp_path / "in.jsonl", tmp_path / "in.jsonl")
    with pytest.raises(BulkError, match="between 0 and 1"):
        bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", threshold=1.5)
    with pytest.raises(BulkError, match="must be story or entry, not 'paragraph'"):
        bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", granularity="paragraph")
    assert not (tmp_path / "out.jsonl").exists()
    assert (tmp_path / "in.jsonl").read_bytes() == packed(pages(1))


def test_foreign_output_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(3)))
    (tmp_path / "out.jsonl").write_bytes(b"somebody's work\n")
    with pytest.raises(OutputError, match="--restart"):
        bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == b"somebody's work\n"
    bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", restart=True)
    assert len(lines(tmp_path / "out.jsonl")) == 3


def test_the_default_model_does_the_work(tmp_path: Path) -> None:
    segmenter = pytest.importorskip("model.segmenter")
    try:
        segmenter.Segmenter.load()
    except MissingArtifact as error:
        pytest.skip(f"no shipped model: {error}")
    (tmp_path / "in.jsonl").write_bytes(packed(pages(20)))
    summary = run_bulk(str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), progress=False)
    assert (summary.pages, summary.errors) == (20, 0)
