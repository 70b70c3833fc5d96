"""API keys: a file of their hashes, and what a request's key is allowed to do.

A key reads ``seam_ID_SECRET``. The file has one JSON object a key, with the SHA-256 of the whole
key; whoever reads the file cannot make a key of it. A plain hash is enough, because the secret is
256 random bits and not a password that somebody could guess.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, get_args

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.errors import StoryseamError

__all__ = ["SCOPES", "BadKeyFile", "Key", "KeyFile", "Keys", "Scope", "UnknownKey"]

#: What a key can be for; ``admin`` may do everything.
Scope = Literal["segment", "correct", "metrics", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

_PREFIX = "seam_"
_ID_BYTES = 4
_SECRET_BYTES = 32
# No key is as long; a header of a megabyte need not be hashed.
_LONGEST = 200
# Least time between two looks at the file: a revoked key stops within this time.
_LOOK_SECONDS = 1.0
# What an unknown id is compared with, so that the time tells nothing of which ids there are.
_NOBODY = hashlib.sha256(b"nobody").hexdigest()

_log = logging.getLogger("storyseam.keys")


class BadKeyFile(StoryseamError):
    """The file of keys is missing or not what it should be."""

    def __init__(self, path: Path, reason: str, missing: bool = False) -> None:
        super().__init__(path, reason, missing)
        self.path = path
        self.reason = reason
        self.missing = missing

    def __str__(self) -> str:
        made = f"`storyseam keys create NAME --keys {self.path if self.missing else 'FILE'}`"
        mend = "make it with" if self.missing else "name a file that this user can read, made with"
        return f"{self.path}: {self.reason}; {mend} {made}"


class UnknownKey(StoryseamError):
    """There is no key of that id to revoke."""

    def __init__(self, identifier: str) -> None:
        super().__init__(identifier)
        self.identifier = identifier

    def __str__(self) -> str:
        return f"no key {self.identifier!r}; see `storyseam keys list`"


class Key(BaseModel):
    """One row of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    created: str

    def allows(self, scope: Scope) -> bool:
        """Whether the key may be used for a scope."""
        return scope in self.scopes or "admin" in self.scopes


class KeyFile:
    """The file as `storyseam keys` changes it: whole or not at all, one command at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Key]:
        """All keys, oldest first.

        Raises
        ------
        BadKeyFile
            It is missing, or a line of it is no key.
        """
        try:
            lines = self.path.read_text(encoding="utf-8").split("\n")
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            raise BadKeyFile(self.path, error.strerror or str(error), missing=missing) from None
        except UnicodeDecodeError:
            raise BadKeyFile(self.path, "it is not text") from None
        keys = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                keys.append(Key.model_validate_json(line))
            except ValidationError:
                # Not what pydantic says: that quotes the line.
                raise BadKeyFile(self.path, f"line {number} is not a key") from None
        return keys

    def create(self, name: str, scopes: Iterable[Scope]) -> tuple[Key, str]:
        """Add a key; gives it with its text, which is not kept and never shown again."""
        identifier = secrets.token_hex(_ID_BYTES)
        text = f"{_PREFIX}{identifier}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        wanted = set(scopes)
        key = Key(
            id=identifier,
            name=name,
            scopes=tuple(scope for scope in SCOPES if scope in wanted),
            sha256=_hash(text),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock():
            keys = self.read() if self.path.exists() else []
            self._write([*keys, key])
        return key, text

    def revoke(self, identifier: str) -> Key:
        """Remove a key; services stop taking it within a second.

        Raises
        ------
        UnknownKey
        """
        with self._lock():
            keys = self.read()
            found = [key for key in keys if key.id == identifier]
            if not found:
                raise UnknownKey(identifier)
            self._write([key for key in keys if key.id != identifier])
        return found[0]

    def _lock(self) -> FileLock:
        return FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=10)

    def _write(self, keys: Iterable[Key]) -> None:
        """Replace the file, which a service may be reading."""
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=self.path.parent, prefix=".keys-", delete=False
        ) as partial:
            try:
                partial.writelines(f"{key.model_dump_json()}\n" for key in keys)
                partial.flush()
                os.fsync(partial.fileno())
                # A service under another user reads it; nothing in it is secret.
                os.chmod(partial.name, 0o644)
                os.replace(partial.name, self.path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(partial.name)
                raise


class Keys:
    """The keys as a service asks for them; follows changes of the file within a second.

    A file that is gone allows nobody. One that is damaged changes nothing, and the log says so:
    half a file is no reason to turn everybody away.

    Parameters
    ----------
    path : Path
    clock : callable, optional
        Monotonic seconds.

    Raises
    ------
    BadKeyFile
        If it cannot be read at the start.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = KeyFile(path)
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = self._look()
        self._keys: Mapping[str, Key] = _by_id(self._file.read())
        self._failed: tuple[int, int, int] | None = None
        self._next_look = clock() + _LOOK_SECONDS

    def find(self, text: str) -> Key | None:
        """The key of which this is the text; None if there is none, or no longer."""
        self._follow()
        identifier = text[len(_PREFIX) : len(_PREFIX) + 2 * _ID_BYTES]
        key = self._keys.get(identifier)
        expected = _NOBODY if key is None else key.sha256
        same = hmac.compare_digest(_hash(text[:_LONGEST]), expected)
        return key if same else None

    def _follow(self) -> None:
        """Read the file again if it has changed; threads that come meanwhile use what is there."""
        if self._clock() < self._next_look or not self._lock.acquire(blocking=False):
            return
        try:
            self._next_look = self._clock() + _LOOK_SECONDS
            seen = self._look()
            if seen == self._seen:
                return
            try:
                self._keys = _by_id(self._file.read()) if seen else {}
            except BadKeyFile as error:
                # Tried again at every look: for want of a descriptor a revoked key would stay.
                if seen != self._failed:
                    self._failed = seen
                    _log.error("keys are not read again: %s", error)
                return
            self._seen = seen
            _log.info("keys read again", extra={"fields": {"keys": len(self._keys)}})
        finally:
            self._lock.release()

    def _look(self) -> tuple[int, int, int] | None:
        """What a replaced file cannot share with the one before; None where there is none."""
        try:
            status = self._file.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


def _by_id(keys: Iterable[Key]) -> dict[str, Key]:
    return {key.id: key for key in keys}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
