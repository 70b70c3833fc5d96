"""Requests to the service in this process, and the shape that every refusal has."""

from __future__ import annotations

import json

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.schemas import ProblemDocument

__all__ = ["JSON", "TEXT", "post", "post_json", "problem"]

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


def post(
    http: FlaskClient, body: bytes | str, kind: str | None = TEXT, query: str = ""
) -> TestResponse:
    return http.post(f"/v1/segment{query}", data=body, content_type=kind)


def post_json(http: FlaskClient, value: object) -> TestResponse:
    return post(http, json.dumps(value), JSON)


def problem(response: TestResponse, status: int, kind: str | None = None) -> ProblemDocument:
    """Check the shape that every refusal has, and give it back."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    found = ProblemDocument.model_validate_json(response.data)
    assert found.status == status
    assert found.type == (f"urn:storyseam:problem:{kind}" if kind else "about:blank")
    assert found.title
    assert found.detail
    assert found.request_id == response.headers["X-Request-ID"]
    return found
