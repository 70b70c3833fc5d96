"""What stops a bulk run, as one sentence that says what to do.

BulkError
├── InputError        the input is missing, of an unknown form, or not the one the run began with
├── OutputError       the output cannot be written, or belongs to something else
├── ClusterError      the cluster is not there, or went away
└── MissingExtra      an optional package is not installed
"""

from __future__ import annotations

from model.errors import StoryseamError

__all__ = [
    "BulkError",
    "ClusterError",
    "InputError",
    "MissingExtra",
    "OutputError",
    "missing_extra",
]


class BulkError(StoryseamError):
    """A bulk run cannot start or go on; bad pages are no such error."""


class InputError(BulkError):
    """The input is missing, of an unknown form, or not the one the run began with."""


class OutputError(BulkError):
    """The output cannot be written, or it is not ours to overwrite."""


class ClusterError(BulkError):
    """The cluster is not there, or went away."""


class MissingExtra(BulkError):
    """An optional package is not installed."""


def missing_extra(what: str, package: str, extra: str) -> MissingExtra:
    """The error that names the command which mends it."""
    return MissingExtra(
        f"{what} needs the package {package}, which is not installed. "
        f"Install it with: pip install 'storyseam[{extra}]'"
    )
