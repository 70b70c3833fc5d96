"""Options that several commands share, so that they are the same words everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.errors import StoryseamError

__all__ = [
    "Explain",
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
ModelDirectory = Annotated[
    Path | None,
    typer.Option(
        help="Directory of a model version; by default the champion of STORYSEAM_REGISTRY, "
        "or the model that ships."
    ),
]
RegistryDirectory = Annotated[
    Path | None, typer.Option(help="Registry; by default STORYSEAM_REGISTRY.")
]


def chosen_model(given: Path | None) -> Path | None:
    """Directory of the model to use; None for the one that ships."""
    from service.serving import model_directory
    from service.settings import Settings

    return model_directory(Settings.from_environment(model=given))


def chosen_registry(given: Path | None) -> Path:
    """The registry to work on; there is no default, so that none comes to be by accident."""
    from service.settings import Settings

    registry = Settings.from_environment(registry=given).registry
    if registry is None:
        raise StoryseamError("no registry: name one with --registry DIR or STORYSEAM_REGISTRY")
    return registry
