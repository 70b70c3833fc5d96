"""A segmenter without a model, as the service sees one: a story begins at every line with `#`."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from model.page import Page
from model.stories import Segmentation
from service.app import create_app
from service.server import Server, write_problems
from service.settings import Settings
from tests.service.bulk_fake import FakeSegmenter

PAGE = "# One\nA body.\n# Two\nAnother body.\n"


class Predictor(FakeSegmenter):
    """The fake of the bulk tests, with a card and a memory of what it was asked."""

    threshold = 0.5

    def __init__(self, version: str = "fake-1") -> None:
        super().__init__()
        self.version = version
        self.card = {"version": version, "created": "2024-01-02", "figures": {"pages": 3}}
        self.asked: list[tuple[float | None, bool]] = []

    def segment(
        self, page: str | Page, *, threshold: float | None = None, explain: bool = False
    ) -> Segmentation:
        self.asked.append((threshold, explain))
        return self.segment_many([page], threshold=threshold, explain=explain)[0]


class Broken(Predictor):
    """Loads, but answers nothing."""

    def segment(
        self, page: str | Page, *, threshold: float | None = None, explain: bool = False
    ) -> Segmentation:
        raise ValueError("broken inside")


def client(predictor: Predictor | None = None, **settings: object) -> FlaskClient:
    """A client of a service with a fake model."""
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
        write_problems()
        return create_app(self._settings, segmenter=Predictor())


if __name__ == "__main__":
    FakeServer(Settings.from_environment()).run()
