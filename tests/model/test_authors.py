"""The people of a byline: without roles and handles, and which of two bylines is told."""

from __future__ import annotations

import pytest

from model.telling.authors import agreed, named_person, names_a_role, tidy


@pytest.mark.parametrize(
    ("names", "bare"),
    [
        ("Ana Brook, Politics Reporter", "Ana Brook"),
        ("Ana Brook Political Correspondent", "Ana Brook"),
        ("Ana BrookCity Columnist", "Ana Brook"),
        ("Ana BrookWriter", "Ana Brook"),
        ("Ana BrookKorrespondent", "Ana Brook"),
        ("Ana Brook Redakteurin", "Ana Brook"),
        ("Ana Brook, journaliste", "Ana Brook"),
        ("Ана Брук, корреспондент", "Ана Брук"),
        ("Ana Brook, Staff Writer, and Ben Marsh", "Ana Brook, and Ben Marsh"),
        ("Ana Brook@anabrook", "Ana Brook"),
        ("Ana Brook (@anabrook)", "Ana Brook"),
        ("Ana Brook ana@example.org", "Ana Brook"),
        ("Ana Brook For Daily Pier", "Ana Brook"),
        ("Ana Brook , Daily Pier", "Ana Brook, Daily Pier"),
        ("Ana Brook und Ben Marsh", "Ana Brook und Ben Marsh"),
        ("Ana McDonald", "Ana McDonald"),
        ("DeAnna Brook", "DeAnna Brook"),
        ("Staff Writer", "Staff Writer"),
        ("Our Foreign Staff", "Our Foreign Staff"),
        ("National Recruiting Analyst", "National Recruiting Analyst"),
    ],
)
def test_what_stands_beside_names_is_left_out(names: str, bare: str) -> None:
    assert tidy(names) == bare


def test_roles_are_told_by_their_last_word_or_their_first() -> None:
    for role in ("Senior Editor", "Redakteurin Wirtschaft", "Staff", "Корреспондент"):
        assert names_a_role(role)
    for name in ("Ana Brook", "", "Ana Brook has been the editor of this page for years"):
        assert not names_a_role(name)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("By Ana Brook", "Ana Brook"),
        ("von Ana Brook", "Ana Brook"),
        ("Von Marsh", "Von Marsh"),
        ("Caspar Brook", "Caspar Brook"),
        ("Abby Brook", "Abby Brook"),
        ("Ana Brook | Sponsored", "Ana Brook"),
        ("Ana Brook (http://example.org/ana/)", "Ana Brook"),
        ("Ana Brook <ana@example.org>", "Ana Brook"),
        ('<a href="/ana">Ana Brook</a>', "Ana Brook"),
        (", Daily Pier", "Daily Pier"),
        ("Coldwater Daily Reporter", "Coldwater Daily Reporter"),
        ("(Image: Ben Marsh)", None),
        ("ana@example.org", None),
        ("https://example.org/ana", None),
        ("social.net/ana", None),
        ("admin", None),
        ("Unknown", None),
        ("", None),
    ],
)
def test_metadata_name_people_and_accounts(given: str, name: str | None) -> None:
    assert named_person(given) == name


@pytest.mark.parametrize(
    ("seen", "named", "told"),
    [
        (None, "Ana Brook", "Ana Brook"),
        ("Ana Brook", None, "Ana Brook"),
        (None, None, None),
        ("Ana Brook and Ben Marsh", "Ana Brook, Ben Marsh", "Ana Brook and Ben Marsh"),
        ("Ana BrookBen Marsh", "Ana Brook, Ben Marsh", "Ana Brook, Ben Marsh"),
        ("Ana", "Ana Brook", "Ana Brook"),
        ("Ana Brook", "Ana Brook, Ben Marsh", "Ana Brook, Ben Marsh"),
        ("Ana Brook and Ben Marsh", "Ana Brook", "Ana Brook and Ben Marsh"),
        ("Ana BrookShowbiz", "Ana Brook", "Ana Brook"),
        ("Ana Brook Fox Wire", "Ana Brook", "Ana Brook"),
        ("Ana Brook, Halden", "Ana Brook", "Ana Brook"),
        ("Ana Brook", "Daily Pier", "Ana Brook"),
        ("Ana Brook, Daily Pier", None, "Ana Brook"),
        ("Daily Pier", None, "Daily Pier"),
    ],
)
def test_the_fuller_and_the_cleaner_byline_is_told(
    seen: str | None, named: str | None, told: str | None
) -> None:
    for announced in (True, False):
        assert agreed(seen, named, site="Daily Pier", announced=announced) == told


def test_a_name_that_only_stands_beside_a_date_yields_to_the_metadata() -> None:
    assert agreed("Current Issue", "Ana Brook", site=None, announced=False) == "Ana Brook"
    assert agreed("Ben Marsh", "Ana Brook", site=None, announced=True) == "Ben Marsh"
    assert agreed("Ana Brook", "brook77", site=None, announced=False) == "Ana Brook"
