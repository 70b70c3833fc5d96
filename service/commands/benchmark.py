"""`storyseam benchmark`: Storyseam beside its peers, in one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from model.errors import StoryseamError
from service.commands.options import ModelDirectory, chosen_model

if TYPE_CHECKING:
    from training.labelled import LabelledPage

__all__ = ["add_to", "benchmark"]

_COUNT = 120


def benchmark(
    pages: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PAGES]",
            help="Labelled pages, JSONL(.gz/.xz/.zst); without, held-out pages of --articles.",
        ),
    ] = None,
    articles: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILES...", help="Articles to make held-out pages from, as training does."
        ),
    ] = None,
    extractors: Annotated[
        bool,
        typer.Option(
            "--extractors", help="Extractors of main text instead, on the HTML of --real."
        ),
    ] = False,
    real: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Real pages with labels, for --extractors.")
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            min=12,
            help=f"Pages to draw; {_COUNT} by default, as the slowest peer takes 3 s for one. With "
            "--extractors, one-story pages; all by default.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw and the order.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the figures as JSON.")
    ] = None,
    model: ModelDirectory = None,
) -> None:
    r"""Measure Storyseam and its peers on the same pages, one thread: seams, whole pages, speed.

    Peers are installed with `pip install 'storyseam\[benchmark]'`; missing ones are named.
    The README shows `storyseam benchmark --articles FILES --out docs/benchmark.json` and
    `storyseam benchmark --extractors --real DIR --out docs/benchmark_extractors.json`, put there by
    `python -m training.figures`.
    """
    import orjson
    from rich.console import Console
    from rich.markdown import Markdown

    from model.segmenter import Segmenter
    from service.observability.stages import Stages
    from training.benchmark.tables import extractors_section, peers_section

    result: dict[str, Any]
    with Stages() as stages:
        if extractors:
            if real is None:
                raise StoryseamError("--extractors needs the folder of real pages: --real DIR")
            from training.benchmark.extractors import run_extractors
            from training.benchmark.html import read_markup_pages

            segmenter = Segmenter.load(chosen_model(model))
            result = run_extractors(
                segmenter,
                read_markup_pages(real, count=count, seed=seed),
                seed=seed,
                progress=stages,
            )
            section = extractors_section(result)
        else:
            from training.benchmark import run_benchmark

            drawn = _drawn(pages, articles or [], count or _COUNT, seed)
            segmenter = Segmenter.load(chosen_model(model))
            result = run_benchmark(segmenter, drawn, seed=seed, progress=stages)
            section = peers_section(result)
    if out is not None:
        out.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    Console().print(Markdown(section))


def _drawn(pages: Path | None, articles: list[Path], count: int, seed: int) -> list[LabelledPage]:
    """So many pages of a file, or of the held-out part of some articles."""
    import random

    from training.holdout import held_out_pages
    from training.labelled import read_pages

    if (pages is None) == (not articles):
        raise StoryseamError("name either a file of labelled PAGES, or --articles FILES")
    found = list(read_pages(pages)) if pages is not None else held_out_pages(articles, seed=seed)
    return random.Random(seed).sample(found, min(count, len(found)))


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(benchmark)
