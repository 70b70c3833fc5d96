"""The report that `retrain` and `evaluate` write, and whether it can be written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from model.errors import StoryseamError

__all__ = ["ReportFile", "report_writer"]

ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write one self-contained HTML file about it."),
]


def report_writer(target: Path) -> Callable[..., None]:
    """What writes the report; a job of minutes should not end in finding that nothing can."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise StoryseamError(
            "--report draws with matplotlib, which is not installed; "
            "install it with: pip install 'storyseam[report]'"
        )
    if not target.parent.is_dir():
        raise StoryseamError(
            f"--report {target}: there is no folder {target.parent}; make it first"
        )
    if target.is_dir():
        raise StoryseamError(f"--report {target}: this is a folder; name a file in it")
    try:
        # Tried, as permissions say too little: nobody writes to a read-only mount.
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as error:
        raise StoryseamError(
            f"--report {target}: {error.strerror}; let this job write to the folder"
        ) from None
    from training.report import write_report

    return write_report
