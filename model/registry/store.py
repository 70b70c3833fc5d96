"""The few things that a registry asks of an object store, over fsspec."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from model.errors import RegistryError

__all__ = ["Store"]


class Store:
    """Objects under one URL; whatever a store raises becomes a `RegistryError`.

    Parameters
    ----------
    url : str
        Anything that fsspec opens.

    Raises
    ------
    RegistryError
        fsspec, or the package that the protocol needs, is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import fsspec.core  # noqa: F401
        except ImportError:
            raise RegistryError(
                f"{url} needs fsspec; install it with: pip install 'storyseam[registry]'"
            ) from None
        self.url = url.rstrip("/")
        self._opened: tuple[int, Any, str] | None = None
        _ = self._fs

    @property
    def _fs(self) -> Any:
        """The file system, opened again after a fork, which none that is asynchronous survives."""
        if self._opened is None or self._opened[0] != os.getpid():
            from fsspec.core import url_to_fs

            try:
                found, root = url_to_fs(self.url, use_listings_cache=False)
            except (ImportError, ValueError) as error:
                # fsspec says which package the protocol needs.
                raise RegistryError(f"{self.url} cannot be opened: {error}") from None
            self._opened = os.getpid(), found, root
        return self._opened[1]

    @property
    def _root(self) -> str:
        assert self._opened is not None
        return self._opened[2]

    @contextmanager
    def _away(self) -> Iterator[None]:
        """Whatever a store raises as one error, but for what is and is not there."""
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except Exception as error:
            raise RegistryError(
                f"the registry {self.url} cannot be reached: {error!r}; check its address and "
                "credentials"
            ) from error

    def _at(self, key: str) -> str:
        return f"{self._root.rstrip('/')}/{key}".rstrip("/")

    def read(self, key: str) -> bytes:
        """An object, whole; FileNotFoundError where there is none."""
        with self._away():
            data: bytes = self._fs.cat_file(self._at(key))
            return data

    def create(self, key: str, data: bytes) -> None:
        """Write an object that must not exist yet; FileExistsError where another one does.

        What is there decides, whatever the store says. A client asks again by itself where an
        answer was lost, and is then refused for its own object. And only S3 itself says "exists"
        so that s3fs understands; stores of its kind, and S3 to two at one moment, say it otherwise.
        """
        path = self._at(key)
        with self._away():
            try:
                self._create(path, data)
            except Exception as error:
                there = self._there(path)
                if there == data:
                    return
                # The beginning of ours is what a disk that is full has left of it.
                if there is None or data.startswith(there):
                    raise
                raise FileExistsError(path) from error

    def _create(self, path: str, data: bytes) -> None:
        try:
            self._fs.pipe_file(path, data, mode="create")
        except FileNotFoundError:  # a file system that has real folders
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._fs.pipe_file(path, data, mode="create")

    def _there(self, path: str) -> bytes | None:
        """What an object holds; None where there is none, or nobody can know."""
        with suppress(Exception):
            self._fs.invalidate_cache()
            data: bytes = self._fs.cat_file(path)
            return data
        return None

    def write(self, key: str, data: bytes) -> None:
        """Write an object, whatever was there."""
        with self._away():
            self._fs.pipe_file(self._at(key), data)

    def age(self, key: str) -> float:
        """Seconds since an object was written, by the store's clock and this one; 0 if unknown."""
        with self._away():
            try:
                written: datetime = self._fs.modified(self._at(key))
            except (FileNotFoundError, NotImplementedError):
                return 0.0
        return (datetime.now(UTC) - written).total_seconds()

    def delete(self, key: str) -> None:
        """Delete an object; nothing happens where there is none."""
        with self._away(), suppress(FileNotFoundError):
            self._fs.rm_file(self._at(key))

    def names(self, folder: str) -> list[str]:
        """What lies directly in a folder; nothing where there is none."""
        with self._away():
            self._fs.invalidate_cache()
            try:
                found = self._fs.ls(self._at(folder), detail=False)
            except FileNotFoundError:
                return []
            return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)

    def numbers(self, folder: str) -> list[int]:
        """Numbers of the numbered objects of a folder, ascending."""
        return [int(name) for name in self.names(folder) if name.isdecimal()]

    def forget(self, folder: str, numbers: list[int]) -> None:
        """Delete numbered objects that nobody needs any more; another time, if it fails."""
        with suppress(RegistryError):
            for number in numbers:
                self.delete(f"{folder}/{number:010}")
