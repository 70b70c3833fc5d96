"""service.identifiers: what is read from files takes the ids that a request takes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from service.identifiers import identifier
from service.schemas import SegmentRequest

IDS = [
    "", "a", "2", 0, -3, 2.0, -0.0, 1e3, 2.5, None, True, False, [], {}, ["a"], float("nan"),
    float("inf"), 2**53, 2.0**53, 2.0**53 + 2, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 1e19,
]  # fmt: skip


@pytest.mark.parametrize("value", IDS, ids=repr)
def test_files_and_requests_take_the_same_ids(value: Any) -> None:
    try:
        asked = SegmentRequest.model_validate({"text": "a", "id": value}).id
    except ValidationError:
        with pytest.raises(ValueError, match="id must be a string"):
            identifier(value)
    else:
        assert identifier(value) == asked
        assert type(identifier(value)) is type(asked)
