"""Names of people in scripts without capitals, where nothing announces them and the words alone do.

A line beside a date may as well be a section's name, so only what is hardly anything else is told:
a family name or a first name that very many bear, in the place where it stands in a name. Chinese
is left out: its family names begin as many words as names. Lists of words, and where they stand.
"""

from __future__ import annotations

import re

__all__ = ["uncased_person"]

_SIGNS = ":：,،、.。।!?؟"
# Before a name: correspondent, reporter.
_ROLE = re.compile(r"^(?:(?:वरिष्ठ|विशेष)\s)?(?:संवाददाता|रिपोर्टर|पत्रकार)\s|^(?:مراسل|مراسلة)\s")
_LONGEST = 32  # characters; four words in Arabic
# Last in a name: frequent family names of India, in Devanagari.
_HINDI = frozenset(
    re.findall(
        r"\S+",
        "शर्मा वर्मा सिंह कुमार कुमारी गुप्ता यादव मिश्रा मिश्र पांडेय पांडे पाण्डेय तिवारी "
        "त्रिपाठी दुबे द्विवेदी चतुर्वेदी शुक्ला शुक्ल अग्रवाल जैन अग्निहोत्री श्रीवास्तव "
        "सक्सेना माथुर भटनागर राजपूत राठौर ठाकुर पटेल शाह मेहता जोशी पंत भट्ट नेगी रावत "
        "बिष्ट चौहान चौधरी वाजपेयी बाजपेयी अवस्थी दीक्षित उपाध्याय पाठक झा सिन्हा मुखर्जी "
        "बनर्जी चटर्जी बरुआ दास बोस घोष कुलकर्णी देशपांडे देशमुख पाटिल शिंदे पवार नायर मेनन "
        "रेड्डी राव अय्यर अंसारी सिद्दीकी कुरैशी अरोड़ा कपूर खन्ना मल्होत्रा भाटिया "
        "चोपड़ा गहलोत परमार सोलंकी कश्यप मौर्य निषाद पासवान",
    )
)
# First in a name: frequent first names in Arabic that are no other words.
_ARABIC = frozenset(
    re.findall(
        r"\S+",
        "محمد أحمد محمود مصطفى علي حسين إبراهيم يوسف خالد عمر عمرو طارق ياسر سامي سمير هشام "
        "وليد ماهر نبيل فيصل عبدالله عبدالرحمن عبدالعزيز عبدالكريم عثمان أنس أيمن إسماعيل "
        "زياد رامي باسم حمزة فاطمة عائشة مريم زينب خديجة سارة منى ليلى سلمى هاجر رانيا دينا "
        "ياسمين نادية سميرة أمينة آمنة شيماء مروة رشا لبنى نجلاء",
    )
)
_ARABIC_SON = frozenset(["بن", "بنت", "ابن", "ولد"])  # between two names
_ARABIC_SERVANT = "عبد"  # first of two words that are one name: "عبد الله"
# First in a name: frequent family names of Japan, without those that are also prefectures.
_JAPANESE = re.findall(
    r"\S+",
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡部 山本 中村 小林 加藤 吉田 山田 佐々木 松本 "
    "井上 木村 斎藤 斉藤 清水 山崎 阿部 池田 橋本 山下 森田 石井 小川 前田 岡田 長谷川 "
    "藤田 後藤 近藤 村上 遠藤 青木 坂本 藤井 西村 福田 太田 三浦 藤原 松田 岡本 中川 "
    "中野 原田 小野 田村 竹内 金子 和田 中山 石田 上田 森本 小島 柴田 酒井 工藤 横山 "
    "宮本 内田 高木 安藤 谷口 大野 丸山 今井 高田 藤本 武田 村田 上野 杉山 増田 平野 "
    "菅原 小山 久保 大塚 松井 野口 菊地 菊池 佐野 木下 松尾 野村 渋谷 新井 古川 浜田 "
    "小松 水野 吉川 桜井 佐久間 本田 矢野 北村 飯田 吉村 西田 東田 大西 関口 服部 五十嵐 "
    "樋口 中島 片山 永井 田口 黒田 岩崎 土屋 星野 秋山",
)
_SPACED = re.compile(r"[\u3400-\u9fff々ヶ]{1,3}[ \u3000]([\u3400-\u9fff々]{1,3})")
_UNSPACED = re.compile(rf"(?:{'|'.join(_JAPANESE)})([\u3400-\u9fff々]{{1,3}})")
# Last in first names of Japan; and words that end alike: of sport, of things.
_GIVEN = "子美咲恵香奈菜花郎朗介輔也樹太斗翔彦雄夫男哉吾紀典弘浩宏智純直哲誠亮隆剛聡"
_NO_GIVEN = frozenset(
    re.findall(
        r"\S+",
        "女子 男子 親子 王子 様子 原子 電子 菓子 調子 息子 弟子 世紀 長男 褒美 率直",
    )
)


def uncased_person(line: str) -> str | None:
    """The name in a line that is nothing else but the role of one person in Devanagari, Arabic or
    Japanese; else None."""
    name = _ROLE.sub("", line.strip(" \u3000\u200e\u200f|·•"))
    if not 3 <= len(name) <= _LONGEST or any(c.isdigit() or c in _SIGNS for c in name):
        return None
    words = name.split()
    told = _is_japanese(name) or (2 <= len(words) <= 4 and _is_spelled(words))
    return name if told else None


def _is_spelled(words: list[str]) -> bool:
    if words[-1] in _HINDI:
        return True
    if any(word.startswith("و") for word in words[1:]):
        return False  # "and"
    if words[0] == _ARABIC_SERVANT:
        return len(words) >= 3
    return words[0] in _ARABIC or (len(words) >= 3 and words[1] in _ARABIC_SON)


def _is_japanese(name: str) -> bool:
    found = _SPACED.fullmatch(name) or _UNSPACED.fullmatch(name)
    return found is not None and found[1][-1] in _GIVEN and found[1] not in _NO_GIVEN
