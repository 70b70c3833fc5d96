"""A small real model, fitted once a session."""

from __future__ import annotations

import pytest

from model.segmenter import Segmenter
from tests.model.tiny import tiny_segmenter


@pytest.fixture(scope="session")
def tiny() -> Segmenter:
    return tiny_segmenter()
