"""What a run writes is kept apart from what it reads: a run must not destroy its own input.

Looked at before the output is opened, because to open it is to touch it.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from service.bulk.errors import InputError
from service.bulk.files import absolute, is_url
from service.bulk.parts import LISTED, PartsSink, is_ours, part_names
from service.bulk.sinks import bad_pages, checkpoint_of, place_of
from service.bulk.sources import Source

__all__ = ["keep_apart"]


def keep_apart(source: str, opened: Source, out: str, form: str | None = None) -> None:
    """Refuse an output that is, or would become, part of the input.

    Parameters
    ----------
    source : str
        As it was given.
    opened : Source
        The files that it stands for.
    out, form : str
        As `service.bulk.sinks.open_sink` takes them.

    Raises
    ------
    InputError
        Names the file that would be written and read.
    OutputError
        The form is none.
    """
    place, form = place_of(out, form)
    if opened.piped or place == "pipe":
        return
    here = absolute(out)
    folder = place == "folder"
    read = [file.path for file in opened.files]
    if source.startswith("@"):  # the list is read as well, by whoever goes on
        read.append(source.removeprefix("@"))
    if is_url(here):
        _refuse(out, here, _met_there(read, here))
    else:
        _refuse(out, here, _met_here(read, _existing(here, folder)))
    if not source.startswith("@"):
        _refuse_to_be_read(source, out, here, _names(here, folder, form))


def _refuse(out: str, here: str, met: str | None) -> None:
    if met == here:
        raise InputError(f"{out} is the input as well; choose another --out")
    if met is not None:
        raise InputError(
            f"{met} is read, and the run would write over it or delete it; choose another --out"
        )


def _refuse_to_be_read(source: str, out: str, here: str, made: list[str]) -> None:
    """Refuse what a folder or a pattern would stand for when the run goes on."""
    asked = absolute(source)
    if is_url(asked) != is_url(here):
        return
    if is_url(asked) or os.path.isdir(asked):
        real, folder = (here, asked) if is_url(asked) else map(os.path.realpath, (here, asked))
        if real == folder:
            raise InputError(f"{out} is the input as well; choose another --out")
        if real.startswith(folder.rstrip("/") + "/"):
            raise InputError(f"{out} lies in the folder that is read; choose an --out outside it")
    if os.path.exists(asked):
        return  # no pattern, whatever its name has of one
    for path in made:
        deep = "**" in asked or asked.count("/") == path.count("/")
        if deep and fnmatch.fnmatch(path, asked):
            raise InputError(f"{path} would be read by {source}; choose another --out")


def _names(here: str, folder: bool, form: str) -> list[str]:
    """What a run makes; of its parts the first, in one run and of a group."""
    if not folder:
        return _beside(here)
    parts = (*part_names("00000", form), *part_names("00000-000", form))
    return [f"{here}/{name}" for name in (*parts, LISTED, PartsSink.checkpoint_name)]


def _existing(here: str, folder: bool) -> Iterator[str]:
    """What is there of all that a run may write over or delete."""
    if not folder:
        yield from filter(os.path.exists, _beside(here))
    elif os.path.isdir(here):
        yield from (f"{here}/{name}" for name in sorted(os.listdir(here)) if is_ours(name))


def _beside(here: str) -> list[str]:
    """An output of one file, and what lies beside it."""
    checkpoint = Path(checkpoint_of(here))
    draft = checkpoint.with_name(f".{checkpoint.name}.tmp")
    return [here, bad_pages(here), str(checkpoint), str(draft)]


def _met_here(read: list[str], made: Iterator[str]) -> str | None:
    """Which of ``made`` is read, by whatever link or path."""
    there: dict[tuple[int, int], str] = {}
    for path in made:
        with suppress(OSError):
            status = os.stat(path)
            there.setdefault((status.st_dev, status.st_ino), path)
    for path in read if there else ():
        if not is_url(local := absolute(path)):
            with suppress(OSError):
                status = os.stat(local)
                if (met := there.get((status.st_dev, status.st_ino))) is not None:
                    return met
    return None


def _met_there(read: list[str], here: str) -> str | None:
    """Which file of the folder behind a URL is read and is one that a run makes."""
    for path in read:
        if is_url(path):
            parent, _, name = absolute(path).rpartition("/")
            if parent == here and is_ours(name):
                return f"{here}/{name}"
    return None
