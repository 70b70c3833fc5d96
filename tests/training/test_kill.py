"""Retraining is killed at every moment at which it changes the disk; nothing is ever half."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

if not hasattr(__import__("os"), "fork"):
    pytest.skip("kills processes that it forks", allow_module_level=True)


def test_killed_at_every_moment_the_champion_is_whole_and_the_next_run_succeeds(
    tmp_path: Path,
) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.training.kill_retrain", str(tmp_path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    moments = [line for line in lines if "moment" in line]
    after = [line for line in lines if "code" in line]
    assert len(moments) >= 30
    assert len(after) == len(moments) + 1
    assert {line["code"] for line in after[:-1]} == {-signal.SIGKILL}
    assert after[-1]["code"] == 0, "the last one ran through"
    for moment, state in zip(moments, after, strict=False):
        where = f"killed at {moment}: {state}"
        assert state["known"], where
        assert state["broken"] == [], where
        assert state["promoted"] or state["champion"] == "new", where
        assert state["litter"] == [], where
    assert {line["champion"] for line in after} == {"old", "new"}
    assert len({moment["what"] for moment in moments}) >= 10
