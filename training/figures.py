"""Figures in documents, from the card of the model that ships and from runs of the benchmark.

``python -m training.figures`` rewrites what stands between the markers of both documents; with
``--check`` it only says whether anything would change. So no figure is written by hand.
README has what a newcomer wants to know, docs/figures.md every kind of page and language.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.benchmark.tables import extractors_section, peers_section
from training.thresholds import thresholds_section

__all__ = [
    "BENCHMARKS",
    "figures_section",
    "fill_document",
    "fill_section",
    "rewrite",
    "summary_section",
]

_ROOT = Path(__file__).parent.parent
_CARD = _ROOT / "model" / "default" / "card.json"
_DOCUMENTS = (_ROOT / "README.md", _ROOT / "docs" / "figures.md")

#: Section of README -> the run of `storyseam benchmark` that it shows, and who writes it.
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
# What README shows of them, and the kinds of page that it names in words of its own.
_SHORT = ("pages", "seam F1", "precision", "recall", "start F1 ±1", "page right", "false split")
_TOLD = {
    "arab_news": "appended news pages, headers alike",
    "dressed": "the same in the dress of other sites",
    "titled": "headlines, no other header",
    "plain": "bodies alone, nothing between",
    "running": "line breaks lost",
    "sentence_per_line": "a sentence a line",
    "digest": "digests, a few paragraphs a story",
    "choi": "ten short excerpts, a sentence a line",
    "short_after_long": "a short story after a long one",
    "same_topic": "neighbours on one topic",
    "interrupted": "stories with lists, teasers, comments inside",
    "fullpage": "whole pages, navigation and all",
    "single": "one story",
    "single_hard": "one story, with what looks like another",
    "real_text": "real pages of one story, text",
    "real_html": "real pages of one story, HTML",
    "real_multistory_text": "real feeds, digests and letters, text",
    "real_multistory_html": "real feeds, digests and letters, HTML",
}
# What says nothing of pages that have no seam.
_OF_SEAMS = ("seam_f1", "seam_precision", "seam_recall")
# Languages with fewer pages say little.
_ENOUGH = 100


def summary_section(card: Mapping[str, Any]) -> str:
    """What a newcomer wants to know of the figures, as Markdown."""
    figures = card["figures"]
    kinds = figures["kind"]
    told = {"all": figures["overall"]}
    told |= {name: kinds[kind] for kind, name in _TOLD.items() if kind in kinds}
    lines = [
        f"Model `{card['version']}` on {figures['pages']} pages from outlets, sites and articles",
        "that it was not trained on; composed ones come from another generator than its training",
        "pages. Seams count if right to the character, a page is right if all of its seams are,",
        "`start F1 ±1` counts the starts of all stories, right within one line; `false split` is",
        f"the share of one-story pages cut.{_measured(card)}",
        "",
        *_table("what they hold", told, [column for column in _COLUMNS if column[0] in _SHORT]),
        "",
    ]
    tongues = {
        name: row["seam_f1"]
        for name, row in figures["lang"].items()
        if row["pages"] >= _ENOUGH and row["seams"] >= _ENOUGH
    }
    if tongues:
        order = sorted(tongues, key=lambda name: -tongues[name])
        each = ", ".join(f"{name} {tongues[name]:.2f}" for name in order)
        lines += [f"By language, seam F1: {each}.", ""]
    return "\n".join(lines)


def _measured(card: Mapping[str, Any]) -> str:
    """When, if not as the model was trained; see `training.remeasure`."""
    return f" Measured with the code of {card['measured']}." if "measured" in card else ""


def figures_section(card: Mapping[str, Any]) -> str:
    """All figures as Markdown: by kind of page, by language and by threshold."""
    figures = card["figures"]
    lines = [
        f"Model `{card['version']}`, default threshold {card['threshold']}, on "
        f"{figures['pages']} pages from outlets, sites and articles that",
        "it was not trained on; composed ones come from another generator than its training pages."
        + _measured(card),
        "",
        *_table("kind of page", {"all": figures["overall"], **figures["kind"]}, _COLUMNS),
        "",
        *_table("language", figures["lang"], _COLUMNS),
        "",
        *thresholds_section(card),
        "",
    ]
    return "\n".join(lines)


def _table(
    title: str, rows: Mapping[str, dict[str, Any]], columns: Sequence[tuple[str, str, str]]
) -> list[str]:
    lines = [
        f"| {title} | " + " | ".join(name for name, _, _ in columns) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for name, row in rows.items():
        said = dict.fromkeys(_OF_SEAMS) if row.get("seams") == 0 else {}
        cells = [
            "" if (row | said).get(key) is None else form.format(row[key])
            for _, key, form in columns
        ]
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return lines


_FROM_CARD = {"summary": summary_section, "figures": figures_section}


def rewrite(document: str, card: Mapping[str, Any], runs: Mapping[str, Any] | None = None) -> str:
    """The document with its sections as the card and the runs have them.

    Parameters
    ----------
    runs : mapping, optional
        By the names of `BENCHMARKS`, the results of `storyseam benchmark`; sections of others stay.

    Raises
    ------
    ValueError
        The document has no markers of any section.
    """
    sections: dict[str, tuple[Mapping[str, Any], Callable[[Any], str]]]
    sections = {name: (card, write) for name, write in _FROM_CARD.items()}
    sections |= {name: (run, BENCHMARKS[name][1]) for name, run in (runs or {}).items()}
    mine = [name for name in sections if f"<!-- {name}:begin" in document]
    if not mine:
        raise ValueError(f"the document has no markers of {', '.join(sections)}")
    for name in mine:
        told, write = sections[name]
        document = fill_section(document, name, write(told))
    return document


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


def fill_document(path: Path, name: str, section: str) -> None:
    """The same in a file; raises ValueError where it has no such markers."""
    document = fill_section(path.read_text(encoding="utf-8"), name, section)
    path.write_text(document, encoding="utf-8")


def main() -> None:
    """Rewrite documents, or check them."""
    parser = argparse.ArgumentParser(prog="python -m training.figures", description=__doc__)
    parser.add_argument("documents", type=Path, nargs="*", default=_DOCUMENTS)
    parser.add_argument("--card", type=Path, default=_CARD)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if stale")
    options = parser.parse_args()
    card = json.loads(options.card.read_text(encoding="utf-8"))
    runs = {
        name: json.loads(path.read_text(encoding="utf-8"))
        for name, (path, _) in BENCHMARKS.items()
        if path.exists()
    }
    stale = []
    for path in options.documents:
        old = path.read_text(encoding="utf-8")
        new = rewrite(old, card, runs)
        if new != old:
            stale.append(str(path))
            if not options.check:
                path.write_text(new, encoding="utf-8")
    if options.check and stale:
        sys.exit(f"stale: python -m training.figures {' '.join(stale)}")


if __name__ == "__main__":
    main()
