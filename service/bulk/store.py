"""A folder that output goes to, here or behind a URL: whole objects, written all or nothing."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from service.bulk.errors import OutputError, missing_extra
from service.bulk.files import is_url

__all__ = ["LocalStore", "RemoteStore", "Store", "lock", "open_store", "writing"]


class Store(Protocol):
    """Named objects in one folder."""

    def get(self, name: str) -> bytes | None:
        """The object, or None where there is none."""

    def has(self, name: str) -> bool:
        """Whether there is such an object."""

    def put(self, name: str, data: bytes) -> None:
        """Write the object; after a crash it is there as a whole, or as it was before."""

    def delete(self, name: str) -> None:
        """Remove the object, if it is there."""

    def names(self) -> list[str]:
        """Names of all objects, sorted."""


class LocalStore:
    """A folder of this machine.

    ``tag`` keeps apart the drafts of two workers of a cluster that write the same part.
    """

    def __init__(self, folder: Path, tag: str = "") -> None:
        self.folder = folder
        self._tag = tag

    def get(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def put(self, name: str, data: bytes) -> None:
        path = self.folder / name
        draft = self.folder / f".{name}{self._tag}.tmp"
        with writing(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with draft.open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                draft.replace(path)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
            _sync_folder(self.folder)

    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())


class RemoteStore:
    """A folder behind an fsspec URL; object stores put whole objects atomically."""

    def __init__(self, url: str) -> None:
        try:
            import fsspec
        except ImportError as error:
            raise missing_extra(url, "fsspec", "dask") from error
        try:
            self._filesystem, self._root = fsspec.url_to_fs(url.rstrip("/"))
        except (ImportError, ValueError) as error:
            raise OutputError(f"{url} cannot be opened: {error}") from error

    def get(self, name: str) -> bytes | None:
        try:
            data: bytes = self._filesystem.cat_file(self._path(name))
        except FileNotFoundError:
            return None
        return data

    def has(self, name: str) -> bool:
        return bool(self._filesystem.exists(self._path(name)))

    def put(self, name: str, data: bytes) -> None:
        with writing(self._path(name)):
            self._filesystem.makedirs(self._root, exist_ok=True)
            self._filesystem.pipe_file(self._path(name), data)

    def delete(self, name: str) -> None:
        if self._filesystem.exists(self._path(name)):
            self._filesystem.rm_file(self._path(name))

    def names(self) -> list[str]:
        self._filesystem.invalidate_cache()
        try:
            infos: list[dict[str, Any]] = self._filesystem.ls(self._root, detail=True)
        except FileNotFoundError:
            return []
        files = (info["name"] for info in infos if info["type"] == "file")
        return sorted(name.rsplit("/", 1)[-1] for name in files)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def open_store(folder: str, tag: str = "") -> Store:
    """The store of a folder or URL; ``file://`` is a folder of this machine."""
    if folder.startswith("file://"):
        folder = folder.removeprefix("file://")
    return RemoteStore(folder) if is_url(folder) else LocalStore(Path(folder), tag)


@contextmanager
def writing(path: object, *, but: tuple[type[OSError], ...] | type[OSError] = ()) -> Iterator[None]:
    """Turn what the system says of a failed write into what a person can do about it."""
    try:
        yield
    except but:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        what = "there is no more space for" if full else "cannot write"
        remedy = "Make room" if full else "Mend that"
        raise OutputError(
            f"{what} {path}: {error.strerror or error}. {remedy}, then run the same command "
            "again: it goes on from the last checkpoint."
        ) from error


def lock(path: Path) -> int:
    """Hold a file or folder until the process ends, so that no two runs write to it.

    The system lets go by itself when the process is killed, as a lock file would not.
    """
    # NFS locks only what is open for writing, which no folder can be.
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise OutputError(f"another run is writing to {path}; wait for it to end") from error
    except OSError:
        pass  # a file system without locks (Lustre, some of FUSE): better no lock than no output
    return handle


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
