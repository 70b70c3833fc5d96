"""What the system refuses is one line that says what to do, whichever command met it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from model.errors import StoryseamError
from service import cli, serving
from service.limits.keys import BadKeyFile
from tests.service.test_cli import ROOT, page, storyseam  # noqa: F401 - fixtures
from training.labelled import LabelledPage, write_pages


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (errno.EACCES, "let this user read or write there"),
        (errno.EROFS, "mount this one to be written to"),
        (errno.ENOSPC, "make room, then run the same command again"),
        (errno.ENOENT, "look for a slip in the path"),
        (errno.EEXIST, "a file is in the way"),
    ],
)
def test_a_refusal_of_the_system_says_what_to_do(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    page: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    mend: str,
) -> None:
    said = os.strerror(number)
    for error, begins in (
        (OSError(number, said, "a/b"), f"storyseam: a/b: {said}; "),
        (OSError(number, said), f"storyseam: {said}; "),
    ):

        def refuse(path: object, error: OSError = error) -> None:
            raise error

        monkeypatch.setattr(serving, "load_segmenter", refuse)
        ran = storyseam("segment", str(page))
        assert ran.code == 1
        assert ran.err.startswith(begins)
        assert mend in ran.err
        assert ran.err.count("\n") == 1


def test_an_error_without_a_number_is_told_in_its_own_words() -> None:
    assert cli._one_line(OSError("the store hung up")) == "the store hung up"
    assert cli._one_line(StoryseamError()) == "StoryseamError"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_a_full_disk_behind_standard_output_is_one_line(asked: str, unbuffered: str) -> None:
    """Whether what is written goes there at once, or when Python ends."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "service.cli", asked],
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("storyseam: No space left on device; make room")
    assert done.stderr.count("\n") == 1


def test_only_a_file_of_keys_that_is_missing_is_to_be_made(storyseam, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    missing = storyseam("keys", "list", "--keys", str(tmp_path / "k"))
    assert missing.err.endswith(f"make it with `storyseam keys create NAME --keys {tmp_path}/k`\n")
    (tmp_path / "text").write_text("no key")
    for name in (tmp_path, tmp_path / "text"):
        ran = storyseam("keys", "create", "desk", "--keys", str(name))
        assert ran.code == 1
        assert "name a file that this user can read" in ran.err
        assert f"--keys {name}" not in ran.err
    error = BadKeyFile(tmp_path, "gone", missing=True)
    assert str(BadKeyFile(*error.args)) == str(error)


def test_an_address_that_is_none_is_told_how_it_is_written(storyseam) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    for given in ("localhost", "127.0.0.1:x", "unix:"):
        ran = storyseam("serve", "--bind", given)
        assert ran.code == 1
        assert "an address is HOST:PORT, such as 127.0.0.1:8765, or unix:PATH" in ran.err


def test_an_empty_folder_is_not_called_missing(storyseam, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / ".hidden.txt").write_text("# A")
    ran = storyseam("bulk", str(tmp_path / "in"), "--out", str(tmp_path / "out.jsonl"))
    assert ran.code == 1
    assert "holds no file; those that begin with . or _ do not count" in ran.err


def test_a_benchmark_of_too_few_pages_is_one_line(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    tmp_path: Path,
) -> None:
    few = tmp_path / "few.jsonl"
    write_pages(few, [LabelledPage(f"p{number}", "A page", [0]) for number in range(4)])
    ran = storyseam("benchmark", str(few))
    assert ran.code == 1
    assert ran.err.splitlines()[-1] == (
        "storyseam: 3 pages to measure are too few for 5 turns; give a file with more, or more "
        "articles"
    )
