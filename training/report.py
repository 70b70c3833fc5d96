"""One self-contained HTML file about one evaluation, or about champion and challenger.

Figures with intervals, precision and recall, reliability, what is taken for what, what features
are worth, what more data would bring, what drifts, and the worst pages with their seams drawn. No
script, no font and no image from elsewhere: it opens from a mail or a ticket.
"""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from model.page import Page
from training import metrics, report_sections, scores
from training.evaluate import Report, WorstPage
from training.gate import Verdict
from training.groups import Group

__all__ = ["write_report"]

_SHOWN = {
    "seam_f1": "seam F1",
    "seam_precision": "precision",
    "seam_recall": "recall",
    "page_exact": "page right",
    "false_split": "false split",
    "start_f1": "start F1 ±1",
    "pk": "Pk",
    "window_diff": "WindowDiff",
    "boundary_similarity": "B",
    "ece": "ECE",
    "body_f1": "main text F1",
}
# Lines shown on each side of a seam, and characters of each: enough to see why.
_AROUND = 3
_WIDTH = 160

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15em .6em;text-align:right;border-bottom:1px solid #ddd;white-space:nowrap}
td:first-child,th:first-child{text-align:left}
small{color:#666}.plots{display:flex;flex-wrap:wrap;gap:1em}.wide{overflow-x:auto}
.page{border:1px solid #ccc;border-radius:6px;padding:.5em 1em;margin:1em 0}
.page p{margin:.1em 0;overflow-wrap:anywhere}.gap{color:#999}
.seam{border-top:3px solid;margin-top:.5em!important;padding-top:.2em}
.bar{text-align:left}.bar span{display:inline-block;height:.7em;background:#58a}
.right{border-color:#2a7d2a}.false{border-color:#c22}.missed{border-color:#d80}
.promoted{color:#2a7d2a}.refused{color:#c22}
"""


def write_report(
    report: Report,
    path: str | Path,
    *,
    champion: Report | None = None,
    verdict: Verdict | None = None,
) -> None:
    """Write the file; it appears whole or not at all.

    Parameters
    ----------
    report : Report
        The model that the report is about; the challenger, after a retraining.
    champion : Report, optional
        Drawn beside it.
    verdict : Verdict, optional
        What the gate said.
    """
    target = Path(path)
    partial = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        partial.write_text("\n".join(_document(report, champion, verdict)), encoding="utf-8")
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def _document(report: Report, champion: Report | None, verdict: Verdict | None) -> Iterator[str]:
    title = f"Storyseam {escape(report.model)} on {len(report.rows)} pages"
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<style>{_STYLE}</style><h1>{title}</h1>"
    yield f"<p><small>pages {escape(report.corpus[:16])}…; "
    yield f"{report.pages_per_second:.0f} pages/s; intervals: 95 %, bootstrap over pages</small>"
    if verdict is not None:
        word = "promoted" if verdict.promote else "refused"
        yield f'<h2 class="{word}">The gate: {word}</h2><ul>'
        yield from (f"<li>{escape(reason)}" for reason in verdict.reasons)
        yield "</ul>"
    sides = [report] if champion is None else [report, champion]
    yield from _table(sides)
    yield '<h2>Curves</h2><div class="plots">'
    yield _plot(_draw_precision_recall, sides)
    yield _plot(_draw_reliability, sides)
    if report_sections.learning(report.findings):
        yield _plot(report_sections.draw_learning, sides)
    yield "</div>"
    yield from report_sections.confusion(sides)
    yield from report_sections.importance(report.findings)
    yield from report_sections.drifted(report.findings)
    yield from report_sections.absent(report.findings)
    if report.worst:
        yield f"<h2>The {len(report.worst)} worst pages</h2>"
        yield "<p>Seams: <b>green</b> found, <b>red</b> false, <b>orange</b> missed.</p>"
        for page in report.worst:
            yield from _worst(page)
    yield "</html>"


def _table(sides: Sequence[Report]) -> Iterator[str]:
    yield '<h2>Figures</h2><div class="wide"><table><tr><th>pages of<th>model<th>n<th>seams'
    yield "".join(f"<th>{name}" for name in _SHOWN.values()) + "</tr>"
    for axis, name in sides[0].groups:
        for side in sides:
            if group := side.groups.get((axis, name)):
                where = "all" if axis == "overall" else f"{axis} {name}"
                yield f"<tr><td>{escape(where)}<td>{escape(side.model)}<td>{group.pages}"
                yield f"<td>{group.seams}" + "".join(_cell(group, key) for key in _SHOWN) + "</tr>"
    yield "</table></div>"


def _cell(group: Group, figure: str) -> str:
    value, low, high = group.figures[figure]
    if np.isnan(value):
        return "<td>-"
    return f"<td>{value:.3f} <small>{low:.3f}-{high:.3f}</small>"


def _plot(draw: Any, sides: Sequence[Report]) -> str:
    """A figure as inline SVG."""
    from matplotlib.figure import Figure  # not pyplot: no display, no global state

    figure = Figure(figsize=(5, 4), layout="constrained")
    draw(figure.subplots(), sides)
    out = io.StringIO()
    # Fixed, so that the same evaluation gives the same file.
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()[out.getvalue().index("<svg") :]


def _draw_precision_recall(axes: Any, sides: Sequence[Report]) -> None:
    for side in sides:
        precision, recall = metrics.precision_recall(*side.curve)
        axes.plot(recall, precision, label=side.model)
    axes.set(xlabel="recall of starts", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.01))
    axes.set_title("Blocks as story starts, before decoding")
    axes.legend()


def _draw_reliability(axes: Any, sides: Sequence[Report]) -> None:
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for side in sides:
        count, said, true = scores.bins_of(side.rows.sum(axis=0), seams=False)
        axes.plot(metrics.ratio(said, count), metrics.ratio(true, count), "o-", label=side.model)
    axes.set(xlabel="probability said", ylabel="share true", xlim=(0, 1), ylim=(0, 1))
    axes.set_title(f"Reliability of starts said with {scores.CANDIDATE} or more")
    axes.legend()


def _worst(worst: WorstPage) -> Iterator[str]:
    truth = worst.truth
    page = Page.from_text(truth.text)
    blocks = page.blocks()
    starts = page.starts.tolist()
    true = set(truth.starts[1:])
    found = dict(worst.found)
    # A block may have two: one where it begins and one inside it.
    marks: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for offset in sorted(true | set(found)):
        at = max(bisect_right(starts, offset) - 1, 0)
        kind = "missed" if offset not in found else "right" if offset in true else "false"
        said = f" {found[offset]:.2f}" if offset in found else ""
        marks[at].append((kind, f"{kind}{said} at {offset}"))
    near = {i for at in marks for i in range(at - _AROUND, at + _AROUND + 1)}
    shown = sorted(i for i in near if 0 <= i < len(blocks))
    yield f'<div class="page"><b>{escape(truth.id)}</b> <small>{escape(truth.kind)}, '
    yield f"{escape(truth.lang)}, {worst.wrong} wrong of {len(true)} true seams</small>"
    last = -1
    for i in shown:
        if i > last + 1:
            yield f'<p class="gap">… {i - last - 1} lines'
        last = i
        text = blocks[i] if len(blocks[i]) <= _WIDTH else blocks[i][:_WIDTH] + "…"
        for number, (kind, label) in enumerate(marks.get(i, ()), 1):
            below = f"<br>{escape(text)}" if number == len(marks[i]) else ""
            yield f'<p class="seam {kind}"><small>{label}</small>{below}'
        if i not in marks:
            yield f"<p>{escape(text)}"
    yield "</div>"
