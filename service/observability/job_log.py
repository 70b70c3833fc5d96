"""What a batch job's log in JSON holds beside its stages: warnings, and that the job failed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import typer

from model.errors import StoryseamError
from service.observability.logs import JsonFormatter
from training.stage_log import Log

__all__ = ["nothing_but_json"]


@contextmanager
def nothing_but_json(log: Log) -> Iterator[None]:
    """Have standard error hold lines of JSON alone while a job runs.

    Whoever reads such a log parses every line, and looks for the failure first: the last line says
    it, as stage ``job``, also where the job failed before any other stage.

    Raises
    ------
    typer.Exit
        In place of the error that is told.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    logging.captureWarnings(True)
    try:
        yield
    except (StoryseamError, OSError) as error:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        said = " ".join(str(error).split()) or type(error).__name__
        log({"time": now, "stage": "job", "error": said})
        raise typer.Exit(1) from None
    finally:
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(handler)
