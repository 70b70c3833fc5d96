"""How far a run has come, in a small JSON file beside its output."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from service.bulk.errors import InputError, OutputError
from service.bulk.sources import Position
from service.bulk.store import Store
from service.bulk.work import Outcome

__all__ = ["BulkSummary", "Checkpoint", "check_same", "load_checkpoint", "save_checkpoint"]

_FORMAT = 1


@dataclass(slots=True)
class BulkSummary:
    """What a run did, over all its sittings.

    Attributes
    ----------
    pages, stories, seams, errors : int
        Pages segmented, what was found in them, and records that could not be segmented.
    seconds : float
        Wall time, without the time between a stop and the next start.
    bytes : int
        Size of the pages as they came, after decompression.
    resumed : int
        Pages and errors that an earlier sitting had done.
    model : str
        Version of the model.
    unread : int
        Files in the folder or pattern that were passed over for their unknown endings.
    """

    pages: int = 0
    stories: int = 0
    seams: int = 0
    errors: int = 0
    seconds: float = 0.0
    bytes: int = 0
    resumed: int = 0
    model: str = ""
    unread: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count a batch."""
        self.pages += outcome.pages
        self.stories += outcome.stories
        self.seams += outcome.seams
        self.errors += outcome.bad
        self.bytes += outcome.bytes

    @property
    def pages_per_second(self) -> float:
        """Pages a second of wall time; 0 for an empty run."""
        return self.pages / self.seconds if self.seconds > 0 else 0.0


@dataclass(slots=True)
class Checkpoint:
    """Everything before ``position`` is in the output, whose extent is ``output``."""

    source: dict[str, Any]
    options: dict[str, Any]
    position: Position = field(default_factory=Position)
    digest: str | None = None
    output: dict[str, Any] = field(default_factory=dict)
    summary: BulkSummary = field(default_factory=BulkSummary)
    done: bool = False


def load_checkpoint(store: Store, name: str) -> Checkpoint | None:
    """The checkpoint of an earlier sitting, if there is one.

    Raises
    ------
    OutputError
        The file is not one of ours, or of a newer version.
    """
    data = store.get(name)
    if data is None:
        return None
    try:
        values = orjson.loads(data)
        if values.pop("format") != _FORMAT:
            raise ValueError("written by another version of Storyseam")
        values["position"] = Position(*values["position"])
        values["summary"] = BulkSummary(**values["summary"])
        return Checkpoint(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise OutputError(
            f"the checkpoint {name} cannot be used ({error}). Begin anew with --restart."
        ) from error


def save_checkpoint(store: Store, name: str, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint, all or nothing."""
    values = {"format": _FORMAT} | asdict(checkpoint) | {"position": list(checkpoint.position)}
    store.put(name, orjson.dumps(values) + b"\n")


def check_same(checkpoint: Checkpoint, source: dict[str, Any], options: dict[str, Any]) -> None:
    """Refuse to go on where the rest would not fit what is written.

    Raises
    ------
    InputError
        The input or an option that shapes the output has changed.
    """
    for what, old, new in (
        ("input", checkpoint.source, source),
        ("options", checkpoint.options, options),
    ):
        changed = [
            f"{key} was {old.get(key)!r}, is {new.get(key)!r}"
            for key in sorted(old.keys() | new.keys())
            if old.get(key) != new.get(key)
        ]
        if changed:
            raise InputError(
                f"the {what} changed since this output was begun ({'; '.join(changed)}). "
                "Go on with what it was, or begin anew with --restart."
            )
