"""The README's figures, written from the card of the model that ships.

``python -m training.figures README.md`` rewrites what stands between the two markers; with
``--check`` it only says whether anything would change. So no figure is written by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["figures_section", "rewrite"]

_CARD = Path(__file__).parent.parent / "model" / "default" / "card.json"
_SECTION = re.compile(r"(<!-- figures:begin[^>]*-->\n).*?(<!-- figures:end -->)", re.DOTALL)
_COLUMNS = (
    ("pages", "pages", "{:d}"),
    ("seams", "seams", "{:d}"),
    ("seam F1", "seam_f1", "{:.3f}"),
    ("precision", "seam_precision", "{:.3f}"),
    ("recall", "seam_recall", "{:.3f}"),
    ("start F1 ±1", "start_f1", "{:.3f}"),
    ("page right", "page_exact", "{:.3f}"),
    ("false split", "false_split", "{:.3f}"),
    ("Pk", "pk", "{:.3f}"),
    ("WindowDiff", "window_diff", "{:.3f}"),
    ("ECE", "ece", "{:.3f}"),
    ("main text F1", "body_f1", "{:.3f}"),
)


def figures_section(card: Mapping[str, Any]) -> str:
    """The section as Markdown: one table by kind of page, one by language."""
    figures = card["figures"]
    lines = [
        f"Model `{card['version']}`, default threshold {card['threshold']}, on "
        f"{figures['pages']} pages from outlets, sites and articles that",
        "it was not trained on; composed ones come from another generator than its training pages.",
        "`false split` is the share of one-story pages that were cut. `start F1 ±1` counts all",
        "story starts, right within one block; `main text F1` compares four tokens in a row of the",
        "main story with its known text.",
        "",
        *_table("kind of page", {"all": figures["overall"], **figures["kind"]}),
        "",
        *_table("language", figures["lang"]),
        "",
    ]
    return "\n".join(lines)


def _table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [
        f"| {title} | " + " | ".join(name for name, _, _ in _COLUMNS) + " |",
        "|---|" + "---:|" * len(_COLUMNS),
    ]
    for name, row in rows.items():
        cells = ["" if row.get(key) is None else form.format(row[key]) for _, key, form in _COLUMNS]
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return lines


def rewrite(readme: str, card: Mapping[str, Any]) -> str:
    """The README with the section as the card has it.

    Raises
    ------
    ValueError
        The README has no markers.
    """
    if not _SECTION.search(readme):
        raise ValueError("the README has no figures:begin and figures:end markers")
    return _SECTION.sub(lambda m: m[1] + figures_section(card) + m[2], readme)


def main() -> None:
    """Rewrite a README, or check it."""
    parser = argparse.ArgumentParser(prog="python -m training.figures", description=__doc__)
    parser.add_argument("readme", type=Path)
    parser.add_argument("--card", type=Path, default=_CARD)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if stale")
    options = parser.parse_args()
    old = options.readme.read_text(encoding="utf-8")
    new = rewrite(old, json.loads(options.card.read_text(encoding="utf-8")))
    if options.check:
        sys.exit(0 if new == old else f"stale: python -m training.figures {options.readme}")
    options.readme.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
