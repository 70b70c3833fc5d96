"""The endpoints through which people correct pages; without a database they say so.

::

    POST   /v1/corrections            a page and its true story starts
    GET    /v1/corrections            what counts, as NDJSON; ?after=REVISION&limit=N
    GET    /v1/corrections/suggest    pages that nobody has corrected, least certain first
    GET    /v1/corrections/PAGE       everything that was said of one page
    DELETE /v1/corrections/PAGE       remove it; the next model is trained without it

Correcting has a scope of its own; the gate measures every model that learned from it. All that
shows or removes what is stored is for the administrator.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import orjson
from flask import Blueprint, Response, current_app, request, url_for

from service import sample
from service.corrections.checks import check_outside, check_starts, outlets_of
from service.corrections.schemas import (
    MOST_LINES,
    MOST_SUGGESTIONS,
    CorrectionRequest,
    ExportQuery,
    PageHistory,
    SavedCorrection,
    StoredCorrection,
    Suggestions,
    SuggestQuery,
)
from service.corrections.store import Corrections
from service.errors import Invalid, Problem, UnsupportedType
from service.limits.body import Limits, read_body
from service.limits.guard import Guard
from service.limits.intake import check_text, read_json, read_page, read_query
from service.serving import ServedModel
from service.specification import Operation, described
from training.labelled import BadLabelledPage, LabelledPage

if TYPE_CHECKING:
    from training.corrections import CorrectionStore, Sample

__all__ = ["corrections_api"]

# A part of the export ends with the line that fills this: a thousand pages may be gigabytes.
_PART_BYTES = 32_000_000
# A SHA-256 in hexadecimal: of another length is no page, so that `suggest` is none that could go.
_NAMED = "/<string(length=64):page>"
_PAGE = {"page": "Name of the page: its hash, as the answer to a correction gives it."}


class UnknownPage(Problem):
    """Nothing is stored under that name."""

    status = 404
    kind = "unknown-page"
    title = "Unknown page"


def corrections_api(
    corrections: Corrections,
    served: ServedModel,
    *,
    limits: Limits,
    told: Callable[[bool], None] = lambda changed: None,
) -> Blueprint:
    """The endpoints over one store.

    Parameters
    ----------
    corrections : Corrections
        Whose store is opened after the fork.
    served : ServedModel
        Whose prediction is kept beside the correction.
    limits : Limits
    told : callable, optional
        Called with whether a correction that was stored differs from the prediction.
    """
    api = Blueprint("corrections", __name__, url_prefix="/v1/corrections")

    def stored() -> AbstractContextManager[CorrectionStore]:
        """The store, for a request that there is room for beside pages."""
        guard = Guard.of(current_app)
        guard.take(guard.stored)
        return corrections.store()

    @api.post("")
    @described(
        Operation(
            summary="Say where the stories of a page start",
            description=(
                "The same page again replaces what counts; what was said before is kept. "
                "The next retraining learns from it."
            ),
            answer=SavedCorrection,
            body=CorrectionRequest,
            samples={"application/json": sample.CORRECTION},
            scope="correct",
            problems=(400, 404, 408, 413, 415, 422, 503),
        )
    )
    def correct() -> Response:
        """Say where the stories of a page start."""
        if request.mimetype != "application/json":
            raise UnsupportedType(
                "A correction is JSON; send application/json.",
                headers={"Accept-Post": "application/json"},
            )
        asked = read_json(read_body(request, limits), CorrectionRequest)
        check_text(asked.page, limits)
        corrections.check()
        page = read_page(asked.page, limits, is_html=asked.is_html)
        check_starts(page, asked.starts)
        check_outside(page, asked.outside)
        guard = Guard.of(current_app)
        guard.take(guard.lines, len(page))
        answer = served.current().segment(page)
        labelled = LabelledPage(
            id="correction",
            text=page.text,
            starts=list(asked.starts),
            outside=list(asked.outside),
            lang=asked.lang.strip().lower() or "und",
            outlets=outlets_of(asked.url),
            html=asked.html if asked.is_html else None,
        )
        predicted = [story.start for story in answer.stories]
        with stored() as store:
            from training.corrections import Correction

            said = Correction(labelled, asked.who, asked.why, answer.model, predicted)
            try:
                saved = store.add(said)
            except BadLabelledPage as error:
                raise Invalid.at("(body)", error.reason) from None
        told(list(saved.page.starts) != list(saved.prediction))
        return _json(
            {
                "page": saved.page.id,
                "revision": saved.id,
                "starts": saved.page.starts,
                "model": saved.model,
                "prediction": list(saved.prediction),
            }
        )

    @api.get("")
    @described(
        Operation(
            summary="Export the corrections that count, a labelled page a line",
            description=(
                "Where more may follow, the `Link` header names the next part. "
                "`storyseam train --pages` and `evaluate` read the lines as they are."
            ),
            answer=StoredCorrection,
            lines=True,
            query=ExportQuery,
            scope="admin",
            problems=(404, 422, 503),
        )
    )
    def export() -> Response:
        """Give out what counts, a labelled page a line."""
        asked = _numbers(after=(0, 2**63 - 1), limit=(100, MOST_LINES))
        lines: list[bytes] = []
        last, size = asked["after"], 0
        with stored() as store:
            for correction in store.export(after=last, limit=asked["limit"]):
                lines.append(orjson.dumps(correction.to_dict()) + b"\n")
                last, size = correction.id, size + len(lines[-1])
                if size >= _PART_BYTES:
                    break
        response = Response(iter(lines), mimetype="application/x-ndjson")
        if size >= _PART_BYTES or 0 < len(lines) == asked["limit"]:
            where = url_for(".export", after=last, limit=asked["limit"])
            response.headers["Link"] = f'<{where}>; rel="next"'
        return response

    @api.get("/suggest")
    @described(
        Operation(
            summary="Suggest pages to correct, the least certain first",
            answer=Suggestions,
            query=SuggestQuery,
            scope="admin",
            problems=(404, 422, 503),
        )
    )
    def suggest() -> Response:
        """Suggest pages to correct, the least certain first."""
        count = _numbers(limit=(20, MOST_SUGGESTIONS))["limit"]
        with stored() as store:
            return _json({"pages": [_suggestion(each) for each in store.suggest(limit=count)]})

    @api.get(_NAMED)
    @described(
        Operation(
            summary="Show everything that was said of one page",
            answer=PageHistory,
            path=_PAGE,
            scope="admin",
            problems=(404, 503),
        )
    )
    def history(page: str) -> Response:
        """Show everything that was said of one page."""
        with stored() as store:
            said = [correction.to_dict() for correction in store.history(_name(page))]
        if not said:
            raise UnknownPage("No page of that name is stored.")
        return _json({"page": page, "revisions": said})

    @api.delete(_NAMED)
    @described(
        Operation(
            summary="Remove a page and all that was said of it",
            description="The next model is trained without it.",
            answer=None,
            path=_PAGE,
            scope="admin",
            problems=(404, 503),
        )
    )
    def remove(page: str) -> Response:
        """Remove a page and all that was said of it."""
        with stored() as store:
            found = store.remove(_name(page))
        if not found:
            raise UnknownPage("No page of that name is stored.")
        return Response(status=204)

    return api


def _name(page: str) -> str:
    """A name that the database can be asked for; PostgreSQL stumbles over NUL."""
    if not (page.isascii() and page.isalnum()):
        raise UnknownPage("No page of that name is stored.")
    return page


def _suggestion(sample: Sample) -> dict[str, Any]:
    out: dict[str, Any] = {"page": sample.hash, "text": sample.text}
    if sample.html is not None:
        out["html"] = sample.html
    return out | {
        "model": sample.model,
        "prediction": list(sample.prediction),
        "uncertainty": round(sample.uncertainty, 6),
    }


def _numbers(**known: tuple[int, int]) -> dict[str, int]:
    """Whole numbers of the query string: name -> (default, largest)."""
    out = {}
    asked = read_query(request)
    for name in asked:
        if name not in known:
            raise Invalid.at(name[:80], f"unknown; known are {', '.join(known)}")
    for name, (default, largest) in known.items():
        given = asked.get(name, str(default))
        if not (given.isascii() and given.isdigit()) or len(given) > 19 or int(given) > largest:
            raise Invalid.at(name, f"must be a whole number from 0 to {largest}")
        out[name] = int(given)
    return out


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), mimetype="application/json")
