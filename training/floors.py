"""Floors under the figures of the model that ships, pinned to the pages that they were measured on.

``floors.json`` holds for overall and each kind and language the least seam F1 and share of right
pages and the largest share of false splits. A floor is the far end of the 95 % interval of the
model that it was pinned with, rounded outwards to three digits: another seed moves a figure by
less, a mistake by more. Floors mean nothing on other pages, so the pages' hash stands beside them.
Pages that people corrected are none of them: there are others every night.

    python -m training.floors check PAGES.jsonl [--model DIR]
    python -m training.floors pin PAGES.jsonl [--model DIR] [--lower WHY]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model import artifact
from model.errors import StoryseamError
from training import scores
from training.evaluate import Report, evaluate_files
from training.groups import Group, groups_of
from training.labelled import CORRECTED

__all__ = [
    "FLOORS_FILE",
    "BadFloors",
    "Floors",
    "Shortfall",
    "check_file",
    "held_to",
    "main",
    "pin",
]

#: The floors of the model that ships.
FLOORS_FILE = Path(__file__).parent / "floors.json"

_PINNED = ("seam_f1", "page_exact", "false_split")
_ENOUGH_PAGES = 50
# The 95 % bound of a share of which no case was seen, times their number.
_RULE_OF_THREE = 3


class BadFloors(StoryseamError):
    """A file that should hold floors and does not."""


@dataclass(frozen=True)
class Shortfall:
    """One floor that a model falls below, or that a new pin would lower."""

    group: str
    figure: str
    floor: float
    found: float

    def __str__(self) -> str:
        return f"{self.figure} of {self.group} is {self.found:.4f}, floor {self.floor}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"found": None if math.isnan(self.found) else self.found}


@dataclass(frozen=True)
class Floors:
    """Floors, and the pages that they hold for.

    Attributes
    ----------
    corpus : str
        `training.evaluate.Report.standing_corpus` of the pages.
    floors : dict
        Group ("overall", "kind digest", "lang en") -> figure -> floor, or ceiling where less is
        better.
    lowered : list of dict
        Every floor that was ever lowered: when, from, to, why.
    """

    corpus: str
    model: str
    floors: dict[str, dict[str, float]]
    lowered: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path = FLOORS_FILE) -> Floors | None:
        """Floors of a file; None where none were pinned yet."""
        if not path.exists():
            return None
        try:
            found = cls(**json.loads(path.read_text(encoding="utf-8")))
            found._check()
        except (ValueError, TypeError) as error:
            raise BadFloors(
                f"{path} holds no floors ({error}); delete it to pin new ones"
            ) from error
        return found

    def _check(self) -> None:
        """Raise ValueError for what would fail only once a model is held to it."""
        if not isinstance(self.floors, dict) or not isinstance(self.lowered, list):
            raise ValueError('"floors" are an object, and what was "lowered" is a list')
        for group, floors in self.floors.items():
            if not isinstance(floors, dict):
                raise ValueError(f"the floors of {group!r} are no object")
            for figure, floor in floors.items():
                if figure not in scores.HIGHER_IS_BETTER:
                    raise ValueError(f"there is no figure {figure!r}")
                number = isinstance(floor, int | float) and not isinstance(floor, bool)
                if not number or not math.isfinite(floor):
                    raise ValueError(f"{figure} of {group!r} is no number: {floor!r}")

    def save(self, path: Path = FLOORS_FILE) -> None:
        """Write a file; it is the old one or the new one, whole."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        partial = path.with_name(f".tmp-{path.name}")
        try:
            artifact.write_file(partial, text.encode() + b"\n")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def shortfalls(self, report: Report) -> list[Shortfall]:
        """Floors that a report falls below; a group that is gone falls below all of its own."""
        report = standing(report)
        found = {_group_name(axis, name): group for (axis, name), group in report.groups.items()}
        out = []
        for group, floors in self.floors.items():
            for figure, floor in floors.items():
                value = found[group].value(figure) if group in found else math.nan
                sense = 1 if scores.HIGHER_IS_BETTER[figure] else -1
                if not sense * value >= sense * floor:  # NaN is below every floor
                    out.append(Shortfall(group, figure, floor, value))
        return out


def pin(report: Report, before: Floors | None = None, *, lower: str | None = None) -> Floors:
    """Floors from a report.

    Parameters
    ----------
    before : Floors, optional
        What was pinned; on the same pages the higher of the two floors stays, unless the report
        falls below it and there is a reason. On other pages the new floors stand alone.
    lower : str, optional
        The reason, recorded for every floor that it lowers: those that are missed, and no others.
    """
    report = standing(report)
    new: dict[str, dict[str, float]] = {group: dict(each) for group, each in _floors(report)}
    lowered = list(before.lowered) if before is not None else []
    if before is not None and before.corpus == report.corpus:
        missed = {(each.group, each.figure) for each in before.shortfalls(report)}
        for group, floors in before.floors.items():
            for figure, old in floors.items():
                value = new.setdefault(group, {}).get(figure)
                sense = 1 if scores.HIGHER_IS_BETTER[figure] else -1
                if value is not None and sense * value >= sense * old:
                    continue
                if lower is None or (group, figure) not in missed:
                    new[group][figure] = old
                    continue
                when = datetime.now(UTC).date().isoformat()
                step = {"when": when, "group": group, "figure": figure, "from": old, "to": value}
                lowered.append(step | {"why": lower})
    kept = {group: values for group, values in new.items() if values}
    return Floors(corpus=report.corpus, model=report.model, floors=kept, lowered=lowered)


def check_file(path: Path) -> None:
    """See, before long work, that floors can be read from or pinned in a file.

    Raises
    ------
    BadFloors
    """
    Floors.load(path)
    if not path.parent.is_dir():
        raise BadFloors(f"no floors can be pinned in {path}: make the folder {path.parent} first")
    try:
        # Tried, as permissions say too little: nobody writes to a read-only mount.
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise BadFloors(
            f"no floors can be pinned in {path}: {error.strerror}; let this job write to the folder"
        ) from error


def standing(report: Report) -> Report:
    """The report of those pages that no correction brought, which are there every night.

    Itself where no page, or every page, is a correction. The curve and the worst pages stay those
    of all.
    """
    kept = ~report.group("kind", CORRECTED)
    if kept.all() or not kept.any():
        return report
    rows = report.rows[kept]
    kinds, langs = (
        [name for name, own in zip(names, kept, strict=True) if own]
        for names in (report.kinds, report.langs)
    )
    return replace(
        report,
        corpus=report.standing_corpus,
        rows=rows,
        kinds=kinds,
        langs=langs,
        groups=groups_of(rows, kinds, langs),
    )


def held_to(floors: Floors | Path | None, champion: Report | None) -> Floors | None:
    """The floors that a challenger is held to.

    Parameters
    ----------
    floors : Floors or Path, optional
        Of a file that is not there yet, or whose floors are of other pages, those that the champion
        stands on, which are pinned in it. By default those of the model that ships.
    champion : Report or None
    """
    if isinstance(floors, Floors):
        return floors
    if floors is None:
        return Floors.load()
    found = Floors.load(floors)
    if champion is not None and (found is None or found.corpus != champion.standing_corpus):
        found = pin(champion, found)
        found.save(floors)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The two commands above; 1 where a floor is broken or would have had to be lowered."""
    parser = argparse.ArgumentParser(prog="python -m training.floors", description=__doc__)
    parser.add_argument("command", choices=("check", "pin"))
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--model", type=Path, help="a model version (default: the one that ships)")
    parser.add_argument("--file", type=Path, default=FLOORS_FILE, help="where the floors stand")
    parser.add_argument("--lower", metavar="WHY", help="lower floors, for this recorded reason")
    options = parser.parse_args(arguments)
    report = evaluate_files(options.pages, options.model)
    before = Floors.load(options.file)
    if options.command == "pin":
        after = pin(report, before, lower=options.lower)
        after.save(options.file)
        before = after
    if before is None or before.corpus != report.standing_corpus:
        print("no floors are pinned for these pages", file=sys.stderr)
        return 1
    short = before.shortfalls(report)
    for each in short:
        print(each)
    return 1 if short else 0


def _floors(report: Report) -> Iterator[tuple[str, Iterator[tuple[str, float]]]]:
    for (axis, name), group in report.groups.items():
        if group.pages >= _ENOUGH_PAGES:
            single = scores.column(report.rows[report.group(axis, name)], "single").sum()
            yield _group_name(axis, name), _outer(group, int(single))


def _outer(group: Group, single: int) -> Iterator[tuple[str, float]]:
    """The floors of a group, of whose pages so many have one story."""
    cases = {"seam_f1": group.seams, "page_exact": group.pages, "false_split": single}
    for name in _PINNED:
        value, low, high = group.figures[name]
        # Without true seams F1 is 0 or undefined, and false splits say the same better.
        if math.isnan(value) or (name == "seam_f1" and not group.seams):
            continue
        # Where no mistake was made, none is ever drawn, and the interval has no width: another
        # model would have to make none either. What n cases without one leave open is 3 / n.
        spare = min(_RULE_OF_THREE / max(cases[name], 1), 1.0) if low == high else 0.0
        if scores.HIGHER_IS_BETTER[name]:
            yield name, math.floor(max(low - spare, 0.0) * 1000) / 1000
        else:
            yield name, math.ceil(min(high + spare, 1.0) * 1000) / 1000


def _group_name(axis: str, name: str) -> str:
    return axis if axis == "overall" else f"{axis} {name}"


if __name__ == "__main__":
    sys.exit(main())
