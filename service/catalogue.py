"""What models there are, for HTTP and for the command line."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from model.errors import RegistryError
from service.predictor import Predictor

__all__ = ["current_card", "list_models", "summary"]

_log = logging.getLogger("storyseam.catalogue")


def summary(card: dict[str, Any], *, champion: bool) -> dict[str, Any]:
    """The part of a card that a list shows; a broken version has its error instead."""
    error = {"error": card["error"]} if "error" in card else {}
    return error | {
        "version": str(card.get("version")),
        "created": card.get("created"),
        "threshold": card.get("threshold"),
        "champion": champion,
        "figures": card.get("figures") or {},
    }


def list_models(registry: str | Path | None, current: Predictor) -> list[dict[str, Any]]:
    """Every version of the registry, and the one that answers if it is not among them."""
    cards: list[dict[str, Any]] = []
    if registry is not None:
        from model.registry.remote import open_registry

        try:
            cards = open_registry(registry).versions()
        except (OSError, RegistryError) as error:
            _log.warning("registry away: %s", error)
    if all(card.get("version") != current.version for card in cards):
        cards = [current_card(current), *cards]
    return [summary(card, champion=card.get("version") == current.version) for card in cards]


def current_card(current: Predictor) -> dict[str, Any]:
    """The card of the model that answers, with what a client may rely on filled in."""
    return {"version": current.version, "threshold": current.threshold} | current.card
