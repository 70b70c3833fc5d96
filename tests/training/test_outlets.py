"""training.outlets: one site has one name, however its address is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.corrections.checks import outlets_of
from tests.training.test_corpus import prose, write
from training.corpus import read_articles
from training.outlets import outlet_of


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.heron.example/news/story-0.html", "heron.example"),
        ("https://reader:word@News.Heron.co.uk:8443/a?b=http://crane.example#c", "heron.co.uk"),
        ("//heron.example/a", "heron.example"),
        ("heron.example/a//b", "heron.example"),
        ("heron.example/?u=http://crane.example/", "heron.example"),
        ("https://www.gov.uk/a", "gov.uk"),
        ("https://heron.example./a", "heron.example"),
        ("https://www.Bücher.example/a", "xn--bcher-kva.example"),
        ("https://www.xn--bcher-kva.example/a", "xn--bcher-kva.example"),
        ("https://例え。テスト/a", "xn--r8jz45g.xn--zckzah"),
        ("http://10.0.0.1/a", "10.0.0.1"),
        ("http://10.0.1.1:8080/a", "10.0.1.1"),
        ("http://[2001:DB8::1]/a", "2001:db8::1"),
        ("http://newsroom/a", "newsroom"),
        ("http://www.example/a", "www.example"),
        ("https://[broken/a", ""),
        (f"https://{'a' * 70}é.example/a", f"{'a' * 70}é.example"),
        (f"https://{'a.' * 127}example/a", ""),
        ("https:///a", ""),
        ("", ""),
    ],
)
def test_the_outlet_of_an_address(url: str, outlet: str) -> None:
    assert outlet_of(url) == outlet
    assert outlets_of(url) == ((outlet,) if outlet else ())


@pytest.mark.parametrize(
    ("source", "outlet"),
    [
        ("https://www.heron.example/news/{n}/story-{n}.html", "heron.example"),
        ("The Heron https://heron.example/story-{n}.html", "heron.example"),
        ("http://10.0.0.1/{n}/story-{n}.php", "10.0.0.1"),
        ("https://bücher.example/story-{n}.html", "xn--bcher-kva.example"),
        ("crane.example via news.heron.example", "heron.example"),
        ("The Daily Heron section {n}", "the daily heron section"),
        ("Heron", "heron"),
    ],
)
def test_articles_of_a_site_have_one_outlet(tmp_path: Path, source: str, outlet: str) -> None:
    rows = [{"url": source.format(n=n), "text": prose(n)} for n in range(3)]
    found = [one.outlet for one in read_articles([write(tmp_path / "a.jsonl", rows)])]
    assert found == [outlet] * 3
