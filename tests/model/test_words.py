"""Words -> ids and rows: equal words equal ids, in any script, the same in every run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model.words
from model.characters import UNSPACED_RANGES, traits
from model.word_hashes import power_tables
from model.words import Words, WordTable, read_words, spaced_words
from tests.model.slow_words import slow_words

ROOT = Path(__file__).parents[2]
TABLE = WordTable(["ferry", "harbour", "straße", "дом", "हिंदी"], buckets=64)


def read(*blocks: str) -> Words:
    return read_words(blocks, TABLE)


def ids(*blocks: str) -> list[int]:
    return [int(i) for i in read(*blocks).ids]


def rows_of(words: Words, token: int) -> list[int]:
    return [int(row) for row in words.rows[words.row_tokens == token]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ferry", "FERRY"),
        ("Quay", "qUAY"),
        ("Straße", "straße"),
        ("ДОМ", "дом"),
        ("Ёлка", "ёлка"),
        ("ΦΩΣ", "φως"),
        ("CAFE\u0301", "cafe\u0301"),
        ("2024", "2024"),
    ],
)
def test_equal_words_have_equal_ids_whatever_their_case(one: str, other: str) -> None:
    found = ids(one, f"zzz {other}")
    assert found[0] == found[2] != found[1]


def test_different_words_have_different_ids() -> None:
    words = [f"word{n}" for n in range(2000)]
    assert len(set(ids(" ".join(words)))) == 2000


def test_a_word_of_the_vocabulary_is_its_row() -> None:
    words = read("Harbour ferry")
    assert words.ids.tolist() == [1, 0]
    assert words.rows.tolist() == [1, 0]
    assert words.row_share.tolist() == [1.0, 1.0]


def test_an_unknown_word_gets_two_half_rows_of_the_buckets() -> None:
    words = read("ferry quayside harbour")
    assert rows_of(words, 0) == [0]
    assert rows_of(words, 2) == [1]
    assert words.row_share[words.row_tokens == 1].tolist() == [0.5, 0.5]
    assert all(len(TABLE.vocabulary) <= row < len(TABLE) for row in rows_of(words, 1))


def test_unknown_words_that_begin_alike_share_a_row() -> None:
    wide = WordTable([], buckets=1 << 20)
    a, b, c = (wide.buckets_of([word])[0] for word in ("quaysider", "quaysides", "lampsides"))
    assert a[0] == b[0] != c[0]
    assert b[1] == c[1] != a[1]


def test_shares_of_a_token_add_up_to_one_or_a_half() -> None:
    words = read("ferry quay 渡轮今天", "дом x yz")
    total = np.bincount(words.row_tokens, words.row_share, minlength=len(words.ids))
    pair = words.ids >= 2 << 32
    assert np.all(total[~pair] == 1.0)
    assert np.all(total[pair] == 0.5)
    assert pair.any()


def test_one_letter_is_no_word() -> None:
    assert ids("a b c 5") == []


def test_capitals_and_digits_are_seen() -> None:
    words = read("Ferry ferry FERRY 2024 quay Ёлка")
    assert words.capital.tolist() == [True, False, True, True, False, True]


@pytest.mark.parametrize(
    "word",
    [
        "हिंदी", "தமிழ்", "cafe\u0301", "مُحَمَّد", "বাংলা", "Việt", "naïve", "ქართული",
        # Dhivehi, N'Ko, Syriac, pointed Hebrew, Meetei, Tibetan, Chakma, Adlam.
        "ދިވެހި", "ߒߞߏ߫", "ܫܠܳܡܳܐ", "שָׁלוֹם", "ꯃꯤꯇꯩ", "བརྒྱུད", "𑄌𑄋𑄴𑄟𑄳𑄦", "𞤆𞤵𞤤𞤢𞥄𞤪",
    ],
)  # fmt: skip
def test_marks_do_not_take_words_apart(word: str) -> None:
    assert len(ids(f"{word} {word}")) == 2
    assert spaced_words(word) == [word.lower()]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("今天下雨", 3),
        ("今天，下雨", 2),
        ("今", 0),
        ("きょうは", 3),
        ("カタカナ", 3),
        ("สวัสดี", 3),
        ("เชียงใหม่", 4),
        ("ພາສາລາວ", 3),
        ("ភាសាខ្មែរ", 3),
        ("မြန်မာ", 2),
        ("ꦧꦱꦗꦮ", 3),
        ("ꆈꌠꉙ", 2),
        ("\U00020000\U00020001\U00020002", 2),
    ],
)
def test_scripts_without_spaces_are_read_in_pairs(text: str, pairs: int) -> None:
    words = read(text)
    assert len(words.ids) == pairs
    assert len(set(words.ids.tolist())) == pairs
    assert spaced_words(text) == []


def test_equal_pairs_have_equal_ids_across_blocks_and_none_spans_two() -> None:
    words = read("今天", "天下", "今天")
    assert words.blocks.tolist() == [0, 1, 2]
    assert words.ids[0] == words.ids[2] != words.ids[1]


def test_symbols_have_marks_and_make_no_words() -> None:
    assert ids("☀\ufe0f\ufe0f 1\ufe0f\u20e3 ©\u20dd\u20dd") == []


def test_letters_of_an_alphabet_without_spaces_are_read_by_syllables() -> None:
    """Few letters make all words: a pair of them comes back on every page, and says nothing."""
    one, other = ids("กากี", "กิกี")
    assert one != other
    # A vowel before its letter, behind it, above it; consonants one below the other.
    assert len(ids("เกะกี")) == len(ids("ក្កក")) == len(ids("က္ကက")) == 1
    assert ids("กะกี") == ids("กะ กี กะกี")


def test_vectors_were_learned_from_han_and_kana_and_from_no_syllables() -> None:
    words = read("ferry quayside 渡轮 สวั")
    assert words.unknown.tolist() == [False, True, False, False]
    assert words.unlearned.tolist() == [False, True, False, True]


def test_pairs_and_words_of_one_block_stand_together() -> None:
    words = read("ferry 渡轮公司 quay", "harbour", "公司")
    assert words.blocks.tolist() == [0, 0, 0, 0, 0, 1, 2]
    for token, block in enumerate(words.blocks.tolist()):
        for row_block in words.row_blocks[words.row_tokens == token].tolist():
            assert row_block == block
    assert words.ids[5] == 1
    assert rows_of(words, 5) == [1]
    assert rows_of(words, 0) == [0]


BLOCKS = st.lists(
    st.lists(
        st.sampled_from(
            [
                "ferry",
                "Quay",
                "今天",
                "ไทย",
                "हिंदी",
                "a",
                "é\u0301",
                "😀",
                "\x00",
                "\n",
                "ß",
                "İ",
                "Σ",
            ]
        ),
        max_size=8,
    ).map(" ".join)
    | st.text(max_size=20),
    max_size=10,
)


@settings(max_examples=200, deadline=None)
@given(BLOCKS)
def test_every_token_has_its_block_and_rows_within_the_table(blocks: list[str]) -> None:
    words = read_words(blocks, TABLE)
    n = len(words.ids)
    assert len(words.blocks) == len(words.capital) == n
    assert np.all(np.diff(words.blocks) >= 0)
    assert sorted(set(words.row_tokens.tolist())) == list(range(n))
    assert np.all((words.rows >= 0) & (words.rows < len(TABLE)))
    assert len(words.rows) == len(words.row_share) == len(words.row_tokens)


@settings(max_examples=100, deadline=None)
@given(BLOCKS)
def test_a_block_reads_the_same_alone_and_among_others(blocks: list[str]) -> None:
    together = read_words(blocks, TABLE)
    for i, block in enumerate(blocks):
        alone = read_words([block], TABLE)
        own = together.blocks == i
        assert alone.capital.tolist() == together.capital[own].tolist()
        assert sorted(alone.rows.tolist()) == sorted(
            together.rows[together.row_blocks == i].tolist()
        )
        assert same_pattern(alone.ids.tolist(), together.ids[own].tolist())


def same_pattern(a: Sequence[int], b: Sequence[int]) -> bool:
    return len(a) == len(b) == len({*zip(a, b, strict=True)}) + len(a) - len(set(a))


def test_lone_surrogates_are_read() -> None:
    assert len(ids("\ud800 fer\ud800ry quay 今\udfff天")) >= 1


PROBE = """
from model.words import WordTable, read_words
table = WordTable(["ferry"], 512)
words = read_words(["Ferry quayside 渡轮今天 unknownish", "สวัสดี quayside"], table)
print(words.ids.tolist(), words.rows.tolist(), words.row_share.tolist(), words.blocks.tolist())
"""


def test_ids_and_rows_do_not_depend_on_the_run() -> None:
    def run(seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", PROBE]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT
        )
        return done.stdout

    assert run("1") == run("2") != ""


def test_the_table_counts_its_rows_and_says_what_it_lacks() -> None:
    assert len(TABLE) == 5 + 64
    assert TABLE.rows(["дом", "nothing", "ferry"]).tolist() == [3, -1, 0]


ALPHABET = st.one_of(
    st.sampled_from(
        "abAB zZ_09\u0301\u0660ßẞſKΣσςİıǅŉΐ,. \n\u2160\u00b2ĄąЁё\u0915\u093f今天ア"
        "\u0e01\u0e34\u0e40\u0e30\u1780\u17d2\u07a6\ufe0f"
    ),
    st.characters(),
)


@settings(max_examples=300, deadline=None)
@given(
    blocks=st.lists(
        st.one_of(
            st.text(ALPHABET, max_size=40),
            st.lists(st.sampled_from(["ferry", "Harbour", "ΣΑΣ", "ὈΔΥΣΣΕΎΣ", "İZMİR", "今天"])).map(
                " ".join
            ),
        ),
        max_size=5,
    )
)
def test_words_are_those_of_the_slow_way(blocks: list[str]) -> None:
    words, slow = read_words(blocks, TABLE), slow_words(blocks, TABLE)
    assert words.blocks.tolist() == [token.block for token in slow]
    assert words.capital.tolist() == [token.capital for token in slow]
    assert words.rows.tolist() == [row for token in slow for row in token.rows]
    assert words.row_share.tolist() == [token.share for token in slow for _ in token.rows]
    assert words.row_tokens.tolist() == [i for i, token in enumerate(slow) for _ in token.rows]
    keys = [token.key for token in slow]
    assert len(set(zip(keys, words.ids.tolist(), strict=True))) == len(set(keys))
    assert len(set(words.ids.tolist())) == len(set(keys))


def test_words_at_the_edges_of_chunks_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [f"{'ab' * n} ferry, {'-' * n}harbour x" for n in range(60)]
    whole = read_words(blocks, TABLE)
    for size in (1, 7, 64):
        monkeypatch.setattr(model.words, "CHUNK", size)
        monkeypatch.setattr(model.words, "powers_for", lambda _: power_tables(1 << 12))
        again = read_words(blocks, TABLE)
        assert again.ids.tolist() == whole.ids.tolist()
        assert again.rows.tolist() == whole.rows.tolist()


def test_a_word_without_end_is_no_trouble() -> None:
    words = read("ferry " + "x" * 300_000 + " harbour", "ferry")
    assert len(words.ids) <= 10
    assert words.ids[[0, -2, -1]].tolist() == [0, 1, 0]


def test_a_large_vocabulary_is_found_again_word_by_word() -> None:
    rng = np.random.default_rng(0)
    vocabulary = sorted(
        {"".join(rng.choice(list("abcdeé今"), rng.integers(2, 9))) for _ in range(9000)}
    )
    table = WordTable(vocabulary, buckets=8)
    found = table.rows([*vocabulary, "zzz", "ab z"])
    assert found.tolist() == [*range(len(vocabulary)), -1, -1]


def test_no_script_beyond_the_table_has_capitals() -> None:
    """Or `traits` would have to look further."""
    assert all(chr(code).lower() == chr(code) for code in range(0x20000, 0x110000, 7))
    turning = [c for c in map(chr, range(0x20000)) if len(c.lower()) != 1]
    assert turning == ["İ"]
    assert not re.search(
        f"[{UNSPACED_RANGES}]", "".join(map(chr, np.flatnonzero(traits() >> 29 & 3)))
    )
