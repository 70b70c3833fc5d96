"""What jobs write before it counts, beside the versions: so that a rename puts it in place."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from model import artifact

__all__ = ["Scratch"]


class Scratch:
    """Names of a registry's folder that no version has.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def name(self) -> Path:
        """A name that nothing has."""
        return self.root / f".tmp-{os.getpid()}-{secrets.token_hex(4)}"

    def replace(self, path: Path, data: bytes) -> None:
        """Write a file so that readers see the one before or the new one, whatever happens."""
        partial = self.name()
        try:
            artifact.write_file(partial, data)
            os.replace(partial, path)
            artifact.sync_directory(self.root)
        finally:
            partial.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete what killed jobs left; under both locks nobody else is at work here."""
        for path in self.root.glob(".tmp-*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
