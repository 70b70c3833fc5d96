"""The README's figures, from the card of the model that ships and from runs of the benchmark.

``python -m training.figures README.md`` rewrites what stands between the markers; with ``--check``
it only says whether anything would change. So no figure is written by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.benchmark_tables import extractors_section, peers_section

__all__ = ["BENCHMARKS", "figures_section", "fill_section", "rewrite"]

_ROOT = Path(__file__).parent.parent
_CARD = _ROOT / "model" / "default" / "card.json"

#: Section of the README -> the run of `storyseam benchmark` that it shows, and who writes it.
BENCHMARKS = {
    "benchmark": (_ROOT / "docs" / "benchmark.json", peers_section),
    "extractors": (_ROOT / "docs" / "benchmark_extractors.json", extractors_section),
}
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


def rewrite(readme: str, card: Mapping[str, Any], runs: Mapping[str, Any] | None = None) -> str:
    """The README with the sections as the card and the runs have them.

    Parameters
    ----------
    runs : mapping, optional
        By the names of `BENCHMARKS`, the results of `storyseam benchmark`; sections of others stay.

    Raises
    ------
    ValueError
        The README has no markers.
    """
    readme = fill_section(readme, "figures", figures_section(card))
    for name, run in (runs or {}).items():
        readme = fill_section(readme, name, BENCHMARKS[name][1](run))
    return readme


def fill_section(document: str, name: str, section: str) -> str:
    """The document with other text between ``<!-- NAME:begin … -->`` and ``<!-- NAME:end -->``.

    Raises
    ------
    ValueError
        It has no such markers.
    """
    pattern = re.compile(rf"(<!-- {name}:begin[^>]*-->\n).*?(<!-- {name}:end -->)", re.DOTALL)
    if not pattern.search(document):
        raise ValueError(f"the document has no {name}:begin and {name}:end markers")
    return pattern.sub(lambda m: m[1] + section + m[2], document)


def main() -> None:
    """Rewrite a README, or check it."""
    parser = argparse.ArgumentParser(prog="python -m training.figures", description=__doc__)
    parser.add_argument("readme", type=Path)
    parser.add_argument("--card", type=Path, default=_CARD)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if stale")
    options = parser.parse_args()
    old = options.readme.read_text(encoding="utf-8")
    runs = {
        name: json.loads(path.read_text(encoding="utf-8"))
        for name, (path, _) in BENCHMARKS.items()
        if path.exists()
    }
    new = rewrite(old, json.loads(options.card.read_text(encoding="utf-8")), runs)
    if options.check:
        sys.exit(0 if new == old else f"stale: python -m training.figures {options.readme}")
    options.readme.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
