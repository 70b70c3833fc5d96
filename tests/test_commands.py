"""Every command that documents and modules name can be run."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_COMMAND = re.compile(r"python -m ((?:model|training|service)[a-z_.]*[a-z])")


def named() -> list[str]:
    """Modules that are named; not by the changelog, which tells of old ones."""
    paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "Makefile", ROOT / "compose.yaml"]
    for package in ("model", "training", "service", "deploy"):
        paths += [path for path in (ROOT / package).rglob("*") if path.suffix in {".py", ".yaml"}]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.name != "CHANGELOG.md"]
    return sorted({name for text in texts for name in _COMMAND.findall(text)})


def test_there_are_commands_to_look_at() -> None:
    assert {"training.holdout", "training.ablation", "service.scale.plan"} <= set(named())


@pytest.mark.parametrize("name", named())
def test_a_named_module_is_a_command(name: str) -> None:
    spec = find_spec(name)
    assert spec is not None, f"there is no {name}"
    if spec.submodule_search_locations is not None:
        spec = find_spec(f"{name}.__main__")
        assert spec is not None, f"python -m {name} does not run: it is a package"
    assert spec.origin is not None
    assert "main()" in Path(spec.origin).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["training.holdout", "training.real"])
def test_packages_that_are_commands_say_what_they_take(name: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", name, "--help"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert f"usage: python -m {name}" in told.stdout
