"""What the correction store takes and gives: a page with an opinion, a page without one yet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from training.corrections.schema import PageRow, RevisionRow, SampleRow
from training.labelled import CORRECTED, LabelledPage

__all__ = ["SAMPLED", "Correction", "Sample", "correction_of", "page_hash", "sample_of"]

#: Kind of the pages that came in and that nobody has corrected.
SAMPLED = "sampled"


def page_hash(text: str, html: str | None = None) -> str:
    """Name of a page: what was sent decides, so HTML and its text are two pages."""
    sent = f"text\0{text}" if html is None else f"html\0{html}"
    return hashlib.sha256(sent.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Correction:
    """A page and what somebody said of it.

    Attributes
    ----------
    page : LabelledPage
        ``id`` is the page's hash, ``outlets`` holds its site if that is known.
    who, why : str
        Free text.
    model : str
        Version whose prediction was corrected.
    prediction : list of int
        Story starts that it predicted.
    id : int
        Grows with every correction; 0 before it is stored.
    """

    page: LabelledPage
    who: str = ""
    why: str = ""
    model: str = ""
    prediction: Sequence[int] = ()
    id: int = 0
    created: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """The line of the export: a labelled page, and who said so when."""
        page = self.page
        out: dict[str, Any] = {"id": page.id, "text": page.text, "starts": page.starts}
        out["outside"] = [list(span) for span in page.outside]
        out |= {"kind": page.kind, "lang": page.lang, "outlets": list(page.outlets)}
        if page.html is not None:
            out["html"] = page.html
        out |= {"who": self.who, "why": self.why, "model": self.model}
        out |= {"prediction": list(self.prediction), "revision": self.id}
        out["created"] = None if self.created is None else self.created.isoformat()
        return out


@dataclass(frozen=True, slots=True)
class Sample:
    """A page that nobody has corrected yet; the more uncertain, the more a look at it teaches."""

    text: str
    html: str | None
    model: str
    prediction: Sequence[int]
    uncertainty: float

    @property
    def hash(self) -> str:
        return page_hash(self.text, self.html)

    def to_page(self) -> LabelledPage:
        """As a page of which nobody said where its stories start."""
        return LabelledPage(self.hash, self.text, [], kind=SAMPLED, html=self.html)


def correction_of(row: PageRow, revision: RevisionRow) -> Correction:
    """What is stored of a page and of what was said of it."""
    created = revision.created
    return Correction(
        page=LabelledPage(
            id=row.hash,
            text=(row.text if revision.text is None else revision.text).decode(),
            starts=list(revision.starts),
            outside=[(start, end) for start, end in revision.outside],
            kind=CORRECTED,
            lang=row.lang,
            outlets=(row.site,) if row.site else (),
            html=None if row.html is None else row.html.decode(),
        ),
        who=revision.who,
        why=revision.why,
        model=revision.model,
        prediction=revision.prediction,
        id=revision.id,
        # SQLite forgets time zones; all times here are UTC.
        created=created if created.tzinfo else created.replace(tzinfo=UTC),
    )


def sample_of(row: SampleRow) -> Sample:
    """What is stored of a page that nobody has corrected."""
    return Sample(
        text=row.text.decode(),
        html=None if row.html is None else row.html.decode(),
        model=row.model,
        prediction=row.prediction,
        uncertainty=row.uncertainty,
    )
