"""How often the trees are called: once a look and once or twice a reviewer for a batch."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import model.trees
from model.segmenter import Segmenter
from model.trees import Trees
from tests.model.tiny import story

Floats = NDArray[np.float32]


def page(number: int) -> str:
    """Two stories, of which no page holds enough for a feed."""
    return "\n".join(story(f"topic {number + n}", 30 * n + number) for n in (0, 5))


@pytest.mark.parametrize("count", [1, 12, 60])
def test_a_batch_costs_one_call_a_look_and_at_most_two_a_reviewer(
    count: int, tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Trees, int]] = []
    walked: list[int] = []
    predict, walk = Trees.predict_proba, model.trees.predict_stages

    def counted(trees: Trees, rows: Floats, **options: Any) -> Floats:
        asked.append((trees, len(rows)))
        return predict(trees, rows, **options)

    def walking(stages: Any, rows: Floats, *rest: Any) -> None:
        walked.append(len(rows))
        walk(stages, rows, *rest)

    monkeypatch.setattr(Trees, "predict_proba", counted)
    monkeypatch.setattr(model.trees, "predict_stages", walking)
    told = tiny.segment_many([page(number) for number in range(count)])
    assert all(len(answer.stories) > 1 for answer in told)

    reader, reviewers = tiny._reader, tiny._judges.reviewers
    assert reviewers is not None
    looks = [reader._first, *reader._again]
    calls = Counter(id(trees) for trees, _ in asked)
    assert [calls.pop(id(trees), 0) for trees in looks] == [1] * len(looks)
    judges = [trees for trees in (reviewers.page, reviewers.cut, reviewers.top) if trees]
    # Of tops it is asked before cuts are judged, for the first story's, and after.
    assert [calls.pop(id(trees), 0) for trees in judges] == [1, 1, 2][: len(judges)]
    assert not calls
    # Compiled code is entered once for every 512 rows of a call, and once more for those of a later
    # look that its first fit is not sure of.
    entered = [(trees in reader._again, math.ceil(rows / 512)) for trees, rows in asked]
    assert len(walked) == sum(count * (2 if later else 1) for later, count in entered)
    assert max(walked) <= 512
