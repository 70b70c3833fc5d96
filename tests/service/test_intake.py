"""From a request to a page: what is said of JSON that is none."""

from __future__ import annotations

import pytest

from tests.service.serving_fake import client

WANTED = '{"text": "caf\u00e9"}'


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_json_in_another_encoding_is_told_so(encoding: str) -> None:
    answer = client().post(
        "/v1/segment", data=WANTED.encode(encoding), content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json["type"] == "urn:storyseam:problem:not-json"
    assert answer.json["detail"] == "The body is not JSON: JSON must be UTF-8."


@pytest.mark.parametrize(
    ("body", "hint"), [(rb'{"text": "\ud800"}', "both halves"), (b'{"text": "a', "line 1 column")]
)
def test_other_faults_of_json_are_said_as_they_are(body: bytes, hint: str) -> None:
    answer = client().post("/v1/segment", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert hint in answer.json["detail"]
    assert "UTF-8" not in answer.json["detail"]
