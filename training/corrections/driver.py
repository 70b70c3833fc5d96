"""Whether this installation can speak to PostgreSQL at all, which waiting does not mend."""

from __future__ import annotations

from importlib.util import find_spec

from model.errors import StoryseamError

__all__ = ["NoDriver", "check_driver"]


class NoDriver(StoryseamError):
    """Corrections are to be in PostgreSQL, and the extra that speaks to it is missing."""

    def __str__(self) -> str:
        return "corrections in PostgreSQL need psycopg: pip install 'storyseam[postgresql]'"


def check_driver() -> None:
    """Raise `NoDriver` where there is none."""
    if find_spec("psycopg") is None:
        raise NoDriver
