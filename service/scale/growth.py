"""Does the cost grow with the input and no faster? Measured, fitted and drawn.

    python -m service.scale.growth --doc docs/scale.md --plot docs/growth.svg

measures single pages from 1 kB to 100 MB, and bulk runs from 10 to a million small pages. Every
point is a process of its own, so that its peak memory is its own; time is processor time, less
what loading takes. It takes about an hour of one core; ``--longest`` and ``--most`` make it short.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from training.figures import fill_document

__all__ = ["draw", "exponent", "measure", "points", "section"]

# Of the pages that are counted: small, so that a million of them fit into an hour.
SMALL = 300
# Points that take less than this are repeated, and the least time counts.
_ENOUGH = 0.5
# Below these sizes the fixed cost of a call shows, and growth is less than linear.
_FIT_FROM = {"bytes": 100_000, "pages": 1_000}


def points(longest: int, most: int) -> list[tuple[str, int]]:
    """What is measured: ("bytes", size) of one page and ("pages", count), tens apart."""
    sizes = [10**power for power in range(3, 10) if 10**power <= longest]
    counts = [10**power for power in range(1, 8) if 10**power <= most]
    return [("bytes", size) for size in sizes] + [("pages", count) for count in counts]


def measure(axis: str, amount: int) -> dict[str, Any]:
    """One point, in this process: processor seconds and peak memory in bytes."""
    from threadpoolctl import threadpool_limits

    from model.segmenter import Segmenter
    from service.scale.pages import Pages, write_lines

    segmenter = Segmenter.load()
    made = Pages(segmenter.classifiers.space.table.vocabulary)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        if axis == "bytes":
            text = made.text(amount)
            segmenter.segment(made.text(2_000))  # whatever is only done once
            before = _peak()
            seconds = _least(lambda: segmenter.segment(text))
        else:
            from service.bulk import run_bulk

            source = Path(folder) / "pages.jsonl"
            write_lines(source, made, amount, SMALL)
            warm = Path(folder) / "warm.jsonl"
            write_lines(warm, made, 10, SMALL)
            run_bulk(str(warm), f"{folder}/warm-out.jsonl", progress=False)
            before = _peak()
            seconds = _least(
                lambda: run_bulk(str(source), f"{folder}/out.jsonl", progress=False, restart=True)
            )
    return {
        "axis": axis,
        "amount": amount,
        "seconds": float(f"{seconds:.4g}"),
        "peak_bytes": _peak(),
        "before_bytes": before,
    }


def _peak() -> int:
    """Linux gives kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _least(run: Any) -> float:
    least, total = float("inf"), 0.0
    while total < _ENOUGH:
        begun = time.process_time()
        run()
        took = time.process_time() - begun
        least, total = min(least, took), total + took
    return least


def exponent(found: list[dict[str, Any]], axis: str) -> float | None:
    """Slope of log seconds over log amount: 1 is linear; None for fewer than two points."""
    fit = [p for p in found if p["axis"] == axis and p["amount"] >= _FIT_FROM[axis]]
    if len(fit) < 2:
        return None
    amounts, seconds = ([float(p[key]) for p in fit] for key in ("amount", "seconds"))
    return round(float(np.polyfit(np.log(amounts), np.log(seconds), 1)[0]), 3)


def section(found: list[dict[str, Any]]) -> str:
    """The points as Markdown."""
    lines = ["| | processor time | each | peak memory |", "|---:|---:|---:|---:|"]
    names = {"bytes": "bytes in one page", "pages": f"pages of {SMALL} bytes"}
    lines += [
        f"| {one['amount']:,} {names[one['axis']]} | {one['seconds']:,.4g} s "
        f"| {one['seconds'] / one['amount'] * 1e6:.3g} µs | {one['peak_bytes'] / 1e6:,.0f} MB |"
        for one in found
    ]
    said = [
        f"{exponent(found, axis)} from {least:,} {axis} on"
        for axis, least in _FIT_FROM.items()
        if exponent(found, axis) is not None
    ]
    if said:
        lines += ["", f"Exponent of the growth, 1 being linear: {', '.join(said)}."]
    return "\n".join([*lines, ""])


def draw(found: list[dict[str, Any]], path: Path) -> None:
    """Both axes beside one another: seconds, what linear would be, and peak memory."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    names = {"bytes": "bytes of one page", "pages": f"pages of {SMALL} bytes"}
    for axes, axis in zip(figure.subplots(1, 2), ("bytes", "pages"), strict=True):
        mine = [p for p in found if p["axis"] == axis]
        if not mine:
            continue
        amounts = [p["amount"] for p in mine]
        axes.loglog(amounts, [p["seconds"] for p in mine], "o-", label="processor seconds")
        last = mine[-1]
        line = [last["seconds"] * amount / last["amount"] for amount in amounts]
        axes.loglog(amounts, line, "--", color="0.6", label="linear")
        axes.loglog(amounts, [p["peak_bytes"] / 1e9 for p in mine], "s:", label="peak memory, GB")
        axes.set(xlabel=names[axis], title=f"exponent {exponent(found, axis) or '-'}")
        axes.legend()
    figure.savefig(path, format="svg", metadata={"Date": None})


def main() -> None:
    """Measure every point in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m service.scale.growth", description=__doc__)
    parser.add_argument("--longest", type=int, default=100_000_000, help="bytes of one page")
    parser.add_argument("--most", type=int, default=1_000_000, help="pages of one run")
    parser.add_argument("--out", type=Path, help="write the points as JSON")
    parser.add_argument("--plot", type=Path, help="draw them, SVG")
    parser.add_argument("--doc", type=Path, help="document whose section is written")
    parser.add_argument("--point", nargs=2, metavar=("AXIS", "AMOUNT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.point:
        print(json.dumps(measure(asked.point[0], int(asked.point[1]))))
        return
    found = []
    for axis, amount in points(asked.longest, asked.most):
        command = [sys.executable, "-m", "service.scale.growth", "--point", axis, str(amount)]
        done = subprocess.run(  # noqa: S603 - this module itself, with numbers
            command, check=True, capture_output=True, text=True
        )
        found.append(json.loads(done.stdout))
        one = found[-1]
        print(
            f"{amount:>11,} {axis}  {one['seconds']:10.4f} s  "
            f"{one['seconds'] / amount * 1e6:8.2f} µs each  {one['peak_bytes'] / 1e6:8.0f} MB",
            flush=True,
        )
    exponents = {axis: exponent(found, axis) for axis in _FIT_FROM}
    print(f"exponents (1 is linear): {exponents}")
    if asked.out:
        result = {"points": found, "exponents": exponents, "small": SMALL}
        asked.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if asked.plot:
        draw(found, asked.plot)
    if asked.doc:
        fill_document(asked.doc, "growth", section(found))


if __name__ == "__main__":
    main()
