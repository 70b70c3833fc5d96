"""`python -m service.openapi` prints the OpenAPI document, which `docs/openapi.json` pins."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, Unpack

from model.page import Page
from model.stories import Segmentation
from service.predictor import Options
from service.settings import Settings

__all__ = ["document", "main"]


class _NoModel:
    """Stands where a model would: none is needed to say what there is, and one takes seconds."""

    version = "none"
    threshold = 0.5

    def __init__(self) -> None:
        self.card: dict[str, Any] = {}

    def segment(
        self, page: str | Page, *, blocks: bool = False, **_: Unpack[Options]
    ) -> Segmentation:
        return Segmentation(self.version, "", (), ())

    def segment_many(self, pages: Sequence[str | Page], **_: Unpack[Options]) -> list[Segmentation]:
        return [self.segment(page) for page in pages]


def document() -> dict[str, Any]:
    """The document of a service with default settings, without the version of what is installed."""
    from service.app import create_app
    from service.specification import specification

    found = specification(create_app(Settings(), segmenter=_NoModel()))
    found["info"].pop("version")
    return found


def main() -> None:
    """Print it as it is pinned."""
    json.dump(document(), sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
