"""Bytes become the text that was written, or are refused with a reason."""

from __future__ import annotations

import gzip
import time

import pytest

from model.charset import MAX_BYTES, decode
from model.errors import UndecodablePage

RUSSIAN = "Совет принял бюджет на следующий год. Школы получат больше, дороги меньше. " * 4
GERMAN = "Der Rat beschloss den Haushalt für übermorgen, größer als je. " * 4
JAPANESE = "市議会は来年度の予算を可決した。学校にはより多く、道路にはより少なく。" * 4
CHINESE = "市议会通过了明年的预算，学校得到更多，道路得到更少。" * 4


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "koi8-r"),
        (GERMAN, "iso-8859-1"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (CHINESE, "gb18030"),
        (CHINESE, "utf-8"),
    ],
)
@pytest.mark.parametrize("how", ["declared", "detected", "meta"])
def test_every_encoding_is_read(text: str, codec: str, how: str) -> None:
    if how == "meta":
        page = f'<html><head><meta charset="{codec}"><title>x</title></head><p>{text}</p></html>'
        assert decode(page.encode(codec), html=True) == page
    else:
        assert decode(text.encode(codec), codec if how == "declared" else None) == text


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_marks_and_zero_bytes_tell_wide_encodings(codec: str) -> None:
    assert decode(GERMAN.encode(codec), "iso-8859-1") == GERMAN


def test_latin_1_is_windows_1252_as_in_browsers() -> None:
    assert decode(b"\x93Yes\x94 \x96 he said", "ISO-8859-1") == "“Yes” – he said"


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "gbk", "shift_jis", "utf-16"])
def test_utf_8_under_a_wrong_label_is_utf_8(declared: str) -> None:
    assert decode(RUSSIAN.encode(), declared) == RUSSIAN


def test_a_declared_charset_that_fails_is_not_insisted_on() -> None:
    assert decode(RUSSIAN.encode("windows-1251"), "utf-8") == RUSSIAN


@pytest.mark.parametrize("declared", ["rot13", "zip", "hex", "unicode_escape", "idna", "x-no", ""])
def test_labels_that_are_no_encodings_of_text_are_ignored(declared: str) -> None:
    assert decode(GERMAN.encode(), declared) == GERMAN
    assert decode(b"cmnva grkg \\u0041", declared) == "cmnva grkg \\u0041"


def test_a_whole_content_type_may_be_given() -> None:
    data = RUSSIAN.encode("koi8-r")
    assert decode(data, 'text/html; charset="KOI8-R"; x=y') == RUSSIAN


def test_the_declaration_of_the_caller_comes_before_that_of_the_page() -> None:
    page = f'<meta charset="windows-1252"><p>{RUSSIAN}'
    assert decode(page.encode("windows-1251"), "windows-1251", html=True) == page


def test_meta_counts_in_html_only() -> None:
    data = '<meta charset="koi8-r"><p>Öl'.encode("windows-1252")
    assert decode(data, html=True).endswith("жl")
    assert not decode(data).endswith("жl")


def test_http_equiv_and_xml_prolog_declare_too() -> None:
    equiv = f'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">{RUSSIAN}'
    prolog = f'<?xml version="1.0" encoding="koi8-r"?><html>{RUSSIAN}</html>'
    assert decode(equiv.encode("koi8-r"), html=True) == equiv
    assert decode(prolog.encode("koi8-r"), html=True) == prolog


def test_utf_8_that_was_cut_or_damaged_stays_utf_8() -> None:
    data = RUSSIAN.encode()
    assert decode(data[:-1] + b"\xd0")[:-1] == RUSSIAN[:-1]
    damaged = RUSSIAN[:50].encode() + b"\xff" + RUSSIAN[50:].encode()
    assert decode(damaged) == RUSSIAN[:50] + "\ufffd" + RUSSIAN[50:]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00", "PNG"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (bytes(range(256)) * 40, "control characters"),
        (b"\x00" * 500, "control characters"),
    ],
)
def test_what_is_no_text_is_refused_by_name(data: bytes, kind: str) -> None:
    with pytest.raises(UndecodablePage, match=kind):
        decode(data, "utf-8", html=True)


def test_a_few_stray_controls_are_no_reason_to_refuse() -> None:
    assert decode(GERMAN.encode() + b"\x00\x01") == GERMAN + "\x00\x01"


def test_nothing_is_nothing() -> None:
    assert decode(b"") == ""


class TestGzip:
    def test_is_unpacked(self) -> None:
        data = RUSSIAN.encode("koi8-r")
        assert decode(gzip.compress(data), "koi8-r") == RUSSIAN
        assert decode(gzip.compress(gzip.compress(data)), "koi8-r") == RUSSIAN
        assert decode(gzip.compress(data) + gzip.compress(data), "koi8-r") == RUSSIAN * 2

    def test_cut_short_gives_what_there_is(self) -> None:
        text = "".join(f"Line {i} of the page. " for i in range(2000))
        found = decode(gzip.compress(text.encode())[:-500])
        assert 1000 < len(found) < len(text)
        assert text.startswith(found)

    def test_bombs_are_refused_before_they_go_off(self) -> None:
        bomb = gzip.compress(bytes(MAX_BYTES + 10), 1)
        with pytest.raises(UndecodablePage, match="unpacks to more"):
            decode(bomb)

    def test_no_more_is_unpacked_than_the_caller_takes(self) -> None:
        assert decode(gzip.compress(b"x" * 1000), most=1000) == "x" * 1000
        for packed in (b"x" * 1001, gzip.compress(b"x" * 1001)):
            with pytest.raises(UndecodablePage, match="more than 1,000 bytes"):
                decode(gzip.compress(packed), most=1000)

    def test_dolls_are_refused(self) -> None:
        data = b"text"
        for _ in range(5):
            data = gzip.compress(data)
        with pytest.raises(UndecodablePage, match="times over"):
            decode(data)

    def test_broken_is_said_to_be_broken(self) -> None:
        data = bytearray(gzip.compress(RUSSIAN.encode()))
        data[20:40] = b"\xff" * 20
        with pytest.raises(UndecodablePage, match="gzip"):
            decode(bytes(data))


def test_time_is_linear() -> None:
    def seconds(copies: int) -> float:
        data = (GERMAN * copies).encode("windows-1252")
        best = 9.0
        for _ in range(3):
            begin = time.perf_counter()
            decode(data, html=True)
            best = min(best, time.perf_counter() - begin)
        return best

    assert seconds(16_000) < 8 * seconds(4_000) + 0.02


@pytest.mark.parametrize(
    "text",
    [
        "RIFF 2023 - the festival opens",
        "BZh, said the bee",
        "GIF8 is no picture",
        "OggS is a name",
        "wOF",
    ],
)
def test_text_may_begin_as_a_file_of_another_kind_nearly_does(text: str) -> None:
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF\x10\n\x00\x00WEBPVP8 ",
        b"BZh91AY&SYxxxx",
        b"BZh11AY&SYxxxx",
        b"GIF87a..",
        b"GIF89a..",
        b"OggS\x00..",
        b"wOF2..",
    ],
)
def test_files_of_other_kinds_are_named(data: bytes) -> None:
    with pytest.raises(UndecodablePage, match=r"not text$|not text\b"):
        decode(data)


@pytest.mark.parametrize(
    ("text", "label", "codec"),
    [
        ("塩田を再開 ①㈱髙～", "shift_jis", "cp932"),
        ("똠방각하 펲시", "euc-kr", "cp949"),
        ("市议会 㐂𠮷 通过", "gb2312", "gb18030"),
    ],
)
def test_labels_mean_what_the_standard_says(text: str, label: str, codec: str) -> None:
    assert decode(text.encode(codec), label) == text


def test_one_damaged_byte_does_not_belie_a_declaration() -> None:
    text = "Совет небольшого портового города проголосовал во вторник за открытие старой солеварни."
    data = text.encode("cp1251")
    assert decode(data + b"\x98" + data, "windows-1251") == f"{text}\ufffd{text}"


ENGLISH = "The council of Oldbrook adopted next year\u2019s budget on Monday. Schools get more. "
KOREAN = "의회는 내년 예산을 통과시켰다. 학교는 더 많이 받고 도로는 덜 받는다. "


@pytest.mark.parametrize("declared", [None, "utf-8"])
@pytest.mark.parametrize(
    ("text", "codec"), [(ENGLISH, "cp1252"), (KOREAN, "euc-kr"), (RUSSIAN, "mac-cyrillic")]
)
def test_what_the_detector_has_no_label_for_is_read_too(
    text: str, codec: str, declared: str | None
) -> None:
    for copies in (1, 3, 30):
        assert decode((text * copies).encode(codec), declared) == text * copies


def test_the_labels_of_the_standard_that_the_parser_lacks() -> None:
    for label in ("x-mac-cyrillic", "x-mac-ukrainian"):
        assert decode(RUSSIAN.encode("mac-cyrillic"), label) == RUSSIAN


def test_text_between_long_scripts_is_looked_at() -> None:
    script = b"<script>" + b"var a = 1; " * 20_000 + b"</script>"
    page = script + RUSSIAN.encode("cp1251") + script
    assert RUSSIAN in decode(page, html=True)


def test_a_page_saved_as_utf_8_keeps_a_declaration_that_is_no_longer_true() -> None:
    page = '<meta charset="iso-8859-1"><p>Schools get more in Łódź: “Good”, she said.'
    assert decode(page.encode(), html=True) == page
    page = f'<?xml version="1.0" encoding="windows-1251"?><html><p>{RUSSIAN[:6]}</p></html>'
    assert decode(page.encode(), html=True) == page


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [RUSSIAN, KOREAN, f"<p>{JAPANESE}</p>\n", CHINESE + "\n"])
def test_wide_text_of_any_script_needs_no_mark(text: str, codec: str) -> None:
    for declared in (None, "utf-8", codec):
        assert decode(text.encode(codec), declared) == text
    assert decode(text.encode(codec) + b"x", None) == text + "\ufffd"


def test_wide_text_without_a_zero_is_read_as_declared() -> None:
    assert decode(CHINESE.encode("utf-16-be"), "utf-16be") == CHINESE


@pytest.mark.parametrize(
    "data", [b"\x01\x00\x05\x00" * 300, bytes(range(1, 250)) * 9, b"\x00\x01\x02\x03" * 99]
)
def test_numbers_are_no_wide_text(data: bytes) -> None:
    for declared in (None, "utf-16"):
        with pytest.raises(UndecodablePage, match="control characters"):
            decode(data, declared)


CZECH = "Rada schválila rozpočet na příští rok. „Dobře,“ řekla – školy dostanou více, řeky méně. "


@pytest.mark.parametrize("declared", [None, "iso-8859-2", "windows-1250"])
def test_letters_of_windows_are_no_controls(declared: str | None) -> None:
    assert decode((CZECH * 3).encode("cp1250"), declared) == CZECH * 3


def test_signs_of_windows_stand_in_text_of_another_encoding() -> None:
    data = "Szkoły dostaną więcej – dziś, w Łodzi. ".encode("cp1250")
    data = data.replace(b"\xb9", b"\xb1").replace(b"\x9c", b"\xb6")
    assert decode(data, "iso-8859-2") == "Szkoły dostaną więcej – dziś, w Łodzi. "


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-2022-jp"])
def test_escapes_tell_of_japanese(declared: str | None) -> None:
    data = JAPANESE.encode("iso2022_jp")
    assert decode(data, declared) == JAPANESE
    cut = decode(data[:-4], declared)
    assert JAPANESE.startswith(cut.rstrip("\ufffd"))
    assert len(cut) > 100
    coloured = "\x1b[1mBold\x1b[0m costs \x1b$5"
    assert decode(coloured.encode(), None) == coloured


def test_a_mark_in_front_of_another_encoding_is_not_insisted_on() -> None:
    for declared in (None, "windows-1251"):
        assert decode(b"\xef\xbb\xbf" + RUSSIAN.encode("cp1251"), declared) == RUSSIAN
        assert decode("\ufeffÖl".encode(), declared) == "Öl"
