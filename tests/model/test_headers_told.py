"""What is read from a story's top: headline, byline and dates, of invented headers."""

from __future__ import annotations

import pytest

from model.html import page_from_html
from model.page import Metadata
from tests.model.telling import BODY, MORE, TWO, told

CHINESE = (
    "渡轮每天中午出发，傍晚时分回来，港务局在公告板上这样写道，并请所有旅客提前半小时到达码头。"
)
HEADERS = [
    pytest.param(
        ["Council votes to mend the old pier", "By Ana Brook", "12 March 2021"],
        ("Council votes to mend the old pier", "Ana Brook", "2021-03-12"),
        id="English",
    ),
    pytest.param(
        [
            "Debate over the old pier goes on",
            "Diana Marsh walks out of the talks",
            "March 25, 2021",
        ],
        ("Debate over the old pier goes on", None, "2021-03-25"),
        id="English, words that begin like 'by' in other languages",
    ),
    pytest.param(
        ["Gemeinderat stimmt für die Brücke", "Von Ana Brook", "25.03.2021, 14:05 Uhr"],
        ("Gemeinderat stimmt für die Brücke", "Ana Brook", "2021-03-25"),
        id="German",
    ),
    pytest.param(
        ["El consejo aprueba el nuevo puente", "Por Ana Ruiz", "12 de marzo de 2021"],
        ("El consejo aprueba el nuevo puente", "Ana Ruiz", "2021-03-12"),
        id="Spanish",
    ),
    pytest.param(
        ["Le conseil vote le budget du port", "Par Anne Dubois", "12 mars 2021 à 14h05"],
        ("Le conseil vote le budget du port", "Anne Dubois", "2021-03-12"),
        id="French",
    ),
    pytest.param(
        ["Совет города одобрил новый мост", "Автор: Анна Брук", "12 марта 2021"],
        ("Совет города одобрил новый мост", "Анна Брук", "2021-03-12"),
        id="Russian",
    ),
    pytest.param(
        ["市议会通过新大桥的预算方案", "作者：安娜", "2021年3月12日 14:05"],
        ("市议会通过新大桥的预算方案", "安娜", "2021-03-12"),
        id="Chinese",
    ),
    pytest.param(
        ["Dewan kota menyetujui jembatan baru", "Oleh Ana Brook", "12 Maret 2021"],
        ("Dewan kota menyetujui jembatan baru", "Ana Brook", "2021-03-12"),
        id="Indonesian",
    ),
    pytest.param(
        ["المجلس يوافق على الجسر الجديد", "12 مارس 2021"],
        ("المجلس يوافق على الجسر الجديد", None, "2021-03-12"),
        id="Arabic",
    ),
]


@pytest.mark.parametrize("low", [0, 3])
@pytest.mark.parametrize(("header", "expected"), HEADERS)
def test_headers_of_many_languages(
    header: list[str], expected: tuple[str, str | None, str], low: int
) -> None:
    body = [BODY, MORE] if header[0].isascii() or " " in header[0] else [CHINESE, CHINESE[20:]]
    (story,) = told("\n".join([*header, *body]), low=low).stories
    assert story.published is not None
    assert (story.headline, story.byline, story.published[:10]) == expected
    assert story.text.endswith("\n\n".join(body))


def test_order_of_the_header_does_not_matter() -> None:
    header = ["12 March 2021", "By Ana Brook", "Council votes to mend the old pier"]
    (story,) = told("\n".join([*header, BODY])).stories
    assert story.headline == "Council votes to mend the old pier"
    assert (story.byline, story.published) == ("Ana Brook", "2021-03-12")
    assert story.text == BODY


def test_a_kicker_is_not_the_headline() -> None:
    (story,) = told(f"Politics\nCouncil votes to mend the old pier\n{BODY}").stories
    assert story.headline == "Council votes to mend the old pier"


def test_bullets_and_datelines_are_no_headlines() -> None:
    (story,) = told(f"• Pier to be mended by the spring of next year\nLONDON: {BODY}").stories
    assert story.headline is None
    assert story.text.startswith("•")


def test_a_body_without_header_has_none() -> None:
    (story,) = told("\n".join([f"{BODY} {n}. {BODY}" for n in range(3)])).stories
    assert (story.headline, story.byline, story.published) == (None, None, None)
    assert story.text.count("\n\n") == 2


def test_published_and_updated_are_told_apart() -> None:
    lines = ["Council votes to mend pier", "Published 12 March 2021", "Updated 14 March 2021", BODY]
    (story,) = told("\n".join(lines)).stories
    assert (story.published, story.updated) == ("2021-03-12", "2021-03-14")


def test_the_page_s_own_words_stand_beside_a_date() -> None:
    line = "Published: 12:37 GMT, 21 December 2023 | Updated: 15:26 GMT, 22 December 2023"
    (story,) = told(f"Council votes to mend pier\n{line}\n{BODY}").stories
    assert (story.published, story.updated) == (
        "2023-12-21T12:37+00:00",
        "2023-12-22T15:26+00:00",
    )
    assert story.published_words == "12:37 GMT, 21 December 2023"
    assert story.updated_words == "15:26 GMT, 22 December 2023"
    assert story.text == BODY


def test_two_dates_in_a_line_are_told_apart_in_any_order() -> None:
    line = "Updated 14 March 2021 4:04AM / Published 12 March 2021 12:16PM"
    (story,) = told(f"Council votes to mend pier\n{line}\n{BODY}").stories
    assert (story.published, story.updated) == ("2021-03-12T12:16", "2021-03-14T04:04")


def test_a_lead_may_stand_before_byline_and_date() -> None:
    lines = ["Council votes to mend pier", f"{BODY} {MORE}", "Ana Brook", "12 March 2021"]
    (story,) = told("\n".join([*lines, f"{MORE} {BODY}"])).stories
    assert (story.byline, story.published) == ("Ana Brook", "2021-03-12")
    assert story.text == f"{BODY} {MORE}\n\n{MORE} {BODY}", "the lead is text, the byline is not"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["By", "Ana Brook"], "Ana Brook"),
        (["Von", "Ana Brook", "25.03.2021"], "Ana Brook"),
        (["12 March 2021 by Ana Brook | 3 comments"], "Ana Brook"),
        (["25.03.2021 14:05 von Ana van Brook | Lesezeit 3 Min."], "Ana van Brook"),
        (["Ana Brook and Jo de Witt", "12 March 2021"], "Ana Brook and Jo de Witt"),
        (["12 March 2021", "Ana Brook"], "Ana Brook"),
        # A byline whose name is missing.
        (["By |\u00a012 March 2021"], None),
        (["By \u2009|\u3000\t12 March 2021"], None),
        (["12 March 2021", "Reading time: two minutes"], None),
        (["12 March 2021", "NEWS FROM THE QUAY"], None),
        (["12 March 2021", "Pier 7"], None),
    ],
)
def test_bylines_by_what_announces_them(lines: list[str], name: str | None) -> None:
    text = "\n".join(["Council votes to mend the old pier", *lines, f"{BODY} {MORE}"])
    (story,) = told(text).stories
    assert story.headline == "Council votes to mend the old pier"
    assert story.byline == name


def test_a_headline_may_look_like_a_dateline_or_open_like_a_byline() -> None:
    for headline in (
        "Brennick FC: Captain did not train before the match with Halden",
        "Von Brennick bis Halden: Im Netz der Fischer und ihrer Boote",
    ):
        (story,) = told(f"{headline}\n12 March 2021\n{BODY} {MORE}").stories
        assert story.headline == headline
        assert story.byline is None


def test_a_header_above_the_first_block_is_read_too() -> None:
    text = f"Menu\nAna Brook\n12 March 2021\nCouncil votes to mend pier\n{BODY} {MORE}"
    (story,) = told(text, [(3, 5)]).stories
    assert (story.byline, story.published) == ("Ana Brook", "2021-03-12")
    first, second = told(f"{text}\n{text}", [(0, 5), (5, 10)]).stories
    assert first.published == second.published == "2021-03-12"
    below = told(f"{BODY}\n12 March 2021\nOrchestra finds a score\n{BODY}", [(0, 2), (2, 4)])
    assert below.stories[1].published is None, "that line belongs to the story before"


def test_the_metadata_fill_in_what_the_main_story_does_not_show() -> None:
    given = Metadata("Orchestra finds a score", "Ana Brook", "2021-03-12T08:00+00:00", "2021-03-13")
    main = told(f"{BODY} {MORE}\n{MORE} {BODY}", metadata=given).stories[0]
    assert (main.headline, main.byline) == ("Orchestra finds a score", "Ana Brook")
    assert (main.published, main.updated) == ("2021-03-12T08:00+00:00", "2021-03-13")
    assert main.published_words is None
    first, second = told(TWO, [(0, 3), (3, 5)], metadata=given).stories
    assert (first.byline, first.published) == (None, None), "they speak of one story only"
    assert (second.byline, second.main) == ("Ana Brook", True)


def test_metadata_make_a_date_exact_and_do_not_overrule_the_page() -> None:
    given = Metadata(published="2021-03-12T08:00+00:00")
    for shown, told_date in (("12 March 2021", "2021-03-12T08:00+00:00"), ("9 May 2020",) * 2):
        text = f"Council votes to mend pier\n{shown}\n{BODY}"
        (story,) = told(text, metadata=given).stories
        assert story.published == (told_date if shown != told_date else "2020-05-09")
        assert story.published_words == shown


def test_an_update_alone_is_the_best_date_there_is() -> None:
    (story,) = told(f"Council votes to mend pier\nUpdated 14 March 2021\n{BODY}").stories
    assert (story.published, story.updated) == ("2021-03-14", "2021-03-14")


def test_a_sentence_with_a_date_in_it_is_no_date_line() -> None:
    lead = "The ferry first came to the old quay on 23 April 1985."
    story = told(f"Council votes to mend pier\n{lead}\n12 March 2021\n{BODY}").stories[0]
    assert (story.published, story.published_words) == ("2021-03-12", "12 March 2021")
    assert story.text == f"{lead}\n\n{BODY}"
    for line in ("Published by us on 12 March 2021 at noon, as said.", "12 de marzo de 2021 hrs."):
        story = told(f"Council votes to mend pier\n{line}\n{BODY}").stories[0]
        assert story.published == "2021-03-12"


def test_dates_in_the_body_are_not_the_story_s() -> None:
    (story,) = told(f"Council votes to mend pier\n{BODY} {BODY}\n12 March 1921").stories
    assert story.published is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Ana Brook | March 12, 2021", "Ana Brook"),
        ("By Ana Brook on Friday, March 12, 2021 2:05 PM", "Ana Brook"),
        ("By Ana BrookMarch 12, 2021", "Ana Brook"),
        ("By Ana BrookPublished: March 12, 2021", "Ana Brook"),
        ("Von Ana Brook am 12. März 2021", "Ana Brook"),
        ("By Ana Brook · 5 min read", "Ana Brook"),
        ("By Ana Brook ana@example.org", "Ana Brook"),
        ("By Ana Brook, Sports Editor", "Ana Brook"),
        ("By Share", None),
        ("Share Tweet", None),
        ("Short Url", None),
        ("Facebook Twitter", None),
        ("Local News", None),
        ("Getty Images", None),
    ],
)
def test_a_byline_is_people_alone(line: str, name: str | None) -> None:
    story = told(
        f"Council votes to mend the old pier\n{line}\n12 March 2021\n{BODY}\n{MORE}"
    ).stories[0]
    assert story.byline == name
    assert story.text == f"{BODY}\n\n{MORE}"


@pytest.mark.parametrize(
    "line", ["2 hours ago", "Lesezeit: 3 Min.", "vor 4 Monaten", "4 min read", "3小时前"]
)
def test_what_passes_is_no_text(line: str) -> None:
    story = told(f"Council votes to mend the old pier\n{line}\n{BODY}\n{MORE}").stories[0]
    assert story.text == f"{BODY}\n\n{MORE}"


@pytest.mark.parametrize(
    ("published", "updated"),
    [
        ("Pubblicato il 12 marzo 2021", "Aggiornato il 14 marzo 2021"),
        ("Publié le 12 mars 2021", "Mise à jour le 14 mars 2021"),
        ("Publicerad 12 mars 2021", "Uppdaterad 14 mars 2021"),
        ("Publisert 12. mars 2021", "Oppdatert 14. mars 2021"),
        ("Gepubliceerd 12 maart 2021", "Bijgewerkt 14 maart 2021"),
        ("Publikacja: 12 marca 2021", "Aktualizacja: 14 marca 2021"),
        ("Yayınlanma: 12 Mart 2021", "Güncelleme: 14 Mart 2021"),
        ("Опубликовано 12 марта 2021", "Обновлено 14 марта 2021"),
        ("نشر في 12 مارس 2021", "آخر تحديث 14 مارس 2021"),
        ("公開 2021年3月12日", "更新 2021年3月14日"),
        ("입력 2021.03.12", "수정 2021.03.14"),
    ],
)
def test_updates_are_told_from_publication_in_many_languages(published: str, updated: str) -> None:
    for lines in (f"{published}\n{updated}", f"{updated} | {published}"):
        story = told(f"Council votes to mend the old pier\n{lines}\n{BODY}\n{MORE}").stories[0]
        assert (story.published, story.updated) == ("2021-03-12", "2021-03-14")


def test_a_word_behind_its_date_speaks_for_it() -> None:
    story = told(f"Council votes to mend the old pier\n2021年3月14日 更新\n{BODY}").stories[0]
    assert story.updated == "2021-03-14"


def test_the_words_of_an_update_are_not_those_of_the_publication() -> None:
    named = Metadata(published="2021-03-12T14:05", updated="2021-03-14T09:00")
    story = told(f"The old pier is mended\nUpdated 14 March 2021\n{BODY}", metadata=named).stories[
        0
    ]
    assert (story.published, story.published_words) == ("2021-03-12T14:05", None)
    assert (story.updated, story.updated_words) == ("2021-03-14T09:00", "14 March 2021")


def test_a_headline_that_goes_on_as_a_sentence_is_no_byline() -> None:
    lines = ["WORLD NEWS", "By popular demand, the pier is mended", "By Ana Brook", BODY, MORE]
    story = told("\n".join(lines)).stories[0]
    assert (story.headline, story.byline) == ("By popular demand, the pier is mended", "Ana Brook")


def test_a_headline_with_other_quotes_is_the_one_that_the_metadata_name() -> None:
    named = Metadata(headline="'Salt' and \"pier\" are mended at last")
    text = f"The Harbour Paper is a newspaper\n‘Salt’ and “pier” are mended at last\n{BODY}"
    assert told(text, metadata=named).stories[0].headline == "‘Salt’ and “pier” are mended at last"


@pytest.mark.parametrize(
    ("markup", "headline"),
    [
        ("<h1>Council votes<br>to mend the old pier</h1>", "Council votes to mend the old pier"),
        ("<h1>The old pier is mend&shy;ed</h1>", "The old pier is mended"),
        ("<h2>Council votes on the pier</h2><h2>It is mended</h2>", "Council votes on the pier"),
        ("<h1>Tides of the week, March 12, 2021</h1>", "Tides of the week, March 12, 2021"),
        ("<h1>The Harbour Paper</h1><h2>The old pier is mended</h2>", "The Harbour Paper"),
    ],
)
def test_headlines_by_the_markup(markup: str, headline: str) -> None:
    page = page_from_html(f"<p>World news</p>{markup}<p>{BODY}</p><p>{MORE}</p>")
    story = told(page).stories[0]
    assert story.headline == headline
    assert story.published is None


def test_the_title_names_the_headline_below_that_of_the_site() -> None:
    head = "<title>The old pier is mended | The Harbour Paper</title>"
    page = page_from_html(
        f"{head}<h1>The Harbour Paper</h1><h2>The old pier is mended</h2><p>{BODY}</p>"
    )
    assert told(page).stories[0].headline == "The old pier is mended"


def test_marks_of_direction_are_no_part_of_a_headline() -> None:
    story = told(f"\ufeffCouncil votes to mend the old pier\u200f\n{BODY}\n{MORE}").stories[0]
    assert story.headline == "Council votes to mend the old pier"
