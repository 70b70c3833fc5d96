"""Arguments of the command line that are not UTF-8, as old file systems have them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.service.serving_fake import PAGE
from tests.service.test_cli import storyseam  # noqa: F401 - a fixture

LATIN = os.fsdecode(b"caf\xe9.txt")
SHOWN = "caf\N{REPLACEMENT CHARACTER}.txt"


def test_a_file_name_that_is_not_utf_8_is_shown_as_near_as_can_be(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    tmp_path: Path,
) -> None:
    path = tmp_path / LATIN
    path.write_text(PAGE, encoding="utf-8")
    ran = storyseam("segment", str(path), "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["id"] == str(tmp_path / SHOWN)
    ran = storyseam("segment", str(path))
    assert (ran.code, ran.err) == (0, "")
    assert SHOWN in ran.out.replace("\n", "")


def test_the_name_of_a_key_is_text(storyseam, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    ran = storyseam("keys", "create", os.fsdecode(b"a\xe9"), "--keys", str(tmp_path / "keys"))
    assert ran.code == 2
    assert "UTF-8" in ran.err
    assert not (tmp_path / "keys").exists()
