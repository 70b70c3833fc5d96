"""service.bulk.readers: the rows of Parquet files, whatever their columns and ids are."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from service.bulk import Columns
from service.bulk.errors import InputError
from tests.service.bulk_fake import pages
from tests.service.test_bulk import bulk, lines
from tests.service.test_bulk_forms import expected, write_parquet


def test_parquet_in_by_named_columns(tmp_path: Path) -> None:
    records = pages(40)
    columns = {"key": [p["id"] for p in records], "body": [p["text"] for p in records]}
    write_parquet(tmp_path / "in.parquet", columns | {"other": list(range(40))})
    with pytest.raises(InputError, match=r"neither a column 'text' nor 'html'.*body, key, other"):
        bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    bulk(
        tmp_path / "in.parquet",
        tmp_path / "out.jsonl",
        columns=Columns(id="key", text="body"),
        restart=True,
    )
    out = lines(tmp_path / "out.jsonl")
    assert [line["id"] for line in out] == columns["key"]
    assert [line["stories"] for line in out] == expected(tmp_path, 40)


def test_parquet_rows_that_are_no_pages(tmp_path: Path) -> None:
    write_parquet(tmp_path / "in.parquet", {"text": ["a", None, "c"], "id": [1, 2, None]})
    write_parquet(tmp_path / "numbers.parquet", {"text": [1, 2]})
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more PAR1")
    bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    first, second, third = lines(tmp_path / "out.jsonl")
    assert (first["id"], third["id"]) == (1, "in.parquet:3")
    assert second == {"id": 2, "error": "neither text nor html"}
    summary = bulk(tmp_path / "numbers.parquet", tmp_path / "numbers.jsonl")
    assert (summary.pages, summary.errors) == (0, 2)
    bulk(tmp_path / "broken.parquet", tmp_path / "broken.jsonl")
    assert "cannot be read" in lines(tmp_path / "broken.jsonl")[0]["error"]


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ([1.0, 2.0, None], [1, 2, "in.parquet:3"]),  # as pandas holds integers with gaps
        ([True, False, None], [None, None, "in.parquet:3"]),
        ([2.5, 3.0, float("inf")], [None, 3, None]),
        ([datetime.date(2024, 10, 1)], ["2024-10-01"]),
    ],
)
def test_ids_in_parquet_are_those_that_the_service_takes(
    tmp_path: Path, given: list[Any], answered: list[Any]
) -> None:
    write_parquet(tmp_path / "in.parquet", {"id": given, "text": ["a"] * len(given)})
    bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    out = lines(tmp_path / "out.jsonl")
    assert [line["id"] for line in out] == answered
    for number, line in enumerate(out, 1):
        if line["id"] is None:
            assert line["error"] == f"line {number}: id must be a string or an integer"


def test_a_parquet_row_holds_text_or_html_and_an_empty_string_is_neither(tmp_path: Path) -> None:
    rows = [
        ("", "<p>The bridge opens.</p>"),
        ("The ferry waits.", ""),
        ("", ""),
        ("", None),
        ("The ferry waits.", "<p>The bridge opens.</p>"),
    ]
    columns = {"text": [text for text, _ in rows], "html": [html for _, html in rows]}
    write_parquet(tmp_path / "in.parquet", columns)
    bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    out = lines(tmp_path / "out.jsonl")
    assert out[0]["text"].strip() == "The bridge opens."
    assert out[1]["stories"][0]["text"] == "The ferry waits."
    assert [line.get("stories") for line in out[2:]] == [[], [], None]
    assert out[4]["error"] == "both text and html"
    # Where text and HTML of the same page stand side by side, one says which is to be read.
    columns_read = Columns(html="")
    summary = bulk(
        tmp_path / "in.parquet", tmp_path / "out.jsonl", columns=columns_read, restart=True
    )
    assert (summary.pages, summary.errors) == (5, 0)


def test_parquet_strings_that_are_bytes_or_no_text_cost_themselves_only(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    from pyarrow import parquet

    texts = [p["text"].encode() for p in pages(300)]
    texts[17] = "# Brücke\nSie ist offen.\n".encode("latin-1")
    table = pa.table(
        {
            "id": pa.array([f"n{n}".encode() for n in range(300)], pa.binary()),
            "url": pa.array([b"https://news.example/1"] * 300, pa.binary()),
            "text": pa.array(texts, pa.binary()),
        }
    )
    # As written by those who do not check what they call a string.
    data = table.column("text").combine_chunks()
    unchecked = pa.StringArray.from_buffers(300, data.buffers()[1], data.buffers()[2])
    parquet.write_table(table.set_column(2, "text", unchecked), tmp_path / "in.parquet")
    for out in ("out.jsonl", "out.parquet"):
        summary = bulk(tmp_path / "in.parquet", tmp_path / out)
        assert (summary.pages, summary.errors) == (300, 0)
    found = lines(tmp_path / "out.jsonl")
    assert [line["id"] for line in found] == [f"n{n}" for n in range(300)]
    write_parquet(tmp_path / "numbered.parquet", {"text": ["a"], "url": [7], "id": [2.5]})
    bulk(tmp_path / "numbered.parquet", tmp_path / "numbered-out.parquet")


@pytest.mark.parametrize("what", ["id", "text", "html"])
@pytest.mark.parametrize("name", ["mine", "usual"])
def test_a_column_that_was_named_must_be_there(tmp_path: Path, what: str, name: str) -> None:
    name = what if name == "usual" else name
    columns = {"id": [1], "text": ["a"], "html": ["<p>b</p>"]}
    del columns[what]
    write_parquet(tmp_path / "in.parquet", columns)
    there = ", ".join(sorted(columns))
    says = rf"in\.parquet has no column '{name}', as --{what}-column says; it has {there}\."
    with pytest.raises(InputError, match=says):
        bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl", columns=Columns(**{what: name}))
    bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl", restart=True)


def test_a_column_that_is_the_usual_one_may_be_named_or_not(tmp_path: Path) -> None:
    write_parquet(tmp_path / "in.parquet", {"id": [1], "text": ["a"]})
    bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    named = Columns(id="id", text="text")
    assert bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl", columns=named).resumed == 1
    assert Columns().names == ("id", "text", "html")
    unnumbered = Columns(id="")
    bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl", columns=unnumbered, restart=True)
    assert lines(tmp_path / "out.jsonl")[0]["id"] == "in.parquet:1"


def test_the_url_may_be_the_id(tmp_path: Path) -> None:
    write_parquet(tmp_path / "in.parquet", {"url": ["https://a.example"], "text": ["a"]})
    bulk(tmp_path / "in.parquet", tmp_path / "out.jsonl", columns=Columns(id="url"))
    (line,) = lines(tmp_path / "out.jsonl")
    assert (line["id"], "url" in line) == ("https://a.example", False)
