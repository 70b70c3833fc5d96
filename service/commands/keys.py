"""`storyseam keys`: who may use a service that others can reach."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.errors import StoryseamError
from service.limits.keys import SCOPES, KeyFile, Scope

__all__ = ["app"]

app = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)

_File = Annotated[
    Path | None, typer.Option("--keys", help="File of keys; by default STORYSEAM_KEYS.")
]


@app.command()
def create(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Whose key it is, for the list and the log.")
    ],
    scope: Annotated[
        list[str],
        typer.Option(help=f"What it is for: {', '.join(SCOPES)} (which is all); may be repeated."),
    ] = ["segment"],  # noqa: B006 - Typer copies it
    keys: _File = None,
) -> None:
    """Make a key and print it, once: only its hash is kept.

    Running services take it within a second.
    """
    if not 0 < len(name) <= 100:
        raise typer.BadParameter("a name has 1 to 100 characters")
    if not _is_text(name):
        raise typer.BadParameter("a name is text in UTF-8")
    key, text = _open(keys).create(name, [_scope(each) for each in scope])
    typer.echo(f"key {key.id} for {', '.join(key.scopes)}; it is not shown again:", err=True)
    print(text)


@app.command("list")
def show(
    keys: _File = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a key.")] = False,
) -> None:
    """List the keys: id, scopes, when they were made, and for whom."""
    for key in _open(keys).read():
        if as_json:
            print(key.model_dump_json(exclude={"sha256"}))
        else:
            print(f"{key.id}  {','.join(key.scopes):<24}  {key.created}  {key.name}")


@app.command()
def revoke(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")],
    keys: _File = None,
) -> None:
    """Remove a key; running services refuse it within a second."""
    key = _open(keys).revoke(identifier)
    print(f"{key.id} ({key.name}) is revoked")


def _is_text(given: str) -> bool:
    """Whether an argument was UTF-8; Python keeps other bytes as halves of surrogate pairs."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def _scope(given: str) -> Scope:
    for scope in SCOPES:
        if given == scope:
            return scope
    raise typer.BadParameter(f"{given!r} is not one of {', '.join(SCOPES)}", param_hint="--scope")


def _open(given: Path | None) -> KeyFile:
    """The file to work on; there is no default, so that none comes to be by accident."""
    from service.settings import Settings

    path = Settings.from_environment(keys=given).keys
    if path is None:
        raise StoryseamError("no file of keys: name one with --keys FILE or STORYSEAM_KEYS")
    return KeyFile(path)
