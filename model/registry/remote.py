"""A registry in an object store: any URL that fsspec opens, such as ``s3://bucket/registry``.

::

    <url>/<version>/model.joblib, card.json   as on a disk; the card makes it a version
    <url>/champion/0000000042                 history, champion first; the highest number counts
    <url>/.taken-back                         as on a disk
    <url>/.job/0000000007                     who retrains; see `model.registry.lease`

What of the promises of `model.registry` a store can keep, and how:

* A version is immutable, and whole or not there: its card is written last, and both objects are
  created and never replaced.
* The champion changes at once and for all: each change is a new object with the next number. Of
  two that differ at once one is told `ChampionMoved`, wherever the store refuses to create what
  exists (S3 and Google Cloud Storage do; fsspec's memory within a process). Elsewhere the window
  between looking and creating is a few milliseconds, in which the later one wins.
* A half-written pointer, in stores that show such, is passed over for the one before it.
* No store frees a lock when its holder dies, so the job lock is a lease. What it guards is time,
  not safety: a job that lost its lease can still only publish under its own name, and promotes
  against the champion that it was compared with.
* Durability is the store's: what it acknowledged is kept. There is no fsync to ask for.

A registry holds pickles: whoever can write to the bucket can run code where models are loaded.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from model import artifact
from model.errors import (
    ArtifactError,
    ChampionMoved,
    IncompatibleArtifact,
    MissingArtifact,
    RegistryError,
    TamperedArtifact,
    UnknownVersion,
    VersionExists,
)
from model.registry import SHIPPED, TAKEN_BACK, Registry, check_name, is_name
from model.registry.lease import hold_lease
from model.registry.store import Store

__all__ = ["RemoteRegistry", "is_url", "open_registry"]

_END = "."
# Pointers that stay behind the newest one, for readers that are slow to follow.
_KEPT = 8
_REMEMBERED = 100
# Versions that stay on this machine after they were fetched: the one in use and the next.
_FETCHED = 2


def is_url(root: str | Path) -> bool:
    """Whether this names a store for fsspec rather than a folder."""
    return "://" in str(root)


def open_registry(root: str | Path, *, feature_table: str | None = None) -> Registry:
    """The registry at a folder or URL; see `model.registry.folder.Registry`.

    Raises
    ------
    RegistryError
        The URL needs a package that is not installed.
    """
    if is_url(root):
        return _remote(str(root), feature_table)
    return Registry(root, feature_table=feature_table)


@cache
def _remote(url: str, feature_table: str | None) -> Registry:
    """One a process: it holds the versions that were fetched, and they go when it goes."""
    return RemoteRegistry(url, feature_table=feature_table)


class RemoteRegistry(Registry):
    """`model.registry.folder.Registry` in an object store.

    Parameters
    ----------
    url : str
        Credentials come from the environment, as the store's own fsspec package reads them.
    feature_table : str, optional
    """

    def __init__(self, url: str, *, feature_table: str | None = None) -> None:
        self.url = url
        self.feature_table = feature_table
        self._store = Store(url)
        self._cache: tuple[int, Path] | None = None
        self._number = 0
        self._pointing = threading.Lock()

    def __repr__(self) -> str:
        return f"RemoteRegistry({self.url!r})"

    def versions(self) -> list[dict[str, Any]]:
        cards: list[dict[str, Any]] = []
        for name in filter(is_name, self._store.names("")):
            try:
                raw = self._store.read(f"{name}/{artifact.CARD_FILE}")
            except FileNotFoundError:
                continue  # not finished, or half gone
            try:
                cards.append(artifact.parse_card(raw, Path(name)) | {"version": name})
            except ArtifactError as error:
                cards.append({"version": name, "error": str(error)})
        return sorted(cards, key=lambda card: (str(card.get("created", "")), card["version"]))

    def history(self) -> list[str]:
        return self._latest()[1]

    def mark(self) -> object:
        numbers = self._store.numbers("champion")
        return numbers[-1] if numbers else None

    def path(self, version: str) -> Path:
        """Folder of a version, fetched to this machine; it may go when others are fetched."""
        check_name(version)
        if self._cache is None or self._cache[0] != os.getpid():
            # Ours alone, and unguessable: what lies there is unpickled. Of this process alone too:
            # what was there before a fork, whoever ends first must not remove.
            folder = tempfile.mkdtemp(prefix="storyseam-registry-")
            self._cache = os.getpid(), Path(folder)
            weakref.finalize(self, _remove, folder, os.getpid())
        target = self._cache[1] / version
        if target.is_dir():
            if _is_whole(target):
                return target
            # It was damaged there, or on the way: perhaps it is no more.
            shutil.rmtree(target, ignore_errors=True)
        try:
            card = self._store.read(f"{version}/{artifact.CARD_FILE}")
        except FileNotFoundError:
            raise UnknownVersion(version) from None
        partial = target.with_name(f".tmp-{secrets.token_hex(4)}")
        partial.mkdir()
        with suppress(FileNotFoundError):  # then loading says what is missing
            model = self._store.read(f"{version}/{artifact.MODEL_FILE}")
            (partial / artifact.MODEL_FILE).write_bytes(model)
        (partial / artifact.CARD_FILE).write_bytes(card)
        with suppress(OSError):  # another thread was first
            partial.rename(target)
        shutil.rmtree(partial, ignore_errors=True)
        fetched = sorted(target.parent.glob("[!.]*"), key=lambda path: path.stat().st_ctime_ns)
        for old in fetched[:-_FETCHED]:
            shutil.rmtree(old, ignore_errors=True)
        return target

    def publish(self, directory: str | Path, version: str) -> Path:
        check_name(version)
        card, model = artifact.verify(Path(directory))
        if card["version"] != version:
            raise RegistryError(
                f"{directory} holds version {card['version']!r} and not {version!r}; publish it "
                "under its own name"
            )
        # The very bytes again are no fault of a single write, and yet a version of that name.
        if artifact.CARD_FILE in self._store.names(version):
            raise VersionExists(version)
        for name, data in (
            (artifact.MODEL_FILE, model),
            (artifact.CARD_FILE, (Path(directory) / artifact.CARD_FILE).read_bytes()),
        ):
            try:
                self._store.create(f"{version}/{name}", data)
            except FileExistsError:
                raise VersionExists(version) from None
        return self.path(version)

    def remove(self, version: str) -> None:
        check_name(version)
        if version not in self._store.names(""):
            raise UnknownVersion(version)
        if version in self.history():
            raise RegistryError(
                f"version {version!r} is, or may by `storyseam models rollback` become, the "
                "champion; it stays"
            )
        # Without its card it is no version, whatever else is still there.
        self._store.delete(f"{version}/{artifact.CARD_FILE}")
        self._store.delete(f"{version}/{artifact.MODEL_FILE}")

    @contextmanager
    def lock(self) -> Iterator[Path]:
        """Hold the lease for one job; gives a work folder on this machine.

        Raises
        ------
        RegistryBusy
            Another job holds it; says which process, and since when.
        """
        with hold_lease(self._store):
            self._sweep()
            with tempfile.TemporaryDirectory(prefix="storyseam-job-") as work:
                yield Path(work)

    # -- what the methods that are inherited build on ------------------------------------------

    @contextmanager
    def _pointer(self) -> Iterator[None]:
        """What is pointed to within this is refused if somebody else has pointed since."""
        with self._pointing:
            self._number = (self._store.numbers("champion") or [0])[-1]
            yield

    def _point(self, history: list[str]) -> None:
        text = "\n".join([*history[:_REMEMBERED], _END])
        try:
            self._store.create(f"champion/{self._number + 1:010}", text.encode())
        except FileExistsError:
            raise ChampionMoved("another version", self.history()[0]) from None
        self._store.forget("champion", self._store.numbers("champion")[:-_KEPT])

    def _noted(self) -> str:
        try:
            return self._store.read(TAKEN_BACK).decode()
        except FileNotFoundError:
            return ""

    def _note(self, taken_back: list[str]) -> None:
        if taken_back:
            self._store.write(TAKEN_BACK, "\n".join(taken_back).encode())
        else:
            self._store.delete(TAKEN_BACK)

    def _latest(self) -> tuple[int, list[str]]:
        """Number of the newest whole pointer, and the history that it holds."""
        for number in reversed(self._store.numbers("champion")):
            try:
                lines = self._store.read(f"champion/{number:010}").decode().split()
            except FileNotFoundError:
                continue
            if lines[-1:] != [_END]:
                continue  # half-written
            del lines[-1]
            for line in lines:
                if line != SHIPPED:
                    check_name(line)
            return number, lines if lines[-1:] == [SHIPPED] else [*lines, SHIPPED]
        return 0, [SHIPPED]

    def _sweep(self) -> None:
        """Delete models without a card: what jobs left that were killed while publishing."""
        for name in filter(is_name, self._store.names("")):
            if artifact.CARD_FILE not in self._store.names(name):
                self._store.delete(f"{name}/{artifact.MODEL_FILE}")


def _is_whole(fetched: Path) -> bool:
    """Whether a fetched version is what its card says; a version for other software is."""
    with suppress(IncompatibleArtifact):
        try:
            artifact.verify(fetched)
        except (MissingArtifact, TamperedArtifact):
            return False
    return True


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
