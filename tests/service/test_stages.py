"""How far a long job is: a bar for people, a line a stage for files."""

from __future__ import annotations

import io
import re

import pytest

from service.observability.stages import Stages


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_wide")
def test_a_terminal_shows_a_bar_with_the_time_that_is_left() -> None:
    clock = [0.0]
    stream = _Terminal()
    with Stages(stream, clock=lambda: clock[0]) as stages:
        for done in range(4):
            stages("fitting trees", done, 10)
            clock[0] += 30.0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())
    last = re.split(r"[\r\n]+", shown.strip())[-1]
    assert last.startswith("fitting trees")
    assert "━" in last
    assert "30%" in last
    # Three of ten took 90 seconds, so that seven take 210; then what has passed.
    assert re.search(r"0:03:30 +0:02:00", last)


def test_elsewhere_a_stage_is_a_line() -> None:
    stream = io.StringIO()
    with Stages(stream) as stages:
        for done in range(4):
            stages("fitting trees", done, 10)
        stages("gate", 0, 1)
    lines = stream.getvalue().splitlines()
    assert [line.split(" s  ")[1] for line in lines] == ["fitting trees", "gate"]
