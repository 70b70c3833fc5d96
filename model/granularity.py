"""The word for what a live blog is: one story, or one for every entry; light to import."""

from __future__ import annotations

from typing import Literal

__all__ = ["GRANULARITIES", "Granularity"]

Granularity = Literal["story", "entry"]
GRANULARITIES: tuple[Granularity, ...] = ("story", "entry")
