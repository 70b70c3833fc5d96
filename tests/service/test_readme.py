"""README's examples, run as they stand against a service."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from service.app import create_app
from service.settings import Settings
from tests.service.serving_fake import Predictor

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    settings = Settings.from_environment({}, log_level="error")
    server = make_server("127.0.0.1", 0, create_app(settings, segmenter=Predictor()))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_the_python_example(
    base: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    exec(example("python").replace("http://127.0.0.1:8765", base), {})
    assert "Island council votes" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_example(base: str) -> None:
    command = example("sh").replace("http://127.0.0.1:8765", base)
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)
    assert '"stories":[{"start":0' in done.stdout


def test_what_readme_points_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_readme_names_every_command() -> None:
    from service.cli import app

    names = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback and not command.hidden
    }
    names |= {group.name or "" for group in app.registered_groups}
    for name in names:
        assert re.search(rf"^    storyseam {name}\b", README, re.MULTILINE), name
