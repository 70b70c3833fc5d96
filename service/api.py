"""The endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request

from model.stages import Stopwatch
from service import sample
from service.batch import Batch
from service.catalogue import current_card, list_models
from service.corrections.sampling import Sampler
from service.corrections.writer import StoreWriter
from service.errors import ACCEPTED, UnsupportedType
from service.limits.body import arriving, has_hung_up
from service.limits.guard import Guard
from service.limits.intake import read_options, read_submission
from service.ndjson import lines, packer, unpacked
from service.observability import logs
from service.observability.api import metrics
from service.observability.drift import Drift
from service.observability.logs import note
from service.schemas import (
    BatchAnswer,
    Health,
    ModelCard,
    ModelList,
    SegmentQuery,
    SegmentRequest,
    SegmentResponse,
)
from service.serving import ServedModel
from service.settings import Settings
from service.specification import NDJSON, Operation, described
from service.together import Together

__all__ = ["api", "attach"]

api = Blueprint("api", __name__)

# Nobody has registered one.
_NDJSON = frozenset({NDJSON, "application/ndjson", "application/jsonl"})

_SETTINGS = "storyseam_settings"
_SAMPLER = "storyseam_sampler"
_TOGETHER = "storyseam_together"
_DRIFT = "storyseam_drift"


def attach(app: Flask, settings: Settings, served: ServedModel, writer: StoreWriter) -> None:
    """Give an application its settings, its model, what keeps some pages, and these endpoints."""
    app.extensions[_SETTINGS] = settings
    served.attach(app)
    app.extensions[_SAMPLER] = Sampler(writer, settings.sampling)
    app.extensions[_TOGETHER] = Together(settings.micro_batch)
    # Asked for here: the lines of a batch are answered when no application is in hand any longer.
    with app.app_context():
        counted = metrics()
    app.extensions[_DRIFT] = Drift(settings.drift, told=counted.drift, writer=writer)
    app.register_blueprint(api)


def _served() -> ServedModel:
    return ServedModel.of(current_app)


def _settings() -> Settings:
    return cast(Settings, current_app.extensions[_SETTINGS])


def _together() -> Together:
    return cast(Together, current_app.extensions[_TOGETHER])


def _drift() -> Drift:
    return cast(Drift, current_app.extensions[_DRIFT])


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
            "The page is the body: text or HTML in any character set, or JSON. Signs of Markdown "
            "and wrapped lines are known by themselves, whether text is called plain or Markdown. "
            "Offsets are Unicode code points into the text that was sent; for HTML, into the "
            "`text` of the answer. With JSON, the options in the body win over those in the "
            "query."
        ),
        answer=SegmentResponse,
        body=SegmentRequest,
        pages=tuple(kind for kind in ACCEPTED if kind != "application/json"),
        samples={
            "text/plain": sample.TEXT,
            "text/markdown": sample.MARKDOWN,
            "text/html": sample.HTML,
            "application/xhtml+xml": sample.HTML,
            "application/json": sample.REQUEST,
        },
        scope="segment",
        problems=(400, 408, 413, 415, 422, 503),
    )
)
def segment() -> Response:
    """Find the stories of one page."""
    watch = Stopwatch()
    with watch.running():
        submission = read_submission(request, _settings().limits)
        model = _served().current()
        page = submission.page(_settings().limits)
        guard = Guard.of(current_app)
        guard.take(guard.lines, len(page))
        answer = _together().segment(
            model,
            page,
            threshold=submission.threshold,
            explain=submission.explain,
            blocks=submission.blocks,
            granularity=submission.granularity,
        )
    seconds = watch.take()
    out = answer.to_dict(with_text=submission.is_html or submission.blocks)
    if submission.id is not None:
        out = {"model": out.pop("model"), "id": submission.id} | out
    note(
        model=answer.model,
        html=submission.is_html,
        characters=len(submission.text),
        stories=len(answer.stories),
        stage_milliseconds={name: round(1000 * spent, 2) for name, spent in seconds.items()},
    )
    counted = metrics()
    counted.stages(seconds)
    counted.page(answer, len(submission.text), html=submission.is_html, via="page")
    _sampler().offer(answer, submission.text if submission.is_html else None)
    _drift().offer(model, page)
    return _json(out)


@api.post("/v1/segment/batch")
@described(
    Operation(
        summary="Find the stories of many pages, as a stream",
        description=(
            "A JSON object a line in, as for one page, and one a line out, in order, each as soon "
            "as it is there; a bad line gives a line that says why, and the rest goes on. "
            "`Content-Encoding` and `Accept-Encoding` may be `gzip` or `zstd`. Read while you "
            "send: the service reads no faster than its answers are read. A stream that ends "
            "early says so in its last line, which then has the number of the next line. Each line "
            "is answered by the model that it names: a long batch follows a swap."
        ),
        answer=BatchAnswer,
        body=SegmentRequest,
        query=SegmentQuery,
        samples={NDJSON: sample.LINE},
        lines=True,
        scope="segment",
        problems=(415, 422, 503),
    )
)
def batch() -> Response:
    """Find the stories of many pages, as a stream."""
    if request.mimetype not in _NDJSON:
        raise UnsupportedType(
            f"A batch is a JSON object a line; send {NDJSON}.", headers={"Accept-Post": NDJSON}
        )
    settings, guard, served = _settings(), Guard.of(current_app), _served()
    options = read_options(request)
    served.current()  # a service without a model says so with a status
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    body = unpacked(arriving(request, settings.body_seconds, in_all=False), coding)
    packed = packer(request.accept_encodings)

    stream = Batch(
        served=served,
        guard=guard,
        metrics=metrics(),
        sampler=_sampler(),
        drift=_drift(),
        caller=g.storyseam_caller,
        options=options,
        limits=settings.limits,
        most=settings.max_batch_pages,
        allowed=g.storyseam_allowed,
        hung_up=partial(has_hung_up, request.environ.get("gunicorn.socket")),
    )
    guard.take(guard.batches)
    response = Response(mimetype=NDJSON)
    talk = logs.stream(response)
    guard.stream(response)

    def answers() -> Iterator[bytes]:
        with talk.in_hand():
            try:
                for some in stream.answers(lines(body, settings.max_body_bytes)):
                    yield packed.pack(some)
                yield packed.end()
            finally:
                counts = stream.counts
                talk.fields |= {
                    "lines": counts.lines, "bad": counts.bad, "stories": counts.stories
                }  # fmt: skip

    response.response = answers()
    if packed.coding:
        response.headers["Content-Encoding"] = packed.coding
    response.headers["Vary"] = "Accept-Encoding"
    # nginx would hold the lines back until it has a buffer full of them.
    response.headers["X-Accel-Buffering"] = "no"
    return response


@api.get("/v1/models")
@described(
    Operation(
        summary="List the model versions with their figures", answer=ModelList, scope="segment"
    )
)
def models() -> Response:
    """List the model versions with their figures."""
    return _json({"models": list_models(_settings().registry, _served().current())})


@api.get("/v1/models/current")
@described(
    Operation(summary="Show the card of the model that answers", answer=ModelCard, scope="segment")
)
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
