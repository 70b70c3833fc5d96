"""`make run`: the example, and how it fails."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rich.console import Console

from model.segmenter import DEFAULT
from model.stories import Boundary, Segmentation, Story
from service import demo
from service.render import show_brief
from tests.service.running import free_port

ROOT = Path(__file__).parents[2]

needs_model = pytest.mark.skipif(
    not (DEFAULT / "model.joblib").exists(), reason="the shipped model is not there yet"
)


def test_the_example_has_two_stories_in_the_dress_of_an_infinite_scroll() -> None:
    text = demo.EXAMPLE.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines.count("Short Url") == lines.count("Follow") == 2
    for headline in (lines[0], "Grand Halden orchestra finds missing overture in bakery attic"):
        assert lines.count(headline) == 2
    assert text.count("  • ") == 4


def test_a_port_that_is_taken_is_an_error_that_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert demo.main(["--port", str(port)]) == 1
    err = capsys.readouterr().err
    assert f"port {port} is taken" in err
    assert "make run PORT=" in err


def test_a_model_that_will_not_load_ends_it_with_its_reason(tmp_path: Path) -> None:
    environment = os.environ | {"STORYSEAM_MODEL": str(tmp_path / "none"), "STORYSEAM_WORKERS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "service.demo", "--port", str(free_port())],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    why, last = done.stderr.strip().splitlines()[-2:]
    assert why.startswith(f"storyseam: no usable model in {tmp_path / 'none'}: ")
    assert last == "storyseam: the service ended with exit code 1; its log above says why"


def test_stories_are_printed_with_offsets_headline_first_words_and_seam() -> None:
    text = "One\nA body.\nTwo\nB body."
    answer = Segmentation(
        "v", text,
        (
            Story(0, 11, True, "One", None, None, None, 0.9, 1.0, "One\nA body."),
            Story(12, 23, False, "Two", None, None, None, 0.9, 0.1, "B body."),
        ),
        (Boundary(12, 0.875),),
    )  # fmt: skip
    out = io.StringIO()
    show_brief(Console(file=out, width=80), answer.to_dict(), text)
    shown = out.getvalue()
    assert "characters 0 to 11" in shown
    assert "A body." in shown
    assert "seam at 12 · probability 0.875" in shown
    assert shown.index("story 1  One") < shown.index("seam at") < shown.index("story 2  Two")


@needs_model
def test_make_run_shows_the_two_stories_serves_on_and_ends_on_request() -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "service.demo", "--port", str(port)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"STORYSEAM_WORKERS": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    shown = ""
    # One that says nothing would be listened to for ever.
    patience = threading.Timer(60, process.kill)
    patience.start()
    try:
        for line in process.stdout:
            shown += line
            if "Serving until" in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=45) == 0
    finally:
        patience.cancel()
        process.kill()
    assert "2 stories" in shown
    assert "seam at" in shown
    assert "Grand Halden orchestra finds missing overture" in shown
    assert f"curl http://127.0.0.1:{port}/v1/segment" in shown
