"""Speed and quality beside the peers, in one run."""

from training.benchmark.run import (
    TURNS,
    Absent,
    installed,
    one_thread,
    run_benchmark,
    spread,
    versions,
)

__all__ = ["TURNS", "Absent", "installed", "one_thread", "run_benchmark", "spread", "versions"]
