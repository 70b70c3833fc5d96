"""Slim trees say what they said, and are half the size."""

from __future__ import annotations

import io

import joblib
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from model.trees import Trees
from training.slim import slim


def _size(of: object) -> int:
    buffer = io.BytesIO()
    joblib.dump(of, buffer, compress=3)
    return len(buffer.getvalue())


def test_they_say_what_they_said_and_take_less_room() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(3000, 6)).astype(np.float32)
    labels = (rows[:, 0] + rows[:, 1] * rows[:, 2] + rng.normal(size=3000) > 0).astype(int)
    classifier = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(rows, labels)
    said, packed = classifier.predict_proba(rows), Trees(classifier).predict_proba(rows)
    size = _size(classifier)
    assert slim(classifier) is classifier
    np.testing.assert_allclose(classifier.predict_proba(rows), said, atol=1e-3)
    np.testing.assert_allclose(Trees(classifier).predict_proba(rows), packed, atol=1e-3)
    assert _size(classifier) < 0.5 * size


def test_written_and_read_they_are_the_same_trees() -> None:
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(3000, 6)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    labels = rng.integers(0, 3, 3000) + (rows[:, 0] > 0)
    classifier = slim(HistGradientBoostingClassifier(max_iter=12, random_state=0).fit(rows, labels))
    buffer = io.BytesIO()
    joblib.dump(classifier, buffer, compress=3)
    buffer.seek(0)
    again = joblib.load(buffer)
    assert [len(trees) for trees in again._predictors] == [4] * 12
    np.testing.assert_array_equal(again.predict_proba(rows), classifier.predict_proba(rows))
    np.testing.assert_array_equal(
        Trees(again).predict_proba(rows), Trees(classifier).predict_proba(rows)
    )
    # A tree has one array, and all trees together.
    arrays = [tree.nodes for trees in again._predictors for tree in trees]
    assert len({id(nodes.base if nodes.base is not None else nodes) for nodes in arrays}) == 1
