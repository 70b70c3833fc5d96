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
