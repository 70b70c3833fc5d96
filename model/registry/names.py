"""What versions may be called, on a disk and in a bucket alike."""

from __future__ import annotations

import re

from model.errors import BadVersionName

__all__ = ["POINTER", "SHIPPED", "check_name", "is_name"]

#: What the history calls the model that ships: no version of the registry may be named so.
SHIPPED = "default"
#: The file beside the versions that says which is in use.
POINTER = "champion"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def is_name(version: str) -> bool:
    """Whether this can name a version."""
    return bool(_NAME.fullmatch(version)) and version not in (POINTER, SHIPPED)


def check_name(version: str) -> None:
    """Raise `BadVersionName` unless this can name a version."""
    if not is_name(version):
        raise BadVersionName(version)
