"""Word lists of the layout features, by what they announce. Data, and where it comes from.

Function words of headers in the languages that the training pages hold, from the header lines of
real pages: a byline opens with one of these, a share bar is made of those. None is the name of a
site, and none is needed: a language without an entry is read by shape, repetition and statistics.
"""

from __future__ import annotations

__all__ = ["BYLINE_OPENERS", "MONTHS"]

# "By", "Von", "Par" … before a name; lower case, without trailing space.
BYLINE_OPENERS: tuple[str, ...] = (
    "by", "von", "par", "por", "da", "di", "de", "av", "af", "door", "autor", "autora", "auteur",
    "author", "written by", "reported by", "story by", "words by", "oleh", "przez", "od", "szerző",
    "yazan", "автор", "текст", "بقلم", "كتب", "文", "记者", "作者", "文／", "記者",
    "redaktion", "redacción",
    "posted by", "published by", "op-ed by", "bởi", "tác giả", "από", "מאת",
)  # fmt: skip

# Month names and their usual short forms, lower case: a line with one and a number is a date.
MONTHS: tuple[str, ...] = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec", "januar", "jänner", "februar", "märz", "mai", "juni", "juli",
    "oktober", "dezember", "dez", "okt", "janvier", "février", "mars", "avril", "juin", "juillet",
    "août", "septembre", "octobre", "novembre", "décembre", "enero", "febrero", "marzo", "abril",
    "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    "janeiro", "fevereiro", "março", "maio", "junho", "julho", "setembro", "outubro", "novembro",
    "dezembro", "gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre",
    "ottobre", "dicembre", "januari", "februari", "maart", "mei", "augustus", "maret", "agustus",
    "desember", "augusti", "maj", "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca",
    "lipca", "sierpnia", "września", "października", "listopada", "grudnia", "января", "февраля",
    "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря", "ianuarie", "februarie", "martie", "aprilie", "iunie", "iulie", "septembrie",
    "octombrie", "noiembrie", "decembrie", "ocak", "şubat", "mart", "nisan", "mayıs", "haziran",
    "temmuz", "ağustos", "eylül", "ekim", "kasım", "aralık", "يناير", "فبراير", "مارس", "أبريل",
    "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر", "جانفي", "فيفري",
    "أفريل", "ماي", "جوان", "جويلية", "أوت", "tháng", "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน",
    "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
