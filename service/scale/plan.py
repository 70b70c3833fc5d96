"""What a hundred million pages take: measured here, computed, and checked by playing it.

    python -m service.scale.plan --out docs/scale.json --doc docs/scale.md

measures (about three minutes of one core), plans, and writes the section of docs/scale.md. With
``--costs docs/scale.json`` it plans anew from what was measured, for another price or count.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.bulk.parts import GROUP_BYTES, GROUPS
from service.scale.costs import Costs, measure_costs
from service.scale.simulate import Cluster, makespan
from training.figures import fill_document

__all__ = ["plan", "section"]

_CORES = (100, 1_000)


def plan(
    costs: Costs, pages: int, price: float, bandwidth: float, cores: tuple[int, ...] = _CORES
) -> dict[str, Any]:
    """Core-hours, money, wall time by formula and by simulation, and where it ends.

    Parameters
    ----------
    price : float
        Money for a core-hour.
    bandwidth : float
        Bytes a second that storage gives to all workers together.
    """
    page = costs.page_seconds
    total = pages * costs.page_bytes
    task_bytes = min(max(total / GROUPS, GROUP_BYTES[0]), GROUP_BYTES[1])
    tasks = math.ceil(total / task_bytes)
    per_task = pages / tasks
    task = per_task * page
    overhead = costs.scheduler_seconds or 0.0
    moved = costs.page_bytes + costs.out_bytes
    rows = []
    for n in cores:
        rounds = math.ceil(tasks / n)
        work = max(task, per_task * moved * min(n, tasks) / bandwidth)
        wall = costs.load_seconds + max(rounds * work, tasks * overhead)
        played = makespan(
            costs.batch_seconds,
            max(1, round(per_task / costs.batch_pages)),
            tasks,
            per_task * moved,
            Cluster(n, costs.load_seconds, overhead, bandwidth),
        )
        rows.append(
            {
                "cores": n,
                "wall_hours": wall / 3600,
                "played_hours": played / 3600,
                "busy": pages * page / (n * played),
                "gigabytes_per_second": moved * n / page / 1e9,
            }
        )
    return {
        "pages": pages,
        "price": price,
        "bandwidth": bandwidth,
        "pages_per_second": 1 / page,
        "core_hours": pages * page / 3600,
        "money": pages * page / 3600 * price,
        "terabytes_in": total / 1e12,
        "terabytes_out": pages * costs.out_bytes / 1e12,
        "tasks": tasks,
        "task_seconds": task,
        "rows": rows,
        "scheduler_cores": None if not overhead else task / overhead,
        "storage_cores": bandwidth * page / moved,
        "tail_cores": tasks,
        "driver_workers": page / costs.driver_seconds,
    }


def section(costs: Costs, found: Mapping[str, Any]) -> str:
    """The plan as Markdown."""
    spread = sorted(value / costs.batch_pages for value in costs.batch_seconds)
    scheduler = (
        "not measured" if costs.scheduler_seconds is None else _time(costs.scheduler_seconds)
    )
    lines = [
        f"Model `{costs.model}`. Measured, in processor time of one core:",
        "",
        "| | |",
        "|---|---:|",
        f"| pages a second and core | {found['pages_per_second']:.0f} "
        f"({1 / spread[-1]:.0f} to {1 / spread[0]:.0f} by batch) |",
        f"| bytes of a page, in | {costs.page_bytes:,.0f} |",
        f"| bytes of a page, out (zst) | {costs.out_bytes:,.0f} |",
        f"| start of a worker, model loaded | {_time(costs.load_seconds)} |",
        f"| main process of `--workers`, a page | {_time(costs.driver_seconds)} |",
        f"| Dask's scheduler and client, a task | {scheduler} |",
        "",
        f"{found['pages']:,} such pages, read and written by the workers (`--dask`, output to a "
        "folder or URL):",
        "",
        "| | |",
        "|---|---:|",
        f"| core-hours | {found['core_hours']:,.0f} |",
        f"| money at {found['price']} a core-hour | {found['money']:,.2f} |",
        f"| read, written | {found['terabytes_in']:.2f} TB, {found['terabytes_out']:.2f} TB |",
        f"| tasks | {found['tasks']:,} of {_time(found['task_seconds'])} |",
        "",
        "| cores | wall time, computed | wall time, simulated | cores busy | storage moves |",
        "|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['cores']:,} | {row['wall_hours']:.2f} h | {row['played_hours']:.2f} h "
        f"| {row['busy']:.0%} | {row['gigabytes_per_second']:.2f} GB/s |"
        for row in found["rows"]
    ]
    scheduler_limit = (
        "" if found["scheduler_cores"] is None else f"{found['scheduler_cores']:,.0f} cores"
    )
    lines += [
        "",
        "Where it ends:",
        "",
        "| limit | reached at |",
        "|---|---:|",
        f"| storage, at {found['bandwidth'] / 1e9:g} GB/s for all | "
        f"{found['storage_cores']:,.0f} cores |",
        f"| the scheduler, one task after the other | {scheduler_limit or 'not measured'} |",
        f"| fewer tasks than cores | {found['tail_cores']:,} cores |",
        "| the main process, where it reads and writes (`--workers`, or `--dask` into one file) | "
        f"{found['driver_workers']:,.0f} workers |",
        "",
    ]
    return "\n".join(lines)


def _time(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def main() -> None:
    """Measure, plan and write."""
    parser = argparse.ArgumentParser(prog="python -m service.scale.plan", description=__doc__)
    parser.add_argument("--measure", type=int, default=2048, help="pages to measure with")
    parser.add_argument("--size", type=int, default=8_000, help="bytes of each")
    parser.add_argument("--source", type=Path, help="a file of your own pages instead, of any form")
    parser.add_argument("--costs", type=Path, help="plan from what an earlier --out holds")
    parser.add_argument("--pages", type=int, default=100_000_000)
    parser.add_argument("--price", type=float, default=0.04, help="of a core-hour")
    parser.add_argument("--bandwidth", type=float, default=5e9, help="of storage, bytes/s")
    parser.add_argument("--out", type=Path, help="write what was measured, and the plan, as JSON")
    parser.add_argument("--doc", type=Path, help="document whose section is written")
    asked = parser.parse_args()
    if asked.costs:
        costs = Costs(**json.loads(asked.costs.read_text(encoding="utf-8"))["costs"])
    else:
        costs = measure_costs(asked.measure, asked.size, source=asked.source)
    found = plan(costs, asked.pages, asked.price, asked.bandwidth)
    text = section(costs, found)
    print(text)
    if asked.out:
        values = {"costs": costs.to_dict(), "plan": found}
        asked.out.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    if asked.doc:
        fill_document(asked.doc, "scale", text)


if __name__ == "__main__":
    main()
