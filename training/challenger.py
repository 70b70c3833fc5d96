"""The challenger of a retraining: the version that it becomes, and what is decided about it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.evaluate import Report, evaluate
from training.gate import Verdict, judge, speeds
from training.labelled import CORRECTED
from training.partition import Partition, describe
from training.steps import Trainable

__all__ = ["held_back", "judge_challenger", "save_challenger"]

# Pages on which speed is compared: three rounds of both models take a few seconds.
_SPEED_PAGES = 200


def save_challenger(fitted: Trainable, work: Path, sides: Partition, seed: int) -> tuple[Path, str]:
    """Write the challenger to the work folder, under a name of its own."""
    data = _fingerprint(sides, seed)
    now = datetime.now(UTC)
    # Milliseconds, so that no name of a deleted version comes back.
    version = f"{now:%Y%m%d-%H%M%S}.{now.microsecond // 1000:03}-{data[:8]}"
    card = dict(fitted.card) | {
        "version": version,
        "created": now.isoformat(timespec="milliseconds"),
        "seed": seed,
        "fingerprint": data,
        "data": describe(sides.articles),
        "labelled_pages": len(sides.pages),
        "real_pages": len(sides.real),
    }
    fitted.save(work / version, card)
    return work / version, version


def _fingerprint(sides: Partition, seed: int) -> str:
    """Hash of everything that the model was fitted on."""
    digest = hashlib.sha256(str(seed).encode())
    for article in sorted(sides.articles, key=lambda one: str(one.id)):
        digest.update(hashlib.sha256(f"{article.id}\0{article.text}".encode()).digest())
    for page in sorted([*sides.pages, *(page for _, page in sides.real)], key=lambda one: one.id):
        digest.update(hashlib.sha256(page.to_json().encode()).digest())
    return digest.hexdigest()


def judge_challenger(
    champion: Trainable | None,
    old: Report | None,
    challenger: Trainable,
    new: Report,
    sides: Partition,
    size: int,
    seed: int,
    **options: Any,
) -> Verdict:
    """Hold the challenger against the champion, by quality, by size and by speed.

    Parameters
    ----------
    champion, old
        None where no champion would load.
    size : int
        Bytes of the challenger's file.
    options
        ``budgets``, ``floors`` and ``lower_floors`` of `training.gate.judge`.
    """
    slowdown, learned = 1.0, None
    if champion is not None:
        before, after = speeds([champion, challenger], sides.frozen[:: _stride(sides)])
        slowdown = before / after
        if corrected := [page for page in sides.pages if page.kind == CORRECTED]:
            learned = (
                evaluate(champion, corrected, replicates=1, worst=0),
                evaluate(challenger, corrected, replicates=1, worst=0),
            )
    return judge(old, new, learned=learned, size=size, slowdown=slowdown, seed=seed, **options)


def held_back(verdict: Verdict, taken_back: Sequence[str]) -> Verdict:
    """Promote nothing while a rollback stands, whatever the gate says.

    What was taken back had passed the gate too, and what is fitted on the same data, or on that and
    one more correction, is its like. The gate's own reasons stay beside this one, so that somebody
    can decide.

    Parameters
    ----------
    taken_back : sequence of str
        See `model.registry.folder.Registry.taken_back`.
    """
    if not taken_back:
        return verdict
    why = (
        f"{', '.join(taken_back)} was taken back, and this may be its like; `storyseam models "
        "promote VERSION` puts a version in use by hand, this one or the champion itself, and lets "
        "retraining promote again"
    )
    figures = verdict.figures | {"taken_back": list(taken_back)}
    return replace(verdict, promote=False, reasons=(why, *verdict.reasons), figures=figures)


def _stride(sides: Partition) -> int:
    """Every how manieth frozen page, so that all kinds are among about `_SPEED_PAGES`."""
    return max(1, len(sides.frozen) // _SPEED_PAGES)
