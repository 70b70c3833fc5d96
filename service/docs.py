"""`/openapi.json`, and `/docs/`: Swagger UI from the package that carries it, not from a CDN."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import orjson
from flask import Blueprint, Response, current_app, send_from_directory

from service.specification import specification

__all__ = ["docs"]

docs = Blueprint("docs", __name__)

_WEB = Path(__file__).parent / "web"
_DOCUMENT = "storyseam_openapi"

# Swagger UI sets style attributes; nothing else of it needs more than its own origin.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def _swagger() -> Path:
    """Folder of Swagger UI's files, found without importing the plugin that carries them."""
    spec = find_spec("flask_openapi3_swagger")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("flask_openapi3_swagger, a dependency of storyseam, is missing")
    return Path(spec.submodule_search_locations[0]) / "templates" / "swagger"


@docs.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI document; made once, as anybody may ask for it as often as they like."""
    body = current_app.extensions.get(_DOCUMENT)
    if body is None:
        body = orjson.dumps(specification(current_app), option=orjson.OPT_INDENT_2)
        current_app.extensions[_DOCUMENT] = body
    return Response(body, mimetype="application/json")


@docs.get("/docs")
def lead() -> Response:
    """Lead to the page below; by a relative address, as a proxy may add TLS or a prefix."""
    return Response(status=308, headers={"Location": "docs/"})


@docs.get("/docs/")
def page() -> Response:
    """Swagger UI on the OpenAPI document."""
    response = send_from_directory(_WEB, "docs.html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@docs.get("/docs/start.js")
def start() -> Response:
    """The script that starts Swagger UI; in a file, so that no inline script is needed."""
    return send_from_directory(_WEB, "docs.js")


@docs.get("/docs/<path:name>")
def asset(name: str) -> Response:
    """A file of Swagger UI."""
    return send_from_directory(_swagger(), name, max_age=86_400)
