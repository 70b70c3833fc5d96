"""What workers counted that are gone, in one file of each kind.

prometheus_client keeps a file a process for ever. Forty kilobytes for every worker that is replaced
fill a container's shared memory in weeks; then every write to it is a SIGBUS.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import mmap_dict

__all__ = ["fold", "reading"]

# It has no types.
_Values: Any = mmap_dict.MmapedDict

# Nobody's process id.
_GONE = 0
_KINDS = ("counter", "histogram")


def fold(folder: str | Path, lives: Callable[[int], bool]) -> None:
    """Add up the files of workers that are gone.

    Where somebody reads them just now nothing happens, until the next worker is gone.

    Parameters
    ----------
    folder : path
        That ``PROMETHEUS_MULTIPROC_DIR`` names.
    lives : callable
        Whether a process id is that of a worker.
    """
    folder = Path(folder)
    try:
        with _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for kind in _KINDS:
                for path in folder.glob(f"{kind}_*.db"):
                    pid = int(path.stem.rpartition("_")[2])
                    if pid != _GONE and not lives(pid):
                        _add(path, folder / f"{kind}_{_GONE}.db")
    except BlockingIOError:
        return


@contextmanager
def reading(folder: str | Path) -> Iterator[None]:
    """Let nobody fold meanwhile: what is in two files, or in none, would be counted so."""
    with _locked(Path(folder), fcntl.LOCK_SH):
        yield


def _add(path: Path, to: Path) -> None:
    total = _Values(str(to))
    try:
        for key, value, *_ in _Values.read_all_values_from_file(str(path)):
            total.write_value(key, total.read_value(key)[0] + value, 0.0)
    finally:
        total.close()
    path.unlink()


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    with (folder / "lock").open("ab") as file:
        fcntl.flock(file, how)
        yield
