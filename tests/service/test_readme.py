"""README points to what is there and names every command; its examples: test_documented.py."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_readme_points_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


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
