"""`storyseam ...`: every command line, thin over what the floors do.

Exit codes: 0 done, 1 failed (one line on stderr says what to do), 2 wrong usage, and for `retrain`
3 when the gate refused the challenger. What takes long to import is imported inside the commands,
so that `--help` answers at once.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from model.errors import StoryseamError, UndecodablePage
from service.commands import benchmark as cli_benchmark
from service.commands import bulk as cli_bulk
from service.commands import keys as cli_keys
from service.commands import models as cli_models
from service.commands import training as cli_training
from service.commands.options import Explain, LiveBlogs, ModelDirectory, Threshold, chosen_model

__all__ = ["app", "main"]

app = typer.Typer(
    name="storyseam",
    help="Find the seams in scraped news pages: where one story ends and another begins.",
    epilog="Exit codes: 0 done, 1 failed (one line on stderr says what to do), 2 wrong usage; of "
    "`retrain` also 3, the challenger was refused, and of `bulk` 130, stopped by Ctrl-C.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# Options that take several values in a row, as a shell's `*` gives them.
_LISTS = frozenset({"--articles", "--pages", "--corrections"})

# What to do about what the system refuses, where its own words do not say it.
_MENDS = {
    errno.ENOENT: "look for a slip in the path",
    errno.ENOTDIR: "what it names as a folder is a file",
    errno.EISDIR: "name a file",
    errno.EEXIST: "a file is in the way; name another folder",
    errno.EACCES: "name another place, or let this user read or write there",
    errno.EROFS: "name another place, or mount this one to be written to",
    errno.ENOSPC: "make room, then run the same command again",
    errno.EDQUOT: "make room, then run the same command again",
}


def _show_version(asked: bool) -> None:
    if asked:
        from service.release import installed

        print(f"storyseam {installed()}")
        raise typer.Exit


@app.callback()
def _about(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """What may stand before a command."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            app(args=_spread(arguments))
        finally:
            _flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.exit(0)
    except UnicodeEncodeError as error:
        what = f"the output takes {error.encoding} only; set PYTHONIOENCODING=utf-8"
        print(f"storyseam: {what}", file=sys.stderr)
        sys.exit(1)
    except (StoryseamError, OSError) as error:
        print(f"storyseam: {_one_line(error)}", file=sys.stderr)
        sys.exit(1)


def _flush() -> None:
    """Write what is left of our output while it can still be told that it cannot be written."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        # Or Python would try again at exit, and complain of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror is not None:
        where = "" if error.filename is None else f"{error.filename}: "
        mend = _MENDS.get(error.errno or 0)
        return f"{where}{error.strerror}" + (f"; {mend}" if mend else "")
    return " ".join(str(error).split()) or type(error).__name__


def _spread(arguments: Sequence[str]) -> list[str]:
    """Repeat an option before each of its values: `--articles A B` is `--articles A --articles B`.

    >>> _spread(["train", "--articles", "a", "b", "--out", "m"])
    ['train', '--articles', 'a', '--articles', 'b', '--out', 'm']
    """
    out: list[str] = []
    option: str | None = None
    waiting = False
    for argument in arguments:
        if argument.startswith("-") and argument != "-":
            option = argument if argument in _LISTS else None
            waiting = option is not None
            out.append(argument)
        elif option is None or waiting:
            waiting = False
            out.append(argument)
        else:
            out += [option, argument]
    return out


def segment(
    pages: Annotated[
        list[str],
        typer.Argument(
            metavar="PAGE",
            help="Files of text, Markdown or HTML, also .gz, .xz, .zst; `-` reads standard input.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a page, one page a line.")
    ] = False,
    threshold: Threshold = None,
    explain: Explain = False,
    granularity: LiveBlogs = "story",
    model: ModelDirectory = None,
) -> None:
    """Show the stories of pages, and the seams between them.

    HTML is known by the ending of its name, before .gz or the like, or by how it begins.
    """
    import orjson

    from model.html import page_from_html
    from service.serving import load_segmenter

    contents = [(_shown(name), _read(name)) for name in pages]
    segmenter = load_segmenter(chosen_model(model))
    for name, data in contents:
        text, html = _decoded(name, data)
        if not text.strip():
            raise StoryseamError(f"{name}: the page is empty")
        page = page_from_html(text) if html else text
        answer = segmenter.segment(
            page, threshold=threshold, explain=explain, granularity=granularity
        )
        if as_json:
            row = answer.to_dict(with_text=html)
            row = {"model": row.pop("model"), "id": name} | row
            print(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY).decode())
        else:
            from rich.console import Console

            from service.render import show

            show(Console(highlight=False), name, answer)


def _shown(name: str) -> str:
    """A file name as text. One that is not UTF-8 is no JSON and cannot be printed as it is."""
    return os.fsencode(name).decode("utf-8", "replace")


def _read(name: str) -> bytes:
    if name != "-":
        return Path(name).read_bytes()
    if sys.stdin is None:
        raise StoryseamError("standard input is closed")
    return sys.stdin.buffer.read()


def _unpacked(name: str, data: bytes) -> bytes:
    """A page without its xz or zst; gzip is left to `decode`, as pages come in it over HTTP, too.

    By their first bytes: standard input has no name.
    """
    from model.charset import MAX_BYTES
    from service.bulk.compression import decompressed, sniff
    from training.packed import DAMAGE

    raw = io.BufferedReader(io.BytesIO(data))
    packed = sniff(raw)
    if packed in ("", ".gz"):
        return data
    try:
        page = decompressed(raw, packed).read(MAX_BYTES + 1)
    except DAMAGE as error:
        raise StoryseamError(f"{name}: the page cannot be unpacked: {error}") from None
    if len(page) > MAX_BYTES:
        raise StoryseamError(f"{name}: the page unpacks to more than {MAX_BYTES:,} bytes")
    return page


def _decoded(name: str, data: bytes) -> tuple[str, bool]:
    """The text of a page, and whether it is HTML, which a page of any encoding says in its text."""
    from model.charset import decode
    from service.opening import HTML_FILE, looks_like_html

    html = HTML_FILE.search(name) is not None
    data = _unpacked(name, data)
    try:
        text = decode(data, None, html=html)
        if not html and looks_like_html(text):
            # Once more: HTML may name its character set.
            text, html = decode(data, None, html=True), True
    except UndecodablePage as error:
        raise StoryseamError(f"{name}: the page cannot be decoded: {error.reason}") from None
    return text, html


def serve(
    bind: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", help="Where to listen, or unix:PATH; 127.0.0.1:8765 by default."
        ),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; 2 by default.")] = None,
    timeout: Annotated[
        int | None,
        typer.Option(min=1, help="Seconds for one request; 60 by default."),
    ] = None,
    registry: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|URL",
            help="Serve the champion of this registry; by default that of STORYSEAM_REGISTRY.",
        ),
    ] = None,
    model: ModelDirectory = None,
) -> None:
    """Serve over HTTP with gunicorn, with a page to try it at /.

    Options win over STORYSEAM_BIND and so on in the environment, which win over the defaults;
    docs/operating.md has all settings.
    """
    from service.server import serve as run
    from service.settings import Settings

    run(
        Settings.from_environment(
            bind=bind, workers=workers, timeout=timeout, registry=registry, model=model
        )
    )


# In the order that `storyseam --help` and the README list them.
app.command(epilog="For example: storyseam segment page.html letter.txt --explain")(segment)
cli_bulk.add_to(app)
app.command(epilog="For example: storyseam serve --bind 127.0.0.1:9000 --workers 4")(serve)
cli_training.add_to(app)
cli_benchmark.add_to(app)
app.add_typer(cli_models.app, name="models")
app.add_typer(cli_keys.app, name="keys")

if __name__ == "__main__":
    main()
