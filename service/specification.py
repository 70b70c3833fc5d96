"""The OpenAPI 3.1 document, made of the pydantic models that validate.

A view carries its `Operation`; `specification` collects them from the routes, so that an endpoint
cannot be documented at a path where it does not answer. Own code because flask-openapi3 drops
what it does not know of a schema, reads JSON bodies leniently and knows one media type a body.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.schemas import ProblemDocument, SegmentQuery

__all__ = ["Operation", "described", "specification"]

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "__storyseam_operation__"
_REF = "#/components/schemas/{model}"
_ANY_TEXT = {"type": "string", "minLength": 1, "pattern": r"\S"}


@dataclass(frozen=True, slots=True)
class Operation:
    """What the document says of one view.

    Attributes
    ----------
    summary, description : str
    answer : model
        Of the JSON that comes back with 200.
    body : model, optional
        Of a JSON body.
    pages : tuple of str
        Media types of a page that comes as it is, with `SegmentQuery` in the query string.
    problems : tuple of int
        Statuses of the problem documents that the view can answer with.
    """

    summary: str
    answer: type[BaseModel]
    description: str = ""
    body: type[BaseModel] | None = None
    pages: tuple[str, ...] = ()
    problems: tuple[int, ...] = ()


def described(operation: Operation) -> Callable[[View], View]:
    """Attach to a view what the document says of it."""

    def attach(view: View) -> View:
        setattr(view, _ATTRIBUTE, operation)
        return view

    return attach


def specification(app: Flask) -> dict[str, Any]:
    """The document of an application's described routes."""
    paths: dict[str, dict[str, Any]] = {}
    shapes: list[type[BaseModel]] = [ProblemDocument]
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operation = getattr(app.view_functions[rule.endpoint], _ATTRIBUTE, None)
        if operation is None:
            continue
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            name = rule.endpoint.rpartition(".")[2]
            paths.setdefault(path, {})[method.lower()] = _operation(operation, name)
        shapes += [operation.answer, *([operation.body] if operation.body else [])]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Storyseam",
            "version": _version(),
            "description": "Finds where one story of a scraped news page ends and another begins.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": _schemas(shapes)},
    }


def _version() -> str:
    try:
        return version("storyseam")
    except PackageNotFoundError:
        return "0+unknown"


def _schemas(shapes: list[type[BaseModel]]) -> dict[str, Any]:
    """Every model once, requests as they are validated and answers as they are sent."""
    unique = list(dict.fromkeys(shapes))
    _, document = models_json_schema([(shape, "validation") for shape in unique], ref_template=_REF)
    schemas: dict[str, Any] = document["$defs"]
    return dict(sorted(schemas.items()))


def _ref(shape: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=shape.__name__)}


def _operation(operation: Operation, name: str) -> dict[str, Any]:
    out: dict[str, Any] = {"operationId": name, "summary": operation.summary}
    if operation.description:
        out["description"] = operation.description
    if operation.pages:
        out["parameters"] = _parameters(SegmentQuery)
    content: dict[str, Any] = {kind: {"schema": _ANY_TEXT} for kind in operation.pages}
    if operation.body is not None:
        content["application/json"] = {"schema": _ref(operation.body)}
    if content:
        out["requestBody"] = {"required": True, "content": content}
    out["responses"] = {
        "200": {
            "description": "OK",
            "content": {"application/json": {"schema": _ref(operation.answer)}},
        }
    } | {str(status): _problem(status) for status in operation.problems}
    return out


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": _ref(ProblemDocument)}},
    }


def _parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    """A model of the query string as parameters. A query cannot say null, so none does here."""
    out = []
    for name, schema in query.model_json_schema()["properties"].items():
        kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
        kind = dict(kinds[0])
        kind.pop("title", None)
        description = kind.pop("description", schema.get("description", ""))
        out.append({"name": name, "in": "query", "description": description, "schema": kind})
    return out
