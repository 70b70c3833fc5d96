"""A page of two stories in every form that it can be sent in: what `/docs/` has ready to try.

Somebody who presses "Execute" there shall see stories; made from a schema alone, bodies are refused
or hold no news. A test sends each of them.
"""

from __future__ import annotations

from typing import Any

__all__ = ["CORRECTION", "HTML", "LINE", "MARKDOWN", "REQUEST", "TEXT"]

_STORIES = (
    (
        "Ferry wharf gets its clock back",
        "By Mara Quillon",
        "12 June 2024",
        "The clock on the ferry wharf at Saltmarsh will strike again from Saturday. A gale threw "
        "its hands into the harbour in 2019, and for five years nobody could agree who owned it.",
        "The town and the ferry line have now split the bill of 18,400 crowns, and a watchmaker "
        "from Ardle has cut new hands from oak. “It will run four minutes fast, as it always "
        "did,” he said.",
    ),
    (
        "Bees move into the empty cinema",
        "By Ilse Tamworth",
        "12 June 2024",
        "Eleven hives stand since Monday on the roof of the Orpheum in Upper Tarn, which has shown "
        "no film for six years. The beekeeper pays his rent in honey.",
        "The owner says that he would still prefer a cinema, but that bees at least leave no "
        "chewing gum under the seats. Neighbours will be asked in autumn whether the hives may "
        "stay.",
    ),
)


def _article(headline: str, *lines: str) -> str:
    body = "".join(f"  <p>{line}</p>\n" for line in lines)
    return f"<article>\n  <h1>{headline}</h1>\n{body}</article>\n"


TEXT = "\n\n".join("\n".join(lines) for lines in _STORIES) + "\n"
MARKDOWN = "[Home](/) | [Sport](/sport)\n\n" + "\n\n".join(
    "\n\n".join((f"## {headline}", f"*{byline}*", *lines)) for headline, byline, *lines in _STORIES
)
HTML = (
    "<!doctype html>\n<title>The Lantern</title>\n"
    '<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>\n'
    f"{''.join(_article(*lines) for lines in _STORIES)}"
    "<footer>© The Lantern</footer>\n"
)
#: For `SegmentRequest`.
REQUEST: dict[str, Any] = {"id": "lantern-1", "text": TEXT, "explain": True}
#: For a line of a batch.
LINE: dict[str, Any] = {"id": 1, "html": HTML, "explain": True}
#: For `CorrectionRequest`.
CORRECTION: dict[str, Any] = {
    "text": TEXT,
    "starts": [0, TEXT.index(_STORIES[1][0])],
    "url": "https://lantern.example/letter",
    "lang": "en",
    "why": "The bees have nothing to do with the clock.",
}
