"""What stands around and between stories on real pages: furniture runs, interruptions, headers.

Read from real pages where the trainer has some; otherwise a small set of our own, so that training
works from articles alone.
"""

from __future__ import annotations

import json
import lzma
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Protocol

__all__ = ["Material", "PageBlocks", "own_material", "read_material"]


class PageBlocks(Protocol):
    """What is read of a real page: its blocks, and which of them are the story's body."""

    @property
    def id(self) -> str: ...
    @property
    def lang(self) -> str: ...
    @property
    def blocks(self) -> Sequence[str]: ...
    @property
    def main(self) -> Sequence[int]: ...


@dataclass(frozen=True)
class Surroundings:
    """The furniture of one real page."""

    lang: str
    before: tuple[str, ...]
    inside: tuple[tuple[str, ...], ...]
    after: tuple[str, ...]
    header: tuple[str, ...] | None


@dataclass(frozen=True)
class Material:
    """Furniture to compose pages from.

    Attributes
    ----------
    hosts : list of Surroundings
    fixed : frozenset of str
        Lines seen on several sites.
    """

    hosts: list[Surroundings]
    fixed: frozenset[str] = frozenset()
    _by_lang: dict[str, list[Surroundings]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_lang: dict[str, list[Surroundings]] = defaultdict(list)
        for host in self.hosts:
            by_lang[host.lang].append(host)
        object.__setattr__(self, "_by_lang", dict(by_lang))

    def host(self, lang: str, rng: random.Random) -> Surroundings:
        """A page of the language if there are several, else, and at times anyway, any page."""
        own = self._by_lang.get(lang, [])
        if len(own) >= 5 and rng.random() < 0.85:
            return rng.choice(own)
        return rng.choice(self.hosts)


# Furniture of our own, for when there are no real pages: enough to learn that short lines around
# and inside a story are not the story.
_BEFORE = (
    "Skip to content", "Menu", "Search", "Home", "News", "Politics", "Business", "Sport",
    "Culture", "Weather", "Subscribe", "Sign in", "My account", "Newsletters", "E-paper",
    "Podcasts", "Contact", "Advertisement",
)  # fmt: skip
_INSIDE = (
    ("Advertisement",), ("Read more", "Five things to know this morning"), ("Related",),
    ("Share",),
    ("Sign up for our newsletter", "The day's stories by e-mail. You can unsubscribe at any time."),
    ("Photo: Agency",),
    ("Most read", "Bridge closed until spring", "Council votes on new budget"),
    ("Story continues below",), ("Video",), ("ADVERTISEMENT",),
)  # fmt: skip
_AFTER = (
    "Comments", "Leave a reply", "Your e-mail address will not be published.", "Most popular",
    "About us", "Terms of use", "Privacy policy", "Cookie settings", "Imprint",
    "All rights reserved.", "Follow us",
    "We use cookies to improve this site and to show you advertising. By reading on you agree.",
    "Advertise with us", "Careers", "Back to top", "Facebook", "Instagram", "YouTube",
)  # fmt: skip


def own_material() -> Material:
    """The material that needs no files."""
    hosts = [
        Surroundings("en", _BEFORE[: 3 + 3 * i], _INSIDE[i:], _AFTER[: 4 + 3 * i], None)
        for i in range(5)
    ]
    return Material(hosts)


def read_material(pages: Iterable[PageBlocks], folder: Path | None) -> Material:
    """Cut the furniture out of real pages.

    Parameters
    ----------
    pages : iterable of PageBlocks
        Only pages of the training fold: the rest is measured on.
    folder : Path, optional
        Where ``headers.jsonl.xz`` and ``furniture_by_zone.json.xz`` lie.
    """
    headers = _read_headers(folder)
    hosts = []
    for page in pages:
        own = [i for i, flag in enumerate(page.main) if flag]
        if len(own) < 3:
            continue
        head = headers.get(page.id)
        first = own[0]
        cut = first - (len(head) if head else 4)
        runs: list[tuple[str, ...]] = []
        for a, b in pairwise(own):
            if 1 < b - a <= 14:
                runs.append(tuple(page.blocks[a + 1 : b]))
        hosts.append(
            Surroundings(
                lang=page.lang or "",
                before=tuple(page.blocks[: max(cut, 0)][-90:]),
                inside=tuple(runs),
                after=tuple(page.blocks[own[-1] + 1 :][:140]),
                header=head,
            )
        )
    return Material(hosts or own_material().hosts, _read_fixed(folder))


def _read_headers(folder: Path | None) -> dict[str, tuple[str, ...]]:
    """Header lines by page, the headline as ``"\\0"``."""
    path = folder / "headers.jsonl.xz" if folder else None
    if path is None or not path.exists():
        return {}
    headers = {}
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if len(row["lines"]) <= 14:
                headers[row["id"]] = ("\0", *row["lines"])
    return headers


def _read_fixed(folder: Path | None) -> frozenset[str]:
    path = folder / "furniture_by_zone.json.xz" if folder else None
    if path is None or not path.exists():
        return frozenset()
    with lzma.open(path, "rt", encoding="utf-8") as file:
        zones = json.load(file)
    return frozenset(line for zone in zones.values() for line in zone)
