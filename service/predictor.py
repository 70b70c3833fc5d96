"""What the service and bulk runs need of a model; :class:`model.segmenter.Segmenter` has it.

Whatever stands in a model's place, in tests and measurements, takes the same options by
``**options: Unpack[Options]``: a new option is named here once, and mypy finds who cannot take it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack

from model.granularity import Granularity

if TYPE_CHECKING:
    from model.page import Page
    from model.stories import Segmentation

__all__ = ["Options", "PageSegmenter", "Predictor"]


class Options(TypedDict, total=False):
    """What can be asked of pages that are segmented together; see `Segmenter.segment_many`."""

    threshold: float | None
    explain: bool
    granularity: Granularity


class PageSegmenter(Protocol):
    """Enough for a bulk run."""

    @property
    def version(self) -> str: ...

    def segment_many(
        self, pages: Sequence[str | Page], **options: Unpack[Options]
    ) -> list[Segmentation]: ...


class Predictor(PageSegmenter, Protocol):
    """Enough for the service, which also shows the model's card and the blocks of one page."""

    card: dict[str, Any]

    @property
    def threshold(self) -> float: ...

    def segment(
        self, page: str | Page, *, blocks: bool = False, **options: Unpack[Options]
    ) -> Segmentation: ...
