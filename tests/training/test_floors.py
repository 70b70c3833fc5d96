"""Floors are pinned to pages, rise by themselves and sink only for a recorded reason."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from model.segmenter import DEFAULT
from tests.training.stub_model import StubSegmenter, stub_pages
from training import floors as module
from training.evaluate import evaluate
from training.floors import Floors, main, pin
from training.groups import groups_of
from training.labelled import read_pages, write_pages
from training.scores import HIGHER_IS_BETTER, column

PAGES = stub_pages(300)
GOOD = evaluate(StubSegmenter(miss=0.05, false=0.01), PAGES, replicates=200)
BAD = evaluate(StubSegmenter(miss=0.4, false=0.05), PAGES, replicates=200)


def test_a_model_stands_on_its_own_floors_and_a_worse_one_does_not() -> None:
    floors = pin(GOOD)
    assert set(floors.floors) == {"overall", "kind digest", "kind single", "lang en", "lang mi"}
    assert floors.floors["overall"]["seam_f1"] < GOOD.overall.value("seam_f1")
    assert floors.floors["overall"]["false_split"] > GOOD.overall.value("false_split")
    assert "seam_f1" not in floors.floors["kind single"], "it has no seams"
    assert floors.shortfalls(GOOD) == []
    short = {(each.group, each.figure) for each in floors.shortfalls(BAD)}
    assert ("overall", "seam_f1") in short
    assert ("overall", "false_split") in short


def test_a_model_without_a_mistake_leaves_room_for_what_so_few_cases_can_show() -> None:
    """Else a single false split on these pages would refuse every challenger for ever."""
    faultless = evaluate(StubSegmenter(), PAGES, replicates=200)
    floors = pin(faultless).floors
    single = sum(len(page.starts) == 1 for page in PAGES)
    assert floors["overall"]["false_split"] == math.ceil(3000 / single) / 1000
    assert floors["overall"]["page_exact"] == math.floor(1000 - 3000 / len(PAGES)) / 1000
    assert floors["overall"]["seam_f1"] < 1.0
    # One story of all that is cut makes no worse model; six do.
    for wrong, missed in ((1, False), (6, True)):
        rows = faultless.rows.copy()
        at = [i for i, page in enumerate(PAGES) if len(page.starts) == 1][:wrong]
        column(rows, "single_split")[at] = 1  # a view
        groups = groups_of(rows, faultless.kinds, faultless.langs)
        short = pin(faultless).shortfalls(replace(faultless, rows=rows, groups=groups))
        assert bool(short) is missed
    nothing = evaluate(StubSegmenter(miss=1.0), PAGES, replicates=200)
    assert pin(nothing).floors["overall"]["seam_f1"] == 0.0


def test_a_group_that_is_gone_falls_short() -> None:
    floors = pin(GOOD)
    digests = evaluate(StubSegmenter(), [p for p in PAGES if p.kind == "digest"], replicates=20)
    assert ("kind single", "false_split") in {
        (each.group, each.figure) for each in floors.shortfalls(digests)
    }


def test_floors_rise_by_themselves_and_sink_for_a_reason() -> None:
    low, high = pin(BAD), pin(GOOD)
    assert pin(GOOD, low).floors == high.floors
    assert pin(GOOD, low).lowered == []
    assert pin(BAD, high).floors == high.floors
    lowered = pin(BAD, high, lower="the pages were relabelled")
    assert lowered.floors["overall"] == low.floors["overall"]
    assert {step["why"] for step in lowered.lowered} == {"the pages were relabelled"}
    assert pin(GOOD, lowered).lowered == lowered.lowered, "the record stays"


def test_a_reason_lowers_what_is_missed_and_nothing_else() -> None:
    high = pin(GOOD)
    worse = evaluate(StubSegmenter(miss=0.06, false=0.03), PAGES, replicates=200)
    missed = {(each.group, each.figure) for each in high.shortfalls(worse)}
    assert 0 < len(missed) < sum(map(len, high.floors.values()))
    lowered = pin(worse, high, lower="because")
    assert {(step["group"], step["figure"]) for step in lowered.lowered} == missed
    for group, floors in high.floors.items():
        for figure, old in floors.items():
            sense = 1 if HIGHER_IS_BETTER[figure] else -1
            sank = sense * lowered.floors[group][figure] < sense * old
            assert sank == ((group, figure) in missed)


def test_floors_for_other_pages_stand_alone() -> None:
    other = evaluate(StubSegmenter(miss=0.4), stub_pages(120, seed=5), replicates=50)
    assert pin(other, pin(GOOD)).floors == pin(other).floors


def test_a_file_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    assert Floors.load(path) is None
    pin(GOOD).save(path)
    assert Floors.load(path) == pin(GOOD)


def test_the_command(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    model = StubSegmenter(miss=0.05, false=0.01)
    monkeypatch.setattr(
        module, "evaluate_files", lambda paths, _: evaluate(
            model, (p for path in paths for p in read_pages(path)), replicates=50
        )
    )  # fmt: skip
    write_pages(tmp_path / "pages.jsonl", PAGES)
    where = [str(tmp_path / "pages.jsonl"), "--file", str(tmp_path / "floors.json")]
    assert main(["check", *where]) == 1, "nothing is pinned yet"
    assert main(["pin", *where]) == 0
    assert main(["check", *where]) == 0
    model.miss = 0.4
    assert main(["check", *where]) == 1
    assert "seam_f1 of overall" in capsys.readouterr().out
    assert main(["pin", *where]) == 1, "pinning does not lower"
    assert main(["pin", *where, "--lower", "because"]) == 0
    assert main(["check", *where]) == 0


def test_the_model_that_ships_stands_above_the_floors_that_ship() -> None:
    shipped = Floors.load()
    assert shipped is not None
    figures = json.loads((DEFAULT / "card.json").read_text(encoding="utf-8"))["figures"]
    assert len(shipped.floors) > 20
    for group, floors in shipped.floors.items():
        axis, _, name = group.partition(" ")
        found = figures[axis][name] if name else figures[axis]
        for figure, floor in floors.items():
            sense = 1 if HIGHER_IS_BETTER[figure] else -1
            assert sense * found[figure] >= sense * floor, (group, figure)
