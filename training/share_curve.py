"""How good the model is by how much it learned from: what would more articles and pages bring?

``storyseam train … --share .25 --out DIR`` learns from a quarter of the articles and real pages,
words, looks and reviewers alike, and measures on the same pages as the whole model.
``python -m training.share_curve CARD.json … --doc docs/method.md`` puts such models and the one
that ships side by side, and says what a doubling brings. It asks more than the report's learning
curve (`training.learning_curve`), in which only the last look learns from less.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.segmenter import DEFAULT
from training.figures import fill_document

__all__ = ["main", "section"]

_SHIPPED = DEFAULT / "card.json"
# Kinds of page that say the most: the whole, then the layouts nearest to what scrapers save, then
# those that lean on what words mean, then real pages.
_KINDS = (
    "arab_news", "dressed", "titled", "plain", "running", "sentence_per_line", "choi", "digest",
    "same_topic", "interrupted", "short_after_long", "fullpage",
)  # fmt: skip
_REAL = (
    ("real feeds, text: start F1 ±1", "real_multistory_text", "start_f1"),
    ("real feeds, HTML: start F1 ±1", "real_multistory_html", "start_f1"),
    ("real pages, text: main text F1", "real_text", "body_f1"),
    ("real pages, HTML: main text F1", "real_html", "body_f1"),
)


def section(cards: Sequence[Mapping[str, Any]]) -> str:
    """A column for each card, by the share that it learned from, as Markdown.

    Parameters
    ----------
    cards : sequence of mapping
        Two or more, of different shares, measured on the same pages.

    Raises
    ------
    ValueError
        They were measured on different pages, or have one share.
    """
    cards = sorted(cards, key=_share)
    shares = np.array([_share(card) for card in cards])
    if len(np.unique(shares)) < 2:
        raise ValueError("a curve needs models that learned from different shares: train --share")
    if len({card["figures"]["corpus"] for card in cards}) > 1:
        raise ValueError("the models were measured on different pages: train them with one seed")
    rows: dict[str, list[float | None]] = {
        "seam F1": [card["figures"]["overall"]["seam_f1"] for card in cards],
        "page right": [card["figures"]["overall"]["page_exact"] for card in cards],
        "false split": [card["figures"]["overall"]["false_split"] for card in cards],
    }
    for kind in _KINDS:
        rows[f"{kind.replace('_', ' ')}: seam F1"] = [
            _kind(card, kind, "seam_f1") for card in cards
        ]
    for name, kind, figure in _REAL:
        rows[name] = [_kind(card, kind, figure) for card in cards]
    lines = [
        f"| share of the data | {' | '.join(f'{share:g}' for share in shares)} | a doubling |",
        "|---|" + "---:|" * (len(cards) + 1),
        f"| articles | {' | '.join(f'{_articles(card):,}' for card in cards)} | |",
        f"| real pages, text and HTML | {' | '.join(str(c['real_pages']) for c in cards)} | |",
    ]
    for name, values in rows.items():
        if any(value is not None for value in values):
            cells = ["" if value is None else f"{value:.3f}" for value in values]
            lines.append(f"| {name} | {' | '.join(cells)} | {_doubling(shares, values)} |")
    return "\n".join(lines) + "\n"


def _share(card: Mapping[str, Any]) -> float:
    return float(card.get("share", 1.0))


def _articles(card: Mapping[str, Any]) -> int:
    return sum(card["articles"].values())


def _kind(card: Mapping[str, Any], kind: str, figure: str) -> float | None:
    value = card["figures"]["kind"].get(kind, {}).get(figure)
    return None if value is None else float(value)


def _doubling(shares: np.ndarray[Any, Any], values: Sequence[float | None]) -> str:
    """What twice the data brought from the largest but one to the largest, for each doubling."""
    before, last = values[-2:]
    if before is None or last is None:
        return ""
    return f"{(last - before) / np.log2(shares[-1] / shares[-2]):+.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and put it into a document."""
    parser = argparse.ArgumentParser(prog="python -m training.share_curve", description=__doc__)
    parser.add_argument("cards", type=Path, nargs="+", help="of models trained with --share")
    parser.add_argument("--whole", type=Path, default=_SHIPPED, help="card of the whole model")
    parser.add_argument("--doc", type=Path, help="fill in its section between the markers")
    options = parser.parse_args(arguments)
    paths = [*options.cards, options.whole]
    found = section([json.loads(path.read_text(encoding="utf-8")) for path in paths])
    print(found, end="")
    if options.doc:
        fill_document(options.doc, "shares", found)


if __name__ == "__main__":
    main()
