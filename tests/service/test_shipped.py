"""The service with the model that ships: what a newcomer gets."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from model.segmenter import DEFAULT, Segmenter
from service.app import create_app
from service.demo import EXAMPLE
from service.schemas import ModelCard, SegmentResponse
from service.settings import Settings

ROOT = Path(__file__).parents[2]
SEEDS = Path(os.environ.get("STORYSEAM_SHARED", ROOT / "../shared")) / "seeds"

pytestmark = pytest.mark.skipif(
    not (DEFAULT / "model.joblib").exists(), reason="the shipped model is not there yet"
)
needs_seeds = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="the seed texts are not on this machine"
)


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    database = f"sqlite:///{tmp_path_factory.mktemp('corrections') / 'c.db'}"
    settings = Settings.from_environment({}, log_level="error", corrections=database)
    return create_app(settings).test_client()


def post(http: FlaskClient, body: bytes | str, kind: str) -> SegmentResponse:
    response = http.post("/v1/segment?explain=true", data=body, content_type=kind)
    assert response.status_code == 200, response.text
    return SegmentResponse.model_validate_json(response.data, strict=True)


def test_the_example_is_split_at_the_second_headline(http: FlaskClient) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    answer = post(http, text, "text/plain; charset=utf-8")
    assert len(answer.stories) == 2
    assert [seam.offset for seam in answer.seams] == [text.index("Grand Halden orchestra")]
    assert answer.seams[0].evidence
    assert answer.stories[0].main
    assert not answer.stories[1].main
    assert answer.stories[0].published == "2023-03-09"


@pytest.mark.parametrize(
    ("name", "openings"),
    [
        ("harbour_page.html", ["Divers raise harbour bell", "School orders 4,000 pencils"]),
        ("infinite_scroll.txt", ["Island council votes", "Grand Halden orchestra"]),
        ("lost_breaks.txt", ["Rovers reach cup final", "Central bank raises", "Otter pups"]),
        (
            "morning_letter.txt",
            ["The Lantern", "Ferry wharf", "Bees move", "River falls", "Chess club"],
        ),
        ("one_story.txt", ["Night trains return"]),
    ],
)
def test_what_the_page_offers_to_try_shows_what_it_can_do(
    http: FlaskClient, name: str, openings: list[str]
) -> None:
    body = (EXAMPLE.parent / name).read_bytes()
    answer = post(http, body, "text/html" if name.endswith("html") else "text/plain")
    text = answer.text or body.decode()
    found = [text[story.start : story.end] for story in answer.stories]
    assert [told[: len(said)] for told, said in zip(found, openings, strict=True)] == openings
    assert all(story.headline for story in answer.stories)


def test_the_example_as_html_gives_the_same_stories(http: FlaskClient) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    body = "\n".join(f"<p>{line.strip()}</p>" for line in lines if line.strip())
    answer = post(http, f"<!doctype html><html><body>{body}</body></html>", "text/html")
    assert answer.text is not None
    assert [seam.offset for seam in answer.seams] == [answer.text.index("Grand Halden orchestra")]


@needs_seeds
def test_the_seeds_the_project_began_with(http: FlaskClient) -> None:
    (one,) = SEEDS.glob("000_*.txt")
    (two,) = SEEDS.glob("003_*.txt")
    assert not post(http, one.read_bytes(), "text/plain").seams
    text = two.read_text(encoding="utf-8")
    found = post(http, json.dumps({"text": text}), "application/json")
    assert [seam.offset for seam in found.seams] == [text.index("UK Police arrest 86 people")]


def test_every_body_that_the_docs_have_ready_to_try_is_answered_well(http: FlaskClient) -> None:
    tried = 0
    for path, operations in http.get("/openapi.json").json["paths"].items():
        bodies = operations["post"]["requestBody"]["content"] if "post" in operations else {}
        for kind, content in bodies.items():
            sample = content["example"]
            body = sample if isinstance(sample, str) else json.dumps(sample)
            response = http.post(path, data=body.encode(), content_type=kind)
            assert response.status_code == 200, response.text
            answer = json.loads(response.text)
            assert len(answer.get("stories") or answer["prediction"]) == 2, (path, kind, answer)
            tried += 1
    assert tried == 7


def test_the_card_of_the_shipped_model_is_what_the_service_shows(http: FlaskClient) -> None:
    card = ModelCard.model_validate(http.get("/v1/models/current").json)
    assert card.version == json.loads((DEFAULT / "card.json").read_bytes())["version"]
    assert card.figures


def test_loading_takes_no_more_than_two_seconds() -> None:
    # Its own time: the tests beside it take as much of the machine again.
    began = time.process_time()
    Segmenter.load()
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "page",
    ["x", "\x00", "\u0301", "a\n" * 50_000, "word " * 100_000, "\ufeff", "<<<>>>", "😀" * 10_000],
    ids=lambda page: repr(page[:5]),
)
def test_strange_pages_are_answered(http: FlaskClient, page: str) -> None:
    for kind, body in (("application/json", json.dumps({"text": page})), ("text/html", page)):
        response = http.post("/v1/segment", data=body.encode(), content_type=kind)
        assert response.status_code < 500, response.text
