"""Pages made for one cue alone: a reader would give the reason that the shipped model gives."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from model.decoder import Span
from model.html import page_from_html
from model.judges import Judges
from model.page import Page
from model.segmenter import Segmenter
from model.stories import Boundary

# Languages that nobody speaks: no word says anything, and what is not put there is not there.
ALPHABETS = {
    "latin": ("bdfgklmnprstvz", "aeiou"),
    "cyrillic": ("бвгдклмнпрст", "аеиоу"),
    "greek": ("βγδκλμνπρστ", "αεηιο"),
}
SUBJECT = {"change of subject", "new vocabulary"}
HEADER = {"headline", "header pattern", "date line", "wording"}
# Paragraphs on one subject, an empty line, and as many on another.
BARE = {
    "en": """\
The harbour board approved a plan on Tuesday to dredge the eastern channel, saying that larger ferries could no longer reach the quay at low tide.
Board members said the dredging would take nine weeks and cost about four million, most of it paid from harbour dues that shipping lines have paid since spring.
Fishermen who moor at the eastern quay worry that mud from the channel will drift over the mussel beds, which were closed twice last year after storms.
The harbour engineer told the board that barges would carry the mud out to sea and that divers would look at the mussel beds every second day.

Nurses at the valley hospital have begun to test a vaccine against a fever that children catch from ticks, the doctor who leads the trial said.
Two hundred families agreed to take part, and each child gets two injections and a blood test, with a further test after six months at the clinic.
The doctor said that no child had fallen ill after the first injection, although a few had a sore arm and a light temperature for a day.
If the trial succeeds, the ministry of health will decide next winter whether every clinic in the country should offer the vaccine to infants.
""",  # noqa: E501
    "de": """\
Der Stadtrat hat am Dienstag beschlossen, die alte Brücke über den Fluss zu sperren, weil Ingenieure Risse in zwei Pfeilern gefunden haben.
Autofahrer müssen bis zum Herbst einen Umweg über die Nordbrücke nehmen, teilte das Bauamt mit, und Busse fahren in dieser Zeit nur bis zum Bahnhof.
Die Sanierung der Brücke kostet nach Angaben des Bauamts rund acht Millionen Euro, von denen das Land die Hälfte trägt.
Händler in der Altstadt fürchten, dass weniger Kunden kommen, solange die Brücke gesperrt ist, und fordern kostenlose Parkplätze.

Der Handballverein hat das Endspiel um den Pokal mit einem Tor Vorsprung gewonnen, nachdem der Torwart in der letzten Minute einen Siebenmeter hielt.
Die Mannschaft lag zur Halbzeit noch mit fünf Treffern zurück, doch der Trainer stellte die Abwehr um und brachte zwei junge Spieler.
Vor dreitausend Zuschauern traf der Linksaußen elfmal, so oft wie kein anderer Spieler in dieser Saison der Liga.
Der Trainer sagte nach dem Spiel, der Verein wolle im nächsten Jahr auch um die Meisterschaft spielen und suche noch einen Kreisläufer.
""",  # noqa: E501
    "es": """\
El ayuntamiento aprobó el martes un plan para plantar cuatro mil árboles en los barrios del sur, donde la sombra es escasa y el calor del verano aprieta.
Los vecinos podrán elegir entre naranjos, plátanos y olmos, y cada comunidad cuidará del riego durante los dos primeros años.
La concejala de parques dijo que los árboles bajarán la temperatura de las calles en tres grados y que el plan costará dos millones.
La oposición pidió que el ayuntamiento repare antes las aceras, levantadas por las raíces de los árboles más viejos.

El equipo ganó la final de la copa con un gol en el último minuto, marcado por un delantero de diecinueve años que debutaba esta temporada.
El portero detuvo un penalti en la primera parte y el entrenador lo llamó el mejor jugador del partido ante los periodistas.
Miles de aficionados celebraron el título en la plaza, donde los jugadores llegaron de madrugada en un autobús descubierto.
El club jugará en agosto la supercopa contra el campeón de liga, y el delantero tiene ya ofertas de equipos extranjeros.
""",  # noqa: E501
    "zh": """\
港务局星期二批准了疏浚东航道的计划，称大型渡轮在低潮时已无法靠岸，工程将持续九个星期，费用约四百万元。
渔民担心航道里的淤泥会漂到贻贝养殖区，去年风暴之后那里曾两次关闭，损失很大。
港务工程师表示，驳船会把淤泥运到外海，潜水员每两天检查一次养殖区的水质。

县医院的护士开始试用一种预防蜱虫热的疫苗，负责试验的医生说，已有两百个家庭同意参加。
每个孩子接种两针并验血，六个月以后再到诊所复查一次，费用由卫生部门承担。
医生说第一针之后没有孩子生病，只有少数人手臂酸痛，体温略高，一天以后便恢复正常。
""",
}


@pytest.fixture(scope="module")
def shipped() -> Segmenter:
    return Segmenter.load()


def words(alphabet: str, subject: str) -> list[str]:
    rng = random.Random(subject)
    consonants, vowels = ALPHABETS[alphabet]
    return [
        "".join(rng.choice(consonants) + rng.choice(vowels) for _ in range(rng.randint(1, 4)))
        for _ in range(70)
    ]


def text_of(rng: random.Random, some: Sequence[str], paragraphs: int = 5) -> list[str]:
    def sentence() -> str:
        return " ".join(rng.choice(some) for _ in range(rng.randint(9, 18))).capitalize() + "."

    return [" ".join(sentence() for _ in range(3)) for _ in range(paragraphs)]


def bodies(alphabet: str, count: int, paragraphs: int = 5) -> list[list[str]]:
    """Stories about one and the same thing."""
    rng, some = random.Random(alphabet), words(alphabet, "one")
    return [text_of(rng, some, paragraphs) for _ in range(count)]


def title(alphabet: str, number: int, length: int = 6) -> str:
    rng, some = random.Random(f"{alphabet}{number}"), words(alphabet, "one")
    return " ".join(rng.choice(some).capitalize() for _ in range(length))


def seams_of(
    shipped: Segmenter, stories: Sequence[Sequence[str]], between: str, threshold: float | None
) -> list[Boundary]:
    """All seams of a page that stand where they should; there are some."""
    text = between.join(line for story in stories for line in story)
    found = shipped.segment(text, threshold=threshold, explain=True).seams
    firsts = {text.index(story[0]) for story in stories} | {
        at for at in range(len(text)) if text.startswith(stories[0][0], at)
    }
    assert found
    assert {seam.offset for seam in found} <= firsts
    return [*found]


def both(found: Sequence[Boundary]) -> Iterator[set[str]]:
    """The two strongest groups of each seam."""
    for seam in found:
        yield {*seam.evidence[:2]}


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("between", ["\n", "\n\n", "\n\n\n", " "])
def test_bare_paragraphs_on_several_subjects(
    alphabet: str, between: str, shipped: Segmenter
) -> None:
    rng = random.Random(alphabet)
    stories = [text_of(rng, words(alphabet, f"subject {n}")) for n in range(5)]
    for seam in seams_of(shipped, stories, between, None):
        assert seam.evidence[0] == "change of subject"
        assert {*seam.evidence} <= SUBJECT


@pytest.mark.parametrize("lang", BARE)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_bare_paragraphs_on_two_subjects(lang: str, between: str, shipped: Segmenter) -> None:
    stories = [half.splitlines() for half in BARE[lang].split("\n\n")]
    (seam,) = seams_of(shipped, stories, between, 0.15)
    assert seam.evidence[0] == "change of subject"
    # Of so few lines all look alike, and the page's first one as well.
    assert {*seam.evidence} <= SUBJECT | {"header pattern"}
    assert len(seam.evidence) <= 2


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_blank_lines_before_paragraphs_on_one_subject(alphabet: str, shipped: Segmenter) -> None:
    first, *later = bodies(alphabet, 5)
    stories = [first, *(["\n\n\n" + head, *rest] for head, *rest in later)]
    text = "\n".join(line for story in stories for line in story)
    found = shipped.segment(text, threshold=0.0, explain=True).seams
    assert found
    for seam in found:
        assert text[: seam.offset].endswith("\n\n\n")
        assert seam.evidence[0] == "line breaks"


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_headers_over_stories_on_one_subject(alphabet: str, shipped: Segmenter) -> None:
    stories = [
        [title(alphabet, n), f"{4 + n}/06/2024", *body]
        for n, body in enumerate(bodies(alphabet, 6))
    ]
    found = seams_of(shipped, stories, "\n\n", 0.0)
    assert all(pair <= HEADER for pair in both(found))
    named = {group for seam in found for group in seam.evidence}
    assert {"headline", "header pattern"} <= named
    assert not named & {"repetition", "line breaks", "byline", "dateline", "markup"}


def test_dates_in_headers_are_named_in_most_alphabets(shipped: Segmenter) -> None:
    """Beside a headline and a pattern a seam may owe a date less than is told; and next to nothing
    where the page is read by its heads, which text above the first of them keeps it from."""
    naming = 0
    for alphabet in ALPHABETS:
        stories = [
            [title(alphabet, n), f"{4 + n}/06/2024", *body]
            for n, body in enumerate(bodies(alphabet, 6))
        ]
        del stories[0][:2]
        found = seams_of(shipped, stories, "\n\n", 0.0)
        naming += any("date line" in seam.evidence for seam in found)
    assert naming > 0.5 * len(ALPHABETS)


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_line_that_comes_back_over_stories_on_one_subject(
    alphabet: str, shipped: Segmenter
) -> None:
    stories = [[title(alphabet, 0, 2), *body] for body in bodies(alphabet, 12, 3)]
    found = seams_of(shipped, stories, "\n\n", 0.0)
    assert all(pair & {"repetition", "header pattern"} for pair in both(found))
    assert sum("repetition" in seam.evidence for seam in found) > 0.8 * len(found)
    named = {group for seam in found for group in seam.evidence}
    assert not named & {"line breaks", "date line", "byline", "dateline", "markup"}


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_elements_around_stories_on_one_subject(alphabet: str, shipped: Segmenter) -> None:
    """What stands there is a paragraph like others; that it is a heading only markup says."""
    html = "".join(
        f"<article><header><h1>{first}</h1></header><p>{'</p><p>'.join(rest)}</p></article>"
        for first, *rest in bodies(alphabet, 6)
    )
    found = shipped.segment(page_from_html(html), threshold=0.0, explain=True).seams
    assert len(found) > 2
    for seam in found:
        assert "markup" in seam.evidence[:2]
        assert {*seam.evidence} <= {"markup", "header pattern", "wording"} | SUBJECT
        # A first sentence may read like a lead, but that is not what it is known by.
        assert "wording" not in seam.evidence[:2]


def test_evidence_does_not_hang_on_the_threshold(shipped: Segmenter) -> None:
    stories = [
        [title("greek", n), f"{4 + n}/06/2024", *body] for n, body in enumerate(bodies("greek", 6))
    ]
    text = "\n".join(line for story in stories for line in story)
    (low,), (lower,) = shipped.segment_at([text], (0.15, 0.0), explain=True)
    reasons = {seam.offset: seam.evidence for seam in lower.seams}
    same = [seam for seam in low.seams if seam.offset in reasons]
    assert same
    assert all(reasons[seam.offset] == seam.evidence for seam in same)


def test_a_story_whose_top_was_moved_keeps_its_reasons(
    shipped: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are those of the block that it was found by."""
    rng = random.Random(1)
    stories = [text_of(rng, words("latin", f"subject {n}")) for n in range(3)]
    text = "\n".join(line for story in stories for line in story)
    (before,) = shipped.segment_many([text], explain=True)
    monkeypatch.setattr(Judges, "place", _moved)
    after = shipped.segment(text, explain=True)
    page = Page.from_text(text)
    steps = np.searchsorted(page.starts, [seam.offset for seam in after.seams]) - np.searchsorted(
        page.starts, [seam.offset for seam in before.seams]
    )
    assert steps.tolist() == [-1, -1]
    assert [seam.evidence for seam in after.seams] == [seam.evidence for seam in before.seams]


def _moved(_: object, __: object, ___: object, found: list[list[Span]]) -> list[list[Span]]:
    """Every later story from one block above on."""
    out = []
    for spans in found:
        moved = [*spans[:1]]
        for span in spans[1:]:
            inside = np.append(True, span.inside)
            moved.append(Span(span.first - 1, span.last, span.probability, inside))
        out.append(moved)
    return out
