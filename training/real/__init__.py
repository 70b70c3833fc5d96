"""Real pages with their labels, as they lie outside the repository."""

from training.real.pages import (
    RealPage,
    as_labelled,
    fold,
    read_all,
    read_hand_labels,
    read_multistory,
    read_newsletters,
    read_real_pages,
)

__all__ = [
    "RealPage",
    "as_labelled",
    "fold",
    "read_all",
    "read_hand_labels",
    "read_multistory",
    "read_newsletters",
    "read_real_pages",
]
