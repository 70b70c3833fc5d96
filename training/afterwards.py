"""What a retraining does once it has decided: its failures are told, and change nothing any more.

A job that promoted a model and then could not delete an old one did not fail: whoever reads its
exit code would look for the old champion.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from model.registry import Registry
from training.stage_log import Stages

__all__ = ["KEPT_FORGOTTEN", "KEPT_REFUSED", "Afterwards", "prune"]

T = TypeVar("T")

#: Refused versions that stay in the registry, and such as once were the champion and are no more.
KEPT_REFUSED, KEPT_FORGOTTEN = 5, 20


class Afterwards:
    """Runs stages whose failures are logged and remembered, not raised.

    Parameters
    ----------
    stages : Stages
        That log them.
    """

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        #: What failed, a line each.
        self.failed: list[str] = []

    @contextmanager
    def __call__(self, stage: str) -> Iterator[dict[str, Any]]:
        """A stage as `Stages` has it; gives its record."""
        try:
            with self._stages(stage) as record:
                yield record
        except Exception as error:  # noqa: BLE001 - stores raise what they like; all is decided
            self.failed.append(f"{stage}: {error or repr(error)}")

    def promote(self, registry: Registry, version: str, *, expected: str | None) -> None:
        """Make a version the champion; what fails once readers get it is only told.

        Raises
        ------
        ChampionMoved, ArtifactError, OSError
            The champion is another one still.
        """
        try:
            registry.promote(version, expected=expected)
        except Exception as error:
            if registry.champion() != version:
                raise
            # The pointer is in place, and whether it survives a power cut is not known.
            with self("sync"):
                raise error

    @contextmanager
    def closing(self, held: AbstractContextManager[T]) -> Iterator[T]:
        """Something that is held until all is decided; failing to let go of it is only told.

        Raises
        ------
        Exception
            Whatever taking hold of it, or what is done meanwhile, raises.
        """
        done = False
        try:
            with held as given:
                yield given
                done = True
        except Exception as error:
            if not done:
                raise
            with self("close"):
                raise error


def prune(registry: Registry, published: str) -> list[str]:
    """Delete the oldest versions that nobody can fall back to; says which.

    Those that the gate refused and nobody promoted since, and those that it let through and the
    history has forgotten, or that were taken back: of these more stay, as somebody may want one.

    Parameters
    ----------
    published : str
        This night's own, which stays and counts as the latest: after a clock has jumped, cards
        say otherwise.
    """
    kept = set(registry.history())
    gone: list[str] = []
    for let_through, stay in ((False, KEPT_REFUSED), (True, KEPT_FORGOTTEN)):
        some: list[str] = [
            card["version"]
            for card in registry.versions()
            if _let_through(card) is let_through and card["version"] not in kept
        ]
        some.sort(key=lambda version: version == published)
        gone += some[:-stay]
    for version in gone:
        registry.remove(version)
    return gone


def _let_through(card: dict[str, Any]) -> bool | None:
    """What the gate said; None of a version that it never judged."""
    gate = card.get("gate")
    said = gate.get("promote") if isinstance(gate, dict) else None
    return said if isinstance(said, bool) else None
