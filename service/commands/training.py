"""`storyseam train`, `retrain` and `evaluate`: how a model comes to be and is judged."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.errors import StoryseamError
from service.commands.database import correction_store, database_told
from service.commands.options import (
    ModelDirectory,
    RegistryDirectory,
    chosen_model,
    chosen_registry,
)
from service.commands.report_file import ReportFile, report_writer

if TYPE_CHECKING:
    from training.evaluate import Report

__all__ = ["REFUSED", "add_to"]

#: Exit code of `retrain` when the challenger was not better than the champion.
REFUSED = 3

_CURVE = (0.125, 0.25, 0.5)
# Columns of a terminal that the whole table of figures fits into.
_WIDE = 170

Articles = Annotated[
    list[Path],
    typer.Option(
        metavar="FILES...",
        help="Articles: JSONL(.gz/.xz/.zst), Parquet or folders of .txt; `-` reads JSONL from "
        "standard input.",
    ),
]
Pages = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILES...", help="Labelled pages to learn from as well, JSONL."),
]
Seed = Annotated[int, typer.Option(min=0, help="The same data and seed give the same model.")]

Real = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Real pages: their furniture dresses the composed ones."),
]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Fit on a Dask cluster, tcp://HOST:PORT."),
]
Curve = Annotated[
    bool,
    typer.Option(
        "--learning-curve",
        help="Fit on an eighth, a quarter and a half as well, for the report; fitting takes twice "
        "as long.",
    ),
]


def train(
    articles: Articles,
    out: Annotated[Path, typer.Option(metavar="DIR", help="New folder for the model version.")],
    seed: Seed = 0,
    pages: Pages = None,
    real: Real = None,
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the pages that it is measured on, JSONL(.gz/.xz/.zst)."
        ),
    ] = None,
    unseen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LANG",
            help="A language to learn nothing from, only to measure on; may be repeated.",
        ),
    ] = None,
    share: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=1,
            help="Learn from this share of the articles and real pages alone, and measure on what "
            "all would be: for python -m training.share_curve.",
        ),
    ] = 1,
    curve: Curve = False,
    dask: Dask = None,
) -> None:
    """Train one model version and measure it on held-out outlets; nothing is promoted."""
    from service.observability.stages import Stages
    from training.cluster import on_cluster
    from training.plan import Plan
    from training.train import train as run

    with on_cluster(dask), Stages() as stages:
        report = run(
            articles,
            out,
            seed=seed,
            pages=pages or [],
            real=real,
            held_out=held_out,
            unseen=unseen or (),
            share=share,
            progress=stages,
            plan=Plan(curve=_CURVE if curve else ()),
        )
    _show(report)
    print(f"{report.model} is in {out}")


def retrain(
    articles: Articles,
    registry: RegistryDirectory = None,
    seed: Seed = 0,
    pages: Pages = None,
    real: Real = None,
    corrections: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Database of corrected pages to learn from; by default STORYSEAM_CORRECTIONS.",
        ),
    ] = None,
    report: ReportFile = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log one JSON object a stage to stderr, for cron.")
    ] = False,
    floors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Floors of quality that a challenger is held to, JSON. Where there is no such "
            "file yet, those that the champion stands on are pinned in it. \\[default: those of "
            "the model that ships, which hold for its own pages]",
        ),
    ] = None,
    lower_floors: Annotated[
        str | None,
        typer.Option(
            metavar="WHY",
            help="Promote even below the pinned floors of quality; WHY is kept on the card, and in "
            "the file of --floors, where those that are missed are lowered.",
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep features here, and reuse them while only corrections change. Holds "
            "pickles: for this job alone to write.",
        ),
    ] = None,
    curve: Curve = False,
    dask: Dask = None,
) -> None:
    """Train a challenger and make it the champion if it is better.

    Exits with 0 if the challenger was promoted, with 3 if the gate refused it and with 1 if the
    job failed. What fails after the decision, such as writing the report, is told on stderr.
    """
    from service.observability.job_log import nothing_but_json
    from service.observability.stages import Stages
    from training.afterwards import Afterwards
    from training.cluster import on_cluster
    from training.retrain import json_lines
    from training.retrain import retrain as run
    from training.stage_log import Stages as Log

    log = json_lines() if log_json else None
    afterwards = Afterwards(Log(log))
    with ExitStack() as all_along:
        if log is not None:
            all_along.enter_context(nothing_but_json(log))
        root = chosen_registry(registry)
        if lower_floors is not None and not lower_floors.strip():
            raise StoryseamError("--lower-floors needs a reason, which is kept on the model's card")
        write = None if report is None else report_writer(report)
        with afterwards.closing(ExitStack()) as open_until_done:
            store = correction_store(corrections)
            if store is not None:
                open_until_done.callback(store.close)
                open_until_done.enter_context(database_told())
            open_until_done.enter_context(on_cluster(dask))
            stages = None if log_json else open_until_done.enter_context(Stages())
            result = run(
                articles,
                root,
                seed=seed,
                pages=pages or [],
                real=real,
                corrections=store,
                progress=stages,
                log=log,
                floors=floors,
                lower_floors=lower_floors,
                cache=cache,
                curve=_CURVE if curve else (),
            )
        if write is not None:
            with afterwards("report"):
                write(
                    result.challenger_report,
                    report,
                    champion=result.champion_report,
                    verdict=result.verdict,
                )
    if not log_json:
        for what in result.noticed:
            print(f"storyseam: {what}", file=sys.stderr)
        for what in (*result.failed, *afterwards.failed):
            print(f"storyseam: failed after the decision: {what}", file=sys.stderr)
    print(f"{'promoted' if result.promoted else 'refused'} {result.challenger}: {result.reason}")
    print(f"the champion is {result.champion}")
    if not result.promoted:
        raise typer.Exit(REFUSED)


def evaluate(
    pages: Annotated[
        list[Path],
        typer.Argument(
            metavar="PAGES", help="Labelled pages, JSONL(.gz/.xz/.zst); `-` reads standard input."
        ),
    ],
    model: ModelDirectory = None,
    report: ReportFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure a model on labelled pages: seams, whole pages, false splits, by kind and language."""
    from training.evaluate import evaluate_files

    write = None if report is None else report_writer(report)
    found = evaluate_files(pages, chosen_model(model))
    if write is not None:
        write(found, report)
    if as_json:
        import orjson

        print(orjson.dumps(found.to_dict(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(found)


def _show(report: Report) -> None:
    """Print the table, as much of it as fits; into a file or pipe all of it."""
    from rich.console import Console

    from training.evaluate_table import table_of

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(table_of(report, short=console.width < _WIDE))


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command, example in (
        (train, "train --articles articles/*.jsonl.xz --out models/first"),
        (retrain, "retrain --articles articles/*.jsonl.xz --registry var/registry"),
        (evaluate, "evaluate pages.jsonl --model models/first --report report.html"),
    ):
        app.command(epilog=f"For example: storyseam {example}")(command)
