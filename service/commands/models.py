"""`storyseam models`: what is in the registry, and which version is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from model.errors import StoryseamError
from service.commands.options import RegistryDirectory, chosen_registry

if TYPE_CHECKING:
    from model.registry import Registry

__all__ = ["app"]

app = typer.Typer(help="List, promote and roll back model versions.", no_args_is_help=True)


@app.command("list")
def show(
    registry: RegistryDirectory = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a version.")] = False,
) -> None:
    """List the versions of the registry; the champion is marked."""
    import orjson

    from model.registry.remote import open_registry
    from service.catalogue import summary

    found = open_registry(chosen_registry(registry))
    champion = found.champion()
    rows = [summary(card, champion=card["version"] == champion) for card in found.versions()]
    for row in rows:
        if as_json:
            print(orjson.dumps(row).decode())
        else:
            mark = "*" if row["champion"] else " "
            print(f"{mark} {row['version']}  {row.get('error') or row['created'] or ''}")
    if not as_json and champion is None:
        print("* the model that ships")
    if not as_json and (taken_back := found.taken_back()):
        print(f"{', '.join(taken_back)} was taken back: retraining promotes nothing by itself")


@app.command()
def promote(
    version: Annotated[
        str,
        typer.Argument(
            metavar="VERSION",
            help="A version that `storyseam models list` shows, or default: the one that ships.",
        ),
    ],
    registry: RegistryDirectory = None,
) -> None:
    """Make a version the champion; running services follow within seconds.

    After a rollback this lets retraining promote again; naming the champion itself will do.
    """
    found = _open(registry)
    held = bool(found.taken_back())
    found.promote(version)
    print(f"{version} is the champion")
    if held:
        print("Retraining may promote again.")


@app.command()
def rollback(registry: RegistryDirectory = None) -> None:
    """Make the champion before this one the champion again.

    Retraining then promotes nothing by itself until a version is promoted by name.
    """
    from model.errors import ArtifactError

    try:
        now = _open(registry).rollback()
    except ArtifactError as error:
        raise StoryseamError(
            f"{error} Nothing has changed. `storyseam models promote default` goes back to the "
            "model that ships, or name another version that `storyseam models list` shows."
        ) from error
    print(f"{now} is the champion")
    print(
        "Retraining promotes nothing by itself until you `storyseam models promote` a version, "
        "which may be this one: what it fits may be the like of what was taken back."
    )


def _open(registry: str | None) -> Registry:
    """The registry, which then refuses what this code could not serve."""
    from model.features import table_hash
    from model.registry.remote import open_registry

    return open_registry(chosen_registry(registry), feature_table=table_hash())
