"""Prometheus metrics, right however many workers there are.

Under `storyseam serve` every worker writes its values into files of a folder in memory
(``PROMETHEUS_MULTIPROC_DIR``), and whichever of them is asked adds up all of them: counters and
histograms outlive their worker, gauges are of those that live. Without that folder, as in tests, an
application counts for itself.

Imported by applications only, after the fork and after the folder has been named.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from model.stages import STAGES
from service.corrections.sampling import uncertainty
from service.observability.logs import Exchange
from service.observability.of_the_gone import reading

if TYPE_CHECKING:
    from model.stories import Segmentation

__all__ = ["CONTENT_TYPE", "FOLDER_VARIABLE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

# From a page of a few lines to one that takes as long as a body may.
_REQUEST_SECONDS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30
)  # fmt: skip
_STAGE_SECONDS = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5
)  # fmt: skip
_CHARACTERS = (1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6)
# Finer where thresholds lie.
_PROBABILITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1.0)

# Kinds of refusals that alerts look at. What grows is seen only where a count was there before: of
# a series that begins with the first refusal, Prometheus knows no increase.
_WATCHED = ("busy", "corrections-away", "internal")

# A client may invent methods; nobody wants a time series of each.
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})


class Metrics:
    """What one worker counts."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "storyseam_requests", "Requests.", ["route", "method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "storyseam_request_seconds",
            "Time from the head of a request to the end of its view; of a batch, to its last line.",
            ["route"],
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._in_hand = Gauge(
            "storyseam_requests_in_hand",
            "Requests that are being answered.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._refused = Counter(
            "storyseam_refused",
            "Refusals, by the kind of the problem.",
            ["kind"],
            registry=registry,
        )
        for kind in _WATCHED:
            self._refused.labels(kind)
        stages = Histogram(
            "storyseam_stage_seconds",
            "Time of a page by stage; of batches, the mean over the pages of a group.",
            ["stage"],
            buckets=_STAGE_SECONDS,
            registry=registry,
        )
        # Asked for once: labels cost as much as counting does.
        self._stages = {name: stages.labels(name) for name in STAGES}
        pages = Counter("storyseam_pages", "Pages segmented.", ["kind", "via"], registry=registry)
        self._pages = {
            (kind, via): pages.labels(kind, via)
            for kind in ("text", "html")
            for via in ("page", "batch")
        }
        self._characters = Histogram(
            "storyseam_page_characters",
            "Characters of a page as it was sent.",
            buckets=_CHARACTERS,
            registry=registry,
        )
        self._stories = Counter("storyseam_stories", "Stories found.", registry=registry)
        self._seams = Counter("storyseam_seams", "Seams found.", registry=registry)
        self._probability = Histogram(
            "storyseam_seam_probability",
            "Probability of the seams found.",
            buckets=_PROBABILITIES,
            registry=registry,
        )
        self._uncertainty = Histogram(
            "storyseam_page_uncertainty",
            "How unsure the model was of a page: 0, sure, to 1, no idea.",
            buckets=_PROBABILITIES,
            registry=registry,
        )
        self._bad_lines = Counter(
            "storyseam_batch_bad_lines", "Lines of batches without an answer.", registry=registry
        )
        self._corrections = Counter(
            "storyseam_corrections",
            "Corrections stored: the prediction confirmed, or changed.",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("confirmed", "changed"):
            self._corrections.labels(outcome)
        self._workers = Gauge(
            "storyseam_model_workers",
            "Workers that answer with a version of the model.",
            ["model"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._swaps = Counter(
            "storyseam_model_swaps",
            "Models that took the place of another, or would not load.",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("swapped", "failed"):
            self._swaps.labels(outcome)
        self._drift = Gauge(
            "storyseam_drift",
            "How far pages are from those that the model is known on (population stability index).",
            ["group"],
            # Each worker counts pages of its own; the one that is furthest off is looked into.
            multiprocess_mode="livemax",
            registry=registry,
        )

    def began(self) -> None:
        """A request came."""
        self._in_hand.inc()

    def ended(self, exchange: Exchange) -> None:
        """A request is at its end, and so is the stream that answered it."""
        self._in_hand.dec()
        route = exchange.route or "none"
        method = exchange.method if exchange.method in _METHODS else "other"
        self._requests.labels(route, method, str(exchange.status)).inc()
        self._seconds.labels(route).observe(exchange.seconds)
        if (problem := exchange.fields.get("problem")) is not None:
            self._refused.labels(str(problem)).inc()

    def page(self, answer: Segmentation, characters: int, *, html: bool, via: str) -> None:
        """A page was segmented."""
        self._pages["html" if html else "text", via].inc()
        self._characters.observe(characters)
        self._stories.inc(len(answer.stories))
        self._seams.inc(len(answer.seams))
        for seam in answer.seams:
            self._probability.observe(seam.probability)
        self._uncertainty.observe(uncertainty(answer))

    def stages(self, seconds: Mapping[str, float], pages: int = 1) -> None:
        """Time was spent on so many pages."""
        for name, spent in seconds.items():
            self._stages[name].observe(spent / max(1, pages))

    def bad_line(self) -> None:
        """A line of a batch had no answer."""
        self._bad_lines.inc()

    def fault(self) -> None:
        """A line of a batch met a fault of ours, which no status of a request tells."""
        self._refused.labels("internal").inc()

    def corrected(self, changed: bool) -> None:
        """A correction was stored."""
        self._corrections.labels("changed" if changed else "confirmed").inc()

    def model(self, version: str | None, before: str | None) -> None:
        """This worker answers with a version in place of one, or of none.

        No version: a model would not load, and the one before answers on.
        """
        if version is None:
            self._swaps.labels("failed").inc()
            return
        if before is not None:
            self._workers.labels(before).set(0)
            self._swaps.labels("swapped").inc()
        self._workers.labels(version).set(1)

    def drift(self, numbers: Mapping[str, float]) -> None:
        """Pages were compared with those of the model's card, by group of features."""
        for group, value in numbers.items():
            self._drift.labels(group).set(value)

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes: of all workers, or of this application."""
        registry = self._registry
        if FOLDER_VARIABLE in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            with reading(os.environ[FOLDER_VARIABLE]):
                return generate_latest(registry)
        return generate_latest(registry)
