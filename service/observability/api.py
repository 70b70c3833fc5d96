"""`/metrics`, and how an application counts what it does."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Flask, Response, current_app

from service.observability.metrics import CONTENT_TYPE, Metrics
from service.specification import Operation, described

__all__ = ["attach", "metrics", "metrics_api"]

metrics_api = Blueprint("metrics", __name__)

_EXTENSION = "storyseam_metrics"


def attach(app: Flask, counted: Metrics) -> None:
    """Give an application its metrics and their endpoint."""
    app.extensions[_EXTENSION] = counted
    app.register_blueprint(metrics_api)


def metrics() -> Metrics:
    """Those of the application in hand."""
    return cast(Metrics, current_app.extensions[_EXTENSION])


@metrics_api.get("/metrics")
@described(
    Operation(
        summary="What all workers have counted, for Prometheus",
        answer=None,
        text=CONTENT_TYPE,
        scope="metrics",
        limited=False,
    )
)
def exposition() -> Response:
    """What all workers have counted, for Prometheus."""
    return Response(metrics().exposition(), content_type=CONTENT_TYPE)
