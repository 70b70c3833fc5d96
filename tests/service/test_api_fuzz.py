"""Whatever a client sends, the answer is its stories or a refusal, never a fault."""

from __future__ import annotations

import json
from encodings.aliases import aliases
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.schemas import ProblemDocument, SegmentResponse
from tests.service.serving_fake import client

HTTP: FlaskClient = client()

CHARSETS = st.sampled_from(sorted({*aliases, *aliases.values(), "klingon", "undefined", "idna"}))
TYPES = st.one_of(
    st.sampled_from(["text/plain", "text/html", "application/json", "", "text/plain;charset="]),
    st.builds("{};charset={}".format, st.sampled_from(["text/plain", "text/html"]), CHARSETS),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)
# As a WSGI server hands it over: any byte as the character of its number.
QUERIES = st.binary(max_size=30).map(lambda query: query.decode("latin-1"))
REQUESTS = st.dictionaries(
    st.sampled_from(["text", "html", "id", "threshold", "explain", "other"]), JSON_VALUES
)


def check(status: int, mimetype: str, body: bytes) -> None:
    assert status < 500, body
    if status == 200:
        assert mimetype == "application/json"
        SegmentResponse.model_validate_json(body, strict=True)
    else:
        assert mimetype == "application/problem+json"
        assert ProblemDocument.model_validate_json(body).status == status


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.binary(max_size=400), kind=TYPES, query=QUERIES)
@example(body=b"+2AA-", kind="text/plain;charset=utf-7", query="")
@example(body=b"\\ud800", kind="text/plain;charset=unicode_escape", query="")
@example(body=b"\x00\xd8", kind="text/plain;charset=utf-16-le", query="")
def test_arbitrary_bytes_of_arbitrary_types(body: bytes, kind: str, query: str) -> None:
    response = HTTP.post(
        "/v1/segment", data=body, content_type=kind, environ_overrides={"QUERY_STRING": query}
    )
    check(response.status_code, response.mimetype, response.data)


@settings(deadline=None, max_examples=300)
@given(value=JSON_VALUES | REQUESTS)
def test_arbitrary_json(value: Any) -> None:
    response = HTTP.post("/v1/segment", data=json.dumps(value), content_type="application/json")
    check(response.status_code, response.mimetype, response.data)


@settings(deadline=None, max_examples=200)
@given(text=st.text(min_size=1, max_size=200))
def test_the_offsets_of_any_text_cut_it_into_its_stories(text: str) -> None:
    response = HTTP.post(
        "/v1/segment", data=json.dumps({"text": text}), content_type="application/json"
    )
    if not text.strip():
        assert response.status_code == 400
        return
    last = 0
    for story in response.json["stories"]:
        assert last <= story["start"] < story["end"] <= len(text)
        assert story["text"] == text[story["start"] : story["end"]]
        last = story["end"]


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/models/current", "/healthz", "/readyz", "/docs/"]
)
@settings(deadline=None, max_examples=50)
@given(query=QUERIES)
def test_no_query_troubles_the_other_endpoints(path: str, query: str) -> None:
    assert HTTP.get(path, environ_overrides={"QUERY_STRING": query}).status_code == 200
