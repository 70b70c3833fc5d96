"""A name for a set of labelled pages: what figures and floors were measured on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from training.labelled import LabelledPage

__all__ = ["Fingerprint", "fingerprint"]


class Fingerprint:
    """Hash of what a set of pages asks of a model, fed page by page in any order."""

    def __init__(self) -> None:
        self._total = 0
        self._count = 0

    def add(self, page: LabelledPage) -> None:
        line = json.dumps([page.id, page.text, page.starts, page.html]).encode()
        self._total += int.from_bytes(hashlib.sha256(line).digest(), "big")
        self._count += 1

    def without(self, other: Fingerprint) -> Fingerprint:
        """That of the pages that another one, fed with some of the same, has not seen."""
        out = Fingerprint()
        out._total, out._count = self._total - other._total, self._count - other._count
        return out

    def hexdigest(self) -> str:
        return hashlib.sha256(f"{self._count}:{self._total % (1 << 256):x}".encode()).hexdigest()


def fingerprint(pages: Iterable[LabelledPage]) -> str:
    """`Fingerprint` of pages that are all at hand."""
    out = Fingerprint()
    for page in pages:
        out.add(page)
    return out.hexdigest()
