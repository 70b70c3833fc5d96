"""Ends a test process that hangs where pytest-timeout's signal does not reach, and says where.

The signal (``timeout`` in pyproject.toml) is one exception in the main thread, once a test. It does
not come while C code holds the interpreter's lock, and what a test waits for in its ``finally`` or
in the teardown of a fixture, after that exception, it would wait for without an end. Here a thread
without Python's lock writes the stacks of all threads and ends the process; pytest-xdist then
reports the test as the one its worker crashed in, and starts another worker for the others.

A child that a test forks must end with ``os._exit``: Python's own end would wait there for the
thread that watches, which has not come along.
"""

from __future__ import annotations

import faulthandler
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Seconds that setup, call or teardown may take: the signal of pytest-timeout comes long before.
PHASE = float(os.environ.get("STORYSEAM_TEST_PHASE", "300"))
# Seconds that a process may take from its last test to its end: threads and pools are waited for.
ENDING = float(os.environ.get("STORYSEAM_TEST_ENDING", "120"))

_stderr = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    # pytest has put a file of its own in the place of stderr, which nobody would read afterwards.
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        config.stash[_stderr] = os.dup(2)
    if hasattr(config, "workerinput"):
        # For `tests/model/tiny.py`: a worker's folder lies in that of the whole run.
        os.environ["STORYSEAM_TEST_SHARED"] = str(Path(config.option.basetemp).parent)


def _watched(item: pytest.Item) -> Iterator[None]:
    """Each phase anew: after a failure pytest's own use of faulthandler takes the watch off."""
    faulthandler.dump_traceback_later(PHASE, exit=True, file=item.config.stash[_stderr])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


pytest_runtest_setup = pytest.hookimpl(wrapper=True, tryfirst=True)(_watched)
pytest_runtest_call = pytest.hookimpl(wrapper=True, tryfirst=True)(_watched)
pytest_runtest_teardown = pytest.hookimpl(wrapper=True, tryfirst=True)(_watched)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    # Plugins import modules at the end. Python 3.11 may fail to parse one ("AST constructor
    # recursion depth mismatch") if what a cluster left behind is collected meanwhile.
    gc.collect()
    yield
    faulthandler.dump_traceback_later(ENDING, exit=True, file=session.config.stash[_stderr])
