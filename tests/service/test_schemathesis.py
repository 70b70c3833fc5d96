"""Every operation of the OpenAPI document, asked whatever its schema allows and does not.

What schemathesis checks of every answer: no server error, a status and a content type that the
document has, a body of the schema that it has, refusal of what the schema forbids and no refusal
of what it allows, `405` with `Allow` for other methods. A few examples an operation here; more
with `make contract EXAMPLES=1000`.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)
from werkzeug.test import Client

from service.app import create_app
from service.settings import Settings
from tests.service.serving_fake import PAGE, Predictor

EXAMPLES = int(os.environ.get("STORYSEAM_EXAMPLES", "15"))

XHTML = "application/xhtml+xml"

_FOLDER = tempfile.TemporaryDirectory(prefix="storyseam-contract-")
APP = create_app(
    Settings.from_environment(
        {}, log_level="error", corrections=f"sqlite:///{Path(_FOLDER.name) / 'corrections.db'}"
    ),
    segmenter=Predictor(),
)
SCHEMA = schemathesis.openapi.from_wsgi("/openapi.json", APP)


class _Closing(Client):
    """Closes every answer, as a server does; schemathesis's own client lets streams stand open."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        return super().open(*arguments, buffered=True, **options)


@schemathesis.serializer("application/x-ndjson")
def one_line(_context: object, value: Any) -> bytes:
    """A batch of one line."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.serializer(XHTML)
def as_it_is(_context: object, value: Any) -> bytes:
    """A page; schemathesis would make XML of whatever it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module", autouse=True)
def something_stored() -> None:
    """What lists and histories can show."""
    stored = APP.test_client().post("/v1/corrections", json={"text": PAGE, "starts": [0, 14]})
    assert stored.status_code == 200


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # The same requests in every run of CI; another seed with --hypothesis-seed.
    derandomize=EXAMPLES < 100,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_no_answer_is_outside_the_document(case: Any) -> None:
    response = case.call(session=_Closing(APP))
    case.validate_response(response, excluded_checks=beyond_schemas(case, response))


def beyond_schemas(case: Any, response: Any) -> list[Any]:
    """The check that does not hold for what no schema can say."""
    plain = (case.media_type or "").startswith(("text/", XHTML))
    negative = {
        each for each, component in case.meta.components.items() if component.mode.is_negative
    }
    # A page of text that is of no string, such as {}, is sent as text and so is a page. In a batch
    # each line is refused by itself, in an answer with 200.
    lines = case.media_type == "application/x-ndjson"
    if (plain or lines) and negative == {ParameterLocation.BODY}:
        return [negative_data_rejection]
    # Text that no schema tells from an image: control characters, and no charset named.
    if plain and response.status_code == 400 and response.json()["type"].endswith("undecodable"):
        return [positive_data_acceptance]
    # Offsets in a correction that are none of the page.
    if (
        response.status_code == 422
        and case.operation.label == "POST /v1/corrections"
        and response.json()["detail"].startswith(("starts", "outside"))
    ):
        return [positive_data_acceptance]
    return []
