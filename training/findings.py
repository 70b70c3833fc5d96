"""What a report tells beyond figures: what features are worth, what data brings, what drifts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.errors import StoryseamError
from model.page import Page
from model.segmenter import Segmenter
from training.drift import Profile, drift, reference_profile
from training.importance import group_importance
from training.labelled import CORRECTED, LabelledPage, as_page

__all__ = ["Findings", "counted_softly", "find", "profile_of"]

# Pages for importances: some thousand blocks for the second look, a few seconds.
_PAGES = 300
# Fewer real pages than this are no picture of what comes.
_ENOUGH_REAL = 100


@dataclass(frozen=True)
class Findings:
    """What was found; what was not asked for is empty.

    Attributes
    ----------
    importance : dict
        See `training.importance.group_importance`.
    learning : list of dict
        ``share`` of the training pages and the ``seam_f1`` that they give, with ``low``, ``high``.
    drift : dict
        See `training.drift.drift`.
    drifted : str
        Which pages were compared with which.
    served, served_told : dict, str
        The same of the pages that the service counted as they came.
    """

    importance: dict[str, float] = field(default_factory=dict)
    learning: list[dict[str, float]] = field(default_factory=list)
    drift: dict[str, float] = field(default_factory=dict)
    drifted: str = ""
    served: dict[str, float] = field(default_factory=dict)
    served_told: str = ""


def find(
    segmenter: Any,
    pages: Sequence[LabelledPage],
    *,
    seen: Iterable[LabelledPage] | None = None,
    known: Any = None,
    counted: Callable[[str, Profile], Profile] | None = None,
) -> Findings:
    """Everything that can be found with these pages.

    Parameters
    ----------
    segmenter : Segmenter
        Of anything else, such as a stand-in, nothing is found.
    pages : sequence of LabelledPage
        That the model was not fitted on; some hundreds of them are used.
    seen : iterable of LabelledPage, optional
        Pages that came in, by default the same ones.
    known : Segmenter, optional
        Whose card they are compared with, by default the same one's.
    counted : callable, optional
        Version of a model and its bins -> what a service counted while it answered; see
        `training.corrections.store.CorrectionStore.seen`.
    """
    if not isinstance(segmenter, Segmenter):
        return Findings()
    some = [(as_page(page), page) for page in _spread(pages, _PAGES)]
    against = known if isinstance(known, Segmenter) else segmenter
    reference = Profile.from_dict(against.card.get("profile"))
    far, told = {}, ""
    served, served_told = {}, ""
    if reference is not None:
        came = reference.empty()
        arrived = [page for page, _ in some] if seen is None else [as_page(page) for page in seen]
        if arrived:
            came.add(against, arrived)
        if came.enough:
            far = drift(reference, came)
            told = _told(came, reference, against.version)
        if counted is not None and (seen_there := counted(against.version, reference)).enough:
            served = drift(reference, seen_there)
            served_told = _told(seen_there, reference, against.version)
    return Findings(
        importance=group_importance(segmenter, some),
        learning=list(segmenter.card.get("learning_curve") or []),
        drift=far,
        drifted=told,
        served=served,
        served_told=served_told,
    )


def _told(came: Profile, reference: Profile, version: str) -> str:
    return f"{came.pages} pages against the {reference.pages} on {version}'s card"


def counted_softly(
    counted: Callable[[str, Profile], Profile], record: dict[str, Any]
) -> Callable[[str, Profile], Profile]:
    """What a service counted, or nothing, and the reason in the log: a database that is away for a
    moment must not cost a night's fit."""

    def softly(version: str, bins: Profile) -> Profile:
        try:
            return counted(version, bins)
        except Exception as error:  # noqa: BLE001 - databases raise what they like
            record["uncounted"] = str(getattr(error, "orig", None) or error)
            return bins.empty()

    return softly


def profile_of(segmenter: Any, pages: Sequence[LabelledPage]) -> dict[str, Any]:
    """What a card keeps to tell drift by: the real ones of these pages, where there are enough."""
    if not isinstance(segmenter, Segmenter):
        return {}
    real = [page for page in pages if page.kind == CORRECTED or page.kind.startswith("real")]
    some = _spread(real if len(real) >= _ENOUGH_REAL else pages, 600)
    return {"profile": reference_profile(segmenter, map(_page, some)).to_dict()}


def _page(truth: LabelledPage) -> Page:
    try:
        return as_page(truth)
    except StoryseamError:  # its HTML is extracted differently now; its text is still a page
        return Page.from_text(truth.text)


def _spread(pages: Sequence[LabelledPage], count: int) -> Sequence[LabelledPage]:
    """So many pages at most, evenly spread, so that all kinds are among them."""
    size = min(count, len(pages))
    return [pages[number * len(pages) // size] for number in range(size)]
