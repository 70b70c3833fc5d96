"""What need not be computed anew when only the corrections grew.

A nightly retraining sees the articles of the night before and a few more corrections. What it
learns of words, and the features of the pages that it composes of articles, are then what they
were; only what depends on corrections is computed. `joblib.Memory` keeps the results in a folder.

The key is a hash of everything that goes in: articles, material, plan, seed, the libraries'
versions and the source of these packages, so that no release reads what another one wrote. The
folder holds pickles: keep it as the registry is kept, writable for the retraining job alone.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar, cast

import joblib

import model
import training
from model.artifact import libraries
from model.errors import StoryseamError

__all__ = ["BadCache", "StageCache", "check_folder", "inputs_key"]

T = TypeVar("T")

# Features of the default plan take about 0.3 GB; this keeps a week of changing articles.
_MOST_BYTES = 2_000_000_000


class BadCache(StoryseamError):
    """A folder that nothing can be kept in."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(folder, why)
        self.folder = folder
        self.why = why

    def __str__(self) -> str:
        return f"nothing can be kept in --cache {self.folder}: {self.why}"


def check_folder(folder: Path) -> None:
    """See, before long work, that a cache can be kept in a folder, which is made if need be.

    Raises
    ------
    BadCache
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise BadCache(folder, error.strerror or repr(error)) from error


class StageCache:
    """Computes stages, or gives what the same inputs gave before.

    Parameters
    ----------
    folder : Path, optional
        Without one everything is computed.
    key : str
        Hash of what all stages depend on; see `inputs_key`.
    """

    def __init__(self, folder: Path | None = None, key: str = "") -> None:
        self._memory = joblib.Memory(folder, verbose=0)
        self._stage = self._memory.cache(_compute, ignore=["compute"])
        self._key = key
        #: Stages that were not computed.
        self.reused: list[str] = []

    def __call__(self, stage: str, compute: Callable[[], T]) -> T:
        """The result of a stage, which must depend on nothing but the key and its name."""
        if self._stage.check_call_in_cache(self._key, stage, compute):
            self.reused.append(stage)
        return cast(T, self._stage(self._key, stage, compute))

    def trim(self) -> None:
        """Forget what was used longest ago, where there is too much."""
        if self._memory.location is not None:
            self._memory.reduce_size(bytes_limit=_MOST_BYTES)


def _compute(key: str, stage: str, compute: Callable[[], Any]) -> Any:
    return compute()


def inputs_key(articles: Iterable[Any], *others: object) -> str:
    """Hash of articles in their order, of anything that joblib can hash, and of this code."""
    digest = hashlib.sha256(joblib.hash(others).encode())
    for article in articles:
        digest.update(repr(article).encode("utf-8", "surrogatepass"))
    digest.update(repr(sorted(libraries().items())).encode())
    for package in (model, training):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
