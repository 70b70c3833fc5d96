"""training.sources: rows of files as other programs leave them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from tests.training.test_corpus import prose, row, write
from training.sources import CorpusError, read_rows


def test_the_mark_at_the_start_of_utf_8_costs_no_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [row(n, prose(n)) for n in range(3)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [one.id for one in read_rows(path)] == ["a0", "a1", "a2"]
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "one.txt").write_bytes(b"\xef\xbb\xbfA headline\n\n" + b"Text. " * 9)
    assert [one.title for one in read_rows(tmp_path / "texts")] == ["A headline"]


def test_a_list_is_paragraphs_as_text_and_names_as_authors(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": ["One.", null, "Two."], "authors": ["Ana", NaN, "Bo"]}')
    (one,) = read_rows(path)
    assert (one.text, one.authors) == ("One.\nTwo.", "Ana, Bo")


def test_what_a_table_has_no_value_for_is_absent(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": NaN, "body": "B.", "title": NaN, "headline": "H", "byline": NaN}')
    (one,) = read_rows(path)
    assert (one.text, one.title, one.authors) == ("B.", "H", "")


@pytest.mark.parametrize("text", ['{"a": "b"}', '["One.", {"a": "b"}]', "5"])
def test_a_row_whose_text_is_none_is_bad(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"id": 1, "text": {text}}}\n{{"id": 2, "text": "Two."}}\n')
    with caplog.at_level(logging.WARNING):
        assert [one.id for one in read_rows(path)] == ["2"]
    assert '1 bad rows skipped (row 1: "text" is neither text nor a list' in caplog.text


@pytest.mark.parametrize("indent", [None, 1])
def test_an_array_is_told_how_to_become_lines(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "articles.json"
    path.write_text(json.dumps([row(n, prose(n)) for n in range(3)], indent=indent))
    with pytest.raises(CorpusError, match=r"row 1: an array; .* one JSON object a line.*jq -c"):
        list(read_rows(path))


@pytest.mark.parametrize("keep", [0, 50, 4000])
def test_parquet_that_is_damaged_is_named(tmp_path: Path, keep: int) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "articles.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([row(n, prose(n)) for n in range(90)]), path)
    whole = path.read_bytes()
    # Without its end it is no Parquet; with the end alone its pages are nonsense.
    path.write_bytes(whole[:keep] if keep < 4000 else whole[:4] + bytes(keep) + whole[4 + keep :])
    with pytest.raises(CorpusError, match=r"articles\.parquet is damaged, or no Parquet"):
        list(read_rows(path))
