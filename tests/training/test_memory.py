"""What a training holds in memory: its texts once, and what is told of it."""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed

from tests.model.tiny import PLAN, hurry
from training.corpus import read_articles
from training.duplicates import forget_sketches
from training.examples import Examples
from training.heap import give_back
from training.holdout import holdout_pages
from training.invented import write_articles
from training.looks import fit_trees
from training.memory import measure, tree_memory
from training.sources import read_rows

LINUX = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux alone")
SMALL = replace(PLAN, pages=60, wording_pages=20, vector_steps=5, rounds=4, first_rounds=3)


def test_articles_are_read_without_a_second_copy_of_their_texts(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    words = ["".join(random.Random(n).choices("aeiounrstlkm", k=6)) for n in range(5000)]
    with path.open("w", encoding="utf-8") as out:
        for n in range(60):
            chance = random.Random(n)
            # The first line is the outlet's, so that every text becomes another one.
            lines = ["ADVERTISEMENT", *(" ".join(chance.choices(words, k=30)) for _ in range(250))]
            out.write(json.dumps({"id": str(n), "source": "one", "text": "\n".join(lines)}) + "\n")
    list(read_articles([path], limit=3))  # what is imported and compiled at its first use
    forget_sketches()
    gc.collect()
    tracemalloc.start()
    try:
        articles = list(read_articles([path]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        forget_sketches()
    assert len(articles) == 60
    texts = sum(len(one.text) for one in articles)
    assert peak < 4 * texts


def test_trees_are_fitted_with_no_second_copy_of_their_rows() -> None:
    # More rows than scikit-learn looks for bins in: from these on it takes some of them.
    chance = np.random.default_rng(1)
    rows = chance.random((260_000, 20), np.float32)
    labels, ones = chance.integers(0, 3, len(rows)), np.ones(len(rows), np.float32)
    examples = Examples(rows, labels, ones, labels % 2, np.arange(len(rows)))
    wide = 8 * rows.size
    tracemalloc.start()
    try:
        fit_trees(examples, np.ones(len(rows), bool), 1, 3, 0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # All of them in double precision, those that bins are looked for in, and a few columns.
    assert 1.7 * wide < peak < 2.4 * wide


@LINUX
def test_idle_processes_end_and_freed_texts_are_given_back() -> None:
    # Every other one goes, so that the rest keeps the heap from shrinking by itself.
    texts = [str(n) * 20_000 for n in range(4000)]
    Parallel(n_jobs=2)(delayed(len)(str(n)) for n in range(4))
    before = tree_memory(os.getpid())
    held = sum(map(len, texts[::2]))
    del texts[::2]
    give_back()
    now = tree_memory(os.getpid())
    assert now.first < before.first - 0.8 * held
    assert now.others < before.others - 20_000_000


@LINUX
def test_memory_of_children_is_seen_and_shared_pages_count_once() -> None:
    # A child that only waits, and one more that holds 100 MB of its own.
    script = "import sys; held = bytearray(100_000_000); print(len(held), flush=True); input()"
    before = tree_memory(os.getpid())
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()
        now = tree_memory(os.getpid())
    finally:
        child.communicate(b"\n")
    assert abs(now.first - before.first) < 50_000_000
    assert 100_000_000 < now.others - before.others < 160_000_000
    assert 100_000_000 < now.held - before.held < now.together < now.first + now.others
    assert tree_memory(os.getpid()).others < now.others - 100_000_000


@LINUX
def test_a_training_is_watched_in_all_its_stages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    # A watched process reads its size a hundred times a second: stages may be short.
    few = partial(holdout_pages, per_kind=6)
    monkeypatch.setattr("training.train.holdout_pages", few)
    path = tmp_path / "articles.jsonl"
    write_articles(path, 300)
    peaks = measure(path, plan=SMALL, every=0.01)
    # On a busy machine a short stage may end unseen.
    assert "measuring" in peaks
    assert len(peaks) >= 8
    for peak in peaks.values():
        assert 50_000_000 < peak.first < 3_000_000_000
        assert peak.held < peak.together <= peak.first + peak.others


def test_articles_are_repeated_in_exchanged_letters(tmp_path: Path) -> None:
    few, many = tmp_path / "few.jsonl", tmp_path / "many.jsonl"
    write_articles(few, 20)
    write_articles(many, 50, [few])
    rows = list(read_rows(many))
    assert rows[:20] == list(read_rows(few))
    assert len({row.id for row in rows}) == len({row.text for row in rows}) == 50
    assert len(list(read_articles([many]))) == 50
