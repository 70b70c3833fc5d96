"""The figures of a report as a table for people."""

from __future__ import annotations

import math

from rich.table import Table

from training.evaluate import Report

__all__ = ["table_of"]

# Columns of the table for people, and the figures in them.
_COLUMNS = (
    ("seam F1", "seam_f1"),
    ("precision", "seam_precision"),
    ("recall", "seam_recall"),
    ("page right", "page_exact"),
    ("false split", "false_split"),
    ("start F1 ±1", "start_f1"),
    ("Pk", "pk"),
    ("WindowDiff", "window_diff"),
    ("B", "boundary_similarity"),
    ("ECE", "ece"),
    ("main text F1", "body_f1"),
)
# Those that fit into 80 columns beside the names of kinds.
_SHORT = ("seam F1", "page right", "false split")


def table_of(report: Report, *, short: bool = False) -> Table:
    """For people: a row per group, the interval beside the seam F1.

    Parameters
    ----------
    short : bool
        Only what fits into 80 columns.
    """
    names = {name: key for name, key in _COLUMNS if not short or name in _SHORT}
    table = Table(title=f"{report.model} on {len(report.rows)} pages", pad_edge=not short)
    table.add_column("pages of", no_wrap=True)
    for name in ("n", *(() if short else ("seams",)), *names):
        table.add_column(name, justify="right", no_wrap=True)
    for (axis, name), group in report.groups.items():
        low, high = group.figures["seam_f1"][1:]
        cells = [_cell(group.value(key)) for key in names.values()]
        # Without true seams, F1 is 0 for one false seam or a hundred.
        if not group.seams:
            cells[0] = "-"
        elif not short:
            cells[0] += f" [dim]{low:.3f}-{high:.3f}[/dim]"
        table.add_row(
            "all" if axis == "overall" else f"{axis} {name}",
            str(group.pages),
            *(() if short else (str(group.seams),)),
            *cells,
            end_section=axis == "overall",
        )
    return table


def _cell(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
