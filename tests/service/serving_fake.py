"""A segmenter without a model, as the service sees one: a story begins at every line with `#`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Unpack

from flask import Flask
from flask.testing import FlaskClient

from model.page import Page
from model.stories import Block, Segmentation
from service.predictor import Options
from service.server import Server, counted_together, write_problems
from service.settings import Settings
from tests.service.bulk_fake import FakeSegmenter

PAGE = "# One\nA body.\n# Two\nAnother body.\n"
#: One story, or three entries.
LIVE = "# Storm\n@ 14:05 The wind turns\n@ 13:40 The ferry waits\n"


class Predictor(FakeSegmenter):
    """The fake of the bulk tests, with a card and a memory of what it was asked."""

    threshold = 0.5

    def __init__(self, version: str = "fake-1") -> None:
        super().__init__()
        self.version = version
        self.card = {"version": version, "created": "2024-01-02", "figures": {"pages": 3}}
        self.asked: list[tuple[float | None, bool]] = []

    def segment(
        self, page: str | Page, *, blocks: bool = False, **options: Unpack[Options]
    ) -> Segmentation:
        self.asked.append((options.get("threshold"), options.get("explain", False)))
        answer = self.segment_many([page], **options)[0]
        return replace(answer, blocks=_blocks(page)) if blocks else answer


def _blocks(page: str | Page) -> tuple[Block, ...]:
    """Every block, likely a start where the fake would cut."""
    read = page if isinstance(page, Page) else Page.from_text(page)
    bounds = zip(read.starts.tolist(), read.ends.tolist(), strict=True)
    return tuple(
        Block(a, b, 0.0, 0.25, 0.75) if read.text[a] == "#" else Block(a, b, 0.0, 1.0, 0.0)
        for a, b in bounds
    )


class Broken(Predictor):
    """Loads, but answers nothing."""

    def segment(
        self, page: str | Page, *, blocks: bool = False, **options: Unpack[Options]
    ) -> Segmentation:
        raise ValueError("broken inside")


def client(predictor: Predictor | None = None, **settings: object) -> FlaskClient:
    """A client of a service with a fake model."""
    from service.app import create_app

    # An environment of its own: no variable of whoever runs the tests may change them.
    chosen = Settings.from_environment({}, **({"log_level": "error"} | settings))
    return create_app(chosen, segmenter=predictor or Predictor()).test_client()


def directory(root: Path, version: str) -> Path:
    """A version's folder as the registry knows it; what is in it, the fake loader ignores."""
    path = root / version
    path.mkdir(parents=True, exist_ok=True)
    return path


class FakeServer(Server):
    """Gunicorn as `storyseam serve` runs it, around the fake."""

    def load(self) -> Flask:
        # As with a model that is loaded before the fork: else the first page of every worker would
        # wait until scikit-learn is imported, ten seconds where others use the machine.
        import training.drift  # noqa: F401

        # Not before the folder of the metrics is named; see `service.observability.metrics`.
        from service.app import create_app

        write_problems()
        return create_app(self._settings, segmenter=Predictor())


if __name__ == "__main__":
    with counted_together():
        FakeServer(Settings.from_environment()).run()
