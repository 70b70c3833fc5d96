"""The batch job: read, split, fit, evaluate, gate, publish, promote.

Everything happens under the registry's job lock, in a work folder that the next job sweeps up, and
the only thing that changes what readers get is the last step, which replaces one file. Killed at
any moment, the old champion is in use, or the new one, whole; the next run needs no hands.

A challenger that the gate refuses is published all the same, with the verdict on its card, so that
somebody can look at it and, knowing better, promote it by name. Only the last `KEPT_REFUSED` stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from model import artifact
from model.errors import ArtifactError, UnknownVersion
from model.registry import SHIPPED, Registry
from model.registry.remote import open_registry
from training.afterwards import KEPT_REFUSED, Afterwards, prune
from training.challenger import held_back, judge_challenger, save_challenger
from training.enough import NothingToTrainOn, check_enough
from training.evaluate import Report, evaluate
from training.findings import counted_softly, find, profile_of
from training.floors import Floors, check_file, held_to, pin
from training.gate import Budgets, Verdict
from training.labelled import CORRECTED, LabelledPage, as_page
from training.partition import Partition, divide_sources
from training.plan import Progress
from training.reading import read_labelled
from training.stage_cache import check_folder
from training.stage_log import Log, Stages, json_lines
from training.steps import Corrections, Steps, Trainable
from training.thresholds import measure_thresholds

__all__ = [
    "CORRECTED",
    "KEPT_REFUSED",
    "NothingToTrainOn",
    "RetrainResult",
    "Steps",
    "json_lines",
    "retrain",
]


@dataclass(frozen=True)
class RetrainResult:
    """What came of it.

    Attributes
    ----------
    promoted : bool
    reason : str
        Why, in one line; ``verdict.reasons`` has all.
    challenger : str
        Version that was trained and published.
    champion : str
        Version in use afterwards.
    verdict : Verdict
    champion_report, challenger_report : Report
        None for a champion that would not load.
    failed : tuple of str
        What failed after all that was decided, such as deleting old versions.
    noticed : tuple of str
        What went otherwise than whoever started the job expects, and did not stop it.
    """

    promoted: bool
    reason: str
    challenger: str
    champion: str
    verdict: Verdict = field(repr=False)
    champion_report: Report | None = field(repr=False)
    challenger_report: Report = field(repr=False)
    failed: tuple[str, ...] = ()
    noticed: tuple[str, ...] = ()


def retrain(
    articles: Sequence[Path],
    registry: str | Path | Registry,
    *,
    seed: int = 0,
    pages: Sequence[Path] = (),
    real: Path | None = None,
    corrections: Corrections | None = None,
    progress: Progress | None = None,
    log: Log | None = None,
    budgets: Budgets | None = None,
    floors: Floors | Path | None = None,
    lower_floors: str | None = None,
    cache: Path | None = None,
    curve: Sequence[float] = (),
    steps: Steps | None = None,
) -> RetrainResult:
    """Train a challenger and make it the champion if it is better.

    Parameters
    ----------
    articles : sequence of Path
        Files of single articles; see `training.corpus.read_articles`.
    registry : path, URL or Registry
    pages : sequence of Path
        Files of labelled pages to learn from and measure with, apart by outlet.
    real : Path, optional
        Folder of real pages, as for `training.train.train`.
    corrections : Corrections, optional
        Pages that people corrected; no site stands on both sides. What the service sampled beside
        them shows, with them, what has drifted.
    progress : callable, optional
        Called with a stage's name, steps done and steps in all.
    log : callable, optional
        Called with one record a stage; see `json_lines`.
    budgets, floors, lower_floors
        See `training.gate.judge` and, for floors of a file, `training.floors.held_to`. Floors
        hold for the pages that they were pinned on and no others.
    cache : Path, optional
        Folder for what is the same next time unless the articles change; see
        `training.stage_cache`.
    curve : sequence of float
        Shares of the pages to draw a learning curve with; see `training.plan.Plan`.

    Raises
    ------
    RegistryBusy
        Another job runs.
    ChampionMoved
        Somebody promoted or rolled back while this ran; the challenger is published.
    NothingToTrainOn, SharedSources, BadFloors, BadCache, BadLabelledPage, ArtifactError, OSError
    """
    steps = steps or Steps()
    if isinstance(floors, Path):
        check_file(floors)
    if cache is not None:
        check_folder(cache)
    if not isinstance(registry, Registry):
        registry = open_registry(registry)
    stages = Stages(log)
    afterwards = Afterwards(stages)
    with afterwards.closing(registry.lock()) as work:
        before = registry.champion()
        with stages("read") as record:
            found = steps.read(articles)
            labelled = read_labelled(pages, corrections)
            usable, sampled = labelled.corrections, labelled.sampled
            record |= {"articles": len(found)} | labelled.counts()
        with stages("split") as record:
            sides = divide_sources(
                found,
                [*labelled.pages, *usable],
                None if real is None else steps.real(real),
                split=steps.split,
                compose=lambda held, by_article: steps.compose(held, seed, by_article),
            )
            del found
            record |= _sizes(sides) | _whereabouts(usable, sides)
        check_enough(sides)
        with stages("fit"):
            fitted = steps.fit(
                sides.articles,
                seed=seed,
                progress=progress,
                real_pages=[*((as_page(page), page) for page in sides.pages), *sides.real],
                material=None if real is None else steps.material(sides.hosts, real),
                cache=cache,
                **({"curve": curve} if curve else {}),
            )
        with stages("save") as record:
            made, version = save_challenger(fitted, work, sides, seed)
            del fitted
            # What is measured is what will be served: read back from the disk, hash and all.
            challenger = steps.load(made)
            size = artifact.read_card(made)["size"]
            record |= {"version": version, "size": size}
        with stages("evaluate champion") as record:
            champion = _champion(registry, before, steps, record)
            noticed = [*labelled.noticed(), *_instead(champion, record)]
            old = _evaluate(champion, sides, seed, progress, "evaluating the champion")
            record |= _summary(old)
        with stages("evaluate challenger") as record:
            new = _evaluate(challenger, sides, seed, progress, "evaluating the challenger")
            assert new is not None
            record |= _summary(new)
        with stages("gate") as record:
            verdict = judge_challenger(
                champion, old, challenger, new, sides, size, seed,
                budgets=budgets, floors=held_to(floors, old), lower_floors=lower_floors,
            )  # fmt: skip
            verdict = held_back(verdict, registry.taken_back())
            record |= {"promote": verdict.promote, "reasons": list(verdict.reasons)}
            record |= {key: verdict.figures[key] for key in ("floors", "floors_of")}
        # All that can fail does so while the champion is the old one still.
        with stages("findings") as record:
            told = profile_of(challenger, sides.frozen)
            told |= measure_thresholds(challenger, sides.frozen)
            # The champion's card says what it was known on; what people send shows what comes now.
            counted = None if corrections is None else counted_softly(corrections.seen, record)
            seen = [*usable, *sampled]
            findings = find(challenger, sides.frozen, seen=seen, known=champion, counted=counted)
            if findings.drifted:
                of = f"{findings.drifted} ({len(usable)} corrected, {len(sampled)} sampled)"
                findings = replace(findings, drifted=of)
        with stages("publish"):
            figures = {"figures": new.figures(), "gate": verdict.to_dict()}
            artifact.amend(made, figures | told)
            registry.publish(made, version)
        with stages("promote") as record:
            in_use: str | None = version
            if verdict.promote:
                afterwards.promote(registry, version, expected=before)
            else:
                in_use = registry.champion()
            record |= {"promoted": verdict.promote, "champion": in_use or SHIPPED}
        if verdict.promote and lower_floors is not None and isinstance(floors, Path):
            with afterwards("floors"):
                pin(new, Floors.load(floors), lower=lower_floors).save(floors)
        with afterwards("prune") as record:
            record["removed"] = prune(registry, version)
    return RetrainResult(
        promoted=verdict.promote,
        reason="; ".join(verdict.reasons),
        challenger=version,
        champion=in_use or (champion.version if champion is not None else SHIPPED),
        verdict=verdict,
        champion_report=old,
        challenger_report=replace(new, findings=findings),
        failed=tuple(afterwards.failed),
        noticed=tuple(noticed),
    )


def _champion(
    registry: Registry, before: str | None, steps: Steps, record: dict[str, Any]
) -> Trainable | None:
    """The champion; where it will not load, as after an upgrade, the model that ships."""
    for version in dict.fromkeys((before, None)):
        try:
            loaded: Trainable = steps.load(registry.path(version) if version else None)
        # A store that is away says nothing of the champion, and must not make room for a worse one.
        except (ArtifactError, UnknownVersion) as error:
            record.setdefault("unusable", []).append(f"{version or SHIPPED}: {error}")
        else:
            return loaded
    return None


def _instead(champion: Trainable | None, record: dict[str, Any]) -> list[str]:
    """A line of each model that would not load, and of what the challenger must beat instead."""
    instead = "nothing" if champion is None else champion.version
    return [
        f"the champion would not load, and the challenger was compared with {instead}: {why}"
        for why in record.get("unusable", ())
    ]


def _evaluate(
    segmenter: Trainable | None,
    sides: Partition,
    seed: int,
    progress: Progress | None,
    stage: str,
) -> Report | None:
    if segmenter is None:
        return None
    tell = None if progress is None else partial(progress, stage)
    return evaluate(segmenter, sides.frozen, seed=seed, progress=tell)


def _sizes(sides: Partition) -> dict[str, int]:
    return {
        "training_articles": len(sides.articles),
        "training_pages": len(sides.pages),
        "real_pages": len(sides.real),
        "held_out_articles": len(sides.held_articles),
        "frozen_pages": len(sides.frozen),
        "copies_left_out": sides.copies,
    }


def _whereabouts(corrected: Sequence[LabelledPage], sides: Partition) -> dict[str, int]:
    """On which side people's work is, and how much of it on none."""
    # By the objects, as a page of a file may have a correction's name.
    learned, measured = ({id(page) for page in side} for side in (sides.pages, sides.frozen))
    counts = {
        "corrections_learned": sum(id(page) in learned for page in corrected),
        "corrections_measured": sum(id(page) in measured for page in corrected),
    }
    return counts | {"corrections_dropped": len(corrected) - sum(counts.values())}


def _summary(report: Report | None) -> dict[str, Any]:
    if report is None:
        return {"model": None}
    names = ("seam_f1", "page_exact", "false_split", "ece")
    overall = report.figures()["overall"]
    return {"model": report.model} | {name: overall[name] for name in names}
