"""The soak, short: some of its faults for a moment each; and how it judges."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from model.segmenter import DEFAULT
from service.trials.soak import Row, flat, report, soak
from service.trials.soak_faults import FAULTS

needs_model = pytest.mark.skipif(
    not (DEFAULT / "model.joblib").exists(), reason="the shipped model is not there yet"
)


@needs_model
def test_a_short_soak_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.trials.soak._CALM_SECONDS", 0.2)
    # What takes a server of its own, or a database that starts, is left to the long run.
    left = [fault for fault in FAULTS if fault.name not in {"disk full", "database away"}]
    rows, traffic, missing = soak(0, 0.3, workers=2, readers=2, faults=left)
    assert {row.name: row.violations for row in rows} == {fault.name: [] for fault in left}
    assert traffic.wrong == 0
    assert traffic.answered > 0
    assert traffic.acknowledged
    assert missing == 0


def test_every_fault_of_the_issue_is_made_and_explained() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")
    for fault in FAULTS:
        assert f"**{fault.name.partition(',')[0]}" in page, fault.name


def traffic(**seen: Any) -> Any:
    known = {
        "wrong": 0, "answered": 9, "refused": Counter(), "acknowledged": {"a": [0]},
        "memory": [(float(second), 10**8) for second in range(9)],
    }  # fmt: skip
    return SimpleNamespace(**known | seen)


def test_it_holds_only_if_all_did() -> None:
    good = Row("a fault", 2, "done", [0.5, 1.25])
    lines, held = report([good], traffic(refused=Counter({"503 busy": 3})), 0, 10)
    assert held
    assert "| a fault | 2 | done | 1.2 s | yes |" in lines
    assert any("3 × 503 busy" in line for line in lines)
    bad = Row("a fault", 1, "", [], ["it must not"])
    for rows, seen, missing in (
        ([bad], traffic(), 0),
        ([good], traffic(wrong=1), 0),
        ([good], traffic(answered=0), 0),
        ([good], traffic(), 1),
        ([good], traffic(memory=[(float(s), 10**8 * (1 + s)) for s in range(9)]), 0),
    ):
        assert not report(rows, seen, missing, 10)[1]


def test_memory_is_flat_if_its_last_third_is_like_its_first() -> None:
    assert flat([]) == (0, 0, True)
    assert flat([(0.0, 100_000_000)] * 3 + [(1.0, 110_000_000)] * 3)[2]
    assert not flat([(0.0, 100_000_000)] * 3 + [(1.0, 160_000_000)] * 3)[2]
