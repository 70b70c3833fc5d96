"""`storyseam bulk`: its options reach the run, its summary people, and Ctrl-C is no catastrophe."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from service import cli
from service.bulk import run as bulk_module
from service.bulk.checkpoint import BulkSummary
from service.bulk.run import BATCH_PAGES, Columns

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(["bulk", *arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the run was asked for; it does nothing, well."""
    found: dict[str, Any] = {}

    def stand_in(source: str, out: str, **given: Any) -> BulkSummary:
        found.update(given, source=source, out=out)
        return BulkSummary(pages=1234, stories=2000, seams=800, errors=1, seconds=2.0, resumed=34)

    monkeypatch.setattr(bulk_module, "run_bulk", stand_in)
    for name in ("STORYSEAM_REGISTRY", "STORYSEAM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return found


def test_every_option_reaches_the_run(asked: dict[str, Any]) -> None:
    words = (
        "in.bin --out out/ --dask tcp://d:1 --threshold 0.4 --explain --model m "
        "--granularity entry --base s3://b --input-format parquet --out-format parquet "
        "--id-column url --text-column body --html-column raw --batch-pages 7 --quiet --restart"
    )
    assert run(*words.split()) == 0
    assert asked == {
        "source": "in.bin", "out": "out/", "workers": 1, "dask": "tcp://d:1", "threshold": 0.4,
        "explain": True, "granularity": "entry", "model": Path("m"), "base": "s3://b",
        "input_format": "parquet", "out_format": "parquet",
        "columns": Columns("url", "body", "raw"), "batch_pages": 7,
        "progress": False, "restart": True,
    }  # fmt: skip
    assert run("in.bin", "--out", "out/", "--workers", "3") == 0
    assert asked["workers"] == 3


def test_workers_of_this_machine_and_of_a_cluster_are_not_asked_for_at_a_time(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("in.bin", "--out", "out/", "--workers", "3", "--dask", "tcp://d:1") == 2
    assert "--workers" in capsys.readouterr().err
    assert not asked


def test_options_that_are_not_given_leave_the_runs_own_defaults(asked: dict[str, Any]) -> None:
    assert run("a.jsonl", "--out", "b.jsonl") == 0
    assert (asked["columns"], asked["batch_pages"]) == (Columns(), BATCH_PAGES)
    assert (asked["input_format"], asked["out_format"], asked["progress"]) == (None, None, None)
    assert (asked["granularity"], asked["restart"], asked["base"]) == ("story", False, None)


def test_another_word_for_a_live_blog_is_wrong_usage(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("a.jsonl", "--out", "b.jsonl", "--granularity", "paragraph") == 2
    assert "--granularity" in capsys.readouterr().err
    assert asked == {}


@pytest.mark.parametrize("option", ["--input-format", "--out-format"])
def test_a_form_that_there_is_not_is_wrong_usage(
    option: str, asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("a.jsonl", "--out", "b.jsonl", option, "csv") == 2
    said = capsys.readouterr().err
    assert option in said
    assert "parquet" in said
    assert asked == {}


def test_the_summary_goes_to_people_unless_they_want_quiet(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run("a.jsonl", "--out", "b.jsonl")
    out, err = capsys.readouterr()
    assert out == ""
    assert "1,234 pages, 2,000 stories, 800 seams, 1 errors in 2.0 s (617 pages/s)" in err
    assert "34 of them were there from before" in err
    assert "b.jsonl.errors.jsonl" in err
    assert "not read" not in err
    run("a.jsonl", "--out", "b.jsonl", "--quiet")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("unread", "says"),
    [
        (1, "; 1 file of an unknown ending was not read\n"),
        (3000, "; 3,000 files of unknown endings were not read\n"),
    ],
)
def test_the_summary_says_what_was_passed_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], unread: int, says: str
) -> None:
    monkeypatch.setattr(bulk_module, "run_bulk", lambda *_, **__: BulkSummary(unread=unread))
    run("folder", "--out", "b.jsonl")
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("a", "--out", "b.jsonl"), "run the same command again, and"),
        (("a", "--out", "b.jsonl", "--restart"), "run the same command again without --restart"),
        (("a", "--out", "-"), "write to a file"),
    ],
)
def test_control_c_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk_module, "run_bulk", interrupted)
    assert run(*arguments) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("storyseam: stopped; ")
    assert says in err
    assert err.count("\n") == 1


def test_a_run_that_control_c_stopped_goes_on_to_the_same_output(tmp_path: Path) -> None:
    pages = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": n, "text": f"# A {n}\nx\n# B\ny"}) for n in range(400)]
    pages.write_text("\n".join(lines), encoding="utf-8")
    code = (
        "import functools, signal, sys, time\n"
        # A shell that runs the tests in the background has its children ignore it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from service import cli\n"
        "from service.bulk import run as bulk\n"
        "from tests.service.bulk_fake import FakeSegmenter\n"
        "class Slow(FakeSegmenter):\n"
        "    def segment_many(self, pages, **options):\n"
        "        time.sleep(float(sys.argv[1]))\n"
        "        return super().segment_many(pages, **options)\n"
        "bulk.run_bulk = functools.partial(\n"
        "    bulk.run_bulk, loader=lambda model: Slow(), checkpoint_pages=20)\n"
        "cli.main(['bulk', *sys.argv[2:]])\n"
    )

    def start(seconds: str, out: Path) -> subprocess.Popen[str]:
        words = [str(pages), "--out", str(out), "--batch-pages", "10"]
        return subprocess.Popen(
            [sys.executable, "-c", code, seconds, *words],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    whole, stopped = tmp_path / "whole.jsonl", tmp_path / "stopped.jsonl"
    undisturbed = start("0", whole)
    process = start("0.2", stopped)
    deadline = time.monotonic() + 30
    checkpoint = tmp_path / "stopped.jsonl.checkpoint.json"
    while not (checkpoint.exists() and json.loads(checkpoint.read_text())["summary"]["pages"]):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert "run the same command again" in process.communicate(timeout=30)[1]
    assert process.returncode == 130
    again = start("0", stopped)
    said = again.communicate(timeout=30)[1]
    assert again.returncode == 0
    assert "400 pages, 800 stories, 400 seams" in said
    assert "were there from before" in said
    undisturbed.communicate(timeout=30)
    assert stopped.read_bytes() == whole.read_bytes()
