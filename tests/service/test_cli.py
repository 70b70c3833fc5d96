"""The command line: words, exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from model.errors import StoryseamError
from service import cli, serving
from service.release import installed
from tests.service.serving_fake import LIVE, PAGE, Predictor

ROOT = Path(__file__).parents[2]


@dataclass
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def storyseam(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Run a command line in this process, with a fake model."""
    for name in ("STORYSEAM_REGISTRY", "STORYSEAM_MODEL", "STORYSEAM_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(serving, "load_segmenter", lambda path: Predictor())
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        out, err = capsys.readouterr()
        code = caught.value.code
        return Ran(code if isinstance(code, int) else int(bool(code)), out, err)

    return run


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_segment_shows_stories_and_seams(storyseam, page: Path) -> None:  # type: ignore[no-untyped-def]
    ran = storyseam("segment", str(page), "--explain")
    assert ran.code == 0
    assert "2 stories, 1 seam" in ran.out
    assert "seam at 14 · probability 0.750 · headline" in ran.out
    assert ran.out.index("A body.") < ran.out.index("seam at 14") < ran.out.index("Another body.")


def test_segment_as_json_is_one_line_a_page(storyseam, page: Path) -> None:  # type: ignore[no-untyped-def]
    ran = storyseam("segment", "--json", str(page), str(page))
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["id"] for row in rows] == [str(page)] * 2
    assert [seam["offset"] for seam in rows[0]["seams"]] == [14]
    assert "text" not in rows[0]


def test_segment_shows_the_entries_of_a_live_blog(storyseam, page: Path) -> None:  # type: ignore[no-untyped-def]
    page.write_text(LIVE, encoding="utf-8")
    assert "1 story" in storyseam("segment", str(page)).out
    assert "3 stories" in storyseam("segment", str(page), "--granularity", "entry").out
    assert storyseam("segment", str(page), "--granularity", "paragraph").code == 2


def test_segment_reads_standard_input(storyseam, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    stdin = SimpleNamespace(buffer=io.BytesIO(PAGE.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert json.loads(storyseam("segment", "-", "--json").out)["id"] == "-"


@pytest.mark.parametrize(
    ("name", "text", "html"),
    [
        ("a.html", "<p># A</p>", True),
        ("a.HTM", "<p># A</p>", True),
        ("a.txt", "<!DOCTYPE HTML><p># A</p>", True),
        ("a", "\n<HTML lang=de><p># A</p>", True),
        ("a.txt", f"<!--{'x' * 2000}-->\n<html><p># A</p>", True),
        ("a", "<body><p># A</p>", True),
        ("a.txt", "<div><p># A</p></div>", True),
        ("a.txt", "# A <b> c", False),
        ("a.txt", "# How to write <html> and <!doctype html>", False),
    ],
)
def test_html_is_known_by_its_name_or_its_first_tags(  # type: ignore[no-untyped-def]
    storyseam, tmp_path: Path, name: str, text: str, html: bool
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert ("text" in json.loads(storyseam("segment", str(path), "--json").out)) == html


def test_html_is_known_in_any_coding(storyseam, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    page = "<html><meta charset=windows-1251><p># Порт</p>"
    for name, data in {
        "page.HTML.gz": gzip.compress(b"<p># \xcf\xee\xf0\xf2</p><meta charset=windows-1251>"),
        "page.gz": gzip.compress(page.encode("windows-1251")),
        "page.txt": page.encode("utf-16"),
        "page": page.encode("utf-16-be"),
    }.items():
        (tmp_path / name).write_bytes(data)
        answer = json.loads(storyseam("segment", str(tmp_path / name), "--json").out)
        assert answer["text"] == "# Порт", name


def test_a_page_cannot_command_the_terminal(storyseam, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a\x1b]0;owned\x07.txt"
    path.write_text("# A\x1b[2Jb\x9b31m\u202egnp.exe [bold]x[/bold]\n", encoding="utf-8")
    out = storyseam("segment", str(path)).out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", out)
    assert "[bold]x[/bold]" in out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("segment", "no-such-file.txt"), 1, "no-such-file.txt: No such file"),
        (("models", "list"), 1, "--registry DIR or STORYSEAM_REGISTRY"),
        (("retrain", "--articles", "a.jsonl"), 1, "--registry DIR or STORYSEAM_REGISTRY"),
        (("segment",), 2, "Missing argument"),
        (("segment", "a", "--threshold", "2"), 2, "--threshold"),
        (("nonsense",), 2, "nonsense"),
        (("models", "promote", "v9", "--registry", "nowhere"), 1, "storyseam models list"),
    ],
)
def test_failures_say_what_to_do_on_stderr(  # type: ignore[no-untyped-def]
    storyseam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], code: int, says: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    ran = storyseam(*arguments)
    assert ran.code == code
    assert says in ran.err
    assert ran.out == ""
    if code == 1:
        assert ran.err.count("\n") == 1
        assert ran.err.startswith("storyseam: ")


def test_an_empty_page_fails(storyseam, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "e.txt").write_text(" \n")
    ran = storyseam("segment", str(tmp_path / "e.txt"))
    assert (ran.code, ran.err) == (1, f"storyseam: {tmp_path / 'e.txt'}: the page is empty\n")


def test_lists_of_files_are_taken_as_the_shell_gives_them() -> None:
    spread = cli._spread(["train", "--articles", "a", "b", "-", "--out", "m", "--pages", "p", "q"])
    assert spread == [
        "train", "--articles", "a", "--articles", "b", "--articles", "-",
        "--out", "m", "--pages", "p", "--pages", "q",
    ]  # fmt: skip
    assert cli._spread(["segment", "a", "b"]) == ["segment", "a", "b"]


def test_train_passes_on_what_it_was_given(storyseam, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    asked: list[object] = []

    def train(articles: list[Path], out: Path, **given: object) -> SimpleNamespace:
        asked.extend([articles, out, given["seed"], given["pages"], given["real"]])
        progress = given["progress"]
        assert callable(progress)
        progress("reading", 0, 1)
        progress("fitting", 1, 2)
        return SimpleNamespace(model="v7", rows=[0] * 12, groups={})

    monkeypatch.setitem(sys.modules, "training.train", SimpleNamespace(train=train))
    arguments = ("--articles", "a", "b", "--out", "m", "--seed", "3", "--pages", "p")
    ran = storyseam("train", *arguments)
    assert ran.code == 0
    assert asked == [[Path("a"), Path("b")], Path("m"), 3, [Path("p")], None]
    assert "v7 on 12 pages" in ran.out
    assert ran.out.splitlines()[-1] == "v7 is in m"
    assert [line.split()[-1] for line in ran.err.splitlines()] == ["reading", "fitting"]


def test_any_refusal_of_the_floors_below_is_one_line(  # type: ignore[no-untyped-def]
    storyseam, monkeypatch: pytest.MonkeyPatch, page: Path
) -> None:
    def refuse(path: Path | None) -> None:
        raise StoryseamError("over\nseveral\n  lines")

    monkeypatch.setattr(serving, "load_segmenter", refuse)
    ran = storyseam("segment", str(page))
    assert (ran.code, ran.err) == (1, "storyseam: over several lines\n")


@pytest.mark.parametrize(
    "command",
    ["segment", "bulk", "serve", "train", "retrain", "evaluate", "models", "keys", "benchmark"],
)
def test_help_of_every_command_needs_no_heavy_import(command: str) -> None:
    code = (
        "import sys\n"
        "from service.cli import main\n"
        "try:\n    main(['" + command + "', '--help'])\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'numpy', 'sklearn', 'scipy', 'flask', 'joblib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_help_shows_brackets_and_takes_none_for_markup(storyseam) -> None:  # type: ignore[no-untyped-def]
    assert "'storyseam[benchmark]'" in " ".join(storyseam("benchmark", "--help").out.split())
    assert storyseam("retrain", "--help").out.count("[default:") == 2  # of --seed and --floors


def test_a_reader_that_leaves_early_is_no_failure(page: Path) -> None:
    code = (
        "from service import cli, serving\n"
        "from tests.service.serving_fake import Predictor\n"
        "serving.load_segmenter = lambda path: Predictor()\n"
        f"cli.main(['segment', '--json'] + [{str(page)!r}] * 500)"
    )
    done = subprocess.run(
        f"{sys.executable} -c \"$CODE\" | head -n 1",
        shell=True, cwd=ROOT, env=os.environ | {"CODE": code},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["stories"]
    assert done.stderr == ""


def test_an_output_that_cannot_be_written_is_one_line(page: Path) -> None:
    code = (
        "from service import cli, serving\n"
        "from tests.service.serving_fake import Predictor\n"
        "serving.load_segmenter = lambda path: Predictor()\n"
        f"cli.main(['segment', {str(page)!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "storyseam: the output takes ascii only; set PYTHONIOENCODING=utf-8\n"


def test_a_page_that_cannot_be_decoded_is_named(storyseam, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.txt"
    path.write_bytes(b"%PDF-1.4")
    ran = storyseam("segment", str(path))
    assert ran.code == 1
    assert str(path) in ran.err


def test_keys_are_made_listed_and_revoked(storyseam, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = str(tmp_path / "keys")
    made = storyseam("keys", "create", "desk", "--scope", "correct", "--keys", file)
    assert made.code == 0
    text = made.out.strip()
    # Alone on stdout, so that a script can take it.
    assert re.fullmatch(r"seam_[0-9a-f]{8}_\S{43}", text)
    identifier = text.split("_")[1]
    assert storyseam("keys", "create", "reader", "--keys", file).code == 0
    listed = storyseam("keys", "list", "--keys", file).out
    assert re.search(rf"^{identifier} +correct .* desk$", listed, re.MULTILINE)
    assert len(listed.splitlines()) == 2
    rows = [
        json.loads(line)
        for line in storyseam("keys", "list", "--keys", file, "--json").out.splitlines()
    ]
    assert [row["scopes"] for row in rows] == [["correct"], ["segment"]]
    assert "sha256" not in rows[0]
    assert storyseam("keys", "revoke", identifier, "--keys", file).code == 0
    again = storyseam("keys", "revoke", identifier, "--keys", file)
    assert again.code == 1
    assert "storyseam keys list" in again.err
    assert storyseam("keys", "create", "x", "--scope", "all", "--keys", file).code == 2
    nowhere = storyseam("keys", "list")
    assert nowhere.code == 1
    assert "STORYSEAM_KEYS" in nowhere.err


def test_it_says_which_version_it_is(storyseam) -> None:  # type: ignore[no-untyped-def]
    ran = storyseam("--version")
    assert (ran.code, ran.out) == (0, f"storyseam {installed()}\n")
    assert re.search(r"\d+\.\d+", ran.out)
