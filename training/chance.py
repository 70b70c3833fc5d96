"""Drawing one of some things by their weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["drawn"]

T = TypeVar("T")


def drawn(rng: random.Random, choices: Sequence[tuple[T, float]]) -> T:
    """One of the things; each stands beside its weight."""
    return rng.choices([thing for thing, _ in choices], [weight for _, weight in choices])[0]
