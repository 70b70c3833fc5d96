"""Segmenting over HTTP: what goes in, what comes out, and what is refused by its content."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from service.schemas import SegmentResponse
from tests.service.asking import JSON, TEXT, post, post_json, problem
from tests.service.serving_fake import PAGE, Predictor, client


@pytest.fixture
def predictor() -> Predictor:
    return Predictor()


@pytest.fixture
def http(predictor: Predictor) -> FlaskClient:
    return client(predictor)


def test_text_gives_stories_whose_offsets_cut_the_page(http: FlaskClient) -> None:
    response = post(http, PAGE)
    assert response.status_code == 200
    answer = SegmentResponse.model_validate_json(response.data, strict=True)
    assert [PAGE[s.start : s.end] for s in answer.stories] == [PAGE[:14], PAGE[14:]]
    assert [seam.offset for seam in answer.seams] == [14]
    assert "text" not in response.json
    assert "id" not in response.json


def test_html_carries_the_text_that_its_offsets_refer_to(http: FlaskClient) -> None:
    response = post(http, "<html><body><p># Eins</p><p># Zwei</p></body></html>", "text/html")
    assert response.status_code == 200
    answer = SegmentResponse.model_validate_json(response.data, strict=True)
    assert answer.text is not None
    assert "<p>" not in answer.text
    assert "# Eins" in answer.text


def test_json_echoes_its_id_and_passes_its_options_on(
    http: FlaskClient, predictor: Predictor
) -> None:
    response = post_json(http, {"text": PAGE, "id": "a/1", "threshold": 0.25, "explain": True})
    assert response.json["id"] == "a/1"
    assert predictor.asked[-1] == (0.25, True)
    assert post_json(http, {"text": PAGE, "id": 7}).json["id"] == 7
    assert post(http, '{"text": "a", "id": 7.0}', JSON).json["id"] == 7
    assert post_json(http, {"text": PAGE, "id": -(2**63)}).json["id"] == -(2**63)
    assert predictor.asked[-1] == (None, False)


def test_json_may_hold_html(http: FlaskClient) -> None:
    assert "text" in post_json(http, {"html": "<p># A</p>"}).json


def test_query_options_reach_the_model(http: FlaskClient, predictor: Predictor) -> None:
    assert post(http, PAGE, query="?threshold=0.75&explain=true").status_code == 200
    assert predictor.asked[-1] == (0.75, True)
    body = json.dumps({"text": PAGE, "threshold": 0.1})
    assert post(http, body, JSON, "?threshold=0.9&explain=1").status_code == 200
    assert predictor.asked[-1] == (0.1, True)


def test_blocks_come_with_their_probabilities_and_the_text(http: FlaskClient) -> None:
    page = "# \U0001f30a one\r\n\tbody \n\n# two"
    for response in (
        post(http, page, query="?blocks=1"),
        post_json(http, {"text": page, "blocks": True}),
    ):
        answer = SegmentResponse.model_validate_json(response.data, strict=True)
        assert answer.text == page
        assert answer.blocks is not None
        cut = [page[block.start : block.end] for block in answer.blocks]
        assert cut == ["# \U0001f30a one", "body", "# two"]
        assert [block.start_probability for block in answer.blocks] == [0.75, 0.0, 0.75]
    body = json.dumps({"text": page, "blocks": False})
    assert "blocks" not in post(http, body, JSON, "?blocks=1").json


def test_text_is_decoded_by_the_charset_that_it_names(http: FlaskClient) -> None:
    response = post(http, "# Füße\nx".encode("latin-1"), "text/plain; charset=iso-8859-1")
    assert response.json["stories"][0]["headline"] == "# Füße\nx"


def test_offsets_count_code_points(http: FlaskClient) -> None:
    page = "# e\u0301 \U0001f30a\r\n\tx\u00a0y\n# two\n"
    for response in (post(http, page), post_json(http, {"text": page})):
        assert response.json["seams"][0]["offset"] == page.index("# two")


def test_a_byte_order_mark_before_json_is_no_error(http: FlaskClient) -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"text": PAGE}).encode()
    assert post(http, body, JSON).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "text/plain"),
        (b" \r\n\t ", "text/plain"),
        ("\u00a0\u2003".encode(), TEXT),
        (b"", "text/html"),
        (b"", JSON),
        (b'{"text": "  "}', JSON),
        (b'{"html": ""}', JSON),
    ],
)
def test_an_empty_page_is_refused(http: FlaskClient, body: bytes, kind: str) -> None:
    problem(post(http, body, kind), 400, "empty-page")


@pytest.mark.parametrize(
    "body",
    [
        b"page",
        b"{",
        b'{"text": NaN}',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\\udc00 x"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"text": "a", "threshold": 1e999}',
        b'{"text": "a"} {"text": "b"}',
        b"\x00",
    ],
)
def test_what_is_not_json_is_refused(http: FlaskClient, body: bytes) -> None:
    problem(post(http, body, JSON), 400, "not-json")


def test_half_a_surrogate_pair_is_named_as_the_reason(http: FlaskClient) -> None:
    assert "surrogate" in problem(post(http, b'{"text": "\\ud800"}', JSON), 400, "not-json").detail


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({}, "(body)"),
        ({"text": "a", "html": "b"}, "(body)"),
        ({"text": "a", "colour": 1}, "colour"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"html": ["a"]}, "html"),
        ({"text": "a", "threshold": 1.01}, "threshold"),
        ({"text": "a", "threshold": -0.01}, "threshold"),
        ({"text": "a", "threshold": True}, "threshold"),
        ({"text": "a", "threshold": "0.5"}, "threshold"),
        ({"text": "a", "threshold": 10**40}, "threshold"),
        ({"text": "a", "explain": 1}, "explain"),
        ({"text": "a", "explain": "yes"}, "explain"),
        ({"text": "a", "blocks": 1}, "blocks"),
        ({"text": "a", "id": 1.5}, "id"),
        ({"text": "a", "id": True}, "id"),
        # As a float, which it is read as, it would come back as another one.
        ({"text": "a", "id": -(2**63) - 1}, "id"),
        ({"text": "a", "id": 2**64}, "id"),
        ({"text": "a", "id": 1e18}, "id"),
    ],
)
def test_what_the_schema_does_not_know_is_refused_by_field(
    http: FlaskClient, value: object, field: str
) -> None:
    found = problem(post_json(http, value), 422, "invalid")
    assert found.errors
    assert found.errors[0]["field"] == field
    # One reason, and none of the words of the library that checks.
    assert len(found.errors) == 1
    assert "function-" not in found.detail


@pytest.mark.parametrize("value", [[], "text", 5, None, True])
def test_json_must_be_an_object(http: FlaskClient, value: object) -> None:
    problem(post_json(http, value), 422, "invalid")


def test_refusals_stay_small_and_do_not_repeat_the_page(http: FlaskClient) -> None:
    response = post_json(http, {"text": "secret", **{"x" * 5000 + str(n): n for n in range(99)}})
    problem(response, 422, "invalid")
    assert len(response.data) < 5000
    assert b"secret" not in response.data


@pytest.mark.parametrize(
    "query",
    [
        "?threshold=2",
        "?threshold=-1",
        "?threshold=nan",
        "?threshold=inf",
        "?threshold=",
        "?threshold=half",
        "?threshold=0.1&threshold=0.2",
        "?explain=perhaps",
        "?blocks=some",
        "?colour=red",
        "?%ff=%fe",
        "?threshold=%ED%A0%80",
    ],
)
def test_a_query_that_says_nothing_we_know_is_refused(http: FlaskClient, query: str) -> None:
    problem(post(http, PAGE, query=query), 422, "invalid")
