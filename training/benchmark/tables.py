"""Runs of the benchmark as Markdown: what the README shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["extractors_section", "peers_section"]


def peers_section(run: Mapping[str, Any]) -> str:
    """Storyseam beside the ways to cut text, from what `training.benchmark` gave."""
    pages = run["pages"]
    head = [
        f"Model `{run['model']}`, {pages['count']:,} held-out pages in {len(pages['languages'])} "
        f"languages ({pages['characters'] / pages['count'] / 1000:.1f} thousand characters and "
        f"{pages['seams'] / pages['count']:.1f} seams each),",
        f"one thread, median of {run['turns']} turns (least to most). The setting of each peer is "
        f"the best for seam F1 on {pages['tuning']} other pages.",
        "",
    ]
    titles = ("", "seam F1", "in English", "Pk", "page right", "false split")
    rows = [
        [
            _named(row),
            *(_number(row[key]) for key in ("seam_f1", "seam_f1_en", "pk")),
            *(_number(row[key]) for key in ("page_exact", "false_split")),
            _spread(row["pages_per_second"]),
            _spread(row["ratio"]),
        ]
        for row in run["rows"]
    ]
    return "\n".join(
        [*head, *_table([*titles, "pages/s", "speed to Storyseam's"], rows), *_absent(run), ""]
    )


def extractors_section(run: Mapping[str, Any]) -> str:
    """Storyseam beside the extractors, from what `training.benchmark.extractors` gave."""
    kinds = run["pages"]["kinds"]
    foreign = [kind for kind in kinds if kind != "one story"]
    head = [
        f"Model `{run['model']}`, {kinds.get('one story', 0)} real pages of one story "
        f"({run['pages']['mean_kilobytes']} kB of HTML) and {sum(kinds[k] for k in foreign)} with "
        "further stories, from sites that it was not",
        f"trained on; one thread, median of {run['turns']} turns (least to most). `swallowed` is "
        "the share of further stories that stand in the main text by half or more.",
        "",
    ]
    titles = ["", "body F1 (95 %)", "body lost", "false split"]
    titles += [f"swallowed: {kind}" for kind in foreign]
    rows = [
        [
            _named(row),
            "{:.3f} ({:.3f} to {:.3f})".format(*row["f1"]),
            _number(row["lost"]),
            _number(row["false_split"]),
            *(_number(row["swallowed"].get(kind)) for kind in foreign),
            _number(row["apart"]),
            _spread(row["pages_per_second"]),
            _spread(row["ratio"]),
        ]
        for row in run["rows"]
    ]
    titles += ["given apart", "pages/s", "speed to Storyseam's"]
    return "\n".join([*head, *_table(titles, rows), *_absent(run), ""])


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(titles) + " |", "|---|" + "---:|" * (len(titles) - 1)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


def _absent(run: Mapping[str, Any]) -> list[str]:
    """Who was not there; a paragraph of its own."""
    lines = [f"{one['name']} did not start: {one['reason']}" for one in run["absent"]]
    return ["", *lines] if lines else []


def _named(row: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name} {version}" for name, version in row["versions"].items())
    return f"{row['name']} ({told})" if told else str(row["name"])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _spread(values: Sequence[float]) -> str:
    low, middle, high = (f"{value:.3g}" for value in values)
    return f"{middle} ({low} to {high})"
