"""Two stories between navigation and teasers are two, and not as many as they have paragraphs.

Such a page may be a feed by its doubtful lines; read on without its markup, this one fell into
seven stories.
"""

from __future__ import annotations

import pytest

from model.html import page_from_html
from model.segmenter import Segmenter

STONES = (
    "Förster findet 300 Jahre alte Grenzsteine im Harz",
    "Von Annika Reuschel, 12.04.2024",
    (
        "Goslar. Beim Aufräumen nach dem Sturm hat ein Förster im Oberharz elf "
        "Grenzsteine entdeckt, die auf keiner Karte mehr verzeichnet waren. Sie tragen "
        "Jahreszahlen zwischen 1703 und 1719 und das Wappen zweier Herzogtümer."
    ),
    (
        "„Ich bin buchstäblich darüber gestolpert“, sagte Revierleiter Jörn Habekost am "
        "Freitag. Unter dem ersten Stein hätten Scherben gelegen, sogenannte Zeugen, mit "
        "denen Feldmesser früher beweisen konnten, dass ein Stein nicht versetzt worden "
        "war."
    ),
    (
        "Das Landesamt für Denkmalpflege will die Steine nun vermessen. Ausgraben wolle "
        "man sie nicht, sagte eine Sprecherin: „Ein Grenzstein, der nicht an der Grenze "
        "steht, ist nur noch ein Stein.“"
    ),
    (
        "Im 18. Jahrhundert war der Wald zwischen den Herzogtümern heftig umstritten. Wer"
        " ihn besaß, konnte die Gruben mit Holz beliefern. Zwölf Jahre lang wurde "
        "prozessiert, am Ende teilte man ihn mit einer Schnur."
    ),
    (
        "Wanderern rät Habekost, auf den Wegen zu bleiben. Die Wurzelteller der "
        "umgestürzten Fichten könnten jederzeit zurückklappen."
    ),
)
HALTS = (
    "Bahn streicht 24 Halte auf der Weserstrecke: Pendler müssen umsteigen",
    "Matthias Ohlendiek, 3. September 2024",
    (
        "Von Dezember an halten auf der Weserstrecke 24 Züge weniger am Tag. Das geht aus"
        " dem Entwurf des Fahrplans hervor, der dieser Zeitung vorliegt."
    ),
    (
        "Betroffen sind vor allem die kleinen Stationen zwischen Holzminden und "
        "Bodenfelde. Dort fährt der erste Zug künftig um 6.12 Uhr statt um 4.58 Uhr, zu "
        "spät für die Frühschicht im Glaswerk."
    ),
    (
        "Der Betriebsrat des Werks rechnet mit 130 Beschäftigten, die auf das Auto "
        "umsteigen müssen. „Manche haben gar keins“, sagte die Vorsitzende Silke "
        "Brandwein. „Denen bleibt das Fahrrad, und im Januar ist das kein Vergnügen.“"
    ),
    (
        "Die Bahn begründet die Kürzung mit fehlenden Lokführern. Von 88 Stellen im Netz "
        "seien 19 nicht besetzt. Sobald die Ausbildung Früchte trage, werde man „jeden "
        "einzelnen Halt neu bewerten“."
    ),
    (
        "Der Landkreis prüft, ob ein Rufbus helfen kann. Er würde nach ersten Schätzungen"
        " 410.000 Euro im Jahr kosten."
    ),
    "Bis zum 30. September können Fahrgäste zu dem Entwurf Stellung nehmen.",
)
NAVIGATION = ("Startseite", "Politik", "Wirtschaft", "Panorama", "Sport", "Kultur", "Wetter")
TEASERS = (
    "Warum der Stadtpark nachts dunkel bleibt",
    "Neue Radwege: Das ist geplant",
    "Kommentar: Wer rastet, der rostet nicht",
    "Diebe stehlen drei Tonnen Schokolade",
)


def article(headline: str, byline: str, *paragraphs: str) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f'<article><h1>{headline}</h1><p class="meta">{byline}</p>{body}</article>'


def page(*stories: tuple[str, ...]) -> str:
    links = "".join(f'<li><a href="/">{word}</a></li>' for word in NAVIGATION)
    teasers = "".join(f'<div><a href="/t"><h4>{title}</h4></a></div>' for title in TEASERS)
    told = "".join(article(*story) for story in stories)
    related = f'<div class="related"><h3>Mehr zum Thema</h3>{teasers}</div>'
    return f'<html lang="de"><body><ul class="menu">{links}</ul>{told}{related}</body></html>'


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter.load()


def test_two_stories_between_furniture_are_two(segmenter: Segmenter) -> None:
    answer = segmenter.segment(page_from_html(page(STONES, HALTS)))
    assert [story.headline for story in answer.stories] == [STONES[0], HALTS[0]]


def test_a_model_that_reads_them_on_finds_no_more(segmenter: Segmenter) -> None:
    short = Segmenter(segmenter.classifiers, segmenter.card, read_on=False)
    made = [page_from_html(page(STONES, HALTS)), page_from_html(page(HALTS, STONES))]
    assert segmenter.segment_many(made) == short.segment_many(made)
