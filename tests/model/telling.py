"""Tells stories of invented pages whose spans are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.batch import Batch
from model.decoder import Span
from model.layout import read_layout
from model.page import Metadata, Page
from model.stories import Relatedness, Segmentation, tell
from model.words import WordTable

MORE = "Nobody at the quay could say on Monday when the second boat would be mended, or by whom."
BODY = "The ferry leaves at noon and comes back at dusk, said the harbour office on its board."
TWO = f"Pier to be mended\n{BODY}\n{BODY}\nOrchestra finds a score\n{BODY}"
RELATED = Relatedness(slope=8.0, middle=0.5)


def told(
    text: str | Page,
    bounds: Sequence[tuple[int, int]] = (),
    *,
    outside: Sequence[int] = (),
    vectors: Sequence[Sequence[float]] | None = None,
    metadata: Metadata | None = None,
    low: int = 0,
    chances: Sequence[float] | None = None,
) -> Segmentation:
    """Tell a page whose spans are known; by default one story from first to last block, of which
    no block may be outside (``chances``)."""
    page = Page.from_text(text) if isinstance(text, str) else text
    if metadata is not None:
        page = replace(page, metadata=metadata)
    before = Page.from_text("Some other line 12 March 2021\n" * low)
    columns = read_layout(Batch.read([before, page], WordTable([], 8))).columns
    spans = []
    for first, last in bounds or [(0, len(page))]:
        inside = np.array([i not in outside for i in range(first, last)])
        spans.append(Span(first, last, 0.9, inside))
    return tell(
        page,
        spans,
        [()] + [("headline",)] * (len(spans) - 1),
        np.asarray(vectors if vectors is not None else np.ones((len(page), 2)), np.float32),
        columns,
        low,
        np.zeros(len(page), np.float32) if chances is None else np.asarray(chances, np.float32),
        relatedness=RELATED,
        model="v1",
    )
