"""The database of corrections, as commands read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from model.errors import StoryseamError

if TYPE_CHECKING:
    from training.corrections import CorrectionStore

__all__ = ["correction_store", "database_told"]


def correction_store(given: str | None) -> CorrectionStore | None:
    """The store of corrections, if one is named; a job that cannot read it must not go on.

    Raises
    ------
    StoryseamError
        It cannot be read, or is a file that is not there: a job would take it for one that has no
        corrections, and promote a model that learned from none.
    """
    from service.settings import Settings

    url = Settings.from_environment(corrections=given).corrections
    if url is None:
        return None
    with database_told(ImportError):
        from training.corrections import CorrectionStore

        return CorrectionStore(url.get_secret_value(), create=False)


@contextmanager
def database_told(*also: type[Exception]) -> Iterator[None]:
    """What a database raises, or its driver that is not there, as one line."""
    from sqlalchemy.exc import SQLAlchemyError

    kinds: tuple[type[Exception], ...] = (SQLAlchemyError, *also)
    try:
        yield
    except kinds as error:
        # Of SQLAlchemy's message only what the driver said.
        said = getattr(error, "orig", None) or error
        raise StoryseamError(
            f"the database of corrections cannot be read: {said}; "
            "see --corrections and STORYSEAM_CORRECTIONS"
        ) from None
