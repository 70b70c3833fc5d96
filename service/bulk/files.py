"""The files of the input, here or behind a URL: found, and read though their storage falters.

A store that answers a million requests fails at some of them. What it fails to give is asked for
again, and if it never comes the run ends: a page that could not be fetched is no bad page, and an
output without it would not be the output.
"""

from __future__ import annotations

import glob
import io
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast

from service.bulk.compression import decompressed, sniff
from service.bulk.errors import BulkError, InputError, missing_extra
from training.packed import DAMAGE

__all__ = ["PARALLEL", "Found", "absolute", "find_files", "is_url", "open_file"]

# Seconds to wait before a store is asked again: what is over by then was a hiccup or too many
# requests at a time.
PAUSES = (1.0, 5.0, 20.0)

# Questions on their way to a store at a time. A list of 10^5 files asks once for each, which takes
# an hour one after the other.
PARALLEL = 16

# Nobody mends these by asking again.
_FINAL = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)

# What is read of a file at a time.
_BUFFER = 1 << 17

# How stores say that an object is another one than before.
_STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "Last-Modified")

T = TypeVar("T")


class Found(NamedTuple):
    """A file, the name that its records are listed under, its size, and its date or ETag."""

    path: str
    name: str
    size: int
    stamp: str


def is_url(path: str) -> bool:
    """Whether fsspec and not the file system has to open it."""
    return "://" in path


def absolute(path: str) -> str:
    """The one name of a file or folder: its absolute path, or its URL as fsspec spells it."""
    path = path.removeprefix("file://")
    if is_url(path):
        filesystem, root = _filesystem(path)
        return str(filesystem.unstrip_protocol(root)).rstrip("/")
    return os.path.abspath(path)


def find_files(source: str, base: str | None = None) -> list[Found]:
    """The files that ``source`` stands for: a file, a folder, a pattern, a URL, or ``@LIST``.

    In the order of names, or of the list. ``base`` goes before the names of a list.

    Raises
    ------
    InputError
        Nothing is there.
    """
    if source.startswith("@"):
        return _list_named(source.removeprefix("@"), base)
    if base is not None:
        raise InputError(f"--base goes before the names of a list, as in @{source}")
    found = _list_url(source) if is_url(source) else _list_local(source)
    if not found:
        if not is_url(source) and os.path.isdir(source):
            raise InputError(f"{source} holds no file; those that begin with . or _ do not count")
        raise InputError(f"{source}: no such file, folder or pattern")
    return found


def open_file(path: str) -> BinaryIO:
    """A local file or a URL, to be read; what fails for a moment is asked for again."""
    raw = _Steady(path)
    raw.reach()
    return io.BufferedReader(raw, _BUFFER)


class _Steady(io.RawIOBase):
    """A file that is opened anew, where it stood, when its storage fails.

    What it raises in the end is no ``OSError``: readers take that for a damaged file, list what is
    left of it as bad, and go on.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._at = 0
        self._inner: BinaryIO | None = None

    def reach(self) -> None:
        """Open it."""
        self._patiently(lambda inner: None)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._patiently(lambda inner: inner.seekable())

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = self._patiently(lambda inner: inner.seek(offset, whence))
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        data = self._patiently(lambda inner: inner.read(len(buffer)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _patiently(self, action: Callable[[BinaryIO], T]) -> T:
        def act() -> T:
            try:
                if self._inner is None:
                    self._inner = _reach(self._path)
                    if self._at:
                        self._inner.seek(self._at)
                return action(self._inner)
            except Exception:
                self._drop()
                raise

        return _patiently(act, self._path)

    def _drop(self) -> None:
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.close()


def _patiently(action: Callable[[], T], path: str) -> T:
    """What ``action`` gives, asked for again where the storage of ``path`` fails."""
    for pause in (*PAUSES, None):
        try:
            return action()
        except BulkError:
            raise
        except _FINAL as error:
            raise InputError(f"{path} cannot be opened: {error.strerror or error}") from error
        except Exception as error:  # stores have exceptions of their own, by far not all OSErrors
            if pause is None:
                raise InputError(
                    f"{path} cannot be read, though asked for {len(PAUSES) + 1} times: "
                    f"{type(error).__name__}: {error}. Mend that, then run the same command "
                    "again: it goes on from the last checkpoint."
                ) from error
        time.sleep(pause)
    raise AssertionError("unreachable")


def _reach(path: str) -> BinaryIO:
    if is_url(path):
        filesystem, root = _filesystem(path)
        return cast(BinaryIO, filesystem.open(root, "rb"))
    return open(path, "rb")


def _list_local(source: str) -> list[Found]:
    """Files here, in the order of names."""
    path = Path(source)
    if path.is_file():
        names = {path.name: path}
    elif path.is_dir():
        names = {
            file.relative_to(path).as_posix(): file
            for file in path.rglob("*")
            if file.is_file() and not _hidden(file.relative_to(path).parts)
        }
    else:
        names = {name: Path(name) for name in glob.glob(source, recursive=True)}
        names = {name: file for name, file in names.items() if file.is_file()}
    return [_local(str(names[name]), name) for name in sorted(names)]


def _local(path: str, name: str) -> Found:
    status = os.stat(path)
    # A name in an old encoding holds what no JSON can; the path keeps it, the listing does not.
    shown = os.fsencode(name).decode("utf-8", "replace")
    return Found(path, shown, status.st_size, str(status.st_mtime_ns))


def _list_url(source: str) -> list[Found]:
    """The same through fsspec."""
    filesystem, root = _filesystem(source)

    def look() -> dict[str, Any]:
        try:
            if filesystem.isdir(root):
                return dict(filesystem.find(root, detail=True))
            if glob.has_magic(root):
                return dict(filesystem.glob(root, detail=True))
            return {root: filesystem.info(root)}
        except FileNotFoundError:
            return {}

    infos = _patiently(look, source)
    found = []
    for path in sorted(infos):
        name = os.path.relpath(path, root) if path != root else os.path.basename(path)
        if infos[path].get("type") != "directory" and not _hidden(tuple(name.split("/"))):
            found.append(_remote(filesystem.unstrip_protocol(path), name, infos[path]))
    return found


def _remote(url: str, name: str, info: dict[str, Any]) -> Found:
    marks = (info.get(key) for key in _STAMPS)
    stamp = next((str(mark) for mark in marks if mark is not None), "")
    return Found(url, name, int(info["size"] or 0), stamp)


def _list_named(path: str, base: str | None) -> list[Found]:
    """The files that a list names, one a line, in its order."""
    try:
        with open_file(path) as raw:
            # Notepad and PowerShell put a mark before UTF-8, which is no part of the first name.
            text = decompressed(raw, sniff(raw)).read().decode("utf-8-sig")
    except (*DAMAGE, ValueError) as error:
        raise InputError(f"{path} is no list of files, one a line: {error}") from error
    names = [line.strip() for line in text.splitlines() if line.strip()]
    if not names:
        raise InputError(f"{path} names no file")
    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(partial(_named, base=base), names))


def _named(name: str, base: str | None) -> Found:
    path = name if base is None or is_url(name) else f"{base.rstrip('/')}/{name.lstrip('/')}"

    folder = f"{path} is a folder, and a list names files; put its files on the list"

    def look() -> Found:
        if not is_url(path):
            if os.path.isdir(path):
                raise InputError(folder)
            return _local(path, name)
        filesystem, root = _filesystem(path)
        info = filesystem.info(root)
        if info.get("type") == "directory":
            raise InputError(folder)
        return _remote(path, name, info)

    return _patiently(look, path)


def _hidden(parts: tuple[str, ...]) -> bool:
    """Whether a path is nobody's input: ``.git``, ``_checkpoint.json``."""
    return any(part.startswith((".", "_")) and part != ".." for part in parts)


def _filesystem(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it."""
    try:
        import fsspec
    except ImportError as error:
        raise missing_extra(url, "fsspec", "dask") from error
    try:
        filesystem, root = fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(f"{url} cannot be opened: {error}") from error
    return filesystem, root
