"""`storyseam segment` on packed pages, which it reads as `storyseam bulk` does."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from model import charset
from tests.service.serving_fake import PAGE
from tests.service.test_cli import storyseam  # noqa: F401 - a fixture

PACKED = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}


@pytest.mark.parametrize("ending", PACKED)
def test_a_packed_page_is_read_from_a_file_and_from_a_pipe(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    text, html = tmp_path / f"a.txt{ending}", tmp_path / f"a.html{ending}"
    text.write_bytes(PACKED[ending](PAGE.encode()))
    html.write_bytes(PACKED[ending]("<p># Порт</p><meta charset=koi8-r>".encode("koi8-r")))
    ran = storyseam("segment", "--json", str(text), str(html))
    assert (ran.code, ran.err) == (0, "")
    first, second = map(json.loads, ran.out.splitlines())
    assert [seam["offset"] for seam in first["seams"]] == [14]
    assert second["text"] == "# Порт"
    stdin = SimpleNamespace(buffer=io.BytesIO(PACKED[ending](PAGE.encode())))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert len(json.loads(storyseam("segment", "-", "--json").out)["seams"]) == 1


@pytest.mark.parametrize("ending", [".xz", ".zst"])
def test_half_a_page_or_too_large_a_one_is_refused_and_named(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    path = tmp_path / f"a.txt{ending}"
    packed = PACKED[ending]((PAGE * 50).encode())
    path.write_bytes(packed[: len(packed) // 2])
    ran = storyseam("segment", str(path))
    assert ran.code == 1
    assert ran.err.startswith(f"storyseam: {path}: the page cannot be unpacked: ")
    path.write_bytes(packed)
    monkeypatch.setattr(charset, "MAX_BYTES", len(PAGE.encode()) * 50 - 1)
    ran = storyseam("segment", str(path))
    assert ran.code == 1
    assert ran.err.startswith(f"storyseam: {path}: the page unpacks to more than ")
    monkeypatch.setattr(charset, "MAX_BYTES", len(PAGE.encode()) * 50)
    assert storyseam("segment", str(path)).code == 0
