"""Speed and quality beside the peers, in one run."""

from training.benchmark.run import Absent, installed, one_thread, run_benchmark, spread, versions
from training.benchmark.turns import TURNS, TooFewPages, check_turns

__all__ = [
    "TURNS",
    "Absent",
    "TooFewPages",
    "check_turns",
    "installed",
    "one_thread",
    "run_benchmark",
    "spread",
    "versions",
]
