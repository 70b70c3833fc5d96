"""A test that hangs fails, whatever it hangs in, and holds nobody up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HANGING = """
import threading, time

def test_a_lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def test_again_in_finally():
    try:
        time.sleep(600)
    finally:
        time.sleep(600)

def test_fine_but_for_a_thread_that_is_left():
    threading.Thread(target=time.sleep, args=(600,)).start()
"""


def test_whatever_hangs_is_ended_and_named(tmp_path: Path) -> None:
    file = tmp_path / "test_hanging.py"
    file.write_text(HANGING)
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tmp_path)]
    # As many processes as `make test` has on a small machine, and only the plugins in question.
    command += ["-p", "xdist", "-n2", "--dist=worksteal", "-p", "pytest_timeout", "--timeout=1.5"]
    limits = {"STORYSEAM_TEST_PHASE": "4", "STORYSEAM_TEST_ENDING": "2"}
    done = subprocess.run(
        [*command, "-p", "tests.conftest", str(file)],
        cwd=ROOT,
        env=os.environ | limits | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Failed: Timeout (>1.5s)" in said, said
    assert "crashed while running 'test_hanging.py::test_again_in_finally'" in said, said
    assert "in test_again_in_finally" in done.stderr, said
    assert "2 failed, 1 passed" in said, said
