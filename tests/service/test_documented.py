"""What the documentation tells people to run: every fenced example runs, every command line is one.

Fenced blocks of `python` and `sh` are run as they stand, against a service where they name one.
Indented lines that begin with `storyseam` or `make` take files that are not here, or hours; of
those the command and every option must be there.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from werkzeug.serving import make_server

from service.app import create_app
from service.cli import app
from service.settings import Settings
from tests.service.serving_fake import Predictor

ROOT = Path(__file__).parents[2]
HERE = "http://127.0.0.1:8765"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("**/*.md"))]

# Where an example begins to say what must come out.
SHOWN = {
    "from service.client import Storyseam": "Island council votes",
    "from service.client import BatchError": "2 stories",
    "from model.segmenter": "Island council votes",
    "curl": '"stories":[{"start":0',
}


def fenced() -> Iterator[Any]:
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            line = block.partition("\n")[0]
            yield pytest.param(language, block, id=f"{path.name}-{line[:40]}")


def command_lines() -> Iterator[Any]:
    for path in PAGES:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"^    ((?:storyseam|make) .+)$", text, re.MULTILINE):
            yield pytest.param(line, id=f"{path.name}-{line[:40]}")


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    settings = Settings.from_environment({}, log_level="error")
    server = make_server("127.0.0.1", 0, create_app(settings, segmenter=Predictor()), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.parametrize(("language", "block"), list(fenced()))
def test_every_fenced_example_runs(
    language: str,
    block: str,
    base: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    runnable = block.replace(HERE, base)
    if language == "python":
        exec(compile(runnable, "example", "exec"), {"__name__": "example"})
    elif language == "sh":
        if block.startswith("curl") and shutil.which("curl") is None:
            pytest.skip("curl is not installed")
        subprocess.run(["sh", "-euc", runnable], check=True, timeout=60)
    else:
        assert language in {"json", "promql", "text", "yaml"}, "say python or sh, so that it is run"
        return
    (shown,) = [shown for begin, shown in SHOWN.items() if block.startswith(begin)] or [""]
    assert shown in capfd.readouterr().out


@pytest.mark.parametrize("line", list(command_lines()))
def test_every_command_line_is_one(line: str) -> None:
    # What follows two spaces is said about it, and what follows a bar or a hash is another's.
    words = re.split(r" {2,}| [#&<>]", line)[0].split()
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), line
        return
    command: Any = get_command(app).commands[words[1]]  # type: ignore[attr-defined]
    if hasattr(command, "commands"):
        assert words[2] in command.commands, line
        command = command.commands[words[2]]
    known = {name for option in command.params for name in option.opts + option.secondary_opts}
    used = set(re.findall(r"(?<!\S)--[a-z-]+", " ".join(words)))
    assert used <= known | {"--help"}, line
