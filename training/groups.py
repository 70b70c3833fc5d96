"""Figures of groups of pages, all of them and by kind and language, with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import scores

__all__ = ["REPLICATES", "Group", "groups_of", "mask_of"]

Floats = NDArray[np.float64]

#: Of the bootstrap that intervals come from.
REPLICATES = 1000


@dataclass(frozen=True)
class Group:
    """Figures of some of the pages, each with the bounds of its 95 % bootstrap interval."""

    pages: int
    seams: int
    figures: dict[str, tuple[float, float, float]]

    def value(self, name: str) -> float:
        return self.figures[name][0]

    def to_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {"pages": self.pages, "seams": self.seams}
        for name, (value, low, high) in self.figures.items():
            out[name] = {
                "value": scores.plain(value),
                "low": scores.plain(low),
                "high": scores.plain(high),
            }
        return out


def mask_of(names: list[str], name: str) -> NDArray[np.bool_]:
    """Which of the names are this one."""
    return np.fromiter((each == name for each in names), dtype=bool, count=len(names))


def groups_of(
    rows: Floats, kinds: list[str], langs: list[str], replicates: int = REPLICATES, seed: int = 0
) -> dict[tuple[str, str], Group]:
    """Figures overall, by kind and by language."""
    masks = {("overall", "all"): np.ones(len(rows), dtype=bool)}
    for axis, names in (("kind", kinds), ("lang", langs)):
        masks |= {(axis, name): mask_of(names, name) for name in sorted(set(names))}
    return {key: _group(rows[mask], replicates, seed) for key, mask in masks.items()}


def _group(rows: Floats, replicates: int, seed: int) -> Group:
    sums = rows.sum(axis=0)
    points = scores.figures(sums)
    (drawn,) = scores.bootstrap([rows], replicates=replicates, seed=seed)
    return Group(
        pages=len(rows),
        seams=int(scores.column(sums, "seam_hits") + scores.column(sums, "seam_missed")),
        figures={
            name: (float(value), *scores.interval(drawn[name])) for name, value in points.items()
        },
    )
