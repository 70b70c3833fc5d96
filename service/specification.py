"""The OpenAPI 3.1 document, made of the pydantic models that validate.

A view carries its `Operation`; `specification` collects them from the routes, so that an endpoint
cannot be documented at a path where it does not answer. Own code because flask-openapi3 drops
what it does not know of a schema, reads JSON bodies leniently and knows one media type a body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.limits.keys import Scope
from service.release import installed
from service.schemas import ProblemDocument, SegmentQuery

__all__ = ["NDJSON", "Operation", "described", "operation_of", "specification"]

View = TypeVar("View", bound=Callable[..., Any])

#: The media type of a JSON object a line.
NDJSON = "application/x-ndjson"

_ATTRIBUTE = "__storyseam_operation__"
_REF = "#/components/schemas/{model}"
_KEY = "key"
_ANY_TEXT = {"type": "string", "minLength": 1, "pattern": r"\S"}

# What stands together in the document, by the beginning of the path, and what is said of it.
_TAGS = {
    "/v1/segment": ("Pages", "Find the stories of pages."),
    "/v1/corrections": ("Corrections", "Say where the model is wrong, and see what was said."),
    "/v1/models": ("Models", "Which model answers, and which there are."),
    "/": ("Operation", "For whoever runs the service."),
}
# Statuses of refusals that say when to come back.
_LATER = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Operation:
    """What the document says of one view.

    Attributes
    ----------
    summary, description : str
    answer : model or None
        Of the JSON that comes back with 200; None, nothing comes back, with 204.
    lines : bool
        Whether ``answer`` and ``body`` are those of every line (NDJSON).
    text : str
        Media type of what comes back instead of JSON.
    body : model, optional
        Of a JSON body.
    pages : tuple of str
        Media types of a page that comes as it is, with `SegmentQuery` in the query string.
    samples : mapping
        Media type of a body -> one to try.
    query : model, optional
        Of the query string.
    path : mapping
        Parameters of the path and what they are.
    scope : str, optional
        What a key must be for, where one is asked for; None, nobody is asked.
    limited : bool
        Whether rates and room hold for it.
    problems : tuple of int
        Statuses of the problem documents that the view can answer with.
    """

    summary: str
    answer: type[BaseModel] | None
    description: str = ""
    lines: bool = False
    text: str = ""
    body: type[BaseModel] | None = None
    pages: tuple[str, ...] = ()
    samples: Mapping[str, Any] = field(default_factory=dict)
    query: type[BaseModel] | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    scope: Scope | None = None
    limited: bool = True
    problems: tuple[int, ...] = ()


def described(operation: Operation) -> Callable[[View], View]:
    """Attach to a view what the document says of it."""

    def attach(view: View) -> View:
        setattr(view, _ATTRIBUTE, operation)
        return view

    return attach


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """What was attached to a view; None where nothing was."""
    found: Operation | None = getattr(view, _ATTRIBUTE, None)
    return found


def specification(app: Flask) -> dict[str, Any]:
    """The document of an application's described routes."""
    paths: dict[str, dict[str, Any]] = {}
    shapes: list[type[BaseModel]] = [ProblemDocument]
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operation = operation_of(app.view_functions[rule.endpoint])
        if operation is None:
            continue
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            name = rule.endpoint.rpartition(".")[2]
            described = {"tags": [_tag(path)]} | _operation(operation, name)
            paths.setdefault(path, {})[method.lower()] = described
        shapes += [shape for shape in (operation.answer, operation.body) if shape]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Storyseam",
            "version": installed(),
            "description": "Finds where one story of a scraped news page ends and another begins.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name, "description": said} for name, said in _TAGS.values()],
        "paths": paths,
        "components": {
            "schemas": _schemas(shapes),
            "securitySchemes": {
                _KEY: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key with the scope that the operation names.",
                }
            },
        },
    }


def _schemas(shapes: list[type[BaseModel]]) -> dict[str, Any]:
    """Every model once, requests as they are validated and answers as they are sent."""
    unique = list(dict.fromkeys(shapes))
    _, document = models_json_schema([(shape, "validation") for shape in unique], ref_template=_REF)
    schemas: dict[str, Any] = document["$defs"]
    return dict(sorted(schemas.items()))


def _tag(path: str) -> str:
    return next(name for start, (name, _) in _TAGS.items() if path.startswith(start))


def _ref(shape: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=shape.__name__)}


def _operation(operation: Operation, name: str) -> dict[str, Any]:
    out: dict[str, Any] = {"operationId": name, "summary": operation.summary}
    said = [operation.description] if operation.description else []
    if operation.scope is not None:
        # Viewers show that a key is asked for, and not what it must be for.
        said.append(f"Where keys are asked for, one with the scope `{operation.scope}`.")
    if said:
        out["description"] = " ".join(said)
    query = SegmentQuery if operation.pages else operation.query
    parameters = [_in_path(*each) for each in operation.path.items()]
    if parameters := parameters + (_parameters(query) if query else []):
        out["parameters"] = parameters
    if operation.scope is not None:
        # Or none: a service on loopback asks for keys only where it has a file of them.
        out["security"] = [{_KEY: [operation.scope]}, {}]
    content: dict[str, Any] = {kind: {"schema": _ANY_TEXT} for kind in operation.pages}
    if operation.body is not None:
        # OpenAPI 3.1 has no word for "of every line"; the schema is that of one.
        kind = NDJSON if operation.lines else "application/json"
        content[kind] = {"schema": _ref(operation.body)}
    for kind, sample in operation.samples.items():
        content[kind]["example"] = sample
    if content:
        out["requestBody"] = {"required": True, "content": content}
    asked = () if operation.scope is None else (401, 403)
    if operation.scope is not None and operation.limited:
        asked = (*asked, 429, 503)
    problems = {str(status): _problem(status) for status in sorted({*operation.problems, *asked})}
    out["responses"] = _answer(operation) | problems
    return out


def _answer(operation: Operation) -> dict[str, Any]:
    """The response of an operation that went well."""
    if operation.text:
        content = {operation.text.partition(";")[0]: {"schema": {"type": "string"}}}
        return {"200": {"description": "OK", "content": content}}
    if operation.answer is None:
        return {"204": {"description": HTTPStatus(204).phrase}}
    kind = NDJSON if operation.lines else "application/json"
    description = "One object a line" if operation.lines else "OK"
    content = {kind: {"schema": _ref(operation.answer)}}
    return {"200": {"description": description, "content": content}}


def _in_path(name: str, description: str) -> dict[str, Any]:
    """A parameter of the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
    }


def _problem(status: int) -> dict[str, Any]:
    out: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if status in _LATER:
        said = "Seconds after which to ask again."
        out["headers"] = {
            "Retry-After": {"description": said, "schema": {"type": "integer", "minimum": 0}}
        }
    return out | {"content": {"application/problem+json": {"schema": _ref(ProblemDocument)}}}


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
