"""Which Storyseam is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["installed"]


def installed() -> str:
    """The version of the package; one that is none where only its source is there."""
    try:
        return version("storyseam")
    except PackageNotFoundError:
        return "0+unknown"
