"""Options that several commands share, so that they are the same words everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.errors import StoryseamError
from model.granularity import Granularity

__all__ = [
    "Explain",
    "LiveBlogs",
    "ModelDirectory",
    "RegistryDirectory",
    "Threshold",
    "chosen_model",
    "chosen_registry",
]

Threshold = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Probability from which a gap is a seam; by default the model's own two bars.",
    ),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Name the groups of features behind each seam.")
]
LiveBlogs = Annotated[
    Granularity,
    typer.Option("--granularity", help="A live blog is one story, or one for every entry of it."),
]
ModelDirectory = Annotated[
    Path | None,
    typer.Option(
        help="Directory of a model version; by default the champion of STORYSEAM_REGISTRY, "
        "or the model that ships."
    ),
]
RegistryDirectory = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|URL",
        help="Registry, a folder or a URL such as s3://…; by default STORYSEAM_REGISTRY.",
    ),
]


def chosen_model(given: Path | None) -> Path | None:
    """Directory of the model to use; None for the one that ships."""
    from service.serving import model_directory
    from service.settings import Settings

    return model_directory(Settings.from_environment(model=given))


def chosen_registry(given: str | None) -> str | Path:
    """The registry to work on; there is no default, so that none comes to be by accident."""
    from service.settings import Settings

    registry = Settings.from_environment(registry=given).registry
    if registry is None:
        raise StoryseamError("no registry: name one with --registry DIR or STORYSEAM_REGISTRY")
    # A URL must stay as it is: a path would have lost one of its slashes.
    return registry if "://" in registry else Path(registry)
