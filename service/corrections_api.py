"""The endpoints through which people correct pages; registered where a correction store is set up.

::

    POST   /v1/corrections            a page and its true story starts
    GET    /v1/corrections            what counts, as NDJSON; ?after=REVISION&limit=N
    GET    /v1/corrections/suggest    pages that nobody has corrected, least certain first
    GET    /v1/corrections/PAGE       everything that was said of one page
    DELETE /v1/corrections/PAGE       remove it; the next model is trained without it

Corrections decide what the next model learns, and the export holds whole pages: give the blueprint
a token wherever more people can reach the service than may do that.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator

from model.page import Page
from model.stories import Segmentation
from service.errors import Invalid, Problem, UnsupportedType
from service.intake import read_body, read_json
from service.serving import ServedModel
from service.specification import Operation, described
from training.corpus import registered_domain
from training.corrections import Correction, CorrectionStore, Sample
from training.labelled import BadLabelledPage, LabelledPage

__all__ = ["CorrectionRequest", "SavedCorrection", "Suggestions", "corrections_api", "uncertainty"]

_MOST_LINES = 1000
_MOST_SUGGESTIONS = 100

Offset = Annotated[StrictInt, Field(ge=0)]


class Unauthorized(Problem):
    """The token is missing or wrong."""

    status = 401
    kind = "unauthorized"
    title = "Unauthorized"

    def __init__(self) -> None:
        super().__init__(
            "Send the token of this service: -H 'Authorization: Bearer …'.",
            headers={"WWW-Authenticate": "Bearer"},
        )


class UnknownPage(Problem):
    """Nothing is stored under that name."""

    status = 404
    kind = "unknown-page"
    title = "Unknown page"


class CorrectionRequest(BaseModel):
    """A page, as ``text`` or as ``html``, and where its stories start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: StrictStr = Field(default="", description="The page as plain text.")
    html: StrictStr = Field(
        default="", description="The page as HTML; offsets refer to the `text` of /v1/segment."
    )
    starts: list[Offset] = Field(
        max_length=10_000,
        description="Every story's first character, the first story's included; none, no story.",
    )
    outside: list[tuple[Offset, Offset]] = Field(
        default_factory=list, max_length=10_000, description="What belongs to no story, if known."
    )
    url: StrictStr = Field(default="", max_length=4000, description="Where the page came from.")
    lang: StrictStr = Field(default="und", max_length=35, description="Language, BCP 47.")
    who: StrictStr = Field(default="", max_length=1000, description="Free text.")
    why: StrictStr = Field(default="", max_length=10_000, description="Free text.")

    @model_validator(mode="after")
    def _one_page(self) -> CorrectionRequest:
        given = [name for name in ("text", "html") if getattr(self, name).strip()]
        if len(given) != 1:
            raise ValueError("give the page as `text` or as `html`, one of them")
        return self


class SavedCorrection(BaseModel):
    """That it is stored, and what the model had said."""

    model_config = ConfigDict(extra="forbid")

    page: str = Field(description="Name of the page in this store.")
    revision: int = Field(description="Grows with every correction.")
    starts: list[int]
    model: str
    prediction: list[int] = Field(description="Story starts that the model predicted.")


class Suggestion(BaseModel):
    """A page that a person should look at."""

    model_config = ConfigDict(extra="forbid")

    page: str
    text: str
    html: str | None = None
    model: str
    prediction: list[int]
    uncertainty: float = Field(ge=0, le=1)


class Suggestions(BaseModel):
    """Stored pages, the least certain first."""

    model_config = ConfigDict(extra="forbid")

    pages: list[Suggestion]


def uncertainty(answer: Segmentation) -> float:
    """How unsure a model is of a page: of its least sure seam or story, 0 to 1."""
    sure = [seam.probability for seam in answer.seams]
    sure += [story.confidence for story in answer.stories]
    return max((1 - abs(2 * chance - 1) for chance in sure), default=0.0)


def corrections_api(
    store: CorrectionStore, served: ServedModel, *, limit: int, token: str | None = None
) -> Blueprint:
    """The endpoints over one store.

    Parameters
    ----------
    store : CorrectionStore
        Opened after the fork.
    served : ServedModel
        Whose prediction is kept beside the correction.
    limit : int
        Largest body in bytes.
    token : str, optional
        Whoever sends it as a bearer token may use the endpoints; everybody, if there is none.
    """
    api = Blueprint("corrections", __name__, url_prefix="/v1/corrections")

    @api.before_request
    def check_token() -> None:
        if token is None:
            return
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise Unauthorized

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
            problems=(400, 401, 413, 415, 422, 503),
        )
    )
    def correct() -> Response:
        """Say where the stories of a page start."""
        if request.mimetype != "application/json":
            raise UnsupportedType(
                "A correction is JSON; send application/json.",
                headers={"Accept-Post": "application/json"},
            )
        asked = read_json(read_body(request, limit), CorrectionRequest)
        page = _page(asked)
        _check_starts(page, asked.starts)
        answer = served.current().segment(page)
        labelled = LabelledPage(
            id="correction",
            text=page.text,
            starts=list(asked.starts),
            outside=list(asked.outside),
            lang=asked.lang,
            outlets=_outlets(asked.url),
            html=asked.html or None,
        )
        predicted = [story.start for story in answer.stories]
        said = Correction(labelled, asked.who, asked.why, answer.model, predicted)
        try:
            saved = store.add(said)
        except BadLabelledPage as error:
            raise Invalid(f"starts: {error.reason}") from None
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
    def export() -> Response:
        """Give out what counts, a labelled page a line."""
        asked = _numbers(after=(0, 2**63 - 1), limit=(100, _MOST_LINES))
        found = list(store.export(after=asked["after"], limit=asked["limit"]))

        def lines() -> Iterator[bytes]:
            for correction in found:
                yield orjson.dumps(correction.to_dict()) + b"\n"

        response = Response(lines(), mimetype="application/x-ndjson")
        if len(found) == asked["limit"]:
            where = url_for(".export", after=found[-1].id, limit=asked["limit"])
            response.headers["Link"] = f'<{where}>; rel="next"'
        return response

    @api.get("/suggest")
    @described(
        Operation(
            summary="Suggest pages to correct, the least certain first",
            answer=Suggestions,
            problems=(401, 422),
        )
    )
    def suggest() -> Response:
        """Suggest pages to correct, the least certain first."""
        count = _numbers(limit=(20, _MOST_SUGGESTIONS))["limit"]
        return _json({"pages": [_suggestion(each) for each in store.suggest(limit=count)]})

    @api.get("/<page>")
    def history(page: str) -> Response:
        """Show everything that was said of one page."""
        said = [correction.to_dict() for correction in store.history(page)]
        if not said:
            raise UnknownPage("No page of that name is stored.")
        return _json({"page": page, "revisions": said})

    @api.delete("/<page>")
    def remove(page: str) -> Response:
        """Remove a page and all that was said of it."""
        if not store.remove(page):
            raise UnknownPage("No page of that name is stored.")
        return Response(status=204)

    return api


def _page(asked: CorrectionRequest) -> Page:
    if not asked.html:
        return Page.from_text(asked.text)
    from model.html import page_from_html  # its parser is not needed for pages of text

    return page_from_html(asked.html)


def _check_starts(page: Page, starts: list[int]) -> None:
    """A story starts where a block does; anything else was counted in other units or text."""
    blocks = page.starts.tolist()
    known = set(blocks)
    for number, start in enumerate(starts):
        if start not in known:
            near = min(blocks, key=lambda block: abs(block - start), default=0)
            message = (
                f"no line starts at {start}, the nearest at {near}; offsets count Unicode code "
                "points, and a story starts with the first character of a line"
            )
            field = f"starts.{number}"
            raise Invalid(f"{field}: {message}", errors=[{"field": field, "message": message}])


def _outlets(url: str) -> tuple[str, ...]:
    """The site of a URL; pages of one site are learned from or measured on, never both."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        host = None
    return (registered_domain(host),) if host and len(host) <= 253 else ()


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
    for name in request.args:
        if name not in known:
            raise Invalid(f"{name[:80]}: unknown; known are {', '.join(known)}")
    for name, (default, largest) in known.items():
        given = request.args.get(name, str(default))
        if not (given.isascii() and given.isdigit()) or len(given) > 19 or int(given) > largest:
            raise Invalid(f"{name}: must be a whole number from 0 to {largest}")
        out[name] = int(given)
    return out


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), mimetype="application/json")
