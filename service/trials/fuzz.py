"""`python -m service.trials.fuzz`: a hundred thousand strange pages through the whole API.

An answer is its stories, sound and within the page, or a refusal; never a fault. The slowest
inputs for their length are then made longer, until it shows whether the time grows faster than the
page. The table goes into a Markdown file with `--into docs/reliability.md`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from pathlib import Path
from typing import TYPE_CHECKING

from flask.testing import FlaskClient

from model.errors import StoryseamError
from service.marked import write_between
from service.observability.stages import Stages

if TYPE_CHECKING:
    from service.trials.fuzz_pages import Input

__all__ = ["NAME", "Fuzz", "main"]

#: Of the marks that the table stands between.
NAME = "fuzz"

# How many of the slowest for their length are made longer, and to how many bytes.
_SUSPECTS = 20
_SHORT, _LONG = 20_000, 80_000
# Linear is 4; the rest is noise and n log n. Quadratic would be 16.
_STEEPEST = 8.0


@dataclass
class Fuzz:
    """What a run has seen.

    Attributes
    ----------
    statuses : Counter
        Of the answers.
    faults : list of str
        Inputs that made a fault, as Python would write them.
    slowest : float
        Seconds of computing for one input, and its length in bytes.
    growth : float
        How many times as long the steepest suspect took when four times as long.
    """

    http: FlaskClient
    inputs: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    growth: float = 0.0
    steep: list[str] = field(default_factory=list)
    _suspects: list[tuple[float, int, Input]] = field(default_factory=list)

    def send(self, page: Input, family: str) -> None:
        """Send one input, look at what comes."""
        self.inputs[family] += 1
        seconds, fault = self._ask(page)
        if fault is not None:
            self.faults.append(f"{fault}: {page!r}"[:2000])
            return
        self.slowest = max(self.slowest, (seconds, len(page.body)))
        # Per byte, with something for a page that is hardly one.
        suspect = (seconds / (len(page.body) + 200), sum(self.inputs.values()), page)
        if len(self._suspects) < _SUSPECTS:
            heappush(self._suspects, suspect)
        else:
            heappushpop(self._suspects, suspect)

    def stretch(self) -> None:
        """Make the suspects longer, and see how their time grows."""
        for _, _, page in self._suspects:
            if not page.body:
                continue
            short, long = (self._best(page, size) for size in (_SHORT, _LONG))
            # Below a few milliseconds there is nothing to be read from a clock.
            growth = long / max(short, 0.005)
            self.growth = max(self.growth, growth)
            if growth > _STEEPEST:
                self.steep.append(f"{growth:.1f} times: {page!r}"[:2000])

    def _best(self, page: Input, size: int) -> float:
        """Seconds for the input again and again, up to a size; the better of two."""
        from service.trials.fuzz_pages import Input

        times = max(1, size // len(page.body))
        longer = Input(page.body * times, page.html, page.charset)
        return min(self._ask(longer)[0] for _ in range(2))

    def _ask(self, page: Input) -> tuple[float, str | None]:
        """Seconds of computing, and what was wrong with the answer."""
        kind = "text/html" if page.html else "text/plain"
        began = time.process_time()
        response = self.http.post(
            "/v1/segment", data=page.body, content_type=f"{kind}; charset={page.charset}"
        )
        seconds = time.process_time() - began
        self.statuses[response.status_code] += 1
        if response.status_code >= 500:
            return seconds, f"status {response.status_code}"
        if response.status_code == 200:
            last = 0
            for story in (response.json or {})["stories"]:
                if not last <= story["start"] < story["end"]:
                    return seconds, "unsound spans"
                last = story["end"]
        return seconds, None

    def report(self) -> tuple[list[str], bool]:
        """The table as Markdown, and whether all held."""
        families = ", ".join(f"{count} × {name}" for name, count in self.inputs.items())
        statuses = ", ".join(f"{count} × {code}" for code, count in sorted(self.statuses.items()))
        seconds, size = self.slowest
        lines = [
            "| | |",
            "|---|---|",
            f"| inputs | {sum(self.inputs.values())}: {families} |",
            f"| answers, the longer ones included | {statuses} |",
            f"| faults | {len(self.faults) or 'none'} |",
            f"| slowest input | {1000 * seconds:.0f} ms of computing, {size} bytes |",
            f"| the {_SUSPECTS} slowest for their length, four times as long "
            f"| at most {self.growth:.1f} times the time; linear is 4 |",
        ]
        return lines, not (self.faults or self.steep)


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz, print the table; 0 if nothing was found, 1 if something was."""
    parser = argparse.ArgumentParser(prog="python -m service.trials.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="in all (default 100000)")
    parser.add_argument("--seed", type=int, default=1, help="another one, other inputs (default 1)")
    parser.add_argument("--model", type=Path, help="directory of a model version")
    parser.add_argument("--into", type=Path, metavar="FILE", help="write the table into this file")
    options = parser.parse_args(argv)
    try:
        with Stages() as stages:
            lines, held, found = fuzz(options.inputs, options.seed, stages, model=options.model)
        print("\n".join(lines))
        print("\n".join(found), file=sys.stderr)
        if options.into is not None:
            write_between(options.into, NAME, lines)
    except (StoryseamError, OSError) as error:
        print(f"storyseam: {error}", file=sys.stderr)
        return 1
    return 0 if held else 1


def fuzz(
    inputs: int,
    seed: int,
    progress: Callable[[str, int, int], None],
    *,
    model: Path | None = None,
) -> tuple[list[str], bool, list[str]]:
    """Run it on the model that the settings name; the table, whether all held, what was found."""
    try:
        import hypothesis
    except ImportError:
        raise StoryseamError("hypothesis is missing: pip install 'storyseam[dev]'") from None
    from service.app import create_app
    from service.settings import Settings
    from service.trials.fuzz_pages import FAMILIES

    # One for all that is sent from here: nothing of the limits is what this is about.
    settings = Settings.from_environment(log_level="error", anonymous="segment", model=model)
    run = Fuzz(create_app(settings).test_client())
    ready = run.http.get("/readyz")
    if ready.status_code != 200:
        raise StoryseamError((ready.json or {})["detail"])
    share = max(1, inputs // len(FAMILIES))
    quiet = hypothesis.settings(
        max_examples=share,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    for family, pages in FAMILIES.items():

        def send(page: Input, family: str = family) -> None:
            run.send(page, family)
            if run.inputs[family] % 100 == 0:
                progress(family, run.inputs[family], share)

        hypothesis.seed(seed)(quiet(hypothesis.given(pages)(_one_argument(send))))()
    progress("growth", 0, 1)
    run.stretch()
    lines, held = run.report()
    return lines, held, run.faults + run.steep


def _one_argument(send: Callable[[Input], None]) -> Callable[[Input], None]:
    """Hypothesis fills every argument that it sees; the name of the family is none of those."""

    def once(page: Input) -> None:
        send(page)

    return once


if __name__ == "__main__":
    sys.exit(main())
