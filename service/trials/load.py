"""`python -m service.trials.load`: the service beside a bare Flask endpoint that echoes its pages.

One run, same machine, same gunicorn, kept connections. Rounds alternate between the servers, so
that a machine that is busy otherwise is so for all of them; the figure to trust is the ratio. The
table goes into a Markdown file with `--into README.md`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from model.errors import StoryseamError
from service.marked import write_between
from service.observability.stages import Stages
from service.settings import Settings
from service.trials.load_clients import Outcome, request_of, saturate, steady
from service.trials.load_pages import pages_of_text
from service.trials.load_servers import (
    echo_server,
    hollow_server,
    process_memory,
    process_seconds,
    storyseam_server,
)

__all__ = ["NAME", "main", "table"]

#: Of the marks that the table stands between.
NAME = "load"

_LOAD = 0.7
_VARIANTS = 64
_ECHO, _HOLLOW = "bare Flask echo", "Storyseam without a model"
_OURS, _ALONE = "Storyseam", "Storyseam, each page alone"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table; 0 if all went well, 1 with a line on stderr if not."""
    parser = argparse.ArgumentParser(prog="python -m service.trials.load", description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="of every server (default 2)")
    parser.add_argument(
        "--connections", type=int, default=8, help="kept at a time (default 8, at most 8 a worker)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="of every server (default 5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of a round (default 4)")
    parser.add_argument("--characters", type=int, default=8000, help="of a page (default 8000)")
    parser.add_argument("--model", type=Path, help="directory of a model version to serve")
    parser.add_argument("--into", type=Path, metavar="FILE", help="write the table into this file")
    options = parser.parse_args(argv)
    try:
        lines = measure(options)
        print("\n".join(lines))
        if options.into is not None:
            write_between(options.into, NAME, lines)
    except (StoryseamError, OSError) as error:
        print(f"storyseam: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


def measure(options: argparse.Namespace) -> list[str]:
    """Run all servers and give the table."""
    requests = [request_of(page) for page in pages_of_text(_VARIANTS, options.characters)]
    settings: dict[str, object] = {"workers": options.workers}
    if options.model is not None:
        settings["model"] = options.model
    with ExitStack() as stack, Stages() as stages:
        stages("servers", 0, 4)
        threads = Settings().threads
        servers = {
            _ECHO: stack.enter_context(echo_server(options.workers, threads)),
            _HOLLOW: stack.enter_context(hollow_server(workers=options.workers)),
            _OURS: stack.enter_context(storyseam_server(**settings)),
            _ALONE: stack.enter_context(storyseam_server(**settings, micro_batch=1)),
        }
        full: dict[str, list[Outcome]] = {name: [] for name in servers}
        rounds = options.rounds + 1  # the first one warms up and does not count
        for number in range(rounds):
            for name, (port, process) in servers.items():
                stages("full load", number, rounds)
                before = process_seconds(process)
                found = saturate(port, requests, options.connections, options.seconds)
                found.cpu = process_seconds(process) - before
                full[name].append(found)
        rates = {name: statistics.median(o.rate for o in each[1:]) for name, each in full.items()}
        part: dict[str, Outcome] = {name: Outcome() for name in servers}
        for number in range(options.rounds):
            for name, (port, _) in servers.items():
                stages("70 % load", number, options.rounds)
                seconds = options.seconds
                found = steady(port, requests, options.connections, seconds, _LOAD * rates[name])
                part[name].latencies += found.latencies
                part[name].refused += found.refused
        memory = {name: process_memory(process) for name, (_, process) in servers.items()}
    return table(full, part, memory, options)


def table(
    full: Mapping[str, Sequence[Outcome]],
    part: Mapping[str, Outcome],
    memory: Mapping[str, Mapping[int, tuple[int, int]]],
    options: argparse.Namespace,
) -> list[str]:
    """The figures as Markdown; a ratio is the median of the ratios of all rounds."""
    size = f"{options.characters / 1000:g} kB"
    lines = [
        f"{options.workers} workers, {options.connections} kept connections, pages of {size} of "
        f"text; {options.rounds} rounds of {options.seconds:g} s in turn. "
        "Latencies at 70 % of each server's own full load; CPU of the server alone. Memory is what "
        "all its processes take, shared pages once, and then the resident size of the largest "
        "worker.",
        "",
        "| | requests/s | of the echo | CPU a request | p50 | p99 | p99 / p50 | memory "
        "| a worker |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, rounds in full.items():
        counted = list(zip(rounds[1:], full[_ECHO][1:], strict=True))
        ratio = statistics.median(ours.rate / echo.rate for ours, echo in counted)
        rate = statistics.median(outcome.rate for outcome, _ in counted)
        cpu = statistics.median(o.cpu / max(1, len(o.latencies)) for o, _ in counted)
        half, most = (part[name].quantile(share) for share in (0.5, 0.99))
        used = sum(proportional for _, proportional in memory[name].values())
        # The first is the process that started the others.
        worker = max(resident for resident, _ in [*memory[name].values()][1:] or [(0, 0)])
        lines.append(
            f"| {name} | {rate:.0f} | {100 * ratio:.1f} % | {1000 * cpu:.2f} ms "
            f"| {1000 * half:.1f} ms | {1000 * most:.1f} ms | {most / half:.1f} "
            f"| {used / 1e6:.0f} MB | {worker / 1e6:.0f} MB |"
        )
    refused = sum(o.refused for each in full.values() for o in each)
    refused += sum(outcome.refused for outcome in part.values())
    if refused:
        lines += ["", f"{refused} requests were refused or lost; use fewer `--connections`."]
    return lines


if __name__ == "__main__":
    sys.exit(main())
