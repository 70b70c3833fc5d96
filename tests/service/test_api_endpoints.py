"""What holds for every endpoint, and the small ones: health, readiness, the models' cards."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from service.schemas import ModelCard, ModelList
from tests.service.asking import post, problem
from tests.service.serving_fake import PAGE, Predictor, client


@pytest.fixture
def http() -> FlaskClient:
    return client()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/segment", "POST"),
        ("DELETE", "/v1/segment", "POST"),
        ("POST", "/healthz", "GET"),
        ("PATCH", "/v1/models", "GET"),
        ("BREW", "/readyz", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(
    http: FlaskClient, method: str, path: str, allowed: str
) -> None:
    response = http.open(path, method=method)
    problem(response, 405)
    assert allowed in response.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/segment/", "/v2/segment", "/%00", "/docs/..%2f..%2fapp.py"]
)
def test_an_unknown_path_is_a_problem_too(http: FlaskClient, path: str) -> None:
    problem(http.get(path), 404)


def test_a_fault_of_ours_is_a_problem_without_its_inside() -> None:
    predictor = Predictor()
    http = client(predictor)
    found = problem(post(http, "PLEASE FAIL"), 500)
    assert "ZeroDivision" not in found.detail


def test_health_and_readiness(http: FlaskClient) -> None:
    assert http.get("/healthz").json == {"status": "alive"}
    assert http.get("/readyz").json == {"status": "ready", "model": "fake-1"}


def test_the_current_model_shows_its_card(http: FlaskClient) -> None:
    response = http.get("/v1/models/current")
    card = ModelCard.model_validate(response.json)
    assert (card.version, card.threshold) == ("fake-1", 0.5)
    listed = ModelList.model_validate(http.get("/v1/models").json).models
    assert [(one.version, one.champion) for one in listed] == [("fake-1", True)]
    assert listed[0].figures == {"pages": 3}


def test_a_request_id_is_kept_if_it_is_harmless_and_replaced_if_not(http: FlaskClient) -> None:
    kept = http.get("/healthz", headers={"X-Request-ID": "abc-1.2"})
    assert kept.headers["X-Request-ID"] == "abc-1.2"
    forged = http.get("/healthz", headers={"X-Request-ID": 'a"} {"level":"error'})
    assert len(forged.headers["X-Request-ID"]) == 32


def test_every_answer_forbids_being_taken_for_something_else(http: FlaskClient) -> None:
    for response in (post(http, PAGE), post(http, b""), http.get("/nowhere")):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
