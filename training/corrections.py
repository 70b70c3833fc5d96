"""Pages that people corrected: stored once, every opinion kept, gone without trace when asked.

SQLite by default (``sqlite:///FILE``, in WAL mode), PostgreSQL by URL (``postgresql+psycopg://…``).
`CorrectionStore.add` has returned when the correction is on the disk. The same page again replaces
what counts and keeps what was said before; the same correction again changes nothing.

Removal overwrites the page in SQLite's file (``secure_delete``) and empties its log. PostgreSQL
overwrites when it next vacuums the tables, which removal asks it to do; its WAL archive and any
backup are the operator's to mend. A model that learned from the page stays until the next one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from training.corrections_engine import ORDER_LOCK, migrate, open_engine
from training.corrections_schema import PageRow, RemovalRow, RevisionRow, SampleRow
from training.labelled import CORRECTED, LabelledPage

__all__ = ["Correction", "CorrectionStore", "Sample", "page_hash"]

# Pages fetched at a time when all are read: megabytes, not gigabytes.
_CHUNK = 100


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


class CorrectionStore:
    """The store behind one database URL; safe for threads and processes.

    Parameters
    ----------
    url : str
        SQLAlchemy URL. The tables are made, or brought up to date, at once.
    """

    def __init__(self, url: str) -> None:
        self.engine: Engine = open_engine(url)
        migrate(self.engine)

    def close(self) -> None:
        self.engine.dispose()

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
            "site": page.outlets[0] if page.outlets else "",
            "lang": page.lang,
        }
        said: dict[str, Any] = {
            "starts": list(page.starts),
            "outside": [list(span) for span in page.outside],
            "who": correction.who.replace("\0", ""),
            "why": correction.why.replace("\0", ""),
        }
        while True:
            with self._write() as session:
                self._insert_if_new(session, values)
                # Whoever holds the page's row is the only one who corrects that page.
                row = session.get(PageRow, name, with_for_update=True)
                if row is None:
                    continue  # it was there, and was removed in this very moment
                row.site, row.lang = values["site"] or row.site, page.lang
                before = session.get(RevisionRow, row.current) if row.current else None
                if before is not None and all(getattr(before, k) == v for k, v in said.items()):
                    return _correction(row, before)
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
                return _correction(row, new)

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
                found = [_correction(row, revision) for row, revision in session.execute(query)]
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
            return [_correction(row, revision) for revision in session.scalars(query)]

    def remove(self, name: str) -> bool:
        """Remove a page with all that was said of it; False where there is none."""
        with self._write() as session:
            session.execute(delete(RevisionRow).where(RevisionRow.page == name))
            gone = session.execute(
                delete(PageRow).where(PageRow.hash == name).returning(PageRow.hash)
            )
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
        """Keep a page to be looked at, of which the ``most`` least certain stay."""
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
            if session.get(PageRow, name) is not None:
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

    def suggest(self, *, limit: int = 20) -> list[Sample]:
        """Stored pages that a person should look at first: those the model was least sure of."""
        query = select(SampleRow).order_by(SampleRow.uncertainty.desc(), SampleRow.hash)
        with self._read() as session:
            return [
                Sample(
                    text=row.text.decode(),
                    html=None if row.html is None else row.html.decode(),
                    model=row.model,
                    prediction=row.prediction,
                    uncertainty=row.uncertainty,
                )
                for row in session.scalars(query.limit(limit))
            ]

    def count(self) -> int:
        """Pages that are corrected."""
        with self._read() as session:
            counted = select(func.count()).select_from(PageRow).where(PageRow.current.is_not(None))
            return session.scalar(counted) or 0

    @contextmanager
    def _write(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _read(self) -> Iterator[Session]:
        engine = self.engine.execution_options(read_only=True)
        with Session(engine, expire_on_commit=False) as session:
            yield session

    def _insert_if_new(self, session: Session, values: dict[str, Any]) -> None:
        kind = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        session.execute(kind.insert(PageRow).values(**values).on_conflict_do_nothing())

    def _queue(self, session: Session) -> None:
        """Let ids be seen in the order in which they are given.

        PostgreSQL gives an id at once and shows its row at commit; a reader that has seen the
        later of two would never ask for the earlier one.
        """
        if self.engine.dialect.name == "postgresql":
            session.execute(select(func.pg_advisory_xact_lock(ORDER_LOCK)))

    def _scrub(self) -> None:
        """Let the database forget what was deleted, as far as it can be made to."""
        if self.engine.dialect.name == "sqlite":
            raw = self.engine.raw_connection()
            try:
                # Waits for readers up to the busy timeout; what is left goes with the next one.
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            finally:
                raw.close()
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM page, revision, sample"))


def _correction(row: PageRow, revision: RevisionRow) -> Correction:
    created = revision.created
    return Correction(
        page=LabelledPage(
            id=row.hash,
            text=row.text.decode(),
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
