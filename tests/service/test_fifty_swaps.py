"""Fifty champions one after the other, each a real model, and memory stays where it was.

In a process of its own, so that what other tests hold is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from model.registry import Registry
from model.segmenter import Segmenter
from tests.model.tiny import tiny_segmenter

ROOT = Path(__file__).parents[2]
# Freed arrays go back to the system at once. By itself glibc comes to keep a block of 8 MB or two
# for later, and once did so after the tenth swap only.
_GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": str(2**20)}
# Two versions that take turns; the arrays of one make up most of what it needs.
_SWAPS = """
import gc, json, sys, weakref
import numpy as np
from model.registry import Registry
from model.segmenter import Segmenter
from service.serving import ServedModel
from service.settings import Settings

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

registry = Registry(sys.argv[1])
now = [0.0]
kept = [] if sys.argv[2] == "hold" else None

def load(directory):
    model = Segmenter.load(directory)
    model.ballast = np.ones(1_000_000)  # 8 MB: most of what a model that ships takes
    if kept is not None:
        kept.append(model)
    return model

registry.promote("v2")
told = []
served = ServedModel(Settings(registry=sys.argv[1]), load=load, clock=lambda: now[0],
                     told=lambda new, old: told.append((new, old)))
gc.freeze()  # what is imported by now is not looked through fifty times
alive, sizes = [], []
for swap in range(int(sys.argv[3])):
    registry.promote(("v1", "v2")[swap % 2])
    now[0] += 10.0
    answer = served.current().segment("A line\\nAnother line of the page\\n")
    assert answer.model == ("v1", "v2")[swap % 2]
    alive.append(weakref.ref(served.current()))
    gc.collect()
    sizes.append(resident())
print(json.dumps({"swapped": sum(None not in pair for pair in told), "sizes": sizes,
                  "alive": sum(ref() is not None for ref in alive)}))
"""


def swaps(tmp_path: Path, how: str, count: int) -> tuple[int, int, list[float]]:
    """Champions that took over, models that are still held, and memory after each swap."""
    root = tmp_path / "registry"
    # Its reviewers are most of what takes time to load, and the ballast most of what is held.
    tiny = tiny_segmenter()
    segmenter = Segmenter(replace(tiny.classifiers, reviewers=None), tiny.card)
    for version in ("v1", "v2"):
        segmenter.save(tmp_path / version, segmenter.card | {"version": version})
        Registry(root).publish(tmp_path / version, version)
    command = [sys.executable, "-c", _SWAPS, str(root), how, str(count)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | _GIVEN_BACK, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return found["swapped"], found["alive"], found["sizes"]


def test_memory_does_not_grow_over_fifty_swaps(tmp_path: Path) -> None:
    swapped, alive, sizes = swaps(tmp_path, "let go", 50)
    assert swapped == 50
    assert alive == 1, "only the model that answers is held"
    # Less than the array of one model; forty that are held too long would be 320 MB.
    assert max(sizes[10:]) - max(sizes[:10]) < 8e6, sizes


def test_models_that_are_held_would_be_noticed(tmp_path: Path) -> None:
    _, alive, sizes = swaps(tmp_path, "hold", 14)
    assert alive == 14
    assert max(sizes[10:]) - max(sizes[:10]) > 16e6, sizes
