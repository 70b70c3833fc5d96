"""What `--help` says of defaults is what holds, and its examples are command lines."""

from __future__ import annotations

import re
import shlex

import click
import pytest
import typer

from service import cli
from service.bulk.run import BATCH_PAGES
from service.settings import Settings
from tests.service.test_cli import storyseam  # noqa: F401 - a fixture
from tests.service.test_readme import README

GROUP = typer.main.get_command(cli.app)
assert isinstance(GROUP, click.Group | typer.core.TyperGroup)
COMMANDS = dict(GROUP.commands)


@pytest.mark.parametrize("setting", ["bind", "workers", "timeout"])
def test_the_defaults_of_serve_are_those_of_the_settings(setting: str) -> None:
    # Not read from there: the settings import Flask, and help is to be there at once.
    (option,) = (one for one in COMMANDS["serve"].params if one.name == setting)
    assert f"{Settings.model_fields[setting].default} by default" in option.help  # type: ignore[attr-defined]


def test_the_default_of_bulk_is_its_own() -> None:
    (option,) = (one for one in COMMANDS["bulk"].params if one.name == "batch_pages")
    assert f"{BATCH_PAGES} by default" in option.help  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["segment", "bulk", "serve", "train", "retrain", "evaluate"])
def test_every_example_is_a_command_line(name: str) -> None:
    epilog = COMMANDS[name].epilog or ""
    given = re.fullmatch(rf"For example: storyseam {name} (.+)", epilog)
    assert given
    COMMANDS[name].make_context(name, cli._spread(shlex.split(given[1])), resilient_parsing=False)


def test_the_commands_come_in_the_order_of_the_readme(storyseam) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    shown = storyseam("--help").out
    assert "Exit codes: 0 done, 1 failed" in shown
    listed = [name for name in re.findall(r"^\W*(\w+)  ", shown, re.MULTILINE) if name in COMMANDS]
    assert listed == re.findall(r"^    storyseam (\w+) .*  \w", README, re.MULTILINE)
    assert set(listed) == set(COMMANDS)
