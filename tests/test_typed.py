"""Whoever installs the packages has their types (PEP 561), not only whoever works on them."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("package", PROJECT["tool"]["mypy"]["packages"])
def test_every_package_that_is_checked_says_so_and_brings_the_mark_along(package: str) -> None:
    assert (ROOT / package / "py.typed").read_bytes() == b""
    kept = PROJECT["tool"]["setuptools"]["package-data"]
    patterns = kept.get(package, []) + kept["*"]
    assert any(fnmatch("py.typed", pattern) for pattern in patterns), "left out of the wheel"


def test_what_says_that_it_is_typed_is_checked_strictly() -> None:
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]
    assert PROJECT["tool"]["mypy"]["strict"] is True
