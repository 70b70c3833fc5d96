"""Furniture: cut out of real pages around their own article, or our own where there are none."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.material import Material, own_material, read_material


@dataclass
class Blocks:
    id: str
    lang: str
    blocks: Sequence[str]
    main: Sequence[int]


PAGE = Blocks(
    "p1",
    "en",
    [
        "Home",
        "News",
        "Search",
        "Title",
        "By Jo",
        "One.",
        "Advert",
        "Two.",
        "Three.",
        "Comments",
        "©",
    ],
    [0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0],
)


def write(folder: Path, name: str, text: str) -> None:
    with lzma.open(folder / name, "wt", encoding="utf-8") as out:
        out.write(text)


def test_what_stands_around_and_inside_the_article_is_furniture() -> None:
    (host,) = read_material([PAGE], None).hosts
    assert host.before == ("Home",)  # Four lines above the body are taken for its header.
    assert host.inside == (("Advert",),)
    assert host.after == ("Comments", "©")
    assert host.header is None


def test_a_known_header_is_not_furniture(tmp_path: Path) -> None:
    rows = [{"id": "p1", "lines": ["By Jo"]}, {"id": "p2", "lines": ["x"] * 20}]
    write(tmp_path, "headers.jsonl.xz", "".join(json.dumps(row) + "\n" for row in rows))
    zones = {"header": {"Share": 9, "Print": 7}, "tail": {"Comments": 5}}
    write(tmp_path, "furniture_by_zone.json.xz", json.dumps(zones))
    other = Blocks("p2", "de", PAGE.blocks, PAGE.main)
    material = read_material([PAGE, other], tmp_path)
    known, unknown = material.hosts
    assert known.header == ("\0", "By Jo")
    assert known.before == ("Home", "News", "Search")
    assert unknown.header is None
    assert material.fixed == {"Share", "Print", "Comments"}


def test_pages_without_an_article_give_nothing_and_no_pages_give_our_own() -> None:
    empty = Blocks("p3", "en", ["Home"], [0])
    assert read_material([empty], None).hosts == own_material().hosts
    assert read_material([], None).hosts
    assert len(read_material([empty, PAGE], None).hosts) == 1


def test_long_interruptions_are_no_interruptions() -> None:
    blocks = ["One.", *["x"] * 20, "Two.", "Three."]
    main = [1, *[0] * 20, 1, 1]
    (host,) = read_material([Blocks("p", "en", blocks, main)], None).hosts
    assert host.inside == ()


def test_furniture_of_the_language_is_preferred_where_there_is_enough() -> None:
    hosts = [own_material().hosts[0]] * 5
    german = [type(hosts[0])("de", (f"Menü {n}",), (), (), None) for n in range(5)]
    rng = random.Random(0)
    drawn = [Material([*hosts, *german]).host("de", rng).lang for _ in range(300)]
    assert 0.8 < drawn.count("de") / 300 < 1.0
    few = [Material([*hosts, *german[:2]]).host("de", rng).lang for _ in range(300)]
    assert 0.1 < few.count("de") / 300 < 0.5


def test_our_own_material_has_all_that_a_page_needs() -> None:
    for host in own_material().hosts:
        assert host.before
        assert host.inside
        assert host.after
