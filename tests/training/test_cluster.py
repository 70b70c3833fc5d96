"""Features measured side by side, here or on a cluster, are the ones that one process measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.batch import Batch
from tests.model.tiny import random_space, random_text
from training.cluster import NoCluster, on_cluster
from training.examples import Examples, read_examples
from training.labelled import LabelledPage, as_page


def _measure(batch: Any, folds: Any) -> Any:
    length = np.array([len(block) for block in batch.blocks], np.float32)
    rows = np.column_stack([length, folds[batch.page_of]]).astype(np.float32)
    return rows, (length % 7 > 0).astype(np.float32)


def examples(jobs: int) -> Examples:
    rng = np.random.default_rng(5)
    space = random_space(rng)
    truths = [LabelledPage(f"p{n}", random_text(rng, 900), [0]) for n in range(30)]
    return read_examples(
        [(as_page(truth), truth) for truth in truths],
        _measure,
        lambda some: Batch.read(some, space.table),
        folds=np.arange(30) % 2,
        page_weights=np.linspace(1, 3, 30).astype(np.float32),
        seed=3,
        jobs=jobs,
    )


def same(one: Examples, other: Examples) -> None:
    for name in ("rows", "labels", "weights", "folds", "pages"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_jobs_change_nothing() -> None:
    alone = examples(1)
    assert len(alone.rows) > 3000
    assert set(alone.pages.tolist()) == set(range(30))
    half = alone.of_share(0.5)
    assert 10 <= len(set(alone.pages[half].tolist())) <= 20
    assert not (alone.of_share(0.25) & ~half).any()
    same(examples(2), alone)


def test_a_cluster_changes_nothing() -> None:
    distributed = pytest.importorskip("distributed", reason="no Dask: pip install distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False) as workers,
        on_cluster(workers.scheduler_address),
    ):
        found = examples(2)
    same(found, examples(1))


def test_without_a_cluster_nothing_is_asked() -> None:
    with on_cluster(None):
        pass


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="no Dask: pip install distributed")
    monkeypatch.setattr("training.cluster._PATIENCE", 0.5)
    with pytest.raises(NoCluster, match="dask scheduler"), on_cluster("tcp://127.0.0.1:9"):
        pass
