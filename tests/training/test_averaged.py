"""Several classifiers as one."""

from __future__ import annotations

import numpy as np
from scipy.special import logit
from sklearn.ensemble import HistGradientBoostingClassifier

from model.trees import Trees
from training.averaged import averaged
from training.slim import slim


def fitted(rows: np.ndarray, labels: np.ndarray, seed: int) -> HistGradientBoostingClassifier:
    classifier = HistGradientBoostingClassifier(max_iter=20, max_features=0.5, random_state=seed)
    return classifier.fit(rows, labels)


def test_log_odds_are_the_mean_and_each_stays_as_it_was() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(2000, 6)).astype(np.float32)
    rows[::7, 2] = np.nan
    labels = rows[:, 0] + rng.normal(size=2000) > 0
    some = [fitted(rows, labels, 1), fitted(rows[:900], labels[:900], 2)]
    said = [one.predict_proba(rows)[:, 1] for one in some]
    whole = averaged(some)
    np.testing.assert_allclose(
        logit(whole.predict_proba(rows)[:, 1]), np.mean(logit(said), axis=0), atol=1e-9
    )
    for one, before in zip(some, said, strict=True):
        np.testing.assert_array_equal(one.predict_proba(rows)[:, 1], before)
    # And as they are served.
    packed = Trees(slim(whole)).predict_proba(rows)[:, 1]
    np.testing.assert_allclose(logit(packed), np.mean(logit(said), axis=0), atol=1e-3)
