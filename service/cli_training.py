"""`storyseam train`, `retrain` and `evaluate`: how a model comes to be and is judged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli_options import ModelDirectory, RegistryDirectory, chosen_model, chosen_registry

__all__ = ["REFUSED", "add_to"]

#: Exit code of `retrain` when the challenger was not better than the champion.
REFUSED = 3

Articles = Annotated[
    list[Path],
    typer.Option(
        metavar="FILES...", help="Articles: JSONL(.gz/.xz/.zst), Parquet or folders of .txt."
    ),
]
Pages = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILES...", help="Labelled pages to learn from as well, JSONL."),
]
Seed = Annotated[int, typer.Option(min=0, help="The same data and seed give the same model.")]


def train(
    articles: Articles,
    out: Annotated[Path, typer.Option(help="Directory for the model version.")],
    seed: Seed = 0,
    pages: Pages = None,
    real: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Real pages: their furniture dresses the composed ones."),
    ] = None,
) -> None:
    """Train one model version and measure it on held-out outlets; nothing is promoted."""
    from rich.console import Console

    from service.stages import Stages
    from training.train import train as run

    with Stages() as stages:
        report = run(articles, out, seed=seed, pages=pages or [], real=real, progress=stages)
    Console().print(report.table())
    print(f"{report.model} is in {out}")


def retrain(
    articles: Articles, registry: RegistryDirectory = None, seed: Seed = 0, pages: Pages = None
) -> None:
    """Train a challenger and make it the champion if it is better.

    What happens is logged to stderr, one JSON object a stage. Exits with 0 if the challenger was
    promoted and with 3 if the gate refused it.
    """
    from training.retrain import json_lines
    from training.retrain import retrain as run

    root = chosen_registry(registry)
    result = run(articles, root, seed=seed, pages=pages or [], log=json_lines())
    print(f"{'promoted' if result.promoted else 'refused'} {result.challenger}: {result.reason}")
    print(f"the champion is {result.champion}")
    if not result.promoted:
        raise typer.Exit(REFUSED)


def evaluate(
    pages: Annotated[list[Path], typer.Argument(help="Labelled pages, JSONL(.gz/.xz/.zst).")],
    model: ModelDirectory = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure a model on labelled pages: seams, whole pages, false splits, by kind and language."""
    from training.evaluate import evaluate_files

    report = evaluate_files(pages, chosen_model(model))
    if as_json:
        import orjson

        print(orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2).decode())
    else:
        from rich.console import Console

        Console().print(report.table())


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (train, retrain, evaluate):
        app.command()(command)
