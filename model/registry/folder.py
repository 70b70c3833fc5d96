"""A folder of model versions, and which of them is in use.

::

    <root>/<version>/     a version, as `model.artifact` writes it; never changed once published
    <root>/champion       the version in use on its first line, those before it below, latest first
    <root>/.taken-back    champions that were rolled back since somebody last promoted a version
    <root>/.job.lock      held by whoever retrains; the system frees it when that process dies
    <root>/.tmp-*         work of a job that runs, or of one that was killed: swept by the next

Pointer and history are one file because one file can be replaced atomically and two cannot: a
reader sees the old champion or the new one, and a rollback can never disagree with the pointer.

Rolling back walks down that history: the champion is dropped from it and the version before it is
in use again; a second rollback goes back one further, down to the model that ships with Storyseam
(``default``), which can also be promoted by that name: after an upgrade that no earlier version
survives it is the only way back. To undo a rollback, promote the version that it left.

Whoever rolls back has seen what no figure shows, and the next fit on the same data is the like of
what was taken back. So a rollback leaves a note (`Registry.taken_back`), and while it is there
`training.retrain` promotes nothing; any promotion takes it away. It is written before the pointer:
where a rollback was killed in between, it names the champion itself, and that counts for nothing.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from model import artifact
from model.errors import (
    ArtifactError,
    ChampionMoved,
    NothingToRollBack,
    RegistryBusy,
    RegistryError,
    UnknownVersion,
    VersionExists,
)
from model.registry.holder import introduce, noted
from model.registry.names import POINTER, SHIPPED, check_name, is_name
from model.registry.scratch import Scratch

__all__ = ["TAKEN_BACK", "Registry"]

#: Where a rollback leaves its note; begins with what no version does.
TAKEN_BACK = ".taken-back"

# Enough to go back a quarter of a year of nightly promotions; the file stays a few kilobytes.
_REMEMBERED = 100
# The pointer is written in milliseconds; whoever waits longer waits for something that hangs.
_PATIENCE = 30.0


class _Anything(str):
    """Stands for "whatever the champion is"."""


_ANY: Final = _Anything()


class Registry:
    """Versions and champion under one folder, which need not exist yet.

    Parameters
    ----------
    root : path
    feature_table : str, optional
        Hash of this code's feature table; versions of another one are then not promoted.
    """

    def __init__(self, root: str | Path, *, feature_table: str | None = None) -> None:
        self.root = Path(root)
        self.feature_table = feature_table
        self._scratch = Scratch(self.root)
        self._pointer_lock = FileLock(self.root / ".pointer.lock", timeout=_PATIENCE)

    def versions(self) -> list[dict[str, Any]]:
        """Cards of all versions, oldest first; a broken one has ``version`` and ``error`` only."""
        cards: list[dict[str, Any]] = []
        for directory in self.root.iterdir() if self.root.is_dir() else ():
            if directory.is_dir() and is_name(directory.name):
                try:
                    card = artifact.read_card(directory) | {"version": directory.name}
                except ArtifactError as error:
                    card = {"version": directory.name, "error": str(error)}
                cards.append(card)
        return sorted(cards, key=lambda card: (str(card.get("created", "")), card["version"]))

    def champion(self) -> str | None:
        """The version in use, or None where it is the one that ships."""
        first = self.history()[0]
        return None if first == SHIPPED else first

    def history(self) -> list[str]:
        """The champion and those before it, latest first; the last is `SHIPPED`."""
        try:
            lines = (self.root / POINTER).read_text(encoding="utf-8").split()
        except FileNotFoundError:
            lines = []
        for line in lines:
            if line != SHIPPED:
                check_name(line)
        return lines if lines[-1:] == [SHIPPED] else [*lines, SHIPPED]

    def mark(self) -> object:
        """What changes whenever the champion does, cheap to ask for; None where there is none.

        Raises
        ------
        RegistryError
            Its disk does not say.
        """
        try:
            status = (self.root / POINTER).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise RegistryError(f"{self.root}: {error.strerror}") from None
        # A replaced pointer cannot share all of these with the one before.
        return status.st_mtime_ns, status.st_ino, status.st_size

    def path(self, version: str) -> Path:
        """Folder of a version.

        Raises
        ------
        BadVersionName, UnknownVersion
        """
        check_name(version)
        directory = self.root / version
        if not directory.is_dir():
            raise UnknownVersion(version)
        return directory

    def publish(self, directory: str | Path, version: str) -> Path:
        """Copy a verified version into the registry under its own name.

        Raises
        ------
        VersionExists
            Versions are immutable.
        ArtifactError
            What is to be published would not load.
        """
        check_name(version)
        card, model = artifact.verify(Path(directory))
        if card["version"] != version:
            raise RegistryError(
                f"{directory} holds version {card['version']!r} and not {version!r}; publish it "
                "under its own name"
            )
        with self._pointer():
            target = self.root / version
            if target.exists():
                raise VersionExists(version)
            partial = self._scratch.name()
            try:
                partial.mkdir()
                artifact.write_file(partial / artifact.MODEL_FILE, model)
                text = (Path(directory) / artifact.CARD_FILE).read_bytes()
                artifact.write_file(partial / artifact.CARD_FILE, text)
                artifact.sync_directory(partial)
                os.rename(partial, target)
                artifact.sync_directory(self.root)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        return target

    def promote(self, version: str, *, expected: str | None = _ANY) -> None:
        """Make a version the champion, after verifying it.

        Parameters
        ----------
        version : str
            Or `SHIPPED`, for the model that ships.
        expected : str or None, optional
            The champion that the decision was made against; if another is in use, nothing changes.

        Raises
        ------
        UnknownVersion, ArtifactError
            It is not there, or would not load.
        ChampionMoved
            See ``expected``.
        """
        if version != SHIPPED:
            artifact.verify(self.path(version), expected_feature_table=self.feature_table)
        with self._pointer():
            history = self.history()
            if expected is not _ANY and (expected or SHIPPED) != history[0]:
                raise ChampionMoved(expected or SHIPPED, history[0])
            if version != history[0]:
                self._point([version, *history])
            self._note([])

    def rollback(self) -> str:
        """Put the version before the champion in use again, and say which (see above).

        Raises
        ------
        NothingToRollBack
            The model that ships is in use.
        ArtifactError
            The version before would not load; promote another one by name, or `SHIPPED`.
        """
        with self._pointer():
            champion, *history = self.history()
            if not history:
                raise NothingToRollBack
            if history[0] != SHIPPED:
                directory = self.path(history[0])
                artifact.verify(directory, expected_feature_table=self.feature_table)
            self._note([champion, *self.taken_back()])
            try:
                self._point(history)
            except ChampionMoved:
                # Somebody promoted a version meanwhile, after which nothing is taken back.
                self._note([])
                raise
        return history[0]

    def taken_back(self) -> list[str]:
        """Versions that were rolled back since a version was last promoted, latest first."""
        lines = self._noted().split()
        # Of a rollback that was killed halfway.
        return lines[1:] if lines[:1] == self.history()[:1] else lines

    def remove(self, version: str) -> None:
        """Delete a version that is not, and can not by rollback become, the champion."""
        directory = self.path(version)
        with self._pointer():
            if version in self.history():
                raise RegistryError(
                    f"version {version!r} is, or may by `storyseam models rollback` become, the "
                    "champion; it stays"
                )
            # Gone in one step: a half-deleted version must not be seen as a broken one.
            gone = self._scratch.name()
            os.rename(directory, gone)
            shutil.rmtree(gone, ignore_errors=True)

    @contextmanager
    def lock(self) -> Iterator[Path]:
        """Hold the registry for one job; gives a work folder that is deleted afterwards.

        The system frees the lock when its holder dies, however it dies, so that nothing stale can
        block the next job; that one also sweeps up what the dead one left. Promoting and rolling
        back by hand stay possible while a job runs.

        Raises
        ------
        RegistryBusy
            Another job holds it; says which process, and since when.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        holder = self.root / ".job.json"
        job = FileLock(self.root / ".job.lock", timeout=0)
        try:
            job.acquire()
        except Timeout:
            raise RegistryBusy(noted(holder)) from None
        try:
            with self._pointer():
                self._scratch.sweep()
                self._scratch.replace(holder, json.dumps(introduce()).encode())
            work = self._scratch.name()
            work.mkdir()
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
                holder.unlink(missing_ok=True)
        finally:
            job.release()

    @contextmanager
    def _pointer(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            with self._pointer_lock:
                yield
        except Timeout:
            raise RegistryBusy("another process, which is changing the champion") from None

    def _point(self, history: list[str]) -> None:
        text = "\n".join(history[:_REMEMBERED]) + "\n"
        self._scratch.replace(self.root / POINTER, text.encode())

    def _noted(self) -> str:
        try:
            return (self.root / TAKEN_BACK).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def _note(self, taken_back: list[str]) -> None:
        if taken_back:
            self._scratch.replace(self.root / TAKEN_BACK, "\n".join(taken_back).encode())
        elif (self.root / TAKEN_BACK).exists():
            (self.root / TAKEN_BACK).unlink()
            artifact.sync_directory(self.root)
