"""Documents point to what is there, README names every command; examples: test_documented.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = [f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize(
    "name", ["README.md", "SECURITY.md", "CONTRIBUTING.md", *sorted(DOCS)], ids=str
)
def test_what_a_document_points_to_exists(name: str) -> None:
    path = ROOT / name
    for target in re.findall(r"\]\(([^):]+)\)", path.read_text(encoding="utf-8")):
        file, _, part = target.partition("#")
        aim = path.parent / file if file else path
        assert aim.exists(), target
        assert not part or part in headings(aim), target


def headings(path: Path) -> set[str]:
    """What links name a document's parts by."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_readme_names_every_command() -> None:
    from service.cli import app

    names = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback and not command.hidden
    }
    names |= {group.name or "" for group in app.registered_groups}
    for name in names:
        assert re.search(rf"^    storyseam {name}\b", README, re.MULTILINE), name
