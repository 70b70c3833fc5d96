"""Pages that people corrected: stored once, every opinion kept, gone without trace when asked.

SQLite by default (``sqlite:///FILE``, in WAL mode), PostgreSQL by URL (``postgresql+psycopg://…``).
`CorrectionStore.add` has returned when the correction is on the disk. The same page again replaces
what counts and keeps what was said before; the same correction again changes nothing. HTML keeps
its name when another version extracts other text from it: the page then has the new text, and what
was said of the old one keeps that.

Removal overwrites the page in SQLite's file (``secure_delete``) and empties its log. PostgreSQL
overwrites when it next vacuums the tables, which removal asks it to do; its WAL archive and any
backup are the operator's to mend. A model that learned from the page stays until the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from training.corrections.records import (
    Correction,
    Sample,
    correction_of,
    page_hash,
    sample_of,
)
from training.corrections.schema import PageRow, RemovalRow, RevisionRow, SampleRow, SeenRow
from training.corrections.sessions import Sessions
from training.labelled import LabelledPage

if TYPE_CHECKING:
    from training.drift import Profile

__all__ = ["Correction", "CorrectionStore", "Sample", "page_hash"]

# Pages fetched at a time when all are read: megabytes, not gigabytes.
_CHUNK = 25
# What a service saw is kept a season.
_FORGOTTEN = timedelta(days=90)
# The language of whoever does not say one, in BCP 47.
_UNKNOWN = "und"


class CorrectionStore(Sessions):
    """The store behind one database URL; safe for threads and processes.

    Parameters
    ----------
    url : str
        SQLAlchemy URL. The tables are made, or brought up to date, at once.
    create : bool
        Whether SQLite may make a file that is not there; else `NoSuchDatabase` is raised.
    """

    def add(self, correction: Correction) -> Correction:
        """Store a correction, for good when this returns.

        Returns
        -------
        Correction
            With its ``id`` and ``created``; those of the earlier one where nothing is new.

        Raises
        ------
        BadLabelledPage
            Its offsets contradict its text.
        """
        page = correction.page.check()
        name = page_hash(page.text, page.html)
        values: dict[str, Any] = {
            "hash": name,
            "text": page.text.encode(),
            "html": None if page.html is None else page.html.encode(),
            "site": _plain(page.outlets[0]) if page.outlets else "",
            "lang": _plain(page.lang),
        }
        said: dict[str, Any] = {
            "starts": list(page.starts),
            "outside": [list(span) for span in page.outside],
            # Of the page's text as it is now: the same offsets in another one say something else.
            "text": None,
            "who": _plain(correction.who),
            "why": _plain(correction.why),
        }
        while True:
            with self._write() as session:
                self._insert_if_new(session, PageRow, values)
                # Whoever holds the page's row is the only one who corrects that page.
                row = session.get(PageRow, name, with_for_update=True)
                if row is None:
                    continue  # it was there, and was removed in this very moment
                row.site = values["site"] or row.site
                if values["lang"] not in ("", _UNKNOWN):
                    row.lang = values["lang"]
                if row.text != values["text"]:
                    self._extracted_anew(session, row, values["text"])
                before = session.get(RevisionRow, row.current) if row.current else None
                if before is not None and all(getattr(before, k) == v for k, v in said.items()):
                    return correction_of(row, before)
                new = RevisionRow(
                    page=name,
                    model=correction.model,
                    prediction=list(correction.prediction),
                    created=datetime.now(UTC),
                    **said,
                )
                self._queue(session)
                session.add(new)
                session.flush()
                row.current = new.id
                session.execute(delete(SampleRow).where(SampleRow.hash == name))
                return correction_of(row, new)

    def export(self, *, after: int = 0, limit: int | None = None) -> Iterator[Correction]:
        """Corrections that count, in the order of their ids, from the one after ``after``.

        A page that is corrected again during the export comes again at its end; none is missed.
        """
        left = limit
        while left is None or left > 0:
            size = _CHUNK if left is None else min(_CHUNK, left)
            query = (
                select(PageRow, RevisionRow)
                .join(RevisionRow, RevisionRow.id == PageRow.current)
                .where(PageRow.current > after)
                .order_by(PageRow.current)
                .limit(size)
            )
            with self._read() as session:
                found = [correction_of(row, revision) for row, revision in session.execute(query)]
            yield from found
            if len(found) < size:
                return
            after = found[-1].id
            left = None if left is None else left - len(found)

    def pages(self) -> Iterator[LabelledPage]:
        """What a model learns from: every corrected page as it counts now."""
        return (correction.page for correction in self.export())

    def history(self, name: str) -> list[Correction]:
        """Everything that was said of a page, the earliest first."""
        with self._read() as session:
            row = session.get(PageRow, name)
            if row is None:
                return []
            query = select(RevisionRow).where(RevisionRow.page == name).order_by(RevisionRow.id)
            return [correction_of(row, revision) for revision in session.scalars(query)]

    def remove(self, name: str) -> bool:
        """Remove a page with all that was said of it; False where there is none."""
        with self._write() as session:
            session.execute(delete(RevisionRow).where(RevisionRow.page == name))
            gone = session.execute(
                delete(PageRow).where(PageRow.hash == name).returning(PageRow.hash)
            )
            self._queue(session)
            sampled = session.execute(
                delete(SampleRow).where(SampleRow.hash == name).returning(SampleRow.hash)
            )
            found = bool(gone.all()) | bool(sampled.all())
            if found:
                session.add(RemovalRow(hash=name, created=datetime.now(UTC)))
        if found:
            self._scrub()
        return found

    def sample(self, sample: Sample, *, most: int = 1000) -> None:
        """Keep a page to be looked at, of which the ``most`` least certain stay.

        Not one that is corrected, nor one that somebody had removed: it comes again as often as it
        is scraped.
        """
        name = sample.hash
        values = {
            "hash": name,
            "text": sample.text.encode(),
            "html": None if sample.html is None else sample.html.encode(),
            "model": sample.model,
            "prediction": list(sample.prediction),
            "uncertainty": sample.uncertainty,
            "created": datetime.now(UTC),
        }
        with self._write() as session:
            # So that it is neither corrected nor removed between the question and the answer.
            self._queue(session)
            if session.get(PageRow, name) is not None:
                return
            removed = select(RemovalRow.id).where(RemovalRow.hash == name).limit(1)
            if session.scalar(removed) is not None:
                return
            session.execute(delete(SampleRow).where(SampleRow.hash == name))
            session.execute(insert(SampleRow).values(**values))
            surplus = (
                select(SampleRow.hash)
                .order_by(SampleRow.uncertainty.desc(), SampleRow.hash)
                .offset(most)
            )
            session.execute(
                delete(SampleRow).where(SampleRow.hash.in_(session.scalars(surplus).all()))
            )

    def forget_samples(self, days: float) -> int:
        """Remove the samples that were kept for longer than so many days; says how many."""
        old = SampleRow.created < datetime.now(UTC) - timedelta(days=days)
        with self._write() as session:
            gone = session.execute(delete(SampleRow).where(old).returning(SampleRow.hash)).all()
        if gone:
            self._scrub()
        return len(gone)

    def suggest(self, *, limit: int = 20) -> list[Sample]:
        """Stored pages that a person should look at first: those the model was least sure of."""
        query = select(SampleRow).order_by(SampleRow.uncertainty.desc(), SampleRow.hash)
        with self._read() as session:
            return [sample_of(row) for row in session.scalars(query.limit(limit))]

    def sampled(self, *, limit: int = 600) -> Iterator[LabelledPage]:
        """Stored pages that nobody has corrected, any of them: by their hash, not by uncertainty.

        Parameters
        ----------
        limit : int
            As many as a model's card counts; more would only take memory.
        """
        with self._read() as session:
            rows = session.scalars(select(SampleRow).order_by(SampleRow.hash).limit(limit))
            found = [sample_of(row).to_page() for row in rows]
        yield from found

    def count_seen(self, model: str, seen: Profile) -> None:
        """Add to what a model saw today; what it saw months ago is forgotten."""
        day = datetime.now(UTC).date()
        nothing = {"pages": 0, "counts": np.zeros_like(seen.counts).tolist()}
        with self._write() as session:
            self._insert_if_new(session, SeenRow, {"model": model, "day": day} | nothing)
            row = session.get_one(SeenRow, (model, day), with_for_update=True)
            row.counts = (np.asarray(row.counts) + seen.counts).tolist()
            row.pages += seen.pages
            session.execute(delete(SeenRow).where(SeenRow.day < day - _FORGOTTEN))

    def seen(self, model: str, bins: Profile, *, days: int = 7) -> Profile:
        """What a model saw of late, in the bins of its card.

        Parameters
        ----------
        bins : Profile
        days : int
            Today and those before it: a week has all weekdays.
        """
        out = bins.empty()
        since = datetime.now(UTC).date() - timedelta(days=days - 1)
        query = select(SeenRow).where(SeenRow.model == model, SeenRow.day >= since)
        with self._read() as session:
            for row in session.scalars(query):
                out.counts += np.asarray(row.counts)
                out.pages += row.pages
        return out

    def count(self) -> int:
        """Pages that are corrected."""
        with self._read() as session:
            counted = select(func.count()).select_from(PageRow).where(PageRow.current.is_not(None))
            return session.scalar(counted) or 0

    def _extracted_anew(self, session: Session, row: PageRow, now: bytes) -> None:
        """Give a page its new text; the offsets of what was said before count in the old one."""
        earlier = update(RevisionRow).where(RevisionRow.page == row.hash)
        session.execute(earlier.where(RevisionRow.text.is_(None)).values(text=row.text))
        row.text = now


def _plain(text: str) -> str:
    """Text that PostgreSQL keeps as such: its type for it has no NUL."""
    return text.replace("\0", "")
