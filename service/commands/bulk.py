"""`storyseam bulk`: many pages from files to files."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import Explain, LiveBlogs, ModelDirectory, Threshold, chosen_model

if TYPE_CHECKING:
    from service.bulk.checkpoint import BulkSummary

__all__ = ["INTERRUPTED", "add_to", "bulk"]

#: Exit code of a run that Ctrl-C stopped, as shells have it: 128 and the number of SIGINT.
INTERRUPTED = 130


def bulk(
    source: Annotated[
        str,
        typer.Argument(
            metavar="IN",
            help="JSONL(.gz/.xz/.zst), Parquet, WARC/WET, a folder, a pattern, a URL, `@LIST` for "
            "the files that a list names, or `-`.",
        ),
    ],
    out: Annotated[str, typer.Option(help="File or folder to write; `-` is standard output.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 1,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Dask scheduler that does the work, tcp://HOST:PORT."),
    ] = None,
    threshold: Threshold = None,
    explain: Explain = False,
    granularity: LiveBlogs = "story",
    model: ModelDirectory = None,
    base: Annotated[
        str | None,
        typer.Option(metavar="URL", help="What goes before the names of `@LIST`."),
    ] = None,
    input_format: Annotated[
        str | None,
        typer.Option(
            metavar="FORM", help="jsonl, parquet, warc, text or html; by default as the names end."
        ),
    ] = None,
    out_format: Annotated[
        str | None,
        typer.Option(
            metavar="FORM",
            help="jsonl, jsonl.gz, jsonl.xz, jsonl.zst or parquet; by default as OUT ends.",
        ),
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Parquet: the id, by default `id`; '' for none."),
    ] = None,
    text_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Parquet: the text, by default `text`; '' for none."),
    ] = None,
    html_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Parquet: the HTML, by default `html`; '' for none."),
    ] = None,
    batch_pages: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Most pages for one call of the model; 256 by default."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no summary.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Overwrite the output instead of going on with it.")
    ] = False,
) -> None:
    """Segment many pages from files to files; killed and run again, it goes on where it stopped.

    Lines {"id", "text"} or {"id", "html"} in; {"id", "stories", "seams"} out, in the same order.
    A bad line becomes {"id", "error"} and is listed beside OUT. docs/bulk.md has all forms.
    """
    from service.bulk.forms import OUT_FORMS
    from service.bulk.run import BATCH_PAGES, Columns, run_bulk
    from service.bulk.sources import FORMS

    _check_form("--input-format", input_format, FORMS)
    _check_form("--out-format", out_format, OUT_FORMS)
    if dask is not None and workers > 1:
        raise typer.BadParameter("with --dask the cluster's workers do it", param_hint="--workers")
    try:
        done = run_bulk(
            source,
            out,
            workers=workers,
            dask=dask,
            model=chosen_model(model),
            threshold=threshold,
            explain=explain,
            granularity=granularity,
            restart=restart,
            base=base,
            input_format=input_format,
            out_format=out_format,
            columns=Columns(id_column, text_column, html_column),
            batch_pages=batch_pages or BATCH_PAGES,
            progress=False if quiet else None,
        )
    except KeyboardInterrupt:
        print(f"storyseam: stopped; {_how_to_go_on(out, restart)}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if not quiet:
        print(_sentence(done, out), file=sys.stderr)


def _check_form(option: str, given: str | None, forms: Iterable[str]) -> None:
    """Wrong usage, and no failed run, before anything is opened."""
    known = list(forms)
    if given is not None and given not in known:
        raise typer.BadParameter(f"{given!r} is not one of {', '.join(known)}", param_hint=option)


def _how_to_go_on(out: str, restart: bool) -> str:
    if out == "-":
        return "write to a file instead of standard output to be able to go on after a stop"
    # With --restart once more, what is done by now would be done again.
    without = " without --restart" if restart else ""
    return f"run the same command again{without}, and it goes on where it stopped"


def _sentence(done: BulkSummary, out: str) -> str:
    """What came of it, in one line; two if pages were bad."""
    from service.bulk.sinks import bad_pages

    said = (
        f"{done.pages:,} pages, {done.stories:,} stories, {done.seams:,} seams, "
        f"{done.errors:,} errors in {done.seconds:,.1f} s ({done.pages_per_second:,.0f} pages/s)"
    )
    if done.resumed:
        said += f"; {done.resumed:,} of them were there from before"
    if done.unread:
        files = (
            "file of an unknown ending was" if done.unread == 1 else "files of unknown endings were"
        )
        said += f"; {done.unread:,} {files} not read"
    if done.errors and out != "-":
        said += f"\nbad pages are listed in {bad_pages(out)}"
    return said


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        epilog="For example: storyseam bulk pages.jsonl.gz --out stories.jsonl.zst --workers 8"
    )(bulk)
