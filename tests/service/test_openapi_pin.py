"""The OpenAPI document is pinned: whoever changes what clients see does so knowingly."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service import openapi

# Made once: it takes a model to load.
document = cache(openapi.document)

PINNED = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_the_document_is_the_pinned_one() -> None:
    assert document() == json.loads(PINNED.read_text(encoding="utf-8")), (
        "if clients may see this change, pin it with: make openapi"
    )


@pytest.mark.parametrize(
    ("path", "method", "parameters", "answers"),
    [
        ("/v1/corrections", "post", [], ("200", "application/json")),
        ("/v1/corrections", "get", ["after", "limit"], ("200", "application/x-ndjson")),
        ("/v1/corrections/suggest", "get", ["limit"], ("200", "application/json")),
        ("/v1/corrections/{page}", "get", ["page"], ("200", "application/json")),
        ("/v1/corrections/{page}", "delete", ["page"], ("204", None)),
    ],
)
def test_corrections_are_described(
    path: str, method: str, parameters: list[str], answers: tuple[str, str | None]
) -> None:
    operation: dict[str, Any] = document()["paths"][path][method]
    assert [one["name"] for one in operation.get("parameters", [])] == parameters
    status, kind = answers
    assert set(operation["responses"][status].get("content", {})) == ({kind} if kind else set())
    assert {"404", "503"} <= set(operation["responses"])
    assert {"401", "403"} <= set(operation["responses"])
    scope = "correct" if method == "post" else "admin"
    assert operation["security"] == [{"key": [scope]}, {}]
