"""`python -m service.openapi` prints the OpenAPI document, which `docs/openapi.json` pins."""

from __future__ import annotations

import json
import sys
from typing import Any

from service.settings import Settings

__all__ = ["document", "main"]


def document() -> dict[str, Any]:
    """The document of a service with default settings, without the version of what is installed."""
    from service.app import create_app
    from service.specification import specification

    found = specification(create_app(Settings()))
    found["info"].pop("version")
    return found


def main() -> None:
    """Print it as it is pinned."""
    json.dump(document(), sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
