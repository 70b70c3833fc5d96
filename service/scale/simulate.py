"""A cluster in miniature: measured task times replayed over as many cores as one likes."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cluster", "makespan"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the tasks run on; all times in seconds.

    Attributes
    ----------
    cores : int
        Workers of one thread each.
    load : float
        Before its first task a worker starts and loads the model.
    overhead : float
        What the scheduler does for each task; it does one at a time.
    bandwidth : float
        Bytes a second that storage gives to all workers together.
    """

    cores: int
    load: float
    overhead: float
    bandwidth: float


def makespan(
    batch_seconds: Sequence[float],
    batches: int,
    tasks: int,
    task_bytes: float,
    cluster: Cluster,
    *,
    seed: int = 1,
) -> float:
    """Wall time of a run, by playing it.

    Parameters
    ----------
    batch_seconds : sequence of float
        Measured times of batches; each batch of each task takes one of them, drawn anew.
    batches : int
        Batches of one task.
    tasks : int
    task_bytes : float
        Read and written by one task; all workers that are at work share storage evenly.
    """
    rng = random.Random(seed)
    free = [cluster.load] * cluster.cores
    heapq.heapify(free)
    scheduler = 0.0
    # A worker cannot move bytes faster than its share, however fast its core is.
    moving = task_bytes * min(cluster.cores, tasks) / cluster.bandwidth
    end = 0.0
    for _ in range(tasks):
        ready = heapq.heappop(free)
        scheduler = max(scheduler, ready) + cluster.overhead
        took = max(sum(rng.choices(batch_seconds, k=batches)), moving)
        heapq.heappush(free, scheduler + took)
        end = max(end, scheduler + took)
    return end
