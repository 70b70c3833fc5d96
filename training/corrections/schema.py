"""Tables of the correction store. Change them together with a migration; a test compares both.

``page`` holds every page once, by the hash of what was sent. ``revision`` holds what people said
of it, one row each time; the page points at the one that counts. ``sample`` holds pages that nobody
has looked at yet, ``seen`` histograms of what came. Page text is kept as UTF-8 bytes, because
PostgreSQL's text type has no NUL and scraped pages have.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "PageRow", "RemovalRow", "RevisionRow", "SampleRow", "SeenRow"]

# SQLite counts up by itself only in INTEGER columns.
_Id = BigInteger().with_variant(Integer, "sqlite")
_HASH = 64
# As long as a model's version may be for a folder to have its name.
_VERSION = 255


class Base(DeclarativeBase):
    """Metadata of all tables."""


class PageRow(Base):
    """A page that was corrected, as it was sent; of HTML also the text that was extracted last."""

    __tablename__ = "page"

    hash: Mapped[str] = mapped_column(String(_HASH), primary_key=True)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    html: Mapped[bytes | None] = mapped_column(LargeBinary)
    site: Mapped[str] = mapped_column(String(253), index=True)
    lang: Mapped[str] = mapped_column(String(35))
    # The revision that counts; pages are exported in its order, so that a page that is corrected
    # again comes again. No foreign key: it would point in a circle.
    current: Mapped[int | None] = mapped_column(_Id, unique=True)


class RevisionRow(Base):
    """What somebody said about a page at some time."""

    __tablename__ = "revision"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own convention

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    page: Mapped[str] = mapped_column(ForeignKey("page.hash", ondelete="CASCADE"), index=True)
    starts: Mapped[list[int]] = mapped_column(JSON)
    outside: Mapped[list[list[int]]] = mapped_column(JSON)
    # What the offsets count in, where that is no longer the page's text.
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    who: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    prediction: Mapped[Any] = mapped_column(JSON)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SampleRow(Base):
    """A page that the service saw and was not sure about."""

    __tablename__ = "sample"

    hash: Mapped[str] = mapped_column(String(_HASH), primary_key=True)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    html: Mapped[bytes | None] = mapped_column(LargeBinary)
    model: Mapped[str] = mapped_column(Text)
    prediction: Mapped[Any] = mapped_column(JSON)
    uncertainty: Mapped[float] = mapped_column(Float, index=True)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class RemovalRow(Base):
    """That a page was removed, and when; nothing of what it said."""

    __tablename__ = "removal"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own convention

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    hash: Mapped[str] = mapped_column(String(_HASH), index=True)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SeenRow(Base):
    """What a model saw on one day, counted as `training.drift.Profile` counts; no page's text."""

    __tablename__ = "seen"

    model: Mapped[str] = mapped_column(String(_VERSION), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    pages: Mapped[int] = mapped_column(BigInteger)
    counts: Mapped[list[list[int]]] = mapped_column(JSON)
