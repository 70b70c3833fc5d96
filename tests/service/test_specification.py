"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from service import docs
from service.limits.intake import ACCEPTED
from tests.service.serving_fake import client

HTTP = client()


def test_the_document_is_valid_openapi() -> None:
    # Here, as it takes seconds to import: whoever only collects tests would wait for it.
    from openapi_spec_validator import validate

    validate(HTTP.get("/openapi.json").json)


def test_every_endpoint_under_v1_is_described_with_what_it_reads() -> None:
    document = HTTP.get("/openapi.json").json
    routes = {rule.rule for rule in HTTP.application.url_map.iter_rules() if "/v1/" in rule.rule}
    routes = {re.sub("<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule) for rule in routes}
    assert routes <= set(document["paths"])
    segment = document["paths"]["/v1/segment"]["post"]
    assert set(segment["requestBody"]["content"]) == set(ACCEPTED)
    parameters = {one["name"] for one in segment["parameters"]}
    assert parameters == {"threshold", "explain", "blocks", "granularity"}
    refused = {"400", "401", "403", "408", "413", "415", "422", "429", "503"}
    assert {"200"} | refused == set(segment["responses"])


def test_bounds_and_strictness_of_the_models_are_in_the_document() -> None:
    schemas = HTTP.get("/openapi.json").json["components"]["schemas"]
    request = schemas["SegmentRequest"]
    assert request["additionalProperties"] is False
    assert request["oneOf"] == [{"required": ["text"]}, {"required": ["html"]}]
    threshold = request["properties"]["threshold"]["anyOf"][0]
    assert (threshold["minimum"], threshold["maximum"]) == (0, 1)


def test_bounds_of_whole_numbers_are_words_that_json_schema_knows() -> None:
    """Pydantic gives a bound that stands after a validator its own name."""
    schemas = HTTP.get("/openapi.json").json["components"]["schemas"]
    assert schemas["CorrectionRequest"]["properties"]["starts"]["items"] == {
        "minimum": 0, "type": "integer"
    }  # fmt: skip
    assert not re.search(r'"(ge|gt|le|lt)":', json.dumps(schemas))
    identifier = schemas["SegmentRequest"]["properties"]["id"]["anyOf"][1]
    assert identifier["minimum"] == -(2**63)


def test_operations_stand_together_and_say_what_a_key_must_be_for() -> None:
    document = HTTP.get("/openapi.json").json
    named = [tag["name"] for tag in document["tags"]]
    assert named[0] == "Pages"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["tags"][0] in named
            scopes = [
                scope for one in operation.get("security", []) for scope in one.get("key", [])
            ]
            assert all(f"`{scope}`" in operation["description"] for scope in scopes), path
            for status in {"429", "503"} & set(operation["responses"]):
                assert "Retry-After" in operation["responses"][status]["headers"]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in {"src", "href"} and value]


def test_docs_need_nothing_from_another_host() -> None:
    page = HTTP.get("/docs/")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    links = _Links()
    links.feed(page.text)
    assert links.links
    for link in links.links:
        assert "//" not in link
        path = urljoin("/docs/", link)
        assert HTTP.get(path).status_code == 200, path
    assert not re.search(r"<script(?![^>]*src)", page.text), "an inline script"


def test_people_are_led_to_the_docs() -> None:
    response = HTTP.get("/docs")
    assert response.status_code in (302, 308)
    # Through a proxy that ends TLS and adds a prefix, of which this service knows nothing.
    seen = urljoin("https://seams.example/below/docs", response.headers["Location"])
    assert seen == "https://seams.example/below/docs/"


def test_the_document_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has no key may ask for it, and making it takes a page's time."""
    http, made = client(), []
    monkeypatch.setattr(docs, "specification", lambda app: made.append(app) or {"openapi": "3.1.0"})
    assert [http.get("/openapi.json").json for _ in range(3)] == [{"openapi": "3.1.0"}] * 3
    assert len(made) == 1
