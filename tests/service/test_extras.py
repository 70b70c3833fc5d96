"""What is asked for without its extra says what to install, in one line and at the start."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.limits.rates import NoStore, Rates
from service.settings import Settings
from tests.service.serving_fake import Predictor
from training.corrections import CorrectionStore
from training.corrections.driver import NoDriver

ROOT = Path(__file__).parents[2]
DATABASE = "postgresql://desk:hush-hush@127.0.0.1:9/c"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if neither driver were installed."""
    find = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> Any:
        return None if name == "psycopg" else find(name, package)

    monkeypatch.setattr("training.corrections.driver.find_spec", found)
    monkeypatch.setitem(sys.modules, "redis", None)


def test_a_service_that_could_never_keep_a_correction_does_not_start(bare: None) -> None:
    settings = Settings.from_environment({}, corrections=DATABASE)
    with pytest.raises(NoDriver, match=r"pip install 'storyseam\[postgresql\]'"):
        create_app(settings, segmenter=Predictor())


def test_a_job_says_the_same(bare: None) -> None:
    with pytest.raises(NoDriver):
        CorrectionStore(DATABASE, create=False)


def test_rates_in_redis_need_its_package(bare: None) -> None:
    with pytest.raises(NoStore, match=r"pip install 'storyseam\[redis\]'"):
        Rates("5/hour", "redis://:hush-hush@127.0.0.1:1")


def test_the_cost_of_a_large_run_is_told_without_dask() -> None:
    code = (
        "import runpy, sys\n"
        "sys.modules['distributed'] = None\n"
        "sys.argv = ['plan', '--help']\n"
        "runpy.run_module('service.scale.plan', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--source" in done.stdout
