"""Reading, cleaning and splitting articles; all fixtures are invented."""

from __future__ import annotations

import gzip
import io
import json
import logging
import random
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from training import duplicates
from training.boilerplate import is_furniture, recurring_parts, strip_edges
from training.corpus import Article, fraction, read_articles, solo_outlets, split_outlets
from training.duplicates import duplicate_pairs, first_of_each, forget_sketches
from training.sources import CorpusError


def prose(seed: int, words: int = 120) -> str:
    """Nonsense that no other seed shares."""
    source = random.Random(seed)
    syllables = ["ba", "ko", "ri", "tem", "sul", "gra", "vin", "ole", "pas", "dur"]
    made = ("".join(source.choices(syllables, k=source.randint(2, 4))) for _ in range(words))
    return " ".join(made).capitalize() + "."


def row(number: int, text: str, **more: str) -> dict[str, str]:
    fields = {"id": f"a{number}", "source": f"www.site{number}.example", "lang": "en", "text": text}
    return fields | more


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    return path


def article(number: int, *, outlet: str, lang: str = "en", text: str = "") -> Article:
    body = text or f"{prose(number)}\n{prose(number + 10_000)}"
    return Article(f"a{number}", outlet, lang, "Title", "", "", body)


def test_reads_rows_and_normalises_outlets(tmp_path: Path) -> None:
    body = f"{prose(1)}\n\n  {prose(2)}\u0007\t{prose(3)} \n \u00a0\n"
    path = write(tmp_path / "a.jsonl", [row(1, body, source="News.Shop.co.uk", title='A \\"b\\"')])
    (one,) = read_articles([path])
    assert one.outlet == "shop.co.uk"
    assert one.title == 'A "b"'
    assert one.paragraphs == [prose(1), f"{prose(2)} {prose(3)}"]


def test_standard_input_is_a_file_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "".join(json.dumps(row(n, prose(n))) + "\n" for n in range(3)).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert [one.id for one in read_articles([Path("-")])] == ["a0", "a1", "a2"]
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CorpusError, match="standard input is closed"):
        list(read_articles([Path("-")]))


def test_sections_of_one_publisher_are_one_outlet(tmp_path: Path) -> None:
    rows = [row(n, prose(n), source=f"The Daily Heron {s}") for n, s in enumerate(("Sport", "Art"))]
    assert {one.outlet for one in read_articles([write(tmp_path / "h.jsonl", rows)])} == {
        "the daily heron"
    }


def test_bad_rows_are_counted_and_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl.gz"
    good = json.dumps(row(1, prose(1)))
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(f'{{"id": broken\n{good}\n[1]\n{{"id": "x", "text": " "}}\n')
    with caplog.at_level(logging.WARNING):
        assert [one.id for one in read_articles([path])] == ["a1"]
    assert "3 bad rows skipped (row 1: not JSON" in caplog.text


def test_folder_of_text(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(f"A headline\n\n{prose(1)}\n\n{prose(2)}", "utf-8")
    (one,) = read_articles([tmp_path])
    assert (one.title, one.paragraphs) == ("A headline", [prose(1), prose(2)])


@pytest.mark.parametrize("name", ["missing.jsonl", "notes.doc"])
def test_unreadable_files_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.doc").write_text("x", "utf-8")
    with pytest.raises(CorpusError, match=name):
        list(read_articles([tmp_path / name]))


def test_limit_is_a_fixed_sample(tmp_path: Path) -> None:
    rows = [row(n, prose(n)) for n in range(40)]
    first = [one.id for one in read_articles([write(tmp_path / "a.jsonl", rows)], limit=7)]
    again = write(tmp_path / "b.jsonl", rows[::-1])
    assert sorted(first) == sorted(one.id for one in read_articles([again], limit=7))
    assert len(first) == 7


def test_copies_go_even_with_other_breaks_and_a_cut_end(tmp_path: Path) -> None:
    long = "\n".join(prose(n) for n in range(8))
    cut = "\n\n".join(prose(n) for n in range(5))
    rows = [row(1, cut), row(2, long), row(3, prose(50)), row(4, long.replace("\n", " "))]
    kept = [one.id for one in read_articles([write(tmp_path / "a.jsonl", rows)])]
    assert kept in (["a2", "a3"], ["a3", "a4"])


def test_a_shared_quotation_is_no_copy() -> None:
    quote = prose(99, words=15)
    texts = [f"{prose(n, 200)}\n{quote}\n{prose(n + 100, 200)}" for n in range(6)]
    assert first_of_each(texts, [str(n) for n in range(6)], 0.35) == list(range(6))
    assert duplicate_pairs([texts[0], texts[0]], 0.35).tolist() == [[0, 1]]


def test_each_text_is_sampled_once_until_it_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    sample, sampled = duplicates._sample, []
    monkeypatch.setattr(duplicates, "_sample", lambda text: sampled.append(text) or sample(text))
    texts = [prose(n) for n in (501, 502)]
    for _ in range(2):
        assert duplicate_pairs([*texts, texts[0]], 0.35).tolist() == [[0, 2]]
    assert sampled == texts
    forget_sketches()
    duplicate_pairs(texts, 0.35)
    assert sampled == texts * 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda text: text.replace(" ", " \u200b"), id="no width"),
        pytest.param(lambda text: text.replace("a", "a\xad"), id="soft hyphens"),
        pytest.param(lambda text: "\ufeff" + text.replace(".", ".\u200f\x00"), id="direction"),
        pytest.param(lambda text: unicodedata.normalize("NFD", text), id="accents apart"),
        pytest.param(lambda text: text.replace(" ", "\u00a0\n"), id="white space"),
        pytest.param(lambda text: text.translate({0x201C: '"', 0x201D: '"'}), id="quotes"),
        pytest.param(lambda text: f"Another headline\n\n{text[: len(text) // 3]}", id="cut short"),
    ],
)
def test_copies_are_found_however_they_are_written(other: Callable[[str], str]) -> None:
    rng = random.Random(4)
    words = [
        "".join(rng.choice("bdgklmnrst") + rng.choice("aéiöu") for _ in "abc") for _ in "x" * 90
    ]
    text = " ".join(
        f"“{rng.choice(words)}” {' '.join(rng.choices(words, k=11))}." for _ in "x" * 60
    )
    copy = other(text)
    assert copy != text
    assert duplicate_pairs([text, copy], 0.35).tolist() == [[0, 1]]
    if len(copy) >= len(text):
        assert len(first_of_each([text, copy], ["a", "b"], 0.35)) == 1


def test_duplicates_without_spaces() -> None:
    source = random.Random(5)
    signs = "".join(chr(source.randrange(0x4E00, 0x9000)) for _ in range(900))
    assert duplicate_pairs([signs, "。".join((signs[:500], "完"))], 0.35).tolist() == [[0, 1]]


def test_recurring_paragraphs_of_an_outlet_go_and_others_stay() -> None:
    notice = "WHILE YOU ARE HERE: the Heron lives from its readers, join us today at heron.example."
    bodies = [[prose(n), prose(n + 100), prose(n + 200), notice] for n in range(4)]
    elsewhere = [prose(50), prose(51), notice]
    gone = recurring_parts([*bodies, elsewhere], ["heron"] * 4 + ["crane"])
    assert [marks.tolist() for marks in gone] == [[False] * 3 + [True]] * 4 + [[False] * 3]


def test_datelines_stay_and_variants_of_a_notice_go() -> None:
    bodies = [
        [
            f"HARBOUR TOWN (XP) — {prose(n)}",
            prose(n + 9),
            f"{'Reach this desk of the Heron at ' * 2}{n}x",
        ]
        for n in range(5)
    ]
    gone = recurring_parts(bodies, ["heron"] * 5)
    assert [marks.tolist() for marks in gone] == [[False, False, True]] * 5


def test_edges_of_one_article() -> None:
    body = [prose(n) for n in range(6)]
    messy = [
        "A Title",
        "By Ana Ruiz",
        body[0],
        "Advertisement",
        "* * *",
        *body[1:],
        "Related posts",
    ]
    assert strip_edges([*messy, "Another headline"], "A title", "Ana Ruiz, Bo Li") == body


@pytest.mark.parametrize(
    "line",
    ["Share this on Facebook", "© 2019 The Heron", "x@heron.example", "(Jo Bell/Reuters)", "***"],
)
def test_furniture(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    ["He shared this.", "More on that later, she said.", "WHAT COMES NEXT", "“By then,” he said."],
)
def test_sentences_and_subheads_are_no_furniture(line: str) -> None:
    assert not is_furniture(line)


def test_no_outlet_and_no_copy_on_both_sides() -> None:
    articles = [article(n, outlet=f"o{n % 30}") for n in range(300)]
    copied = articles[0].text
    articles += [article(900 + n, outlet=f"o{n}", text=copied) for n in range(30)]
    train, held = split_outlets(articles, seed=3, share=0.3)
    assert train
    assert held
    assert not {one.outlet for one in train} & {one.outlet for one in held}
    assert not {one.id for one in train} & {one.id for one in held}
    assert copied not in {one.text for one in train}
    assert split_outlets(articles, seed=3, share=0.3) == (train, held)


def test_a_language_with_one_outlet_is_split_by_article() -> None:
    articles = [article(n, outlet="only", lang="xx") for n in range(60)]
    assert solo_outlets(articles) == {"xx"}
    train, held = split_outlets(articles, seed=1, share=0.4)
    assert 10 < len(held) < 40
    assert len(train) + len(held) == 60


def test_fraction_does_not_depend_on_the_run() -> None:
    assert fraction("heron", 1) == pytest.approx(0.158406, abs=1e-6)


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.Table.from_pylist([row(1, prose(1), title="A title")])
    parquet.write_table(table, tmp_path / "a.parquet")
    (one,) = read_articles([tmp_path / "a.parquet"])
    assert (one.id, one.title, one.text) == ("a1", "A title", prose(1))


def test_profiles_laid_into_sentences_go() -> None:
    inlaid = (
        "Senator Ann Bell Ann Marie BellHeron chairman asks for more time Votes due MORE said no."
    )
    assert strip_edges([inlaid], "", "") == ["Senator Ann Bell Ann Marie Bell said no."]


def test_lines_of_names_under_a_headline_go() -> None:
    body = [prose(1), "Ana Ruiz", prose(2)]
    assert strip_edges(["Ana Ruiz and Bo van Li", *body], "", "") == [body[0], *body[2:]]


@pytest.mark.parametrize("lines", ["", "not JSON\n", '{"id": "a", "headline": "no text"}\n'])
def test_a_file_without_any_article_is_refused(lines: str, tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(lines)
    with pytest.raises(CorpusError, match="no article in it"):
        list(read_articles([path]))
