"""What a caller gets back: stories, and the seams between them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Boundary", "Segmentation", "Story"]


@dataclass(frozen=True, slots=True)
class Story:
    """One story of a page; ``page.text[start:end]`` is the story exactly as it stood."""

    start: int
    end: int
    main: bool
    headline: str | None
    byline: str | None
    published: str | None
    updated: str | None
    confidence: float
    relatedness: float
    text: str


@dataclass(frozen=True, slots=True)
class Boundary:
    """A seam: the first character of any story after the first."""

    offset: int
    probability: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The answer for one page."""

    model: str
    text: str
    stories: tuple[Story, ...]
    seams: tuple[Boundary, ...]

    def to_dict(self, *, with_text: bool = False) -> dict[str, Any]:
        """The JSON shape of DESIGN; ``with_text`` adds the text that the offsets refer to."""
        out: dict[str, Any] = {"model": self.model}
        if with_text:
            out["text"] = self.text
        out["stories"] = [asdict(s) for s in self.stories]
        out["seams"] = [
            {"offset": s.offset, "probability": s.probability, "evidence": list(s.evidence)}
            for s in self.seams
        ]
        return out
