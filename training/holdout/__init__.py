"""Pages that models are measured on: other outlets, layouts, generator than those of training."""

from training.holdout.pages import (
    HELD_OUT_LANGS,
    ROTATIONS,
    held_out_pages,
    held_out_split,
    holdout_pages,
    is_held_out,
)

__all__ = [
    "HELD_OUT_LANGS",
    "ROTATIONS",
    "held_out_pages",
    "held_out_split",
    "holdout_pages",
    "is_held_out",
]
