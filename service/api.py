"""The endpoints."""

from __future__ import annotations

from typing import Any, cast

import orjson
from flask import Blueprint, Flask, Response, current_app, request

from service.catalogue import current_card, list_models
from service.intake import read_submission
from service.observability import note
from service.sampling import Sampler
from service.schemas import Health, ModelCard, ModelList, SegmentRequest, SegmentResponse
from service.serving import ServedModel
from service.settings import Settings
from service.specification import Operation, described

__all__ = ["api", "attach"]

api = Blueprint("api", __name__)

_SERVED = "storyseam_served"
_SETTINGS = "storyseam_settings"
_SAMPLER = "storyseam_sampler"


def attach(app: Flask, settings: Settings, served: ServedModel, sampler: Sampler) -> None:
    """Give an application its settings, its model, its sampler and these endpoints."""
    app.extensions[_SETTINGS] = settings
    app.extensions[_SERVED] = served
    app.extensions[_SAMPLER] = sampler
    app.register_blueprint(api)


def _served() -> ServedModel:
    return cast(ServedModel, current_app.extensions[_SERVED])


def _settings() -> Settings:
    return cast(Settings, current_app.extensions[_SETTINGS])


def _sampler() -> Sampler:
    return cast(Sampler, current_app.extensions[_SAMPLER])


def _json(value: Any, status: int = 200) -> Response:
    body = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status=status, mimetype="application/json")


@api.post("/v1/segment")
@described(
    Operation(
        summary="Find the stories of one page",
        description=(
            "The page is the body: plain text or HTML in any character set, or JSON. "
            "Offsets are Unicode code points into the text that was sent; for HTML, into the "
            "`text` of the answer. With JSON, the options in the body win over those in the "
            "query."
        ),
        answer=SegmentResponse,
        body=SegmentRequest,
        pages=("text/plain", "text/html"),
        problems=(400, 413, 415, 422, 503),
    )
)
def segment() -> Response:
    """Find the stories of one page."""
    submission = read_submission(request, _settings().max_body_bytes)
    model = _served().current()
    answer = model.segment(
        submission.page(),
        threshold=submission.threshold,
        explain=submission.explain,
        blocks=submission.blocks,
        granularity=submission.granularity,
    )
    out = answer.to_dict(with_text=submission.is_html or submission.blocks)
    if submission.id is not None:
        out = {"model": out.pop("model"), "id": submission.id} | out
    note(
        model=answer.model,
        html=submission.is_html,
        characters=len(submission.text),
        stories=len(answer.stories),
    )
    _sampler().offer(answer, submission.text if submission.is_html else None)
    return _json(out)


@api.get("/v1/models")
@described(Operation(summary="List the model versions with their figures", answer=ModelList))
def models() -> Response:
    """List the model versions with their figures."""
    return _json({"models": list_models(_settings().registry, _served().current())})


@api.get("/v1/models/current")
@described(Operation(summary="Show the card of the model that answers", answer=ModelCard))
def current_model() -> Response:
    """Show the card of the model that answers."""
    return _json(current_card(_served().current()))


@api.get("/healthz")
@described(Operation(summary="Say that the process is alive", answer=Health))
def healthz() -> Response:
    """Say that the process is alive."""
    return _json({"status": "alive"})


@api.get("/readyz")
@described(
    Operation(
        summary="Say whether a model has passed its self-test", answer=Health, problems=(503,)
    )
)
def readyz() -> Response:
    """Say whether a model has passed its self-test."""
    return _json({"status": "ready", "model": _served().current().version})
