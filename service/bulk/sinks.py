"""The output of a bulk run: one file, a folder of parts, or a pipe.

Output is written in pieces, one for each checkpoint, and a piece is a whole by itself: lines, a
gzip member, an xz stream, a zst frame or a Parquet file. So a run that was killed can be cut back
to its last checkpoint and go on, and the bytes are those of a run that was left alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Literal, Protocol

from service.bulk.errors import OutputError
from service.bulk.files import is_url
from service.bulk.forms import OUT_FORMS, Buffer, encode_part
from service.bulk.parts import LISTED, PartsSink
from service.bulk.store import LocalStore, Store, lock, writing

__all__ = ["FileSink", "PipeSink", "Sink", "bad_pages", "checkpoint_of", "open_sink", "place_of"]


class Sink(Protocol):
    """Where the output goes."""

    form: str
    place: str  # for messages
    durable: bool  # whether a stopped run can go on
    store: Store
    checkpoint_name: str

    def exists(self) -> bool:
        """Whether there is output already."""

    def listed(self) -> str | None:
        """The list of bad pages that is there already, whoever wrote it."""

    def clear(self) -> None:
        """Begin anew."""

    def resume(self, state: dict[str, Any]) -> None:
        """Cut back to what :meth:`commit` returned."""

    def write(self, payload: bytes, errors: bytes) -> None:
        """Take the output of one batch, and its bad records."""

    def commit(self) -> dict[str, Any]:
        """Make everything written so far last; returns what :meth:`resume` needs."""

    def finish(self) -> None:
        """The run is complete and committed."""

    def close(self) -> None:
        """Let go of the output, complete or not."""


class FileSink(Buffer):
    """One local file of lines; bad records are listed in ``OUT.errors.jsonl``."""

    durable = True

    def __init__(self, path: Path, form: str) -> None:
        super().__init__()
        self.form = form
        self.path = path
        self.place = str(path)
        self.errors_path = Path(bad_pages(str(path)))
        self.store: Store = LocalStore(path.parent)
        self.checkpoint_name = checkpoint_of(path.name)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        self._lock = lock(path)

    def exists(self) -> bool:
        return self.path.stat().st_size > 0

    def listed(self) -> str | None:
        path = self.errors_path
        return str(path) if path.exists() and path.stat().st_size else None

    def clear(self) -> None:
        os.truncate(self.path, 0)
        self.errors_path.unlink(missing_ok=True)

    def resume(self, state: dict[str, Any]) -> None:
        for path, size in ((self.path, state["bytes"]), (self.errors_path, state["errors"])):
            found = path.stat().st_size if path.exists() else 0
            if found < size:
                raise OutputError(
                    f"{path} is shorter than its checkpoint says ({found:,} of {size:,} bytes): "
                    "something else has written to it. Begin anew with --restart."
                )
            if found > size:
                os.truncate(path, size)

    def commit(self) -> dict[str, Any]:
        payloads, errors = self.take()
        if payloads or not self.exists():
            # A file without any page is still a whole file of its form.
            self._append(self.path, encode_part(payloads, self.form))
        if errors:
            self._append(self.errors_path, errors)
        listed = self.errors_path.stat().st_size if self.errors_path.exists() else 0
        return {"bytes": self.path.stat().st_size, "errors": listed}

    def finish(self) -> None:
        pass

    def close(self) -> None:
        os.close(self._lock)

    @staticmethod
    def _append(path: Path, data: bytes) -> None:
        with writing(path), path.open("ab") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())


class PipeSink:
    """Standard output, or a device: nothing to go on from."""

    durable = False
    checkpoint_name = ""
    store: Store

    def __init__(self, path: str, form: str) -> None:
        self.form = form
        self.place = path
        self._stream = sys.stdout.buffer if path == "-" else open(path, "wb")  # noqa: SIM115

    def exists(self) -> bool:
        return False

    def listed(self) -> str | None:
        return None

    def clear(self) -> None:
        pass

    def resume(self, state: dict[str, Any]) -> None:
        raise NotImplementedError

    def write(self, payload: bytes, errors: bytes) -> None:
        # That whoever reads has read enough is no failure, and not for `writing` to explain.
        with writing("the output", but=BrokenPipeError):
            self._stream.write(encode_part([payload], self.form))

    def commit(self) -> dict[str, Any]:
        with writing("the output", but=BrokenPipeError):
            self._stream.flush()
        return {}

    def finish(self) -> None:
        pass

    def close(self) -> None:
        if self._stream is not sys.stdout.buffer:
            self._stream.close()


def open_sink(out: str, form: str | None = None) -> Sink:
    """The sink for a path: a file, a folder of parts (``OUT/``, ``OUT.parquet``, a URL), or ``-``.

    Raises
    ------
    OutputError
        The form does not go with the place.
    """
    place, form = place_of(out, form)
    if place == "pipe":
        return PipeSink(out, form)
    return PartsSink(out, form) if place == "folder" else FileSink(Path(out), form)


def place_of(out: str, form: str | None) -> tuple[Literal["file", "folder", "pipe"], str]:
    """What an output is, and its form; nothing is opened.

    Raises
    ------
    OutputError
        The form does not go with the place.
    """
    if form is not None and form not in OUT_FORMS:
        raise OutputError(f"unknown form of output {form!r}; choose from {', '.join(OUT_FORMS)}")
    folder = out.endswith("/") or Path(out).is_dir() or is_url(out)
    form = form or _guess(out.rstrip("/"))
    if out == "-" or (Path(out).exists() and not Path(out).is_file() and not folder):
        if form == "parquet":
            raise OutputError("Parquet cannot be written to a pipe; name a folder with --out")
        return "pipe", form
    if folder or form == "parquet":
        if Path(out).is_file():
            raise OutputError(f"{out} is a file, and Parquet is written as a folder of parts")
        return "folder", form
    return "file", form


def checkpoint_of(out: str) -> str:
    """Where the checkpoint of an output that is one file lies."""
    return out + ".checkpoint.json"


def bad_pages(out: str) -> str:
    """Where the bad pages of an output that was written are listed."""
    folder = out.endswith("/") or Path(out).is_dir() or is_url(out)
    return f"{out.rstrip('/')}/{LISTED}" if folder else f"{out}.{LISTED[1:]}"


def _guess(out: str) -> str:
    """Form by the ending; lines where the ending says nothing."""
    for form in ("parquet", "jsonl.gz", "jsonl.xz", "jsonl.zst"):
        if out.endswith("." + form.removeprefix("jsonl.")):
            return form
    return "jsonl"
