"""Figures in a Markdown file, between two marks; a command writes them, nobody by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from model.errors import StoryseamError

__all__ = ["Unmarked", "write_between"]


class Unmarked(StoryseamError):
    """A file without a place for these figures."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self.path = path
        self.name = name

    def __str__(self) -> str:
        return (
            f"{self.path} has no place for this; write two lines into it: "
            f"<!-- {self.name}:begin --> and <!-- {self.name}:end -->"
        )


def write_between(path: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands between ``<!-- NAME:begin … -->`` and ``<!-- NAME:end -->``.

    Raises
    ------
    Unmarked
        The file does not have both marks once.
    """
    text = path.read_text(encoding="utf-8")
    section = re.compile(
        rf"(<!-- {re.escape(name)}:begin[^>]*-->\n).*?(<!-- {re.escape(name)}:end -->)", re.DOTALL
    )
    body = "".join(f"{line}\n" for line in lines)
    changed, count = section.subn(lambda found: f"{found[1]}{body}{found[2]}", text)
    if count != 1:
        raise Unmarked(path, name)
    path.write_text(changed, encoding="utf-8")
